"""Every figure of one role on one set of held-out cases."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.evaluation.estimates import evaluate_metrics
from core.evaluation.intervals import Groups
from core.metrics.base import check_binary, check_probs
from core.metrics.calls import certain_calls
from core.types import Interval, OperatingPoint, Scale

BINARY = (
    "roc_auc",
    "pr_auc",
    "ece",
    "brier",
    "sensitivity",
    "specificity",
    "ppv",
    "npv",
    "specificity_at_95_sensitivity",
    "balanced_accuracy",
)
"""Figures of the positive finding, in the order of a report."""

EVERY_CLASS = ("accuracy_top1", "macro_auc", "macro_f1", "weighted_f1")
"""Figures of all classes; reported only where every class has a case. All but the AUC look at calls alone."""

GRADES = ("quadratic_kappa", "mean_absolute_grade_error")
"""Those reported beside them where the classes are grades in order."""


def evaluate_role(
    probs: NDArray[Any],
    positive_prob: NDArray[Any],
    target: Sequence[str] | NDArray[Any],
    groups: Groups,
    operating_point: OperatingPoint,
    *,
    classes: Sequence[str],
    positives: Sequence[str],
    scale: Scale = "nominal",
    resamples: int = 1000,
    level: float = 0.95,
    seed: int = 0,
) -> dict[str, Interval]:
    """Every figure of one network on one set of cases.

    Args:
        probs: (N, C) float, after temperature, columns as ``classes``.
        positive_prob: (N,) float, as it was predicted, so that a case on the threshold is flagged here as it
        is
            on the page.
        target: (N,) class codes; some classes may be missing (PH2 has melanoma and naevus only).
        groups: (N,) group of each case.
        operating_point: the threshold that was chosen on validation data.
        classes: class codes in the order of the columns.
        positives: codes of the positive classes.
        scale: of the modality; with ``"ordinal"`` the columns are grades in order.
        resamples, level, seed: of the bootstrap.

    Returns:
        Registry name of a metric to its value with limits: the names in :data:`BINARY`; where every class has
        a case, those in :data:`EVERY_CLASS` too, and for grades those in :data:`GRADES`. Proportions have
        Wilson limits, the others bootstrap limits. Undefined figures are NaN and their ``method`` says why.

    Raises:
        TypeError, ValueError: shapes do not fit, a target is not one of the classes, or ``positive_prob`` is
        not
            the sum of the positive classes' probabilities within 1e-4.
    """
    code = index_classes(target, classes)
    prob_of_class, code = check_probs(probs, code)
    positive = np.isin(np.asarray(classes), list(positives))
    prob, truth = check_binary(positive_prob, positive[code])
    if np.abs(prob_of_class[:, positive].sum(axis=1) - prob).max(initial=0) > 1e-4:
        raise ValueError("positive_prob must be the sum of the positive classes' probs")
    options: dict[str, Any] = {"resamples": resamples, "level": level, "seed": seed}
    report = evaluate_metrics(BINARY, prob, truth, groups, threshold=operating_point.threshold, **options)
    if len(np.unique(code)) == len(classes):
        report |= evaluate_classes(prob_of_class, code, groups, scale=scale, **options)
    return report


def evaluate_classes(
    probs: NDArray[np.float64], code: NDArray[np.intp], groups: Groups, *, scale: Scale, **options: Any
) -> dict[str, Interval]:
    """Figures of all classes: ranks from the probabilities, the rest from what cases are called.

    Args:
        probs: (N, C) float in [0, 1], rows sum to 1.
        code: (N,) class index.
        groups: (N,) group of each case.
        scale: decides what a case is called (:mod:`core.metrics.calls`).
        options: ``resamples``, ``level`` and ``seed`` of the bootstrap.

    Returns:
        Name to value with limits, in the order of :data:`EVERY_CLASS`, then of :data:`GRADES`.
    """
    names = EVERY_CLASS + (GRADES if scale == "ordinal" else ())
    ranks = tuple(name for name in names if name == "macro_auc")
    calls = tuple(name for name in names if name != "macro_auc")
    found = evaluate_metrics(ranks, probs, code, groups, **options)
    found |= evaluate_metrics(calls, certain_calls(probs, scale), code, groups, **options)
    return {name: found[name] for name in names}


def index_classes(target: Sequence[str] | NDArray[Any], classes: Sequence[str]) -> NDArray[np.intp]:
    """Class codes (N,) as places in ``classes``; ValueError names a code that is not one of them."""
    index = {code: position for position, code in enumerate(classes)}
    unknown = sorted({str(code) for code in target if code not in index})
    if unknown:
        raise ValueError(f"target has {', '.join(unknown)}, the classes are {', '.join(classes)}")
    return np.array([index[code] for code in target], dtype=np.intp)
