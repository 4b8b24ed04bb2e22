"""A shipped network as a folder for elsewhere."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from core.cli import pairs
from core.cli.arguments import PairArgument
from core.cli.output import JsonOption, print_json, print_table, print_text


def add_commands(app: typer.Typer) -> None:
    """Add this module's commands to the command line."""
    app.command()(export)


def export(
    pair_name: PairArgument,
    *,
    out: Annotated[Path, typer.Option(help="Folder to write; new, empty, or an earlier export.")],
    role: Annotated[str, typer.Option(help="A role that the pair serves.")] = "student",
    web: Annotated[
        bool, typer.Option("--web", help="Add a page that runs the network in a browser.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Write a network as a folder that runs without TwinLens: ONNX, preparation, self-test, example.

    The ONNX file must first agree with the network it was exported from; else nothing is written.
    """
    from core.portable.folder import export_folder

    pair = pairs.load_pair(pair_name)
    found = export_folder(
        pair, pairs.served_role(pair, role), out, web=web, on_step=lambda step: typer.echo(step, err=True)
    )
    files = found.record.files
    steps: list[dict[str, Any]] = [
        {"step": "gate", **found.parity.model_dump()},
        {"step": "self-test", "n": len(found.selftest.cases), "tolerance": found.selftest.tolerance},
        {"step": "files", "n": len(files) + 1, "bytes": sum(entry.bytes for entry in files.values())},
    ]
    if as_json:
        print_json(
            {
                "pair": pair.card.pair,
                "role": role,
                "folder": str(out),
                "web": web,
                "steps": steps,
                "files": {name: entry.model_dump() for name, entry in files.items()},
                "removed": found.removed,
            }
        )
        return
    print_text(
        f"{out}: the ONNX file's probabilities differ from the network's by at most "
        f"{found.parity.largest_difference:.1e} ({found.parity.tolerance:.0e} allowed, "
        f"n = {found.parity.n} pictures)."
    )
    print_table(
        [
            {"file": name, "bytes": f"{entry.bytes:,}", "SHA-256": entry.sha256[:12]}
            for name, entry in files.items()
        ]
    )
