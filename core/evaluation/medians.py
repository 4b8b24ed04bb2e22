"""A median with limits by resampling whole groups."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from core.evaluation.intervals import interval_from_draws, undefined_interval
from core.evaluation.resampling import Groups, draw_weights
from core.types import Interval

LEAST_GROUPS = 6
"""With fewer, even from the smallest to the largest value covers a median less often than 95 % of the time:
all of n values lie on one side of it with probability 2 / 2^n."""
TOO_FEW = f"no limits: fewer than {LEAST_GROUPS} groups"


def median_interval(
    values: ArrayLike,
    groups: Groups,
    *,
    resamples: int = 1000,
    level: float = 0.95,
    seed: int = 0,
) -> Interval:
    """Median of a measurement over cases; what could not be measured is left out.

    Args:
        values: (N,) numbers; NaN where there is nothing to measure.
        groups: (N,) group of each case; groups are drawn whole, whatever the cases' labels are.
        resamples, level, seed: of the bootstrap.

    Returns:
        Interval with ``n`` the number of cases that were measured. Undefined without one; without limits
        where they are of fewer than :data:`LEAST_GROUPS` groups.

    Raises:
        ValueError: the lengths differ, or a value is infinite.
    """
    measured = np.asarray(values, dtype=np.float64)
    if measured.shape != (len(groups),):
        raise ValueError(f"values and groups must be (N,), they are {measured.shape} and ({len(groups)},)")
    if np.isinf(measured).any():
        raise ValueError("values must be finite or NaN")
    there = np.isfinite(measured)
    found, of_case = measured[there], np.asarray(groups)[there]
    if not found.size:
        return undefined_interval(level, 0, "undefined: no case could be measured")
    value = float(np.median(found))
    if len(set(of_case.tolist())) < LEAST_GROUPS:
        return Interval(value, np.nan, np.nan, level, found.size, TOO_FEW)
    one_stratum = np.zeros(found.size, dtype=np.intp)
    draws = [
        weigh_median(found, weights)
        for weights in draw_weights(of_case, one_stratum, resamples=resamples, seed=seed)
    ]
    return interval_from_draws(value, np.concatenate(draws), of_case, level=level)


def weigh_median(values: NDArray[np.float64], weights: NDArray[np.float64]) -> NDArray[np.float64]:
    """(b,) medians of (N,) values that occur as often as (b, N) whole weights say; no row may be all zero.

    Equal to the median of the repeated values: the mean of the two middle ones where their number is even.
    """
    order = np.argsort(values, kind="stable")
    upto = np.cumsum(weights[:, order], axis=1)
    total = upto[:, -1:]
    lower = (upto >= np.floor((total + 1) / 2)).argmax(axis=1)
    upper = (upto >= np.floor(total / 2) + 1).argmax(axis=1)
    ranked = values[order]
    return np.asarray((ranked[lower] + ranked[upper]) / 2)
