"""How many grades a call is off."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.metrics.base import UNDEFINED, check_probs, metric


@metric(
    "mean_absolute_grade_error",
    title="Grades off, mean",
    needs="probs",
    requires="cases",
    higher_is_better=False,
    bounds=(0.0, math.inf),
    scale="ordinal",
)
def mean_absolute_grade_error(probs: NDArray[Any], target: NDArray[Any]) -> float:
    """Mean distance, in grades, of the most probable class from the truth.

    Args:
        probs: (N, C) float in [0, 1], rows sum to 1, columns in the order of the grades.
        target: (N,) int, grade.

    Returns:
        float in [0, C - 1]; NaN for an empty set.

    Raises:
        TypeError, ValueError: see :func:`core.metrics.base.check_probs`.
    """
    prob, truth = check_probs(probs, target)
    return float(np.abs(prob.argmax(axis=1) - truth).mean()) if prob.size else UNDEFINED
