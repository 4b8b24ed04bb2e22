"""Specificity at a sensitivity that must be reached, also where only flagging everything reaches it.

Probabilities that saturate tie at one value. If more positives than may be missed share the smallest value of
the whole set, every threshold that finds enough of them flags every case. A plain computation then reports a
specificity of 0 beside a high AUC (MEL6; the document prints 0 % at an AUC of .92). Here that is a state of
its own: "unattainable", NaN.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.metrics.base import UNDEFINED, check_binary, check_fraction, metric

ROUNDING = 1e-9
"""Slack when a fraction of cases becomes a count, so that 0.95 of 20 is 19 whatever the floating point
says."""


def threshold_at_sensitivity(positive_prob: NDArray[Any], target: NDArray[Any], sensitivity: float) -> float:
    """Highest threshold that flags at least this share of the positives, without flagging every case.

    Args:
        positive_prob: (N,) float in [0, 1].
        target: (N,) bool.
        sensitivity: share to reach, in (0, 1].

    Returns:
        One of the probabilities; every case tied with it is flagged. NaN without positives or without
        negatives, and NaN ("unattainable") when the only threshold that reaches the share flags every case.

    Raises:
        TypeError, ValueError: see :func:`core.metrics.base.check_binary`; sensitivity outside (0, 1].
    """
    prob, truth = check_binary(positive_prob, target)
    if check_fraction("sensitivity", sensitivity) == 0:
        raise ValueError("sensitivity must be above 0")
    positives = np.sort(prob[truth])
    if not 0 < positives.size < prob.size:
        return UNDEFINED
    must_find = math.ceil(sensitivity * positives.size - ROUNDING)
    threshold = float(positives[positives.size - must_find])
    return threshold if threshold > prob.min() else UNDEFINED


@metric(
    "specificity_at_95_sensitivity",
    title="Specificity at 95 % sensitivity",
    needs="positive_prob",
    requires="every_class",
)
def specificity_at_sensitivity(
    positive_prob: NDArray[Any],
    target: NDArray[Any],
    sensitivity: float = 0.95,
    unattainable: float = UNDEFINED,
) -> float:
    """Specificity at the highest threshold whose sensitivity is at least the given one, on the same cases.

    Args:
        positive_prob: (N,) float in [0, 1].
        target: (N,) bool.
        sensitivity: share to reach, in (0, 1].
        unattainable: what to return when only flagging every case reaches it; resampling passes 0, the worst
            case, so that such resamples are not left out of an interval.

    Returns:
        float in [0, 1]; ``unattainable`` as above; NaN without positives or without negatives.

    Raises:
        TypeError, ValueError: see :func:`threshold_at_sensitivity`.
    """
    threshold = threshold_at_sensitivity(positive_prob, target, sensitivity)
    prob, truth = check_binary(positive_prob, target)
    if math.isnan(threshold):
        return unattainable if truth.any() and not truth.all() else UNDEFINED
    return float(np.mean(prob[~truth] < threshold))
