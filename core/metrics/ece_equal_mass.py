"""Expected calibration error over bins of equally many cases."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.metrics.base import UNDEFINED, check_binary, metric
from core.metrics.ece import BINS


def compute_mass_index(positive_prob: NDArray[Any], bins: int) -> NDArray[np.intp]:
    """Bin of each probability: the share of cases below it, in ``bins`` steps.

    Equal probabilities have equally many cases below them, so they are never parted: all go where the first
    of them belongs, that bin is fuller, and the next may be empty. The order of the cases does not matter.

    Args:
        positive_prob: (N,) float in [0, 1].
        bins: number of bins, at least 1.

    Returns:
        (N,) intp in [0, bins), not falling with the probability.
    """
    if bins < 1:
        raise ValueError(f"bins must be at least 1, it is {bins}")
    prob = np.asarray(positive_prob, dtype=np.float64)
    below = np.searchsorted(np.sort(prob), prob, side="left")
    return below * bins // max(prob.size, 1)


@metric(
    "ece_equal_mass",
    title="ECE, bins of equally many cases",
    needs="positive_prob",
    requires="cases",
    higher_is_better=False,
)
def ece_equal_mass(positive_prob: NDArray[Any], target: NDArray[Any], bins: int = BINS) -> float:
    """Expected calibration error over bins of equally many cases.

    Where most probabilities are small, bins of equal width put nearly all cases into the first one; these
    look where the cases are.

    Args:
        positive_prob: (N,) float in [0, 1].
        target: (N,) bool.
        bins: number of bins; ties are never parted, see :func:`compute_mass_index`.

    Returns:
        float in [0, 1], the mean over cases of |mean probability - share of positives| of the case's bin.
        NaN for an empty set.

    Raises:
        TypeError, ValueError: see :func:`core.metrics.base.check_binary`; ``bins`` below 1.

    Source: Nixon et al. 2019, "Measuring calibration in deep learning", section 3 (adaptive bins), for the
    one positive probability.
    """
    prob, truth = check_binary(positive_prob, target)
    index = compute_mass_index(prob, bins)
    if not prob.size:
        return UNDEFINED
    gaps = np.bincount(index, weights=prob - truth, minlength=bins)
    return min(float(np.abs(gaps).sum() / prob.size), 1.0)
