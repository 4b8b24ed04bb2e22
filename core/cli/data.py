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
    root: Annotated[Path | None, typer.Option(help="Folder of all data sets; TWINLENS_DATA if not given.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Say which data sets were found, their counts against the publisher's, duplicates and leaking groups."""
    from core.data.audit import check_datasets
    from core.data.base import data_root

    folder = root or data_root()
    if folder is None:
        raise DataError("TWINLENS_DATA", "not set", "Set it to the folder that holds the data sets, or use --root")
    reports = check_datasets(folder)
    if as_json:
        print_json([report.to_dict() for report in reports])
        return
    print_table([report.to_row() for report in reports])
