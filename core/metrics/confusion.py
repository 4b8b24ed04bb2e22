"""The confusion matrix, and what is read off one or many of them: F1 of every class, means, kappa.

``counts`` is (..., C, C) float64, rows the truth, columns the most probable class, so that one formula serves
a single set of cases and every resample of it. A figure without a value is NaN.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.metrics.base import check_probs

Counts = NDArray[np.float64]


def count_confusion(probs: NDArray[Any], target: NDArray[Any]) -> Counts:
    """Count cases by their class and the class that is most probable; of tied classes the first counts.

    Args:
        probs: (N, C) float in [0, 1], rows sum to 1.
        target: (N,) int, class index.

    Returns:
        (C, C) float64 of whole numbers, rows the truth.

    Raises:
        TypeError, ValueError: see :func:`core.metrics.base.check_probs`.
    """
    prob, truth = check_probs(probs, target)
    classes = prob.shape[1]
    called = prob.argmax(axis=1) if prob.size else np.zeros(0, dtype=np.intp)
    cells = np.bincount(truth * classes + called, minlength=classes * classes)
    return cells.reshape(classes, classes).astype(np.float64)


def f1_by_class(counts: Counts) -> Counts:
    """(..., C) F1: twice the hits over the cases of the class plus the calls of it.

    0 where a class has cases and none is found; NaN where it has neither cases nor calls.

    Source: van Rijsbergen 1979, "Information retrieval", chapter 7, equal weights.
    """
    hits = np.diagonal(counts, axis1=-2, axis2=-1)
    return _divide(2 * hits, counts.sum(axis=-1) + counts.sum(axis=-2))


def average_f1(counts: Counts) -> Counts:
    """(...) unweighted mean of the classes' F1; NaN where a class has no case."""
    every = (counts.sum(axis=-1) > 0).all(axis=-1)
    return np.where(every, f1_by_class(counts).mean(axis=-1), np.nan)


def average_recall(counts: Counts) -> Counts:
    """(...) unweighted mean of the classes' recall; NaN where a class has no case."""
    return _divide(np.diagonal(counts, axis1=-2, axis2=-1), counts.sum(axis=-1)).mean(axis=-1)


def weigh_f1(counts: Counts) -> Counts:
    """(...) mean of the classes' F1, each as heavy as its cases; NaN without cases."""
    cases = counts.sum(axis=-1)
    sums = np.where(cases > 0, cases * f1_by_class(counts), 0.0).sum(axis=-1)
    return _divide(sums, cases.sum(axis=-1))


def weigh_kappa(counts: Counts) -> Counts:
    """(...) quadratic weighted kappa; NaN where truth and calls are all of one and the same class.

    Source: Cohen 1968, "Weighted kappa: nominal scale agreement with provision for scaled disagreement or
    partial credit", weights the squared distance of the classes.
    """
    grades = np.arange(counts.shape[-1], dtype=np.float64)
    weights = (grades[:, None] - grades) ** 2
    of_truth, of_calls = counts.sum(axis=-1), counts.sum(axis=-2)
    observed = (counts * weights).sum(axis=(-2, -1)) * of_truth.sum(axis=-1)
    expected = np.einsum("...i,ij,...j->...", of_truth, weights, of_calls)
    return np.where(expected > 0, 1 - _divide(observed, expected), np.nan)


def _divide(numerator: Counts, denominator: Counts) -> Counts:
    return np.divide(numerator, denominator, out=np.full_like(numerator, np.nan), where=denominator > 0)
