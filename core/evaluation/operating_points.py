"""Where to draw the line between flagged and not flagged, chosen on validation data."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.errors import DataError
from core.evaluation.intervals import Groups, proportion_interval
from core.metrics.base import check_binary, check_threshold
from core.metrics.sensitivity_at_specificity import threshold_at_specificity
from core.metrics.specificity_at_sensitivity import threshold_at_sensitivity
from core.types import OperatingPoint


def choose_operating_points(
    positive_prob: NDArray[Any], target: NDArray[Any], groups: Groups, *, chosen_on: str, level: float = 0.95
) -> tuple[OperatingPoint, ...]:
    """Choose thresholds by what they reach on validation data.

    In this order: ``sensitivity_95`` and ``sensitivity_90``, the highest thresholds with at least that
    sensitivity; ``specificity_90``, the lowest with at least that specificity; ``youden``, the largest
    sensitivity + specificity - 1, of equal ones the lowest threshold, which misses fewer. A threshold is one
    of the probabilities, so all cases tied with it fall on the flagged side. A point that only flagging
    every case, or none, would reach is left out.

    Args:
        positive_prob: (N,) float in [0, 1].
        target: (N,) bool.
        groups: (N,) group of each case, for the limits.
        chosen_on: data and split, for example ``"validation split, n = 494"``.
        level: coverage of the limits.

    Returns:
        One to four operating points with Wilson limits.

    Raises:
        DataError: one class only, or no threshold does better than flagging every case or none.
        TypeError, ValueError: see :func:`core.metrics.base.check_binary`.
    """
    prob, truth = check_binary(positive_prob, target)
    if truth.all() or not truth.any():
        raise DataError(
            chosen_on,
            f"{truth.size} cases, {int(truth.sum())} positive; a threshold needs positive and negative ones",
            "Choose operating points on a split that has both",
        )
    wanted = {
        "sensitivity_95": threshold_at_sensitivity(prob, truth, 0.95),
        "sensitivity_90": threshold_at_sensitivity(prob, truth, 0.9),
        "specificity_90": threshold_at_specificity(prob, truth, 0.9),
        "youden": threshold_of_youden(prob, truth),
    }
    points = tuple(
        describe_operating_point(name, threshold, prob, truth, groups, chosen_on=chosen_on, level=level)
        for name, threshold in wanted.items()
        if not math.isnan(threshold)
    )
    if not points:
        raise DataError(
            chosen_on,
            "no threshold does better than flagging every case or none",
            "Check that the network was trained and that its probabilities differ between cases",
        )
    return points


def describe_operating_point(
    name: str,
    threshold: float,
    positive_prob: NDArray[Any],
    target: NDArray[Any],
    groups: Groups,
    *,
    chosen_on: str,
    level: float = 0.95,
) -> OperatingPoint:
    """Sensitivity and specificity of a given threshold on given cases, with Wilson limits.

    Args:
        name: for example ``"sensitivity_90"``.
        threshold: in [0, 1].
        positive_prob, target, groups, chosen_on, level: as in :func:`choose_operating_points`.

    Raises:
        TypeError, ValueError: see :func:`core.metrics.base.check_binary`; threshold outside [0, 1].
    """
    prob, truth = check_binary(positive_prob, target)
    flagged = prob >= check_threshold(threshold)
    return OperatingPoint(
        name,
        float(threshold),
        chosen_on,
        sensitivity=proportion_interval(flagged, truth, groups, level),
        specificity=proportion_interval(~flagged, ~truth, groups, level),
    )


def threshold_of_youden(positive_prob: NDArray[Any], target: NDArray[Any]) -> float:
    """Threshold with the largest sensitivity + specificity - 1; of equal ones the lowest.

    Args:
        positive_prob: (N,) float in [0, 1].
        target: (N,) bool.

    Returns:
        One of the probabilities; NaN without positives or negatives, or when no threshold exceeds 0, the
        value of flagging every case.

    Source: Youden 1950, "Index for rating diagnostic tests".
    """
    prob, truth = check_binary(positive_prob, target)
    positives, negatives = np.sort(prob[truth]), np.sort(prob[~truth])
    if not positives.size or not negatives.size:
        return math.nan
    thresholds = np.unique(prob)
    missed = np.searchsorted(positives, thresholds, side="left")
    spared = np.searchsorted(negatives, thresholds, side="left")
    # J times both counts, in whole numbers, so that equal ones compare equal
    index = spared * positives.size - missed * negatives.size
    best = int(index.argmax())
    return float(thresholds[best]) if index[best] > 0 else math.nan
