"""What source documents printed of their own networks, and whether their figures agree with each other.

One TOML file a table in the folder of this name, the figures as printed. A printed figure stands for every
number that rounds to it, so a check asks whether such numbers can all be true together.
"""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from core.evaluation.intervals import wilson_interval
from core.types import ArithmeticCheck, Interval, PublishedClass, PublishedReport

FOLDER = Path(__file__).with_name("published")
"""Of the TOML files."""

_ROUNDING = 1e-9

Range = tuple[float, float]
"""Smallest and largest number that something may be."""


def find_published(modality: str, *, folder: Path = FOLDER) -> PublishedReport | None:
    """The published table of classes about a modality; None where there is none.

    Args:
        modality: registry name.
        folder: of the TOML files.

    Raises:
        TypeError, ValueError: a file has a key too many or too few, or two are about one modality.
    """
    table = find_table(modality, folder=folder)
    if "classes" not in table:
        return None
    classes = tuple(PublishedClass(**row) for row in table.pop("classes"))
    counts = tuple(table.pop("source_counts", ()))
    return PublishedReport(**table, classes=classes, source_counts=counts)


def find_table(modality: str, *, folder: Path = FOLDER) -> dict[str, Any]:
    """The TOML table about a modality; empty where there is none.

    Arguments and errors are those of :func:`find_published`.
    """
    tables = [tomllib.loads(path.read_text(encoding="utf-8")) for path in sorted(folder.glob("*.toml"))]
    found = [table for table in tables if table["modality"] == modality]
    if len(found) > 1:
        raise ValueError(f"modality {modality} has {len(found)} published tables, it may have one")
    return found[0] if found else {}


def limit_recalls(published: PublishedReport, level: float = 0.95) -> tuple[Interval, ...]:
    """Each printed recall with Wilson limits from its printed number of cases.

    The document gives no limits; these assume that its cases are independent.
    """
    found = []
    for entry in published.classes:
        low, high = wilson_interval(entry.recall, entry.support, level)
        found.append(Interval(entry.recall, low, high, level, entry.support, "Wilson"))
    return tuple(found)


def check_arithmetic(published: PublishedReport) -> tuple[ArithmeticCheck, ...]:
    """Whether the printed figures follow from one another, as they were rounded.

    Returns:
        One check each of: F1 from precision and recall; macro F1 and weighted F1 from the F1s; accuracy from
        recalls and cases; the calls that precisions imply against the number of cases; and where the source
        says so, the size of its test part and each class's share of a stratified one.
    """
    half = 0.5 * 10.0**-published.decimals
    f1 = [(entry.f1 - half, entry.f1 + half) for entry in published.classes]
    support = [entry.support for entry in published.classes]
    equal = [1.0] * len(support)
    recalls = [(entry.recall - half, min(1.0, entry.recall + half)) for entry in published.classes]
    checks = [
        _check_f1(published, half),
        _check_mean(published, "macro_f1", f1, equal, "the mean of the classes' F1 is"),
        _check_mean(published, "weighted_f1", f1, support, "the classes' F1, weighted by their cases, give"),
        _check_mean(published, "accuracy_top1", recalls, support, "recalls times cases give"),
        _check_calls(published, half),
    ]
    if published.source_counts and published.test_share is not None:
        checks.append(_check_share(published, published.test_share))
    if published.source_counts and published.stratified:
        checks.append(_check_strata(published))
    return tuple(check for check in checks if check is not None)


def _check_f1(published: PublishedReport, half: float) -> ArithmeticCheck:
    wrong = []
    for entry in published.classes:
        low = _f1(max(0.0, entry.precision - half), max(0.0, entry.recall - half))
        high = _f1(min(1.0, entry.precision + half), min(1.0, entry.recall + half))
        if not _meet((low, high), (entry.f1 - half, entry.f1 + half)):
            wrong.append(f"{entry.name} gives {_range((low, high))}, printed is {entry.f1}")
    words = "; ".join(wrong) or f"follows in all {len(published.classes)} classes"
    return _judge("F1 from precision and recall", f"{words}.", fits=not wrong)


def _check_mean(
    published: PublishedReport, name: str, values: Sequence[Range], weights: Sequence[float], what: str
) -> ArithmeticCheck | None:
    if name not in published.overall:
        return None
    half, printed = 0.5 * 10.0**-published.decimals, published.overall[name]
    low, high = (float(np.average([value[end] for value in values], weights=weights)) for end in (0, 1))
    fits = _meet((low, high), (printed - half, printed + half))
    title = {"macro_f1": "Macro F1", "weighted_f1": "Weighted F1", "accuracy_top1": "Accuracy"}[name]
    words = f"{what} {(low + high) / 2:.4f} ({_range((low, high))} as rounded), printed is {printed}."
    return _judge(title, words, fits=fits)


def _check_calls(published: PublishedReport, half: float) -> ArithmeticCheck:
    """Cases called as each class are recall times cases over precision; they must add up to the cases."""
    low = sum(max(0.0, e.recall - half) * e.support / min(1.0, e.precision + half) for e in published.classes)
    high = sum(
        min(1.0, e.recall + half) * e.support / max(half, e.precision - half) for e in published.classes
    )
    words = f"precisions and recalls imply {low:.0f} to {high:.0f} calls for {published.n:,} cases."
    return _judge("Calls and cases", words, fits=_meet((low, high), (published.n, published.n)))


def _check_share(published: PublishedReport, share: float) -> ArithmeticCheck:
    whole = sum(published.source_counts)
    stated = share * whole
    words = (
        f"the classes' cases add up to {published.n:,}, {100 * published.n / whole:.1f} % of {whole:,} "
        f"images; the text names {100 * share:g} %, which is {stated:.0f}."
    )
    return _judge("Size of the test part", words, fits=abs(published.n - stated) <= 1)


def _check_strata(published: PublishedReport) -> ArithmeticCheck:
    """A stratified part holds each class's share to within one case."""
    whole = sum(published.source_counts)
    expected = [published.n * count / whole for count in published.source_counts]
    support = [entry.support for entry in published.classes]
    fits = all(abs(found - due) <= 1 for found, due in zip(support, expected, strict=True))
    wanted = ", ".join(f"{due:.0f}" for due in expected)
    words = (
        f"a stratified part of {published.n:,}, which the text names, would hold {wanted}; "
        f"the table has {', '.join(map(str, support))}."
    )
    return _judge("Stratified division", words, fits=fits)


def _judge(name: str, words: str, *, fits: bool) -> ArithmeticCheck:
    return ArithmeticCheck(name, "consistent" if fits else "contradicted", words[:1].upper() + words[1:])


def _f1(precision: float, recall: float) -> float:
    return 2 * precision * recall / (precision + recall) if precision + recall else 0.0


def _meet(a: Range, b: Range) -> bool:
    return a[0] <= b[1] + _ROUNDING and b[0] <= a[1] + _ROUNDING


def _range(values: Range) -> str:
    return f"{values[0]:.3f} to {values[1]:.3f}"
