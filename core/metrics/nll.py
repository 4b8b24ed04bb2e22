"""Negative log likelihood of the positive probability."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.metrics.base import UNDEFINED, check_binary, metric

SMALLEST = float(np.finfo(np.float64).eps)
"""Probabilities are held this far from 0 before the logarithm, so that one sure miss costs 36.04 nats, not
infinity."""


@metric(
    "nll",
    title="Negative log likelihood",
    needs="positive_prob",
    requires="cases",
    higher_is_better=False,
    bounds=(0.0, float(-np.log(SMALLEST))),
)
def nll(positive_prob: NDArray[Any], target: NDArray[Any]) -> float:
    """Mean negative logarithm of the probability that was given to what turned out true, in nats.

    Args:
        positive_prob: (N,) float in [0, 1].
        target: (N,) bool.

    Returns:
        float in [0, 36.05]; NaN for an empty set.

    Raises:
        TypeError, ValueError: see :func:`core.metrics.base.check_binary`.
    """
    prob, truth = check_binary(positive_prob, target)
    if not prob.size:
        return UNDEFINED
    given = np.where(truth, prob, 1 - prob)
    return float(-np.log(np.maximum(given, SMALLEST)).mean()) + 0.0
