"""Taking a temperature out of probabilities again."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


def undo_temperature(probs: NDArray[Any], temperature: float) -> NDArray[np.float64]:
    """Probabilities as they were before temperature scaling.

    A softmax of logits / T raised to the power T and renormalised is the softmax of the logits. Within a case
    the order of the classes stays; with three classes or more, the order of the cases by one class may not.

    Args:
        probs: (N, C) float in [0, 1], rows sum to 1, after division of the logits by ``temperature``.
        temperature: T, above 0.

    Returns:
        (N, C) float64, rows sum to 1. A probability of exactly 0 stays 0.

    Raises:
        ValueError: ``probs`` is not (N, C), or ``temperature`` is not finite and above 0.

    Source: Guo et al. 2017, "On calibration of modern neural networks", section 4.2.
    """
    values = np.asarray(probs, dtype=np.float64)
    if values.ndim != 2:
        raise ValueError(f"probs must be (N, C), they are {values.shape}")
    if not (np.isfinite(temperature) and temperature > 0):
        raise ValueError(f"temperature must be finite and above 0, it is {temperature}")
    largest = values.max(axis=1, keepdims=True, initial=0.0)
    raised: NDArray[np.float64] = (values / np.where(largest > 0, largest, 1.0)) ** temperature
    return raised / raised.sum(axis=1, keepdims=True)
