"""The command that scores a folder of pictures into a table."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from core.cli import pairs
from core.cli.output import JsonOption, print_json, print_text
from core.cli.pairs import PairOption, served_role

if TYPE_CHECKING:
    from core.bundle import Pair
    from core.types import Role, ScoreSummary


def add_commands(app: typer.Typer) -> None:
    """Add this module's command to the command line."""
    app.command()(score)


def score(
    folder: Annotated[Path, typer.Argument(help="Folder of pictures; folders in it are read too.")],
    *,
    pair: PairOption,
    out: Annotated[Path, typer.Option(help="The table (CSV); one that a stopped run left is gone on with.")],
    role: Annotated[str, typer.Option(help="A role that the pair serves, or all.")] = "student",
    operating_point: Annotated[
        str, typer.Option(help="Name of the threshold; empty takes the card's default.")
    ] = "",
    ungradable: Annotated[
        bool, typer.Option("--ungradable", help="Answer also where a check on the picture refuses.")
    ] = False,
    threads: Annotated[int, typer.Option(min=1, help="Threads of ONNX Runtime for one picture.")] = 1,
    workers: Annotated[
        int, typer.Option(min=0, help="Pictures worked on at a time; 0 takes one more than there are cores.")
    ] = 0,
    per_child: Annotated[
        int, typer.Option(min=1, help="Files one decoding process sees; 1 gives each file its own.")
    ] = 32,
    as_json: JsonOption = False,
) -> None:
    """Score every picture of a folder into a CSV; stopped at any moment, the same command goes on.

    Every file goes through what an upload goes through: a process apart decodes it, the picture is checked,
    and one unlike those of training is refused. A file that was not scored has a row that says why, and the
    exit code is then 1.
    """
    from core.cli.progress import follow_files
    from core.release.score_folder import score_folder

    bundle = pairs.load_pair(pair)
    roles = bundle.served_roles if role == "all" else (served_role(bundle, role),)
    with follow_files(pair) as tell:
        try:
            summary = score_folder(
                bundle,
                folder,
                out,
                roles=roles,
                operating_point=operating_point or None,
                ungradable=ungradable,
                threads=threads,
                workers=workers or None,
                per_child=per_child,
                on_file=tell,
            )
        except KeyboardInterrupt:
            print("stopped; the same command goes on where it was", file=sys.stderr)
            raise typer.Exit(130) from None
    if as_json:
        print_json({"pair": pair, "out": str(out), **_record(summary)})
    else:
        print_text(_sentence(bundle, summary, out))
    if summary.states["refused"] or summary.states["error"]:
        raise typer.Exit(1)


def _record(summary: ScoreSummary) -> dict[str, object]:
    return {
        "files": summary.files,
        "done_before": summary.done_before,
        "pictures": summary.pictures,
        "states": summary.states,
        "flagged": summary.flagged,
        "seconds": round(summary.seconds, 2),
        "files_per_second": round((summary.files - summary.done_before) / summary.seconds, 2),
    }


def _sentence(pair: Pair, summary: ScoreSummary, out: Path) -> str:
    flagged: dict[Role, int] = summary.flagged
    said = ", ".join(f"{count} flagged by the {role}" for role, count in flagged.items())
    before = f" ({summary.done_before} by an earlier run)" if summary.done_before else ""
    now = summary.files - summary.done_before
    rate = f"; {now / summary.seconds:.1f} files a second" if now else ""
    return (
        f"{pair.card.pair}: {summary.files} files{before}, {summary.pictures} pictures: "
        f"{summary.states['ok']} scored, {said}; {summary.states['refused']} refused, "
        f"{summary.states['error']} not read{rate}. {out}"
    )
