"""Sensitivity at a specificity that must be reached; the mirror image of specificity_at_sensitivity."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.metrics.base import UNDEFINED, check_binary, check_fraction, metric
from core.metrics.specificity_at_sensitivity import ROUNDING


def threshold_at_specificity(positive_prob: NDArray[Any], target: NDArray[Any], specificity: float) -> float:
    """Lowest threshold that leaves at least this share of the negatives unflagged, while it flags some case.

    Args:
        positive_prob: (N,) float in [0, 1].
        target: (N,) bool.
        specificity: share to reach, in (0, 1].

    Returns:
        One of the probabilities; every case tied with it is flagged. NaN without positives or without
        negatives, and NaN ("unattainable") when only flagging nothing reaches the share.

    Raises:
        TypeError, ValueError: see :func:`core.metrics.base.check_binary`; specificity outside (0, 1].
    """
    prob, truth = check_binary(positive_prob, target)
    if check_fraction("specificity", specificity) == 0:
        raise ValueError("specificity must be above 0")
    negatives = np.sort(prob[~truth])
    if not 0 < negatives.size < prob.size:
        return UNDEFINED
    must_spare = math.ceil(specificity * negatives.size - ROUNDING)
    above = prob[prob > negatives[must_spare - 1]]
    return float(above.min()) if above.size else UNDEFINED


@metric(
    "sensitivity_at_90_specificity",
    title="Sensitivity at 90 % specificity",
    needs="positive_prob",
    requires="every_class",
)
def sensitivity_at_specificity(
    positive_prob: NDArray[Any],
    target: NDArray[Any],
    specificity: float = 0.9,
    unattainable: float = UNDEFINED,
) -> float:
    """Sensitivity at the lowest threshold whose specificity is at least the given one, on the same cases.

    Args:
        positive_prob: (N,) float in [0, 1].
        target: (N,) bool.
        specificity: share to reach, in (0, 1].
        unattainable: what to return when only flagging nothing reaches it; resampling passes 0.

    Returns:
        float in [0, 1]; ``unattainable`` as above; NaN without positives or without negatives.

    Raises:
        TypeError, ValueError: see :func:`threshold_at_specificity`.
    """
    threshold = threshold_at_specificity(positive_prob, target, specificity)
    prob, truth = check_binary(positive_prob, target)
    if math.isnan(threshold):
        return unattainable if truth.any() and not truth.all() else UNDEFINED
    return float(np.mean(prob[truth] >= threshold))
