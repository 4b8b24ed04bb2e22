"""Negative predictive value at a threshold."""

from __future__ import annotations

from typing import Any

from numpy.typing import NDArray

from core.metrics.base import UNDEFINED, check_binary, check_threshold, mean_or_undefined, metric


@metric("npv", title="Negative predictive value", needs="positive_prob+threshold", requires="every_class")
def npv(positive_prob: NDArray[Any], target: NDArray[Any], threshold: float) -> float:
    """Share of the cases not flagged that are negative. It depends on the prevalence of the set.

    Args:
        positive_prob: (N,) float in [0, 1].
        target: (N,) bool.
        threshold: in [0, 1]; a case is flagged when its probability is at least this.

    Returns:
        float in [0, 1]; NaN when everything is flagged, and on a set of one class only, where it would say
        nothing.

    Raises:
        TypeError, ValueError: see :func:`core.metrics.base.check_binary`; threshold outside [0, 1].
    """
    prob, truth = check_binary(positive_prob, target)
    flagged = prob >= check_threshold(threshold)
    if truth.all() or not truth.any():
        return UNDEFINED
    return mean_or_undefined(~truth[~flagged])
