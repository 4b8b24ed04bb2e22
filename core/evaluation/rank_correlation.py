"""Spearman's rank correlation with limits by resampling whole groups."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from core.evaluation.intervals import (
    TOO_FEW_GROUPS,
    has_too_few_groups,
    interval_from_draws,
    undefined_interval,
)
from core.evaluation.resampling import Groups, draw_weights
from core.types import Interval

LEAST_CASES = 3


def spearman_interval(
    values: ArrayLike,
    grades: ArrayLike,
    groups: Groups,
    *,
    resamples: int = 1000,
    level: float = 0.95,
    seed: int = 0,
) -> Interval:
    """Rank correlation of a measurement with a grade, ties at their mean rank.

    Groups are drawn whole and within the grades, so limits are limits at this mix of grades.

    Args:
        values: (N,) finite numbers.
        grades: (N,) whole numbers.
        groups: (N,) group of each case.
        resamples, level, seed: of the bootstrap.

    Returns:
        Interval in [-1, 1]. Undefined, with the reason, for fewer than three cases or where either is the
        same for all; without limits where a grade is that of one group only.

    Raises:
        ValueError: the lengths differ, or a value is not finite.

    Source: Spearman 1904, "The proof and measurement of association between two things".
    """
    measured, graded = np.asarray(values, dtype=np.float64), np.asarray(grades, dtype=np.float64)
    if measured.ndim != 1 or not measured.shape == graded.shape == (len(groups),):
        raise ValueError(
            f"values, grades and groups must be (N,), they are {measured.shape}, {graded.shape}, "
            f"({len(groups)},)"
        )
    if not np.isfinite(measured).all() or not np.isfinite(graded).all():
        raise ValueError("values and grades must be finite")
    reasons = {
        "undefined: fewer than three cases": measured.size < LEAST_CASES,
        "undefined: the same for every case": measured.size > 0 and np.ptp(measured) == 0,
        "undefined: one grade only": measured.size > 0 and np.ptp(graded) == 0,
    }
    if reason := next((words for words, holds in reasons.items() if holds), ""):
        return undefined_interval(level, measured.size, reason)
    value = float(weigh_spearman(measured, graded, np.ones((1, measured.size)))[0])
    if has_too_few_groups(groups, graded):
        return Interval(value, np.nan, np.nan, level, measured.size, TOO_FEW_GROUPS)
    blocks = [
        weigh_spearman(measured, graded, weights)
        for weights in draw_weights(groups, graded, resamples=resamples, seed=seed)
    ]
    return interval_from_draws(value, np.concatenate(blocks), groups, level=level, bounds=(-1.0, 1.0))


def weigh_spearman(
    values: NDArray[np.float64], grades: NDArray[np.float64], weights: NDArray[np.float64]
) -> NDArray[np.float64]:
    """(b,) Spearman's correlation of (N,) cases that occur as often as (b, N) whole weights say.

    Equal to the correlation of the repeated cases; NaN where either is the same for all of them.
    """
    total = weights.sum(axis=1)
    one, other = (_centre_ranks(x, weights, total) for x in (values, grades))
    product = np.einsum("bn,bn,bn->b", weights, one, other)
    scale = np.sqrt(
        np.einsum("bn,bn,bn->b", weights, one, one) * np.einsum("bn,bn,bn->b", weights, other, other)
    )
    return np.divide(product, scale, out=np.full_like(product, np.nan), where=scale > 0)


def _centre_ranks(
    x: NDArray[np.float64], weights: NDArray[np.float64], total: NDArray[np.float64]
) -> NDArray[np.float64]:
    """(b, N) mean rank of each case among the repeated ones, minus the mean of all ranks."""
    _, code = np.unique(x, return_inverse=True)
    order = np.argsort(code, kind="stable")
    starts = np.flatnonzero(np.diff(code[order], prepend=-1))
    tied = np.add.reduceat(weights[:, order], starts, axis=1)
    rank = np.cumsum(tied, axis=1) - (tied - 1) / 2
    return np.asarray(rank[:, code] - (total[:, None] + 1) / 2)
