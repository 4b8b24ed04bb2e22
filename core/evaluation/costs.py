"""What misses and needless referrals cost together, and the threshold that costs least."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.evaluation.intervals import Groups
from core.evaluation.limits import Estimates, clip, sum_limits
from core.evaluation.operating_points import describe_operating_point
from core.evaluation.thresholds import compute_threshold_table
from core.evaluation.ties import count_tied, describe_ties
from core.types import CostCurve, ThresholdChoice, ThresholdTable

AIM = "lowest_cost"
_SAME = 1e-9
"""Costs closer than this, of 1,000 people, are equal; the lower threshold, which misses fewer, is taken."""


def compute_cost_curve(table: ThresholdTable, *, cost_ratio: float) -> CostCurve:
    """Expected cost of 1,000 people at every threshold of a table, at its prevalence.

    ``1000 * (cost_ratio * prevalence * (1 - sensitivity) + (1 - prevalence) * (1 - specificity))``, in
    needless referrals. Its limits are MOVER's of the two Wilson limits.

    Args:
        table: of any thresholds.
        cost_ratio: cost of a miss over the cost of a needless referral, above 0.

    Raises:
        ValueError: the cost ratio is not a number above 0.

    Source: Metz 1978, "Basic principles of ROC analysis"; limits as in
    :func:`core.evaluation.limits.sum_limits`.
    """
    of_miss, of_referral = 1000 * _check_ratio(cost_ratio) * table.prevalence, 1000 * (1 - table.prevalence)
    miss = Estimates(*table.values("sensitivity")).mirrored()
    referral = Estimates(*table.values("specificity")).mirrored()
    cost = clip(sum_limits(miss.times(of_miss), referral.times(of_referral)), 0.0, of_miss + of_referral)
    return CostCurve(
        thresholds=table.thresholds,
        cost_per_1000=cost.value,
        low=cost.low,
        high=cost.high,
        everyone=of_referral,
        nobody=of_miss,
        prevalence=table.prevalence,
        cost_ratio=float(cost_ratio),
        theoretical_threshold=compute_theoretical_threshold(cost_ratio),
        level=table.level,
        method="MOVER of two Wilson limits",
    )


def compute_theoretical_threshold(
    cost_ratio: float, *, calibrated_at: float | None = None, prevalence: float | None = None
) -> float:
    """The threshold that costs least if the probabilities mean what they say.

    Args:
        cost_ratio: cost of a miss over the cost of a needless referral, above 0.
        calibrated_at: prevalence at which the probabilities are calibrated, in (0, 1).
        prevalence: that of the clinic; where it differs, the same image means other odds, and the threshold
            on the network's own probability moves.

    Returns:
        float in (0, 1); 1 / (1 + cost_ratio) without the two prevalences.

    Source: Elkan 2001, "The foundations of cost-sensitive learning".
    """
    odds = 1 / _check_ratio(cost_ratio)
    if calibrated_at is not None and prevalence is not None:
        for name, value in (("calibrated_at", calibrated_at), ("prevalence", prevalence)):
            if not 0 < value < 1:
                raise ValueError(f"{name} must lie between 0 and 1, it is {value}")
        odds *= calibrated_at / (1 - calibrated_at) * (1 - prevalence) / prevalence
    return odds / (1 + odds)


def choose_lowest_cost(
    positive_prob: NDArray[Any],
    truth: NDArray[Any],
    groups: Groups,
    *,
    cost_ratio: float,
    prevalence: float | None = None,
    chosen_on: str,
    level: float = 0.95,
) -> ThresholdChoice:
    """The threshold whose misses and needless referrals cost least on validation cases.

    Args:
        positive_prob: (N,) float in [0, 1].
        truth: (N,) bool.
        groups: (N,) group of each case, for the limits.
        cost_ratio: cost of a miss over the cost of a needless referral, above 0.
        prevalence: in (0, 1); None takes the share of positives in the data.
        chosen_on: data and split, for example ``"validation split, n = 494"``.
        level: coverage of the limits.

    Returns:
        ThresholdChoice. Where no threshold is cheaper than flagging everyone, or nobody, that is its state.
        Of equally cheap thresholds the lowest is taken.

    Raises:
        TypeError, ValueError: see :func:`core.evaluation.thresholds.compute_threshold_table`; the cost ratio
        is not a number above 0.
    """
    _check_ratio(cost_ratio)
    table = compute_threshold_table(positive_prob, truth, groups, prevalence=prevalence, level=level)
    if not 0 < table.positives < table.n:
        words = f"No cost can be weighed: {table.n} cases, {table.positives} of them positive."
        return ThresholdChoice(AIM, "unattainable", None, words, 0)
    curve = compute_cost_curve(table, cost_ratio=cost_ratio)
    at = f"a miss as dear as {cost_ratio:g} referrals and {100 * table.prevalence:.3g} % with the finding"
    inner = curve.cost_per_1000[1:-1]
    best = float(inner.min(initial=np.inf))
    if best > min(curve.everyone, curve.nobody) - _SAME:
        everyone = curve.everyone <= curve.nobody
        who, cost = ("everyone", curve.everyone) if everyone else ("nobody", curve.nobody)
        words = f"Flagging {who} is cheapest, with {at}: {_count(cost)} needless referrals for every 1,000."
        return ThresholdChoice(AIM, "flag_everyone" if everyone else "flag_nobody", None, words, 0)
    row = 1 + int(np.flatnonzero(inner <= best + _SAME)[0])
    threshold = float(curve.thresholds[row])
    point = describe_operating_point(
        AIM, threshold, positive_prob, truth, groups, chosen_on=chosen_on, level=level
    )
    theory = compute_theoretical_threshold(
        cost_ratio, calibrated_at=table.positives / table.n, prevalence=table.prevalence
    )
    words = (
        f"Threshold {threshold:.4g} has the lowest cost, with {at}: {_count(best)} needless referrals for "
        f"every 1,000 (everyone flagged {_count(curve.everyone)}, nobody {_count(curve.nobody)}); "
        f"probabilities calibrated on these cases would put it at {theory:.3g}. "
        f"{describe_ties(positive_prob, truth, threshold)}"
    )
    return ThresholdChoice(AIM, "chosen", point, words.strip(), count_tied(positive_prob, threshold))


def _count(cost: float) -> str:
    return f"{cost:.1f}" if cost < 100 else f"{cost:,.0f}"


def _check_ratio(cost_ratio: float) -> float:
    if not 0 < cost_ratio < np.inf:
        raise ValueError(f"cost_ratio must be a number above 0, it is {cost_ratio}")
    return float(cost_ratio)
