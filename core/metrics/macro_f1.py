"""F1 of every class, averaged."""

from __future__ import annotations

from typing import Any

from numpy.typing import NDArray

from core.metrics.base import metric
from core.metrics.confusion import average_f1, count_confusion


@metric("macro_f1", title="F1, macro average", needs="probs", requires="every_class")
def macro_f1(probs: NDArray[Any], target: NDArray[Any]) -> float:
    """Unweighted mean over classes of the F1 of the most probable class (DR10).

    Args:
        probs: (N, C) float in [0, 1], rows sum to 1.
        target: (N,) int, class index.

    Returns:
        float in [0, 1]; NaN when a class has no case, because a mean over fewer classes is another figure. A
        class that is never called has an F1 of 0.

    Raises:
        TypeError, ValueError: see :func:`core.metrics.base.check_probs`.
    """
    return float(average_f1(count_confusion(probs, target)))
