"""A shipped network in 8 bits, and as a folder for elsewhere."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from core.bundle import Pair
from core.cli import pairs
from core.cli.arguments import PairArgument
from core.cli.output import JsonOption, print_json, print_table, print_text
from core.data.base import ROOT_VARIABLE, data_root
from core.errors import ConfigError
from core.types import Role

if TYPE_CHECKING:
    from core.int8_card import Int8Report
    from core.portable.folder import Exported


def add_commands(app: typer.Typer) -> None:
    """Add this module's commands to the command line."""
    app.command()(export)


def export(
    pair_name: PairArgument,
    *,
    out: Annotated[
        Path | None, typer.Option(help="Folder to write; new, empty, or an earlier export.")
    ] = None,
    role: Annotated[str, typer.Option(help="A role that the pair serves.")] = "student",
    web: Annotated[
        bool, typer.Option("--web", help="Add a page that runs the network in a browser.")
    ] = False,
    int8: Annotated[
        bool,
        typer.Option("--int8", help="Make the network in 8 bits first and write it into the pair."),
    ] = False,
    root: Annotated[
        Path | None, typer.Option(help="Of --int8: folder of the data sets; TWINLENS_DATA if not given.")
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Of --int8: report, and leave the pair as it is.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Write a network as a folder that runs without TwinLens; make it in 8 bits.

    The ONNX file must first agree with the network it was exported from, and a network in 8 bits must decide
    held-out cases as the card allows; else nothing is written.
    """
    if out is None and not int8:
        raise ConfigError("export", "nothing to do", "Name a folder with --out, or make 8 bits with --int8")
    pair = pairs.load_pair(pair_name)
    served = pairs.served_role(pair, role)
    report = None
    if int8:
        pair, report = _make_int8(pair, served, root, dry_run=dry_run)
    found = None if out is None else _write_folder(pair, served, out, web=web)
    if as_json:
        record = {"pair": pair.card.pair, "role": role}
        print_json(
            record
            | ({"int8": report.model_dump(mode="json"), "dry_run": dry_run} if report else {})
            | ({"folder": str(out), "web": web, **_list_folder(found)} if found else {})
        )
        return
    if report:
        _print_int8(pair, report, dry_run=dry_run)
    if found:
        _print_folder(out, found)


def _make_int8(pair: Pair, role: Role, root: Path | None, *, dry_run: bool) -> tuple[Pair, Int8Report]:
    from core.release.int8 import make_int8, write_int8

    folder = root or data_root()
    if folder is None:
        raise ConfigError(
            "--int8", "the folder of the data sets is not known", f"Name it with --root or {ROOT_VARIABLE}"
        )
    made = make_int8(pair, role, folder, on_step=_tell)
    return (pair if dry_run else write_int8(pair, made)), made.report


def _print_int8(pair: Pair, report: Int8Report, *, dry_run: bool) -> None:
    from core.figures.int8_words import describe_drift, describe_int8

    print_text(f"{pair.card.pair}: {describe_int8(report)}")
    for drift in report.sets.values():
        print_text(describe_drift(drift))
    print_text(
        "The pair is as it was."
        if dry_run
        else f"Written into the pair. All of it: python -m core int8 {pair.card.pair} --role {report.role}"
    )


def _write_folder(pair: Pair, role: Role, out: Path, *, web: bool) -> Exported:
    from core.portable.folder import export_folder

    return export_folder(pair, role, out, web=web, on_step=_tell)


def _list_folder(found: Exported) -> dict[str, Any]:
    files = found.record.files
    return {
        "steps": [
            {"step": "gate", **found.parity.model_dump()},
            {"step": "self-test", "n": len(found.selftest.cases), "tolerance": found.selftest.tolerance},
            {"step": "files", "n": len(files) + 1, "bytes": sum(entry.bytes for entry in files.values())},
        ],
        "files": {name: entry.model_dump() for name, entry in files.items()},
        "removed": found.removed,
    }


def _print_folder(out: Path | None, found: Exported) -> None:
    print_text(
        f"{out}: the ONNX file's probabilities differ from the network's by at most "
        f"{found.parity.largest_difference:.1e} ({found.parity.tolerance:.0e} allowed, "
        f"n = {found.parity.n} pictures)."
    )
    print_table(
        [
            {"file": name, "bytes": f"{entry.bytes:,}", "SHA-256": entry.sha256[:12]}
            for name, entry in found.record.files.items()
        ]
    )


def _tell(step: str) -> None:
    typer.echo(step, err=True)
