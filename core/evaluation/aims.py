"""From what a reader wants to a threshold, chosen on validation cases, or to words why there is none."""

from __future__ import annotations

import math
import re
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.errors import ConfigError
from core.evaluation import costs
from core.evaluation.intervals import Groups
from core.evaluation.operating_points import describe_operating_point, threshold_of_youden
from core.evaluation.ties import count_tied, describe_ties
from core.metrics.base import check_binary
from core.metrics.sensitivity_at_specificity import threshold_at_specificity
from core.metrics.specificity_at_sensitivity import threshold_at_sensitivity
from core.types import ThresholdChoice

_RATE = re.compile(r"(sensitivity|specificity)_(\d{1,2}(?:\.\d+)?|100)")


def choose_threshold(
    aim: str,
    positive_prob: NDArray[Any],
    truth: NDArray[Any],
    groups: Groups,
    *,
    chosen_on: str,
    prevalence: float | None = None,
    cost_ratio: float = 20.0,
    level: float = 0.95,
) -> ThresholdChoice:
    """Choose a threshold by what it reaches on validation cases.

    Args:
        aim: ``"sensitivity_95"``, the highest threshold with at least 95 % sensitivity; ``"specificity_90"``,
            the lowest with at least 90 % specificity (any percentage above 0 in both); ``"youden"``, the
            largest sensitivity + specificity - 1; ``"lowest_cost"``, see
            :func:`core.evaluation.costs.choose_lowest_cost`.
        positive_prob: (N,) float in [0, 1].
        truth: (N,) bool.
        groups: (N,) group of each case, for the limits.
        chosen_on: data and split, for example ``"validation split, n = 494"``.
        prevalence, cost_ratio: for ``"lowest_cost"``.
        level: coverage of the limits.

    Returns:
        ThresholdChoice; its words name what is tied at the threshold, or why the aim is not attainable.

    Raises:
        ConfigError: no such aim.
        TypeError, ValueError: see :func:`core.metrics.base.check_binary`.
    """
    prob, target = check_binary(positive_prob, truth)
    rate = parse_rate(aim)
    if aim == costs.AIM:
        return costs.choose_lowest_cost(
            prob,
            target,
            groups,
            cost_ratio=cost_ratio,
            prevalence=prevalence,
            chosen_on=chosen_on,
            level=level,
        )
    if rate is None and aim != "youden":
        raise ConfigError(
            aim,
            "no such aim",
            "Name sensitivity_95 or specificity_90 (any percentage), youden or lowest_cost",
        )
    if not target.any() or target.all():
        words = f"No threshold can be chosen: {target.size} cases, {int(target.sum())} of them positive."
        return ThresholdChoice(aim, "unattainable", None, words, 0)
    threshold = _find(rate, prob, target)
    if math.isnan(threshold):
        return ThresholdChoice(aim, "unattainable", None, _explain(rate, prob, target), 0)
    point = describe_operating_point(aim, threshold, prob, target, groups, chosen_on=chosen_on, level=level)
    words = (
        f"Threshold {threshold:.4g}: sensitivity {100 * point.sensitivity.value:.1f} %, specificity "
        f"{100 * point.specificity.value:.1f} % on {chosen_on}. {describe_ties(prob, target, threshold)}"
    )
    return ThresholdChoice(aim, "chosen", point, words.strip(), count_tied(prob, threshold))


def parse_rate(aim: str) -> tuple[str, float] | None:
    """``("sensitivity", 0.95)`` of ``"sensitivity_95"``; None for an aim that is not a rate above 0."""
    found = _RATE.fullmatch(aim)
    if found is None or not float(found[2]):
        return None
    return found[1], float(found[2]) / 100


def _find(rate: tuple[str, float] | None, prob: NDArray[np.float64], target: NDArray[np.bool_]) -> float:
    if rate is None:
        return threshold_of_youden(prob, target)
    find = threshold_at_sensitivity if rate[0] == "sensitivity" else threshold_at_specificity
    return find(prob, target, rate[1])


def _explain(rate: tuple[str, float] | None, prob: NDArray[np.float64], target: NDArray[np.bool_]) -> str:
    if rate is None:
        return "No threshold does better than flagging everyone or nobody."
    name, share = f"{100 * rate[1]:g} % {rate[0]}", (prob == prob.min(), target, "positive")
    side, end = "below flagging every case", "lowest"
    if rate[0] == "specificity":
        share, side, end = (prob == prob.max(), ~target, "negative"), "while any case is flagged", "highest"
    tied, members, noun = share
    count, value = int(np.count_nonzero(tied & members)), float(prob[tied][0])
    cases = f"{count} {noun} cases share" if count > 1 else f"1 {noun} case has"
    return f"{name} is not attainable {side}: {cases} the {end} probability, {value:.4g}."
