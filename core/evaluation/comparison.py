"""Two networks on the same cases: differences and ratios of metrics, with paired limits."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.evaluation.estimates import MEASURED_TOO_HIGH, explain_undefined, lacks_limits
from core.evaluation.intervals import (
    TOO_FEW_GROUPS,
    UNBOUNDED,
    Groups,
    interval_from_draws,
    undefined_interval,
)
from core.evaluation.resampling import resample_together
from core.evaluation.weighted import WeightedMetrics, choose_function
from core.metrics.base import METRICS
from core.types import Interval

Values = NDArray[np.float64]


def paired_difference(
    metric: str,
    a: NDArray[Any],
    b: NDArray[Any],
    target: NDArray[Any],
    groups: Groups,
    *,
    thresholds: tuple[float, float] | None = None,
    resamples: int = 1000,
    level: float = 0.95,
    seed: int = 0,
) -> Interval:
    """Metric of ``a`` minus metric of ``b`` on the same cases; every resample is used for both.

    Limits that lie on one side of 0 say that the networks differ on such cases.

    Args:
        metric: name in the metric registry, for example ``"roc_auc"``.
        a, b: probabilities of the two networks, of the shape the metric takes: (N,) or (N, C).
        target: (N,) bool, or (N,) class indices for a metric of all classes.
        groups: (N,) group of each case.
        thresholds: those of ``a`` and ``b``, for metrics that take one.
        resamples, level, seed: of the bootstrap.

    Returns:
        Interval of a difference, percentile limits, for calibration errors the wider of these and of mirrored
        ones (:data:`core.evaluation.estimates.MEASURED_TOO_HIGH`); no limits where a class is of one group
        only; undefined when one of the metrics is.

    Raises:
        TypeError, ValueError: what the metric raises; shapes of ``a`` and ``b`` differ; thresholds are
        missing.
    """
    options: dict[str, Any] = {"resamples": resamples, "level": level, "seed": seed}
    return paired_differences((metric,), a, b, target, groups, thresholds=thresholds, **options)[metric]


def paired_differences(
    metrics: Sequence[str],
    a: NDArray[Any],
    b: NDArray[Any],
    target: NDArray[Any],
    groups: Groups,
    *,
    thresholds: tuple[float, float] | None = None,
    resamples: int = 1000,
    level: float = 0.95,
    seed: int = 0,
) -> dict[str, Interval]:
    """:func:`paired_difference` of several metrics from one pass over the resamples.

    Args:
        metrics: names in the metric registry, all of the positive probability or all of every class's.
        a, b, target, groups, thresholds, resamples, level, seed: as in :func:`paired_difference`.

    Returns:
        Metric to interval, in the order of ``metrics``.
    """
    options: dict[str, Any] = {"resamples": resamples, "level": level, "seed": seed}
    return _paired(metrics, _subtract, _bound_difference, a, b, target, groups, thresholds, options)


def paired_ratio(
    metric: str,
    a: NDArray[Any],
    b: NDArray[Any],
    target: NDArray[Any],
    groups: Groups,
    *,
    thresholds: tuple[float, float] | None = None,
    resamples: int = 1000,
    level: float = 0.95,
    seed: int = 0,
) -> Interval:
    """Metric of ``a`` over metric of ``b`` on the same cases; retention is student over teacher (MEL6).

    Arguments and errors as in :func:`paired_difference`, percentile limits. A ratio of calibration errors has
    no limits: both are measured too high, the smaller one by more of itself, and no resampling mends that.
    Undefined where ``b`` has 0.
    """
    options: dict[str, Any] = {"resamples": resamples, "level": level, "seed": seed}
    found = _paired((metric,), _divide, _bound_ratio, a, b, target, groups, thresholds, options)[metric]
    if metric in MEASURED_TOO_HIGH and found.defined:
        return replace(found, low=math.nan, high=math.nan, method="no limits: both are measured too high")
    return found


def compute_retention(
    student: NDArray[Any],
    teacher: NDArray[Any],
    target: NDArray[Any],
    groups: Groups,
    *,
    resamples: int = 1000,
    level: float = 0.95,
    seed: int = 0,
) -> Interval:
    """Share of the teacher's ROC-AUC that the student keeps: student's over teacher's, paired limits (MEL6).

    Args:
        student, teacher: (N,) positive probabilities on the same cases.
        target: (N,) bool.
        groups: (N,) group of each case.
        resamples, level, seed: of the bootstrap.

    Returns:
        Interval, 1 when the student is as good; it may exceed 1. AUC starts at 0.5 for guessing, so a ratio
        looks kinder than the difference of the two.
    """
    return paired_ratio(
        "roc_auc", student, teacher, target, groups, resamples=resamples, level=level, seed=seed
    )


def _paired(
    metrics: Sequence[str],
    combine: Callable[[Values, Values], Values],
    bound: Callable[[tuple[float, float]], tuple[float, float]],
    a: NDArray[Any],
    b: NDArray[Any],
    target: NDArray[Any],
    groups: Groups,
    thresholds: tuple[float, float] | None,
    options: dict[str, Any],
) -> dict[str, Interval]:
    probs, truth = (np.asarray(a, np.float64), np.asarray(b, np.float64)), np.asarray(target)
    if probs[0].shape != probs[1].shape:
        raise ValueError(f"a and b must have the same shape, they are {probs[0].shape} and {probs[1].shape}")
    both = list(zip(probs, thresholds or (None, None), strict=True))
    level = options["level"]
    values = {}
    for name in metrics:
        of_a, of_b = (np.array(choose_function(name, limit)(prob, truth)) for prob, limit in both)
        values[name] = float(combine(of_a, of_b))
    defined = [name for name, value in values.items() if math.isfinite(value)]
    found = {
        name: undefined_interval(level, len(truth), explain_undefined(name, truth))
        for name in values
        if name not in defined
    }
    if defined:
        networks = [WeightedMetrics(defined, prob, truth, threshold=limit) for prob, limit in both]
        drawn_a, drawn_b = resample_together(
            networks, groups, truth, resamples=options["resamples"], seed=options["seed"]
        )
        for name in defined:
            found[name] = interval_from_draws(
                values[name],
                combine(drawn_a[name], drawn_b[name]),
                groups,
                level=level,
                bounds=bound(METRICS.get(name).bounds),
                limits="wider" if name in MEASURED_TOO_HIGH else "percentile",
            )
            if lacks_limits(name, truth, groups):
                found[name] = replace(found[name], low=math.nan, high=math.nan, method=TOO_FEW_GROUPS)
    return {name: found[name] for name in metrics}


def _subtract(a: Values, b: Values) -> Values:
    return a - b


def _divide(a: Values, b: Values) -> Values:
    return np.divide(a, b, out=np.full_like(a, np.nan), where=b != 0)


def _bound_difference(bounds: tuple[float, float]) -> tuple[float, float]:
    return bounds[0] - bounds[1], bounds[1] - bounds[0]


def _bound_ratio(bounds: tuple[float, float]) -> tuple[float, float]:
    return (0.0, math.inf) if bounds[0] >= 0 else UNBOUNDED
