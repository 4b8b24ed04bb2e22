"""Figures of a ranking, for many weightings of the cases at once.

Cases are sorted once. For every row of weights, running totals over the sorted positives and negatives then
say how much of either lies below any probability, and every figure here is read off those totals.
"""

from __future__ import annotations

from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from core.metrics.specificity_at_sensitivity import ROUNDING

Weights = NDArray[np.float64]


class Ranking:
    """Probabilities of (N,) cases, sorted within the positives and within the negatives.

    Args:
        prob: (N,) float64, no NaN.
        truth: (N,) bool.
    """

    def __init__(self, prob: NDArray[np.float64], truth: NDArray[np.bool_]) -> None:
        order = np.argsort(prob, kind="stable")
        self.positives, self.negatives = order[truth[order]], order[~truth[order]]
        found, spared = prob[self.positives], prob[self.negatives]
        # for each positive, how many negatives lie below it, and how many not above it
        self.negatives_below = np.searchsorted(spared, found, side="left")
        self.negatives_to = np.searchsorted(spared, found, side="right")
        self.ties_across = bool((self.negatives_below != self.negatives_to).any())
        # for each negative, how many positives are not above it
        self.positives_to = np.searchsorted(found, spared, side="right")
        # where the positives' ties begin and end
        self.level_starts = np.flatnonzero(np.diff(found, prepend=-np.inf))
        self.level_ends = np.append(self.level_starts[1:], found.size).astype(np.intp)

    def weigh(self, weights: Weights) -> WeightedRanking:
        """The figures for (b, N) weights, 0 or more; each (b,), computed when asked for."""
        return WeightedRanking(self, weights)


class WeightedRanking:
    """Figures of one block of weights; see :meth:`Ranking.weigh`. NaN where a class has no weight."""

    def __init__(self, ranking: Ranking, weights: Weights) -> None:
        self._ranking = ranking
        self._of_positives = weights.take(ranking.positives, axis=1)
        self._spared = _running_totals(weights.take(ranking.negatives, axis=1))

    @cached_property
    def _found(self) -> Weights:
        return _running_totals(self._of_positives)

    @cached_property
    def _weight_of_positives(self) -> Weights:
        return self._of_positives.sum(axis=1)

    @property
    def _weight_of_negatives(self) -> Weights:
        return self._spared[:, -1]

    def roc_auc(self) -> Weights:
        """(b,) weighted share of pairs that are in order, a tie counts one half (Mann and Whitney 1947)."""
        below = self._spared.take(self._ranking.negatives_below, axis=1)
        twice = 2 * np.einsum("bp,bp->b", self._of_positives, below)
        if self._ranking.ties_across:
            not_above = self._spared.take(self._ranking.negatives_to, axis=1)
            twice += np.einsum("bp,bp->b", self._of_positives, not_above - below)
        return divide(twice, 2 * self._weight_of_positives * self._weight_of_negatives)

    def average_precision(self) -> Weights:
        """(b,) sum over thresholds of weighted precision times the gain in recall; NaN with one class."""
        starts = self._ranking.level_starts
        below = self._found.take(starts, axis=1)
        gain = self._found.take(self._ranking.level_ends, axis=1) - below
        hits = self._weight_of_positives[:, None] - below
        flagged = self._weight_of_negatives[:, None] - self._spared.take(
            self._ranking.negatives_below[starts], axis=1
        )
        flagged += hits
        hits /= np.where(flagged > 0, flagged, 1.0)
        area = divide(np.einsum("bl,bl->b", gain, hits), self._weight_of_positives)
        return np.where(self._weight_of_negatives > 0, np.minimum(area, 1.0), np.nan)

    def specificity_at(self, sensitivity: float) -> Weights:
        """(b,) specificity at the highest threshold of at least this sensitivity, for whole weights.

        The metric of that name on the repeated cases, but 0 where only flagging every case reaches it.
        """
        totals = self._weight_of_positives
        may_miss = totals - np.ceil(sensitivity * totals - ROUNDING)
        at = (self._found[:, 1:] <= may_miss[:, None]).sum(axis=1)
        # without positives there is no threshold; the figure is NaN then, whatever is read here
        below = np.append(self._ranking.negatives_below, 0)[at]
        spared = np.take_along_axis(self._spared, below[:, None], axis=1)[:, 0]
        return np.where(totals > 0, divide(spared, self._weight_of_negatives), np.nan)

    def sensitivity_at(self, specificity: float) -> Weights:
        """(b,) sensitivity at the lowest threshold of at least this specificity, for whole weights.

        The metric of that name on the repeated cases, but 0 where only flagging nothing reaches it.
        """
        totals = self._weight_of_negatives
        must_spare = np.ceil(specificity * totals - ROUNDING)
        at = (self._spared[:, 1:] < must_spare[:, None]).sum(axis=1)
        missed = np.take_along_axis(
            self._found, np.append(self._ranking.positives_to, 0)[at][:, None], axis=1
        )[:, 0]
        hits = self._weight_of_positives - missed
        return np.where(totals > 0, divide(hits, self._weight_of_positives), np.nan)


def divide(numerator: Weights, denominator: Weights) -> Weights:
    """Quotient; NaN where the denominator is 0."""
    return np.divide(numerator, denominator, out=np.full_like(numerator, np.nan), where=denominator > 0)


def _running_totals(weights: Weights) -> Weights:
    """(b, n + 1): column i is the sum of the first i columns."""
    totals = np.empty((len(weights), weights.shape[1] + 1))
    totals[:, 0] = 0
    np.cumsum(weights, axis=1, out=totals[:, 1:])
    return totals
