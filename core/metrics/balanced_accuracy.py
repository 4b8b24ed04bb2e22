"""Balanced accuracy at a threshold."""

from __future__ import annotations

from typing import Any

from numpy.typing import NDArray

from core.metrics.base import metric
from core.metrics.sensitivity import sensitivity
from core.metrics.specificity import specificity


@metric(
    "balanced_accuracy",
    title="Balanced accuracy",
    needs="positive_prob+threshold",
    requires="every_class",
)
def balanced_accuracy(positive_prob: NDArray[Any], target: NDArray[Any], threshold: float) -> float:
    """Mean of sensitivity and specificity at a threshold; 0.5 for a threshold that flags all or nothing.

    Args:
        positive_prob: (N,) float in [0, 1].
        target: (N,) bool.
        threshold: in [0, 1]; a case is flagged when its probability is at least this.

    Returns:
        float in [0, 1]; NaN without positives or without negatives.

    Raises:
        TypeError, ValueError: see :func:`core.metrics.base.check_binary`; threshold outside [0, 1].
    """
    return (sensitivity(positive_prob, target, threshold) + specificity(positive_prob, target, threshold)) / 2
