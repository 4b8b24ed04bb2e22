"""The comparison among young and old, women and men, sites and findings: exploratory, with a guard."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from core.evaluation.delong import auc_interval, compare_auc
from core.evaluation.intervals import proportion_interval, undefined_interval
from core.evaluation.mcnemar import compare_right
from core.types import HeldOut, OperatingPoint, Role, Subgroup

LEAST = 10
"""Fewer positives, or fewer negatives, than this and a part is counted but not judged."""

AGE_BANDS: tuple[tuple[float, float, str], ...] = (
    (0, 40, "under 40"),
    (40, 60, "40 to 59"),
    (60, 150, "60 and older"),
)
SITE_COLUMNS = ("site", "localization", "anatom_site_general", "anatom_site_general_challenge")
"""Columns under which publishers name the part of the body."""

UNKNOWN = "not recorded"

Kind = Literal["age", "sex", "site", "positive_finding", "other_finding"]


def compare_subgroups(
    held_out: HeldOut, points: Mapping[Role, OperatingPoint], *, least: int = LEAST, level: float = 0.95
) -> tuple[Subgroup, ...]:
    """Student and teacher within parts of the cases, so far as the data say what those are.

    A part by finding holds the cases of one class and every case of the other kind: melanoma against naevus,
    say. Parts are small and many: a difference in one of them is a question, not an answer, so there are no
    p-values.

    Args:
        held_out: reported cases.
        points: role to operating point.
        least: positives, and negatives, that a part must have to be judged.
        level: coverage of the limits.

    Returns:
        Parts in the order age, sex, site, finding; what the data do not record is left out.
    """
    if least < 1:
        raise ValueError(f"least must be at least 1, it is {least}")
    return tuple(
        _judge(held_out, points, kind, label, chosen, least, level)
        for kind, label, chosen in _divide(held_out)
    )


def _divide(held_out: HeldOut) -> Iterator[tuple[Kind, str, NDArray[np.bool_]]]:
    columns = held_out.metadata
    if "age" in columns:
        yield from _by_age(columns["age"])
    if "sex" in columns:
        yield from _by_label("sex", columns["sex"])
    for name in SITE_COLUMNS:
        if name in columns and (columns[name] != "").any():
            yield from _by_label("site", columns[name])
            break
    present = [code for code in held_out.classes if (held_out.target == code).any()]
    kinds: tuple[tuple[bool, Kind], ...] = ((True, "positive_finding"), (False, "other_finding"))
    for is_positive, kind in kinds:
        codes = [code for code in present if (code in held_out.positives) == is_positive]
        for code in codes if len(codes) > 1 else ():
            yield kind, code, (held_out.target == code) | (held_out.truth != is_positive)


def _by_age(column: NDArray[np.str_]) -> Iterator[tuple[Kind, str, NDArray[np.bool_]]]:
    years = np.array([_number(text) for text in column.tolist()])
    known = np.isfinite(years)
    if not known.any():
        return
    for low, high, label in AGE_BANDS:
        yield "age", label, (years >= low) & (years < high)
    if not known.all():
        yield "age", UNKNOWN, ~known


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return float("nan")


def _by_label(kind: Kind, column: NDArray[np.str_]) -> Iterator[tuple[Kind, str, NDArray[np.bool_]]]:
    text = np.char.lower(np.char.strip(column.astype(str)))
    text = np.where(np.isin(text, ["unknown", "nan", "none"]), "", text)
    labels = sorted(label for label in np.unique(text).tolist() if label)
    for label in labels:
        yield kind, label, text == label
    if labels and (text == "").any():
        yield kind, UNKNOWN, text == ""


def _judge(
    held_out: HeldOut,
    points: Mapping[Role, OperatingPoint],
    kind: Kind,
    label: str,
    chosen: NDArray[np.bool_],
    least: int,
    level: float,
) -> Subgroup:
    truth, groups = held_out.truth[chosen], held_out.groups[chosen]
    n, positives = int(chosen.sum()), int(truth.sum())
    if min(positives, n - positives) < least:
        nothing = undefined_interval(level, n, f"too few ({positives} positive, {n - positives} other)")
        return Subgroup(kind, label, n, positives, "too_few", nothing, nothing)
    probs = {role: prob[chosen] for role, prob in held_out.positive_prob.items()}
    flagged = {role: prob >= points[role].threshold for role, prob in probs.items()}
    found = compare_right(
        flagged["student"][truth], flagged["teacher"][truth], groups[truth], among="positives", level=level
    )
    return Subgroup(
        kind,
        label,
        n,
        positives,
        "ok",
        auc_difference=compare_auc(probs["student"], probs["teacher"], truth, groups, level=level).difference,
        sensitivity_difference=found.difference,
        aucs={role: auc_interval(prob, truth, groups, level=level) for role, prob in probs.items()},
        sensitivities={
            role: proportion_interval(hits, truth, groups, level) for role, hits in flagged.items()
        },
    )
