"""F1 of every class, averaged by the number of its cases."""

from __future__ import annotations

from typing import Any

from numpy.typing import NDArray

from core.metrics.base import metric
from core.metrics.confusion import count_confusion, weigh_f1


@metric("weighted_f1", title="F1, weighted by cases", needs="probs", requires="cases")
def weighted_f1(probs: NDArray[Any], target: NDArray[Any]) -> float:
    """Mean over classes of the F1 of the most probable class, each as heavy as its share of cases (DR10).

    Args:
        probs: (N, C) float in [0, 1], rows sum to 1.
        target: (N,) int, class index.

    Returns:
        float in [0, 1]; NaN for an empty set. A class without cases has no weight.

    Raises:
        TypeError, ValueError: see :func:`core.metrics.base.check_probs`.
    """
    return float(weigh_f1(count_confusion(probs, target)))
