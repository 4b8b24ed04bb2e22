"""Decision curves: what flagging by a network is worth beside flagging everyone or nobody."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.evaluation.intervals import TOO_FEW_GROUPS, Groups, has_too_few_groups, undefined_interval
from core.evaluation.resampling import draw_weights
from core.evaluation.thresholds import check_prevalence, count_groups
from core.metrics.base import check_binary
from core.types import DecisionCurve, Interval

Array = NDArray[np.float64]


def compute_decision_curve(
    positive_prob: NDArray[Any],
    truth: NDArray[Any],
    groups: Groups,
    *,
    thresholds: NDArray[Any],
    prevalence: float | None = None,
    resamples: int = 1000,
    level: float = 0.95,
    seed: int = 0,
) -> DecisionCurve:
    """Net benefit at every threshold: found - needless referrals * t / (1 - t), per person at a prevalence.

    Thresholds apply to the probabilities as they are. Where the prevalence is far from the one at which they
    are calibrated they mean something else there, and :func:`rebase` moves them.

    Args:
        positive_prob: (N,) float in [0, 1].
        truth: (N,) bool.
        groups: (N,) group of each case; whole groups are resampled.
        thresholds: (K,) float in [0, 1), in any order.
        prevalence: in (0, 1), taken as known; None takes the share of positives in the data.
        resamples, level, seed: of the bootstrap.

    Returns:
        DecisionCurve with percentile limits at each threshold, which always enclose the value; without
        limits where a class is of one group only. One class only: a curve that is not ``defined``.

    Raises:
        TypeError, ValueError: see :func:`core.metrics.base.check_binary`; thresholds, prevalence, level or
        resamples out of range.

    Source: Vickers and Elkin 2006, "Decision curve analysis: a novel method for evaluating prediction
    models"; with a prevalence that is not the data's, Pfeiffer and Gail 2020, "Estimating the decision curve
    and its precision from three study designs".
    """
    prob, target = check_binary(positive_prob, truth)
    cuts, n, positives = _check_thresholds(thresholds), len(target), int(target.sum())
    share = check_prevalence(prevalence, positives / n if n else 0.0)
    weights = _Weights(cuts, share)
    if not 0 < positives < n:
        value = low = high = np.full(cuts.shape, np.nan)
        method = "undefined: one class only" if n else "undefined: no cases"
    else:
        rates = _Rates(prob, target, cuts)
        value = weights.net_benefit(rates(np.ones((1, n))))[0]
        draws = [
            weights.net_benefit(rates(block))
            for block in draw_weights(groups, target, resamples=resamples, seed=seed)
        ]
        low, high = _enclose(np.concatenate(draws), value, level)
        method = _name_method(groups, n, resamples)
        if has_too_few_groups(groups, target):
            low = high = np.full(cuts.shape, np.nan)
            method = TOO_FEW_GROUPS
    return DecisionCurve(
        thresholds=cuts,
        net_benefit=value,
        low=low,
        high=high,
        treat_all=share - (1 - share) * weights.odds,
        treat_none=np.zeros(cuts.shape),
        prevalence=share,
        n=n,
        positives=positives,
        level=level,
        method=method,
    )


def compare_net_benefit(
    a: NDArray[Any],
    b: NDArray[Any],
    truth: NDArray[Any],
    groups: Groups,
    *,
    thresholds: NDArray[Any],
    prevalence: float | None = None,
    resamples: int = 1000,
    level: float = 0.95,
    seed: int = 0,
) -> tuple[Interval, ...]:
    """Net benefit of ``a`` minus that of ``b`` on the same cases; every resample is used for both.

    Arguments and errors as for :func:`compute_decision_curve`.

    Returns:
        One Interval for each threshold, in their order; times 1,000 it is the number of people found, net of
        needless referrals, that ``a`` gains for every 1,000 seen.
    """
    (first, target), (second, _) = check_binary(a, truth), check_binary(b, truth)
    cuts, n, positives = _check_thresholds(thresholds), len(target), int(target.sum())
    weights = _Weights(cuts, check_prevalence(prevalence, positives / n if n else 0.0))
    if not 0 < positives < n:
        reason = "undefined: one class only" if n else "undefined: no cases"
        return tuple(undefined_interval(level, n, reason) for _ in cuts)
    of_first, of_second = _Rates(first, target, cuts), _Rates(second, target, cuts)

    def difference(block: Array) -> Array:
        return weights.net_benefit(of_first(block)) - weights.net_benefit(of_second(block))

    value = difference(np.ones((1, n)))[0]
    draws = [difference(block) for block in draw_weights(groups, target, resamples=resamples, seed=seed)]
    low, high = _enclose(np.concatenate(draws), value, level)
    method = _name_method(groups, n, resamples)
    if has_too_few_groups(groups, target):
        low = high = np.full(cuts.shape, np.nan)
        method = TOO_FEW_GROUPS
    return tuple(
        Interval(float(value[i]), float(low[i]), float(high[i]), level, n, method) for i in range(cuts.size)
    )


def rebase(positive_prob: NDArray[Any], *, measured_at: float, prevalence: float) -> Array:
    """What probabilities that are right at one prevalence become at another one.

    The odds are multiplied by the ratio of the two prior odds; the order of the cases stays.

    Args:
        positive_prob: (N,) float in [0, 1].
        measured_at: share of positives among the cases on which they are calibrated, in (0, 1).
        prevalence: the one to move to, in (0, 1).

    Returns:
        (N,) float64 in [0, 1]; 0 and 1 stay.

    Raises:
        ValueError: a probability or a prevalence is out of range.

    Source: Saerens, Latinne and Decaestecker 2002, "Adjusting the outputs of a classifier to new a priori
    probabilities: a simple procedure".
    """
    prob = check_binary(positive_prob, np.zeros(np.shape(positive_prob), dtype=np.bool_))[0]
    before, after = check_prevalence(measured_at, 0.0), check_prevalence(prevalence, 0.0)
    present, absent = prob * (after / before), (1 - prob) * ((1 - after) / (1 - before))
    return present / (present + absent)


class _Weights:
    """What a true and a false alarm count for at each threshold."""

    def __init__(self, cuts: Array, prevalence: float) -> None:
        self.odds = cuts / (1 - cuts)
        self._gain, self._loss = prevalence, (1 - prevalence) * self.odds

    def net_benefit(self, rates: tuple[Array, Array]) -> Array:
        """(b, K) from two (b, K): shares of the positives and of the negatives that are flagged."""
        return self._gain * rates[0] - self._loss * rates[1]


class _Rates:
    """Shares of positives and of negatives at or above each threshold, for many weightings of the cases."""

    def __init__(self, prob: Array, target: NDArray[np.bool_], cuts: Array) -> None:
        self._classes = []
        for members in (np.flatnonzero(target), np.flatnonzero(~target)):
            order = members[np.argsort(-prob[members], kind="stable")]
            self._classes.append((order, np.searchsorted(-prob[order], -cuts, side="right")))

    def __call__(self, weights: Array) -> tuple[Array, Array]:
        """Two (b, K) from (b, N) weights."""
        found, alarmed = (self._share(weights, order, count) for order, count in self._classes)
        return found, alarmed

    @staticmethod
    def _share(weights: Array, order: NDArray[np.intp], count: NDArray[np.intp]) -> Array:
        running = np.zeros((len(weights), order.size + 1))
        np.cumsum(weights[:, order], axis=1, out=running[:, 1:])
        return running[:, count] / running[:, -1:]


def _enclose(draws: Array, value: Array, level: float) -> tuple[Array, Array]:
    if not 0 < level < 1:
        raise ValueError(f"level must lie between 0 and 1, it is {level}")
    low, high = np.quantile(draws, [(1 - level) / 2, (1 + level) / 2], axis=0)
    return np.minimum(low, value), np.maximum(high, value)


def _name_method(groups: Groups, n: int, resamples: int) -> str:
    unit = "case" if count_groups(np.asarray(groups)) == n else "group"
    return f"bootstrap by {unit}, {resamples}"


def _check_thresholds(thresholds: NDArray[Any]) -> Array:
    cuts = np.asarray(thresholds, dtype=np.float64)
    if cuts.ndim != 1 or not cuts.size or not (cuts.min() >= 0 and cuts.max() < 1):
        raise ValueError("thresholds must be (K,), K > 0, at least 0 and below 1")
    return cuts
