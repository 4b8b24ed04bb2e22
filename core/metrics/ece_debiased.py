"""Root mean square calibration error, less what chance alone adds."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.metrics.base import UNDEFINED, check_binary, metric
from core.metrics.ece import BINS
from core.metrics.ece_equal_mass import compute_mass_index


def limit_bins(bins: int, n: int) -> int:
    """At most half as many bins as cases: a bin of one case has no variance to subtract."""
    return max(1, min(bins, n // 2))


@metric(
    "ece_debiased",
    title="Calibration error without chance (root mean square)",
    needs="positive_prob",
    requires="cases",
    higher_is_better=False,
)
def ece_debiased(positive_prob: NDArray[Any], target: NDArray[Any], bins: int = BINS) -> float:
    """Root mean square calibration error over equal-mass bins, with the part subtracted that chance adds.

    In a bin of n cases the observed share misses the true one by its own standard error, so a plain error is
    above 0 even for a perfect network. Here the estimated variance of the share, s (1 - s) / (n - 1), is
    taken from each squared gap. The sum can fall below 0; it is then reported as 0 (clipped), which leaves
    the clipped figure slightly too high on average. Being a root mean square, it is not below the mean
    absolute error that ECE would be on infinitely many cases.

    Args:
        positive_prob: (N,) float in [0, 1].
        target: (N,) bool.
        bins: number of bins, lowered to half the number of cases where that is less. A bin that has one case
            all the same, because of ties, adds nothing.

    Returns:
        float in [0, 1]; NaN for an empty set, and where no bin has two cases.

    Raises:
        TypeError, ValueError: see :func:`core.metrics.base.check_binary`; ``bins`` below 1.

    Source: Kumar, Liang and Ma 2019, "Verified uncertainty calibration", definition 5.1; the same correction
    of the Brier score's reliability in Broecker 2012, "Estimating reliability and resolution of probability
    forecasts through decomposition of the empirical score".
    """
    prob, truth = check_binary(positive_prob, target)
    if bins < 1:
        raise ValueError(f"bins must be at least 1, it is {bins}")
    if not prob.size:
        return UNDEFINED
    index = compute_mass_index(prob, limit_bins(bins, prob.size))
    count = np.bincount(index)
    enough = count > 1
    if not enough.any():
        return UNDEFINED
    n = count[enough]
    gap = np.bincount(index, weights=prob - truth)[enough] / n
    share = np.bincount(index, weights=truth)[enough] / n
    total = float(np.sum(n * (gap**2 - share * (1 - share) / (n - 1))) / prob.size)
    return min(math.sqrt(max(total, 0.0)), 1.0)
