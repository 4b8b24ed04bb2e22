"""Commands on data sets."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from core.cli.output import JsonOption, print_json, print_table
from core.errors import DataError

app = typer.Typer(help="Public data sets: what is here, and whether it can be trusted.", no_args_is_help=True)


@app.callback()
def data() -> None:
    """Public data sets: what is here, and whether it can be trusted."""


@app.command()
def check(
    *,
    root: Annotated[Path | None, typer.Option(help="Folder of all data sets; else TWINLENS_DATA.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Say which data sets were found, their counts against the publisher's, duplicates and leaking groups."""
    from core.data.audit import check_datasets
    from core.data.base import data_root

    folder = root or data_root()
    if folder is None:
        raise DataError("TWINLENS_DATA", "not set", "Set it to the folder of the data sets, or use --root")
    reports = check_datasets(folder)
    if as_json:
        print_json([report.to_dict() for report in reports])
        return
    print_table(
        [
            {
                "data set": report.name,
                "state": report.state,
                "images": f"{report.images_found} of {report.images_expected}",
                "groups": report.groups,
                "copies": len(report.duplicates),
                "groups across parts": len(report.leaking_groups),
                "label conflicts": len(report.label_conflicts),
                "same as in": ", ".join(f"{name} ({n})" for name, n in report.shared.items()) or "-",
            }
            for report in reports
        ]
    )
    for report in reports:
        if report.problem:
            print(f"{report.name}: {report.problem}")
        for group, keys in report.leaking_groups.items():
            print(f"{report.name}: group {group} lies in several published parts: {', '.join(keys)}")
