"""Recall of every class, averaged: balanced accuracy where there are more than two classes."""

from __future__ import annotations

from typing import Any

from numpy.typing import NDArray

from core.metrics.base import metric
from core.metrics.confusion import average_recall, count_confusion


@metric("macro_recall", title="Balanced accuracy, every class", needs="probs", requires="every_class")
def macro_recall(probs: NDArray[Any], target: NDArray[Any]) -> float:
    """Unweighted mean over classes of the share of its cases that are called by their class.

    A case is called what is most probable. By chance it is 1 / C. Source: Brodersen et al. 2010, "The
    balanced accuracy and its posterior distribution", for two classes.

    Args:
        probs: (N, C) float in [0, 1], rows sum to 1.
        target: (N,) int, class index.

    Returns:
        float in [0, 1]; NaN when a class has no case.

    Raises:
        TypeError, ValueError: see :func:`core.metrics.base.check_probs`.
    """
    return float(average_recall(count_confusion(probs, target)))
