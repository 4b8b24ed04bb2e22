"""ROC-AUCs on the same cases: their limits, and the limits of their difference, without resampling.

The areas are means of midrank placements (Sun and Xu 2014, "Fast implementation of DeLong's algorithm").
Their covariance is that of DeLong et al. 1988, "Comparing the areas under two or more correlated receiver
operating characteristic curves", with whole groups as units as in Obuchowski 1997, "Nonparametric analysis
of clustered ROC curve data". With one case a group it is DeLong's exactly, finite-sample factors included.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

from core.evaluation.intervals import TOO_FEW_GROUPS, Groups, undefined_interval
from core.metrics.base import check_binary
from core.types import AucComparison, Interval

_ROUNDING = 1e-12
"""A variance below this share of 1 is what rounding leaves of none."""


def auc_interval(
    positive_prob: NDArray[Any], target: NDArray[Any], groups: Groups, *, level: float = 0.95
) -> Interval:
    """ROC-AUC of one network with DeLong's limits.

    Args:
        positive_prob: (N,) float in [0, 1].
        target: (N,) bool.
        groups: (N,) group of each case.
        level: coverage in (0, 1).

    Returns:
        Interval in [0, 1]; undefined with one class only; without limits where fewer than two groups hold a
        positive, or a negative, or where the area is 0 or 1 and has no spread.

    Raises:
        TypeError, ValueError: see :func:`core.metrics.base.check_binary`; ``level`` outside (0, 1).
    """
    return compare_auc(positive_prob, positive_prob, target, groups, level=level).first


def compare_auc(
    first: NDArray[Any], second: NDArray[Any], target: NDArray[Any], groups: Groups, *, level: float = 0.95
) -> AucComparison:
    """Paired comparison of two ROC-AUCs on the same cases.

    Args:
        first, second: (N,) positive probabilities of the two networks.
        target: (N,) bool.
        groups: (N,) group of each case; cases of one group may be of both classes.
        level: coverage of the two-sided limits.

    Returns:
        Both areas and their difference. Limits are normal ones cut to [0, 1] and [-1, 1].

    Raises:
        TypeError, ValueError: see :func:`core.metrics.base.check_binary`; ``level`` outside (0, 1).
    """
    if not 0 < level < 1:
        raise ValueError(f"level must lie between 0 and 1, it is {level}")
    prob_a, truth = check_binary(first, target)
    prob_b, _ = check_binary(second, target)
    _, code = np.unique(np.asarray(groups), return_inverse=True)
    if code.shape != truth.shape:
        raise ValueError(f"groups must be (N,) as target is, they are {code.shape} and {truth.shape}")
    if truth.all() or not truth.any():
        nothing = undefined_interval(
            level, truth.size, "undefined: one class only" if truth.size else "undefined: no cases"
        )
        return AucComparison(nothing, nothing, nothing, math.nan, math.nan, "undefined")
    placements = np.stack([place(prob_a, truth), place(prob_b, truth)])
    areas = placements[:, truth].mean(axis=1)
    contrasts = np.array([[1.0, 0.0], [0.0, 1.0], [1.0, -1.0]])
    variances = _variances(contrasts @ placements, truth, code)
    same_order = bool((_midranks(prob_a) == _midranks(prob_b)).all())
    method = "DeLong" if code.max(initial=0) + 1 == truth.size else "DeLong, groups as units"
    values = contrasts @ areas
    bounds = ((0.0, 1.0), (0.0, 1.0), (-1.0, 1.0))
    intervals = [
        _interval(value, variance, bound, level, truth.size, method)
        for value, variance, bound in zip(values, variances, bounds, strict=True)
    ]
    return _conclude(intervals, float(values[2]), variances[2], same_order=same_order)


def place(positive_prob: NDArray[np.float64], target: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Placement of every case among those of the other class, ties counted half.

    Args:
        positive_prob: (N,) float.
        target: (N,) bool, both classes present.

    Returns:
        (N,) float in [0, 1]: for a positive, the share of negatives below it; for a negative, the share of
        positives above it. Either kind has the ROC-AUC as its mean.
    """
    overall = _midranks(positive_prob)
    placement = np.empty(positive_prob.size)
    for kind in (True, False):
        chosen = target == kind
        others = positive_prob.size - int(chosen.sum())
        below = (overall[chosen] - _midranks(positive_prob[chosen])) / others
        placement[chosen] = below if kind else 1 - below
    return placement


def _variances(
    placements: NDArray[np.float64], truth: NDArray[np.bool_], code: NDArray[np.intp]
) -> list[float]:
    """Variance of the mean placement of each row of (R, N), groups as units; NaN with too few groups."""
    count = int(code.max()) + 1
    sums, counts, units = {}, {}, {}
    for kind in (True, False):
        chosen = truth == kind
        weights = placements[:, chosen] - placements[:, chosen].mean(axis=1, keepdims=True)
        sums[kind] = np.stack([np.bincount(code[chosen], row, minlength=count) for row in weights])
        counts[kind] = int(chosen.sum())
        units[kind] = len(np.unique(code[chosen]))
    if min(units.values()) < 2:
        return [math.nan] * len(placements)
    variance = np.zeros(len(placements))
    for kind in (True, False):
        variance += units[kind] / (units[kind] - 1) * (sums[kind] ** 2).sum(axis=1) / counts[kind] ** 2
    shared = count / (count - 1) * (sums[True] * sums[False]).sum(axis=1) / (counts[True] * counts[False])
    return [float(value) for value in np.maximum(variance + 2 * shared, 0.0)]


def _interval(
    value: float, variance: float, bounds: tuple[float, float], level: float, n: int, method: str
) -> Interval:
    if math.isnan(variance):
        return Interval(value, math.nan, math.nan, level, n, TOO_FEW_GROUPS)
    if variance < _ROUNDING:
        return Interval(value, math.nan, math.nan, level, n, "no limits: no spread on these cases")
    half = float(ndtri(0.5 + level / 2)) * math.sqrt(variance)
    return Interval(value, max(value - half, bounds[0]), min(value + half, bounds[1]), level, n, method)


def _conclude(
    intervals: list[Interval],
    value: float,
    variance: float,
    *,
    same_order: bool,
) -> AucComparison:
    first, second, difference = intervals
    if same_order:
        nothing = Interval(0.0, 0.0, 0.0, difference.level, difference.n, "identical rankings")
        return AucComparison(first, second, nothing, 0.0, 1.0, "identical")
    if math.isnan(difference.low):
        return AucComparison(first, second, difference, math.nan, math.nan, "no_limits")
    z = value / math.sqrt(variance)
    return AucComparison(first, second, difference, z, float(2 * ndtr(-abs(z))), "ok")


def _midranks(values: NDArray[Any]) -> NDArray[np.float64]:
    """Ranks of (N,) from 1, those of ties the mean of theirs."""
    from scipy.stats import rankdata  # here, so that a first page does not wait for it

    return np.asarray(rankdata(values), dtype=np.float64)
