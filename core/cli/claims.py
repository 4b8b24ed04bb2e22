"""The command that prints what arithmetic says of a paper's claims."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from core.cli.output import JsonOption, print_json, print_table, print_text
from core.errors import ConfigError

if TYPE_CHECKING:
    from core.types import CheckedClaim, CheckedPaper


def add_commands(app: typer.Typer) -> None:
    """Add this module's command to the command line."""
    app.command()(claims)


def claims(
    name: Annotated[
        str, typer.Argument(help="A paper's code, or a claim's id for its working; all papers if not given.")
    ] = "",
    *,
    file: Annotated[
        Path | None, typer.Option(help="A claim file of your own, in place of those that ship.")
    ] = None,
    working: Annotated[
        bool, typer.Option("--working", help="Print the working of every claim that is shown.")
    ] = False,
    recount: Annotated[
        bool,
        typer.Option("--recount", help="Build and count every network that the papers name, and store that."),
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Check printed figures of papers by arithmetic: consistent, contradicted or not verifiable, and why."""
    from core.claims.files import check_paper, list_papers, load_paper, read_paper
    from core.figures.claims import tabulate_claims, word_counts

    codes = list_papers()
    chosen = [name] if name.upper() in codes and file is None else codes
    papers = [read_paper(file)] if file else [load_paper(code) for code in chosen]
    if recount:
        from core.claims.counting import write_counts

        all_claims = [claim for code in codes for claim in load_paper(code).claims]
        write_counts(entry for claim in all_claims for entry in claim.arguments.named_networks())
    checked = [check_paper(paper) for paper in papers]
    if name and (file is not None or name.upper() not in codes):
        checked = [_pick(checked, name, codes)]
        working = True
    if as_json:
        print_json(checked)
        return
    for paper in checked:
        print_text(f"{paper.code}: {paper.citation}")
        if working:
            for claim in paper.claims:
                _print_claim(claim)
        else:
            print_table(tabulate_claims(paper))
        print_text(word_counts([paper]))
        print()
    if len(checked) > 1:
        print_text(f"All: {word_counts(checked)}")


def _pick(checked: list[CheckedPaper], name: str, codes: tuple[str, ...]) -> CheckedPaper:
    """The paper with the one claim of that id."""
    from dataclasses import replace
    from difflib import get_close_matches

    for paper in checked:
        for claim in paper.claims:
            if claim.id == name:
                return replace(paper, claims=(claim,))
    near = get_close_matches(name, [claim.id for paper in checked for claim in paper.claims], n=3, cutoff=0.3)
    raise ConfigError(
        name,
        "neither a paper nor a claim",
        f"Papers are {', '.join(codes)}; claims like it are {', '.join(near) or 'none'}",
    )


def _print_claim(claim: CheckedClaim) -> None:
    from core.figures.claims import NAMES

    print()
    print_text(f"{NAMES[claim.verdict].upper()}  {claim.title} [{claim.id}] ({claim.place})")
    print_text(f"Says: {claim.says}")
    print_text(f"Claimed: {claim.printed}. By the sum: {claim.computed}.")
    for number, line in enumerate(claim.steps, 1):
        joint = " = " if line.gives[:1].isdigit() or line.gives[:1] in "-." else ": "
        print_text(f"  {number}. {line.what}: {f'{line.sum}{joint}' if line.sum else ''}{line.gives}")
    print_text(claim.words)
    if claim.assumes:
        print_text(f"Taken for granted: {claim.assumes}")
