"""``data audit``: whether anyone's division of anyone's images leaks."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from core.cli.output import JsonOption, format_interval, print_json, print_table, print_text

if TYPE_CHECKING:
    from core.data.leaks import Check
    from core.data.split_table import Field
    from core.release.split_audit import CheckReport, PairReport, SplitAudit
    from core.types import Interval

SHOWN = 20
"""Pairs that the terminal shows; the file has them all."""
TITLES: Mapping[Check, str] = {
    "id": "same id",
    "patient": "same patient",
    "lesion": "same lesion",
    "group": "same group",
    "bytes": "same bytes",
    "pixels": "same pixels, other bytes",
    "looks": "look alike, other pixels",
    "features": "alike to the network, other looks",
}

Column = Annotated[str, typer.Option(help="Its column; guessed if not given.")]


def audit(
    *,
    table: Annotated[Path, typer.Option("--csv", help="Table with a row an image: path, split, ...")],
    root: Annotated[Path | None, typer.Option(help="Folder that paths start from; else the table's.")] = None,
    pair: Annotated[str, typer.Option(help="Compare features of this pair's student too.")] = "",
    path_column: Column = "",
    split_column: Column = "",
    label_column: Column = "",
    id_column: Column = "",
    patient_column: Column = "",
    lesion_column: Column = "",
    group_column: Column = "",
    bits: Annotated[
        int | None, typer.Option(min=0, max=128, help="Bits of 256 that pictures which look alike differ in.")
    ] = None,
    cosine: Annotated[
        float | None, typer.Option(min=0.0, max=1.0, help="Least cosine of features that are alike.")
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Write every pair to this CSV file.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Look for images, patients and near copies that a division puts on both sides.

    Exit code 1 when it finds any: repair the division, then run it again.
    """
    from core.bundle import load_pair
    from core.data.leaks import FEATURES_BOUND, LOOKS_BOUND
    from core.data.split_table import read_split_table
    from core.release.split_audit import audit_table, write_pairs

    named: dict[Field, str] = {
        "path": path_column,
        "split": split_column,
        "label": label_column,
        "id": id_column,
        "patient": patient_column,
        "lesion": lesion_column,
        "group": group_column,
    }
    found = audit_table(
        read_split_table(
            table, root=root, named={field: column for field, column in named.items() if column}
        ),
        pair=load_pair(pair) if pair else None,
        looks_bound=LOOKS_BOUND if bits is None else bits,
        features_bound=FEATURES_BOUND if cosine is None else cosine,
        watch=_watch,
    )
    if out is not None:
        write_pairs(found, out)
    if as_json:
        print_json(found)
    else:
        _print_audit(found, out)
    if found.leaking:
        raise typer.Exit(1)


def _watch(files: Sequence[tuple[str, Path]]) -> Iterable[tuple[str, Path]]:
    """Draw a bar on standard error where somebody is there to see it."""
    from tqdm import tqdm

    return tqdm(files, desc="reading", unit="image", leave=False, disable=not sys.stderr.isatty())


def _print_audit(found: SplitAudit, out: Path | None) -> None:
    splits = ", ".join(f"{split} {count}" for split, count in found.splits.items())
    print_text(f"{found.images} images: {splits}")
    print_text("Columns: " + ", ".join(f"{field} = {name}" for field, name in found.columns.items()))
    print()
    rows = [
        {
            "check": TITLES[report.check],
            "within": _format_bound(report),
            "pairs": report.pairs,
            "label conflicts": report.conflicts,
            **_format_shares(report.touched),
        }
        for report in found.checks
    ]
    whole = {"check": "any (features left out)", "within": "", "pairs": "", "label conflicts": ""}
    print_table([*rows, {**whole, **_format_shares(found.touched)}])
    print()
    print_text(
        "Pairs lie in different splits. A split's column is the share of its images with a partner in "
        "another split, with 95 % limits. Pictures that look alike are a lower bound: one turned or cut "
        "otherwise is not found. Label conflicts are counted within splits too"
    )
    for check, reason in found.skipped.items():
        print_text(f"not checked: {TITLES[check]}: {reason}")
    for refusal in found.unread:
        print_text(f"not read: {refusal.subject}: {refusal.problem}")
    _print_pairs("Leaks", found.leaks)
    _print_pairs("Copies with different labels", found.conflicts)
    if out is not None:
        print()
        print_text(f"{len(found.leaks) + len(found.conflicts)} pairs written to {out}")
    if found.unlisted:
        print_text(f"{found.unlisted} more pairs were counted but are not listed")


def _print_pairs(title: str, pairs: Sequence[PairReport]) -> None:
    if not pairs:
        return
    shown = f", {SHOWN} of {len(pairs)}; --out writes all" if len(pairs) > SHOWN else ""
    print(f"\n{title}{shown}")
    for found in pairs[:SHOWN]:
        distance = "" if found.distance is None else f" ({found.distance:.3g})"
        labels = f", {found.label_a or '?'} / {found.label_b or '?'}"
        named = labels if found.label_a or found.label_b else ""
        print(
            f"  {found.check}{distance}: {found.path_a} [{found.split_a}], "
            f"{found.path_b} [{found.split_b}]{named}"
        )


def _format_bound(report: CheckReport) -> str:
    if report.bound is None:
        return "-"
    return f"cosine {report.bound:g}" if report.check == "features" else f"{report.bound:g} bits"


def _format_shares(touched: Mapping[str, Interval]) -> dict[str, str]:
    return {split: format_interval(share) for split, share in touched.items()}
