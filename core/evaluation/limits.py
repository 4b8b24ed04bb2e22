"""Closed-form limits of many proportions at once, and of what is computed from two of them.

Zou and Donner's "method of variance estimates recovery" (MOVER) makes the limits of a combination of two
independent estimates from the limits of each, without assuming that those are symmetric.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

Array = NDArray[np.float64]


class Estimates(NamedTuple):
    """Estimates with their limits, three arrays of one shape."""

    value: Array
    low: Array
    high: Array

    def mirrored(self) -> Estimates:
        """Limits of 1 - value."""
        return Estimates(1 - self.value, 1 - self.high, 1 - self.low)

    def swapped(self) -> Estimates:
        """Low and high exchanged, after a map that reverses the order."""
        return Estimates(self.value, self.high, self.low)

    def times(self, factor: float) -> Estimates:
        """Limits of a multiple; ``factor`` is not negative."""
        return Estimates(factor * self.value, factor * self.low, factor * self.high)


def wilson_limits(counts: NDArray[np.int64], n: int, observations: int, level: float) -> Estimates:
    """Shares ``counts / n`` with Wilson's score limits of ``observations`` independent ones.

    Args:
        counts: (K,) int in [0, n].
        n: cases; with 0 everything is NaN.
        observations: independent observations among them, for example groups.
        level: coverage in (0, 1).

    Source: Wilson 1927; the same as :func:`core.evaluation.intervals.wilson_interval` for each share.
    """
    if not 0 < level < 1:
        raise ValueError(f"level must lie between 0 and 1, it is {level}")
    if not n:
        undefined = np.full(counts.shape, np.nan)
        return Estimates(undefined, undefined, undefined)
    share = counts / n
    z = float(ndtri(0.5 + level / 2))
    scale = 1 + z * z / observations
    centre = (share + z * z / (2 * observations)) / scale
    half = z / scale * np.sqrt(share * (1 - share) / observations + (z / observations / 2) ** 2)
    low = np.minimum(np.maximum(0.0, centre - half), share)
    return Estimates(share, low, np.maximum(np.minimum(1.0, centre + half), share))


def sum_limits(a: Estimates, b: Estimates) -> Estimates:
    """Limits of the sum of two independent estimates (MOVER).

    Source: Zou and Donner 2008, "Construction of confidence limits about effect measures: a general
    approach".
    """
    value = a.value + b.value
    low = value - np.hypot(a.value - a.low, b.value - b.low)
    return Estimates(value, low, value + np.hypot(a.high - a.value, b.high - b.value))


def ratio_limits(a: Estimates, b: Estimates) -> Estimates:
    """Limits of a / b of two independent estimates that are not negative (MOVER-R).

    Where b is 0 the ratio is infinite, its lower limit finite; where b's lower limit is 0 the upper one is
    infinite. NaN where both are 0.

    Source: Donner and Zou 2012, "Closed-form confidence intervals for functions of the normal mean and
    standard deviation"; each root is written so that it does not divide by what may be 0.
    """
    product = a.value * b.value
    with np.errstate(divide="ignore", invalid="ignore"):
        value = a.value / b.value
        from_a, from_b = a.low * (2 * a.value - a.low), b.high * (2 * b.value - b.high)
        low = from_a / (product + np.sqrt(np.maximum(product**2 - from_a * from_b, 0)))
        low = np.where(from_a > 0, low, 0.0)
        from_a, from_b = a.high * (2 * a.value - a.high), b.low * (2 * b.value - b.low)
        high = (product + np.sqrt(np.maximum(product**2 - from_a * from_b, 0))) / from_b
        high = np.where(from_b > 0, high, np.inf)
    undefined = np.isnan(value)
    low, high = np.minimum(low, value), np.maximum(high, value)
    return Estimates(value, np.where(undefined, np.nan, low), np.where(undefined, np.nan, high))


def clip(estimates: Estimates, low: float, high: float) -> Estimates:
    """Keep the limits inside bounds and around the value."""
    value = np.clip(estimates.value, low, high)
    return Estimates(
        value,
        np.minimum(np.clip(estimates.low, low, high), value),
        np.maximum(np.clip(estimates.high, low, high), value),
    )
