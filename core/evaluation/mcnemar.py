"""Two networks at their own thresholds on the same cases: who was right where, and is it chance."""

from __future__ import annotations

import math
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from core.evaluation.intervals import Groups, undefined_interval
from core.types import FoundTable, Interval


def compare_right(
    first: NDArray[Any],
    second: NDArray[Any],
    groups: Groups,
    *,
    among: Literal["positives", "negatives", "all"],
    level: float = 0.95,
) -> FoundTable:
    """Cross-tabulate which cases two networks judge rightly, and test the difference.

    Args:
        first, second: (N,) bool, whether each network judges the case rightly; cases that do not count are
            left out before.
        groups: (N,) group of each case. McNemar's tests take cases for independent; the limits of the
            difference count groups instead.
        among: which cases these are.
        level: coverage of the limits.

    Returns:
        FoundTable; its difference is undefined and its p-values are NaN without cases.

    Raises:
        TypeError: not of bool dtype. ValueError: lengths differ.
    """
    a, b, code = np.asarray(first), np.asarray(second), np.asarray(groups)
    if a.dtype != np.bool_ or b.dtype != np.bool_:
        raise TypeError(f"first and second must be of bool dtype, they are {a.dtype} and {b.dtype}")
    if a.shape != b.shape or a.shape != code.shape:
        raise ValueError(
            f"first, second and groups must be (N,), they are {a.shape}, {b.shape} and {code.shape}"
        )
    only_first, only_second = int((a & ~b).sum()), int((~a & b).sum())
    independent = len(np.unique(code))
    exact_p, mid_p = mcnemar_p_values(only_first, only_second) if a.size else (math.nan, math.nan)
    return FoundTable(
        among,
        both=int((a & b).sum()),
        only_first=only_first,
        only_second=only_second,
        neither=int((~a & ~b).sum()),
        groups=independent,
        difference=paired_share_interval(only_first, only_second, a.size, independent, level=level),
        exact_p=exact_p,
        mid_p=mid_p,
    )


def mcnemar_p_values(only_first: int, only_second: int) -> tuple[float, float]:
    """Exact conditional and mid-p tests of McNemar, two-sided.

    Args:
        only_first, only_second: discordant cases, each at least 0.

    Returns:
        (exact p, mid-p), both 1 without discordant cases. The mid-p test keeps closer to its level on few
        cases; the exact one errs on the side of no difference.

    Raises:
        ValueError: a count below 0.

    Source: McNemar 1947; Fagerland et al. 2013, "The McNemar test for binary matched-pairs data: mid-p and
    asymptotic are better than exact conditional".
    """
    if min(only_first, only_second) < 0:
        raise ValueError(f"counts must be at least 0, they are {only_first} and {only_second}")
    from scipy.stats import binom  # here, so that a first page does not wait for it

    fewer, total = min(only_first, only_second), only_first + only_second
    if total == 0:
        return 1.0, 1.0
    point = float(binom.pmf(fewer, total, 0.5))
    if only_first == only_second:
        return 1.0, 1 - point / 2
    exact = min(2 * float(binom.cdf(fewer, total, 0.5)), 1.0)
    return exact, exact - point


def paired_share_interval(
    only_first: int, only_second: int, n: int, independent: int, *, level: float = 0.95
) -> Interval:
    """Difference of two shares of the same cases, with limits that keep their width when nothing differs.

    A bootstrap of no discordant case has no width and would call 17 cases proof; these limits do not.

    Args:
        only_first, only_second: cases that only the first, or only the second, has.
        n: number of cases.
        independent: number of groups among them, at most ``n``; limits are those of so many observations
            with the same shares, the cautious end, as for single shares in this room.
        level: coverage in (0, 1).

    Returns:
        Interval in [-1, 1] of (only_first - only_second) / n; undefined without cases.

    Source: Bonett and Price 2012, "Adjusted Wald confidence interval for a difference of binomial proportions
    based on paired data": one case is added to each discordant count.
    """
    if not n:
        return undefined_interval(level, 0, "no cases to count")
    scale = independent / n
    p, q = ((count * scale + 1) / (independent + 2) for count in (only_first, only_second))
    half = float(ndtri(0.5 + level / 2)) * math.sqrt((p + q - (p - q) ** 2) / (independent + 2))
    value = (only_first - only_second) / n
    low, high = max(p - q - half, -1.0), min(p - q + half, 1.0)
    method = "Bonett-Price" if independent == n else f"Bonett-Price, {independent} groups"
    return Interval(value, min(low, value), max(high, value), level, n, method)
