"""Sensitivity at a threshold."""

from __future__ import annotations

from typing import Any

from numpy.typing import NDArray

from core.metrics.base import check_binary, check_threshold, mean_or_undefined, metric


@metric("sensitivity", title="Sensitivity", needs="positive_prob+threshold", requires="positives")
def sensitivity(positive_prob: NDArray[Any], target: NDArray[Any], threshold: float) -> float:
    """Share of the positive cases that are flagged (recall).

    Args:
        positive_prob: (N,) float in [0, 1].
        target: (N,) bool.
        threshold: in [0, 1]; a case is flagged when its probability is at least this.

    Returns:
        float in [0, 1]; NaN without positives.

    Raises:
        TypeError, ValueError: see :func:`core.metrics.base.check_binary`; threshold outside [0, 1].
    """
    prob, truth = check_binary(positive_prob, target)
    flagged = prob >= check_threshold(threshold)
    return mean_or_undefined(flagged[truth])
