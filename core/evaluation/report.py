"""Every figure of one role on one set of held-out cases."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.evaluation.estimates import evaluate_metrics
from core.evaluation.intervals import Groups
from core.metrics.base import check_binary, check_probs
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

EVERY_CLASS = ("accuracy_top1", "macro_recall", "macro_auc", "macro_f1", "weighted_f1")
"""Figures of all classes; reported only where every class has a case."""

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
            is on the page.
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
            not the sum of the positive classes' probabilities within 1e-4.
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
        names = EVERY_CLASS + (GRADES if scale == "ordinal" else ())
        report |= evaluate_metrics(names, prob_of_class, code, groups, **options)
    return report


def index_classes(target: Sequence[str] | NDArray[Any], classes: Sequence[str]) -> NDArray[np.intp]:
    """Class codes (N,) as places in ``classes``; ValueError names a code that is not one of them."""
    index = {code: position for position, code in enumerate(classes)}
    unknown = sorted({str(code) for code in target if code not in index})
    if unknown:
        raise ValueError(f"target has {', '.join(unknown)}, the classes are {', '.join(classes)}")
    return np.array([index[code] for code in target], dtype=np.intp)
