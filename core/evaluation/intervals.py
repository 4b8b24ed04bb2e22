"""How sure a figure is: Wilson limits for proportions, the grouped bootstrap for everything else.

Images of one group (lesion, patient, near-duplicates) are not independent. A proportion is therefore given
the limits of as many observations as there are groups, which is the cautious end, and the bootstrap draws
whole groups.
"""

from __future__ import annotations

import math
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from core.evaluation.resampling import Groups
from core.types import Interval

Limits = Literal["percentile", "basic", "wider"]
UNBOUNDED = (-math.inf, math.inf)
TOO_FEW_GROUPS = "no limits: fewer than two groups of a class"
"""Method of an interval without limits, where :func:`has_too_few_groups`."""


def undefined_interval(level: float, n: int, reason: str) -> Interval:
    """An interval without a value; ``reason`` becomes its method, for example ``"no positive cases"``."""
    return Interval(math.nan, math.nan, math.nan, level, n, reason)


def wilson_interval(proportion: float, observations: float, level: float = 0.95) -> tuple[float, float]:
    """Wilson's score limits of a proportion.

    Args:
        proportion: in [0, 1].
        observations: number of independent observations, above 0.
        level: coverage in (0, 1).

    Returns:
        (low, high) in [0, 1], around ``proportion``.

    Source: Wilson 1927, "Probable inference, the law of succession, and statistical inference". With whole
    counts equal to ``scipy.stats.binomtest(...).proportion_ci(method="wilson")``, which takes nothing else.
    """
    _check_level(level)
    if not 0 <= proportion <= 1 or not observations > 0:
        raise ValueError(f"proportion {proportion} must lie in [0, 1], observations {observations} above 0")
    z = float(ndtri(0.5 + level / 2))
    scale = 1 + z * z / observations
    centre = (proportion + z * z / (2 * observations)) / scale
    half = z / scale * math.sqrt(proportion * (1 - proportion) / observations + (z / observations / 2) ** 2)
    return min(max(0.0, centre - half), proportion), max(min(1.0, centre + half), proportion)


def proportion_interval(
    hits: NDArray[np.bool_], among: NDArray[np.bool_], groups: Groups, level: float = 0.95
) -> Interval:
    """Share of hits among some of the cases, with Wilson limits.

    Args:
        hits: (N,) bool.
        among: (N,) bool, the cases that count.
        groups: (N,) group of each case; as many observations are assumed as there are groups among the cases.
        level: coverage in (0, 1).

    Returns:
        Interval with ``n`` the number of cases that count; undefined when there are none.
    """
    n = int(among.sum())
    if not n:
        return undefined_interval(level, 0, "no cases to count")
    independent = len(np.unique(np.asarray(groups)[among]))
    value = float(hits[among].mean())
    low, high = wilson_interval(value, independent, level)
    method = "Wilson" if independent == n else f"Wilson, {independent} groups"
    return Interval(value, low, high, level, n, method)


def interval_from_draws(
    value: float,
    draws: NDArray[np.float64],
    groups: Groups,
    *,
    level: float = 0.95,
    bounds: tuple[float, float] = UNBOUNDED,
    limits: Limits = "percentile",
) -> Interval:
    """Limits of a figure from its values on resamples.

    Resamples hold the share of each label fixed, so limits of figures that depend on the prevalence are
    limits at this prevalence.

    Args:
        value: the finite estimate.
        draws: (B,) the figure on every resample; NaN where it is undefined.
        groups: (N,) group of each case.
        level: coverage in (0, 1).
        bounds: limits never leave them.
        limits: ``"percentile"``; or ``"basic"``, which mirrors the percentiles about the value, for figures
            that resampling pushes to one side (a calibration error only grows); or ``"wider"``, from the
            lower of both low limits to the higher of both high ones, for a difference of two such figures,
            which resampling pushes to a side that is not known.

    Returns:
        Interval; its limits always enclose the value. They are NaN where the figure is undefined on a
        resample, as leaving those out would flatter.

    Source: Efron and Tibshirani 1993, "An introduction to the bootstrap", chapters 13 and 16; Field and Welsh
    2007, "Bootstrapping clustered data". A figure that is perfect on the data (AUC 1) has no width here.
    """
    _check_level(level)
    n = len(groups)
    unit = "case" if len(np.unique(np.asarray(groups))) == n else "group"
    method = f"bootstrap by {unit}, {draws.size}"
    lacking = int((~np.isfinite(draws)).sum())
    if lacking:
        return Interval(value, math.nan, math.nan, level, n, f"{method}, undefined on {lacking}")
    low, high = np.quantile(draws, [(1 - level) / 2, (1 + level) / 2])
    mirrored = 2 * value - high, 2 * value - low
    if limits == "basic":
        low, high = mirrored
    elif limits == "wider":
        low, high = min(low, mirrored[0]), max(high, mirrored[1])
    low, high = (float(np.clip(limit, *bounds)) for limit in (low, high))
    return Interval(value, min(low, value), max(high, value), level, n, method)


def has_too_few_groups(groups: Groups, labels: NDArray[Any]) -> bool:
    """Whether some label that occurs is that of one group only.

    Every resample holds that group, so a bootstrap would take what is known of the label from it for certain.

    Args:
        groups: (N,) group of each case.
        labels: (N,) label of each case.
    """
    of_case, values = np.asarray(groups), np.asarray(labels)
    return any(len(set(of_case[values == label].tolist())) < 2 for label in np.unique(values))


def _check_level(level: float) -> None:
    if not 0 < level < 1:
        raise ValueError(f"level must lie between 0 and 1, it is {level}")
