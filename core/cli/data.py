"""Commands on data sets."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from core.cli import split_audit
from core.cli.output import JsonOption, print_json, print_table, print_text
from core.errors import DataError

if TYPE_CHECKING:
    from core.data.leakage import CopiesOverSeeds, LeakageReport

app = typer.Typer(help="Public data sets: what is here, and whether it can be trusted.", no_args_is_help=True)


@app.callback()
def data() -> None:
    """Public data sets: what is here, and whether it can be trusted."""


app.command()(split_audit.audit)


@app.command()
def check(
    *,
    root: Annotated[Path | None, typer.Option(help="Folder of all data sets; else TWINLENS_DATA.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Say which data sets were found, their counts against the publisher's, duplicates and leaking groups."""
    from core.data.audit import check_datasets

    reports = check_datasets(_find_folder(root))
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


@app.command()
def split(
    dataset: Annotated[
        str, typer.Argument(metavar="DATASET", help="Name of its reader; `data check` lists them.")
    ],
    *,
    root: Annotated[
        Path | None, typer.Option(help="Folder of this data set, or of all; else TWINLENS_DATA.")
    ] = None,
    seeds: Annotated[int, typer.Option(min=1, help="Divisions of each kind, seeds 0, 1, ...")] = 20,
    as_json: JsonOption = False,
) -> None:
    """Divide a data set by group and image by image, and count the copies that end up on both sides."""
    from core.data.leakage import measure_leakage

    report = measure_leakage(dataset, _find_folder(root), seeds=seeds)
    if as_json:
        print_json(report)
    else:
        _print_leakage(report)


def _print_leakage(report: LeakageReport) -> None:
    print_text(
        f"{report.dataset}: {report.images} images; {report.disputed} left out because copies of them carry "
        f"different labels; of the others {report.copies} share their bytes with another one, in "
        f"{report.copy_sets} sets of copies"
    )
    words = {"by_group": "by group", "ignored": "image by image"}
    print_table(
        [
            {
                "divided": words[way],
                "test images with a copy in training": _format_range(division.test_in_train),
                "in training or validation": _format_range(division.test_in_train_or_val),
                "accuracy by copies, at most": f"{100 * division.largest_accuracy_change:.1f} points",
            }
            for way, division in report.divisions.items()
        ]
    )
    print_text(
        f"Median over {report.seeds} divisions of each kind, least and most in brackets. The last column is "
        "an upper bound: as if every test image with a copy were right by memory and wrong without it"
    )
    for way, division in report.divisions.items():
        print(f"\nImages, {words[way]}, seed 0")
        print_table(
            [
                {"part": part, **classes, "all": sum(classes.values())}
                for part, classes in division.counts.items()
            ]
        )


def _format_range(copies: CopiesOverSeeds) -> str:
    return f"{copies.median:g} ({copies.least}-{copies.most})"


def _find_folder(root: Path | None) -> Path:
    from core.data.base import data_root

    folder = root or data_root()
    if folder is None:
        raise DataError("TWINLENS_DATA", "not set", "Set it to the folder of the data sets, or use --root")
    return folder
