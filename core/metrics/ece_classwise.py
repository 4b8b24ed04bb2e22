"""Class-wise (static) calibration error."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.metrics.base import UNDEFINED, check_probs, metric
from core.metrics.ece import BINS, ece


@metric(
    "ece_classwise", title="ECE, mean over classes", needs="probs", requires="cases", higher_is_better=False
)
def ece_classwise(probs: NDArray[Any], target: NDArray[Any], bins: int = BINS) -> float:
    """Mean over the classes of the calibration error of each class's own probability.

    A class without a case counts: its probabilities should all be 0, and what they are is its error. Rare
    classes have small probabilities and so small errors, which makes this figure smaller the more classes
    there are: compare it between networks of the same classes only.

    Args:
        probs: (N, C) float in [0, 1], rows sum to 1.
        target: (N,) int, class index.
        bins: number of bins of equal width.

    Returns:
        float in [0, 1]; NaN for an empty set.

    Raises:
        TypeError, ValueError: see :func:`core.metrics.base.check_probs`; ``bins`` below 1.

    Source: Kull et al. 2019, "Beyond temperature scaling", section 2 (classwise-ECE); the static calibration
    error of Nixon et al. 2019.
    """
    values, truth = check_probs(probs, target)
    if not truth.size:
        return UNDEFINED
    return float(np.mean([ece(values[:, c], truth == c, bins) for c in range(values.shape[1])]))
