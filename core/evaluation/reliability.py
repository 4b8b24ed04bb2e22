"""Said against observed, bin by bin, and the Brier score taken apart along the same bins."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.evaluation.binned import cut_bins, find_edges
from core.evaluation.intervals import Groups, proportion_interval
from core.metrics.base import check_binary
from core.metrics.ece import BINS
from core.types import Binning, BrierParts, ReliabilityBin, ReliabilityCurve


def compute_reliability(
    positive_prob: NDArray[Any],
    target: NDArray[Any],
    groups: Groups,
    *,
    bins: int = BINS,
    binning: Binning = "width",
    level: float = 0.95,
) -> ReliabilityCurve:
    """Reliability curve of one network on some cases.

    Args:
        positive_prob: (N,) float in [0, 1].
        target: (N,) bool.
        groups: (N,) group of each case; a bin's limits assume as many observations as it has groups.
        bins: number of bins; empty ones are kept, with count 0.
        binning: equal width; or equal mass, where ties are never parted.
        level: coverage of the Wilson limits.

    Raises:
        TypeError, ValueError: see :func:`core.metrics.base.check_binary`; ``bins`` below 1.

    Source: Murphy and Winkler 1977, "Reliability of subjective probability forecasts of precipitation and
    temperature"; bins as in Guo et al. 2017.
    """
    prob, truth = check_binary(positive_prob, target)
    cut = cut_bins(prob, bins, binning)
    edges = find_edges(prob, cut, binning)
    of_case = np.asarray(groups)
    every = np.ones(prob.size, dtype=np.bool_)
    parts = []
    for index in range(bins):
        cases = cut.cases(index)
        observed = proportion_interval(truth[cases], every[cases], of_case[cases], level)
        mean = float(prob[cases].mean()) if cases.size else math.nan
        parts.append(ReliabilityBin(float(edges[index]), float(edges[index + 1]), mean, observed, cases))
    return ReliabilityCurve(binning, tuple(parts), level)


def observe_range(
    positive_prob: NDArray[Any],
    target: NDArray[Any],
    groups: Groups,
    *,
    low: float,
    high: float,
    level: float = 0.95,
) -> ReliabilityBin:
    """Cases whose probability lies in [low, high], as one bin: what was said of them, and what was seen.

    Raises:
        TypeError, ValueError: see :func:`core.metrics.base.check_binary`; not 0 <= low <= high <= 1.
    """
    prob, truth = check_binary(positive_prob, target)
    if not 0 <= low <= high <= 1:
        raise ValueError(f"low and high must be ordered and lie in [0, 1], they are {low} and {high}")
    within = (prob >= low) & (prob <= high)
    cases = np.flatnonzero(within)
    cases = cases[np.argsort(prob[cases], kind="stable")]
    mean = float(prob[cases].mean()) if cases.size else math.nan
    return ReliabilityBin(low, high, mean, proportion_interval(truth, within, groups, level), cases)


def decompose_brier(
    positive_prob: NDArray[Any], target: NDArray[Any], *, bins: int = BINS, binning: Binning = "width"
) -> BrierParts:
    """The Brier score as reliability, resolution, uncertainty and what happens inside the bins.

    Murphy's three terms add up only when all probabilities of a bin are equal. The two terms of Stephenson
    and others make up for the spread inside the bins, so that the five add up exactly whatever the bins.

    Args:
        positive_prob: (N,) float in [0, 1].
        target: (N,) bool.
        bins, binning: as in :func:`compute_reliability`.

    Returns:
        The parts; every one is NaN without cases.

    Raises:
        TypeError, ValueError: see :func:`core.metrics.base.check_binary`; ``bins`` below 1.

    Source: Murphy 1973, "A new vector partition of the probability score"; Stephenson, Coelho and Jolliffe
    2008, "Two extra components in the Brier score decomposition", eq. 8.
    """
    prob, truth = check_binary(positive_prob, target)
    n = prob.size
    if not n:
        nan = math.nan
        return BrierParts(nan, nan, nan, nan, nan, nan, bins, 0)
    cut = cut_bins(prob, bins, binning)
    filled = np.diff(cut.starts) > 0
    size = np.diff(cut.starts)[filled]
    said, seen = cut.sum(prob)[filled] / size, cut.sum(truth)[filled] / size
    place = np.repeat(np.arange(size.size), size)
    from_mean = prob[cut.order] - said[place]
    overall = float(truth.mean())
    return BrierParts(
        score=float(np.mean((prob - truth) ** 2)),
        reliability=float(np.sum(size * (said - seen) ** 2) / n),
        resolution=float(np.sum(size * (seen - overall) ** 2) / n),
        uncertainty=overall * (1 - overall),
        variance=float(np.mean(from_mean**2)),
        covariance=float(2 * np.mean(from_mean * (truth[cut.order] - seen[place]))),
        bins=bins,
        n=n,
    )
