"""Brier score of the positive probability."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.metrics.base import UNDEFINED, check_binary, metric


@metric("brier", title="Brier score", needs="positive_prob", requires="cases", higher_is_better=False)
def brier(positive_prob: NDArray[Any], target: NDArray[Any]) -> float:
    """Mean squared difference between the positive probability and the truth (0 or 1).

    Args:
        positive_prob: (N,) float in [0, 1].
        target: (N,) bool.

    Returns:
        float in [0, 1]; NaN for an empty set. A constant guess of the prevalence p scores p (1 - p).

    Raises:
        TypeError, ValueError: see :func:`core.metrics.base.check_binary`.

    Source: Brier 1950, "Verification of forecasts expressed in terms of probability", halved to one outcome.
    """
    prob, truth = check_binary(positive_prob, target)
    return float(np.mean((prob - truth) ** 2)) if prob.size else UNDEFINED
