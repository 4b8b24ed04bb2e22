"""Expected calibration error of the positive probability."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.metrics.base import UNDEFINED, check_binary, metric

BINS = 15
"""Number of bins, as in Guo et al. 2017."""


def compute_bin_index(positive_prob: NDArray[Any], bins: int) -> NDArray[np.intp]:
    """Bin of each probability: bin i holds [i / bins, (i + 1) / bins), the last one also holds 1.

    Args:
        positive_prob: (N,) float in [0, 1].
        bins: number of bins of equal width, at least 1.

    Returns:
        (N,) intp in [0, bins).
    """
    if bins < 1:
        raise ValueError(f"bins must be at least 1, it is {bins}")
    return np.digitize(positive_prob, np.linspace(0, 1, bins + 1)[1:-1])


@metric(
    "ece",
    title="ECE (positive probability)",
    needs="positive_prob",
    requires="cases",
    higher_is_better=False,
)
def ece(positive_prob: NDArray[Any], target: NDArray[Any], bins: int = BINS) -> float:
    """Expected calibration error over bins of equal width of the probability of the positive finding.

    What is binned is ``positive_prob`` itself and what it is compared with is the share of positive cases;
    it is not the confidence in the most probable class. Small sets score above 0 even when perfectly
    calibrated.

    Args:
        positive_prob: (N,) float in [0, 1].
        target: (N,) bool.
        bins: number of bins.

    Returns:
        float in [0, 1], the mean over cases of |mean probability - share of positives| of the case's bin;
        empty bins contribute 0. NaN for an empty set.

    Raises:
        TypeError, ValueError: see :func:`core.metrics.base.check_binary`; ``bins`` below 1.

    Source: Naeini et al. 2015, "Obtaining well calibrated probabilities using Bayesian binning"; Guo et al.
    2017, "On calibration of modern neural networks", eq. 3, with the share of positives in place of the
    accuracy.
    """
    prob, truth = check_binary(positive_prob, target)
    index = compute_bin_index(prob, bins)
    if not prob.size:
        return UNDEFINED
    gaps = np.bincount(index, weights=prob - truth, minlength=bins)
    return min(float(np.abs(gaps).sum() / prob.size), 1.0)
