"""Accuracy of the most probable class."""

from __future__ import annotations

from typing import Any

from numpy.typing import NDArray

from core.metrics.base import check_probs, mean_or_undefined, metric


@metric("accuracy_top1", title="Accuracy (most probable class)", needs="probs", requires="cases")
def accuracy(probs: NDArray[Any], target: NDArray[Any]) -> float:
    """Share of cases whose most probable class is the true one; of tied classes the first in order counts.

    Args:
        probs: (N, C) float in [0, 1], rows sum to 1.
        target: (N,) int, class index.

    Returns:
        float in [0, 1]; NaN for an empty set.

    Raises:
        TypeError, ValueError: see :func:`core.metrics.base.check_probs`.
    """
    prob, truth = check_probs(probs, target)
    return mean_or_undefined(prob.argmax(axis=1) == truth)
