"""Precision, recall and F1 of every class and the confusion matrix, with limits.

A case is called what is most probable; of tied classes the first in order. Shares of cases have Wilson limits
with as many observations as there are groups, as everywhere in this house; F1 is no share of cases and has
bootstrap limits, all classes and all means from the same resamples of whole groups.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.evaluation.estimates import evaluate_metrics
from core.evaluation.intervals import (
    TOO_FEW_GROUPS,
    Groups,
    has_too_few_groups,
    interval_from_draws,
    proportion_interval,
    undefined_interval,
)
from core.evaluation.limits import wilson_limits
from core.evaluation.report import EVERY_CLASS, GRADES, index_classes
from core.evaluation.resampling import draw_weights
from core.evaluation.weighted import cell_columns, to_matrices
from core.metrics.base import check_probs
from core.metrics.confusion import count_confusion, f1_by_class
from core.types import ClassFigures, ClassReport, ConfusionMatrix, HeldOut, Interval, Role, Scale

NO_CASE = "undefined: no case of this class"
NEVER_CALLED = "undefined: no case is called so"
NO_SPREAD = "no limits: the same on every resample"
"""Method of an F1 that no resample can move, for example of a class that is never found."""


def report_held_out(
    held_out: HeldOut, role: Role, *, scale: Scale, resamples: int = 1000, level: float = 0.95, seed: int = 0
) -> ClassReport:
    """:func:`report_classes` of one network on held-out cases."""
    return report_classes(
        held_out.probs[role],
        held_out.target,
        held_out.groups,
        classes=held_out.classes,
        scale=scale,
        resamples=resamples,
        level=level,
        seed=seed,
    )


def report_classes(
    probs: NDArray[Any],
    target: Sequence[str] | NDArray[Any],
    groups: Groups,
    *,
    classes: Sequence[str],
    scale: Scale = "nominal",
    resamples: int = 1000,
    level: float = 0.95,
    seed: int = 0,
) -> ClassReport:
    """Figures of every class of one network (DR10).

    Args:
        probs: (N, C) float in [0, 1], rows sum to 1, columns as ``classes``.
        target: (N,) class codes; some classes may be missing.
        groups: (N,) group of each case.
        classes: class codes in the order of the columns.
        scale: with ``"ordinal"`` the overall figures hold those of grades too.
        resamples, level, seed: of the bootstrap.

    Returns:
        ClassReport. A figure of a class without cases, the precision of one that is never called, and a mean
        over classes of which one has no case are NaN, and their ``method`` says why.

    Raises:
        TypeError, ValueError: shapes do not fit, a probability is wrong, a target is not one of the classes.
    """
    prob, code = check_probs(probs, index_classes(target, classes))
    if prob.shape[1] != len(classes):
        raise ValueError(f"classes must name the {prob.shape[1]} columns of probs, they are {len(classes)}")
    options: dict[str, Any] = {"resamples": resamples, "level": level, "seed": seed}
    names = EVERY_CLASS + (GRADES if scale == "ordinal" else ())
    counts = count_confusion(prob, code)
    f1 = _f1_intervals(prob, code, groups, counts, **options)
    called = prob.argmax(axis=1) if code.size else code
    return ClassReport(
        n=len(code),
        overall=evaluate_metrics(names, prob, code, groups, **options),
        classes=tuple(
            ClassFigures(
                code=name,
                support=int((code == index).sum()),
                called=int((called == index).sum()),
                precision=_precision(code == index, called == index, groups, level),
                recall=_recall(code == index, called == index, groups, level),
                f1=f1[index],
            )
            for index, name in enumerate(classes)
        ),
        confusion=_confusion(counts, code, groups, tuple(classes), level),
    )


def _precision(
    of_class: NDArray[np.bool_], called: NDArray[np.bool_], groups: Groups, level: float
) -> Interval:
    if not of_class.any():
        return undefined_interval(level, 0, NO_CASE)
    if not called.any():
        return undefined_interval(level, 0, NEVER_CALLED)
    return proportion_interval(of_class, called, groups, level)


def _recall(of_class: NDArray[np.bool_], called: NDArray[np.bool_], groups: Groups, level: float) -> Interval:
    if not of_class.any():
        return undefined_interval(level, 0, NO_CASE)
    return proportion_interval(called, of_class, groups, level)


def _f1_intervals(
    prob: NDArray[np.float64],
    code: NDArray[np.intp],
    groups: Groups,
    counts: NDArray[np.float64],
    *,
    resamples: int,
    level: float,
    seed: int,
) -> list[Interval]:
    """F1 of every class; the resamples are those of the overall figures."""
    values, support = f1_by_class(counts), counts.sum(axis=1)
    draws = np.empty((0, len(values)))
    if code.size:
        cells = cell_columns(prob, code)
        blocks = draw_weights(groups, code, resamples=resamples, seed=seed)
        draws = np.concatenate([f1_by_class(to_matrices(weights @ cells)) for weights in blocks])
    found = []
    for index, value in enumerate(values.tolist()):
        if not support[index]:
            found.append(undefined_interval(level, 0, NO_CASE))
        elif has_too_few_groups(groups, code == index):
            found.append(Interval(value, math.nan, math.nan, level, len(code), TOO_FEW_GROUPS))
        elif np.ptp(draws[:, index]) == 0:
            found.append(Interval(value, math.nan, math.nan, level, len(code), NO_SPREAD))
        else:
            found.append(interval_from_draws(value, draws[:, index], groups, level=level, bounds=(0.0, 1.0)))
    return found


def _confusion(
    counts: NDArray[np.float64],
    code: NDArray[np.intp],
    groups: Groups,
    classes: tuple[str, ...],
    level: float,
) -> ConfusionMatrix:
    whole = counts.astype(np.int64)
    of_case = np.asarray(groups)
    rows = []
    for index, row in enumerate(whole):
        n = int(row.sum())
        if not n:
            rows.append(tuple(undefined_interval(level, 0, NO_CASE) for _ in classes))
            continue
        independent = len(np.unique(of_case[code == index]))
        method = "Wilson" if independent == n else f"Wilson, {independent} groups"
        limits = wilson_limits(row, n, independent, level)
        rows.append(
            tuple(
                Interval(float(value), float(low), float(high), level, n, method)
                for value, low, high in zip(limits.value, limits.low, limits.high, strict=True)
            )
        )
    return ConfusionMatrix(classes, tuple(tuple(row) for row in whole.tolist()), tuple(rows))
