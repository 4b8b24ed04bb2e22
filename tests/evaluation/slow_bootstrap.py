"""The bootstrap as it is written in books, which the vectorised one is held to."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.evaluation.intervals import UNBOUNDED, Limits, interval_from_draws, undefined_interval
from core.evaluation.resampling import Groups, resample_groups
from core.types import Interval


def bootstrap_interval(
    statistic: Callable[..., float],
    arrays: Sequence[NDArray[Any]],
    *,
    groups: Groups,
    strata: Groups,
    seed: int,
    resamples: int = 1000,
    level: float = 0.95,
    bounds: tuple[float, float] = UNBOUNDED,
    limits: Limits = "percentile",
    value: float | None = None,
) -> Interval:
    """Limits of any statistic by resampling whole groups, one resample at a time: the reference."""
    n = len(arrays[0])
    if any(len(array) != n for array in (*arrays, groups, strata)):
        raise ValueError("arrays, groups and strata must have the same length")
    estimate = statistic(*arrays) if value is None else value
    if not math.isfinite(estimate):
        return undefined_interval(level, n, "undefined on these cases")
    draws = np.array(
        [
            statistic(*(array[chosen] for array in arrays))
            for chosen in resample_groups(groups, strata, resamples=resamples, seed=seed)
        ]
    )
    return interval_from_draws(estimate, draws, groups, level=level, bounds=bounds, limits=limits)
