"""Metrics of the registry for many weightings of the cases at once.

A resample is a row of weights: how often each case was drawn. Whatever does not depend on the weights is
prepared once per network. A block of (b, N) weights then costs one matrix product for all figures that are
made of sums over cases (sensitivity, Brier score, calibration error ...) and one pass of running totals for
all figures of the ranking. A metric without such a form here is computed on the repeated cases, as the
contract of metrics allows: slower, the same value.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.evaluation.weighted_ranks import Ranking, WeightedRanking, Weights, divide
from core.metrics.base import METRICS, check_binary, check_probs, check_threshold
from core.metrics.confusion import average_f1, average_recall, weigh_f1, weigh_kappa
from core.metrics.ece import BINS, compute_bin_index
from core.metrics.nll import SMALLEST

Truth = NDArray[np.bool_]
Block = Callable[[Weights], Weights]


class WeightedMetrics:
    """Several metrics of one network on the same cases, to be called with weights.

    Args:
        names: in the metric registry, all of the positive probability or all of every class's.
        prob: (N,) float in [0, 1], or (N, C) for metrics of every class.
        target: (N,) bool, or (N,) class indices.
        threshold: in [0, 1], for metrics that take one.

    Raises:
        TypeError, ValueError: what the metrics raise; the metrics do not take the same arguments; a threshold
            is needed and not given.
        ConfigError: no metric of that name.
    """

    def __init__(
        self,
        names: Sequence[str],
        prob: NDArray[Any],
        target: NDArray[Any],
        *,
        threshold: float | None = None,
    ) -> None:
        self.names = tuple(names)
        if len({METRICS.get(name).needs == "probs" for name in self.names}) > 1:
            raise ValueError(f"names must all take the same probabilities, they are {', '.join(self.names)}")
        of_classes = bool(names) and METRICS.get(names[0]).needs == "probs"
        check: Callable[..., tuple[Weights, NDArray[Any]]] = check_probs if of_classes else check_binary
        self._prob, self._target = check(prob, target)
        self._threshold = None if threshold is None else check_threshold(threshold)
        for name in self.names:
            choose_function(name, threshold)
        self._prepare()

    def __call__(self, weights: Weights) -> dict[str, Weights]:
        """Metric to its (b,) values for (b, N) weights, whole numbers, how often each case counts.

        NaN where the metric is undefined on the weighted cases; where a rate at a fixed sensitivity or
        specificity is attained only by flagging everything or nothing, 0, the worst case.
        """
        totals = weights.sum(axis=1)
        sums = weights @ self._columns
        ranked = [ranking.weigh(weights) for ranking in self._rankings]
        values: dict[str, Weights] = {}
        for name in self.names:
            if name in _OF_SUMS:
                basis, finish = _OF_SUMS[name]
                values[name] = finish(sums[:, self._where[basis]], totals)
            elif name in _OF_RANKS:
                values[name] = np.mean([_OF_RANKS[name](of_class) for of_class in ranked], axis=0)
            else:
                values[name] = self._on_repeated_cases(name, weights)
        return values

    def _prepare(self) -> None:
        self._where: dict[str, slice] = {}
        columns = [np.empty((len(self._target), 0))]
        filled = 0
        for basis in dict.fromkeys(_OF_SUMS[name][0] for name in self.names if name in _OF_SUMS):
            columns.append(_BASES[basis](self._prob, self._target, self._threshold))
            self._where[basis] = slice(filled, filled + columns[-1].shape[1])
            filled += columns[-1].shape[1]
        self._columns = np.concatenate(columns, axis=1)
        self._rankings: list[Ranking] = []
        if any(name in _OF_RANKS for name in self.names):
            if self._prob.ndim == 1:
                self._rankings = [Ranking(self._prob, self._target)]
            else:
                classes = range(self._prob.shape[1])
                self._rankings = [Ranking(self._prob[:, index], self._target == index) for index in classes]

    def _on_repeated_cases(self, name: str, weights: Weights) -> Weights:
        function = choose_function(name, self._threshold)
        cases = np.arange(len(self._target))
        drawn = (np.repeat(cases, times) for times in weights.astype(np.intp))
        return np.array([function(self._prob[chosen], self._target[chosen]) for chosen in drawn])


def choose_function(name: str, threshold: float | None = None) -> Callable[..., float]:
    """The function of a metric with its threshold filled in.

    Args:
        name: in the metric registry.
        threshold: for metrics that take one; others leave it alone.

    Raises:
        ValueError: the metric needs a threshold and none is given.
    """
    entry = METRICS.get(name)
    if entry.needs != "positive_prob+threshold":
        return entry.function
    if threshold is None:
        raise ValueError(f"threshold must be given for {name}")
    return partial(entry.function, threshold=threshold)


def _confusion_columns(prob: Weights, truth: Truth, threshold: float) -> Weights:
    flagged = prob >= threshold
    cells = (truth & flagged, truth & ~flagged, ~truth & ~flagged, ~truth & flagged)
    return np.stack(cells, axis=1).astype(np.float64)


def _bin_columns(prob: Weights, truth: Truth, _: object) -> Weights:
    """(N, BINS): probability minus truth in the column of the case's bin."""
    columns = np.zeros((prob.size, BINS))
    columns[np.arange(prob.size), compute_bin_index(prob, BINS)] = prob - truth
    return columns


def _bin_columns_of_classes(probs: Weights, target: NDArray[np.intp], _: object) -> Weights:
    classes = range(probs.shape[1])
    return np.concatenate([_bin_columns(probs[:, c], target == c, None) for c in classes], axis=1)


def _square_column(prob: Weights, truth: Truth, _: object) -> Weights:
    return ((prob - truth) ** 2)[:, None]


def _surprise_column(prob: Weights, truth: Truth, _: object) -> Weights:
    return -np.log(np.maximum(np.where(truth, prob, 1 - prob), SMALLEST))[:, None]


def _hit_column(probs: Weights, target: NDArray[np.intp], _: object) -> Weights:
    return (probs.argmax(axis=1) == target)[:, None].astype(np.float64)


def cell_columns(probs: Weights, target: NDArray[np.intp], _: object = None) -> Weights:
    """(N, C * C): 1 in the cell of the confusion matrix that a case falls into, rows the truth."""
    classes = probs.shape[1]
    columns = np.zeros((len(target), classes * classes))
    columns[np.arange(len(target)), target * classes + probs.argmax(axis=1)] = 1
    return columns


def _grade_column(probs: Weights, target: NDArray[np.intp], _: object) -> Weights:
    return np.abs(probs.argmax(axis=1) - target)[:, None].astype(np.float64)


def _share(cells: Weights, _: Weights, *, hit: int, other: int) -> Weights:
    return divide(cells[:, hit], cells[:, hit] + cells[:, other])


def _predictive_value(cells: Weights, totals: Weights, *, hit: int, other: int) -> Weights:
    both_classes = (cells[:, :2].sum(axis=1) > 0) & (cells[:, 2:].sum(axis=1) > 0)
    return np.where(both_classes, _share(cells, totals, hit=hit, other=other), np.nan)


def _balanced_accuracy(cells: Weights, totals: Weights) -> Weights:
    return (_share(cells, totals, hit=0, other=1) + _share(cells, totals, hit=2, other=3)) / 2


def _mean(sums: Weights, totals: Weights) -> Weights:
    return divide(sums[:, 0], totals)


def _calibration_error(gaps: Weights, totals: Weights) -> Weights:
    return np.minimum(divide(np.abs(gaps).sum(axis=1), totals), 1.0)


def _calibration_error_of_classes(gaps: Weights, totals: Weights) -> Weights:
    return _calibration_error(gaps, totals * (gaps.shape[1] // BINS))


def _of_matrix(cells: Weights, _: Weights, *, figure: Callable[[Weights], Weights]) -> Weights:
    return figure(to_matrices(cells))


def to_matrices(cells: Weights) -> Weights:
    """(b, C * C) sums of :func:`cell_columns` as (b, C, C) confusion matrices."""
    classes = math.isqrt(cells.shape[1])
    return cells.reshape(len(cells), classes, classes)


_BASES: Mapping[str, Callable[[Any, Any, Any], Weights]] = {
    "confusion": _confusion_columns,
    "bins": _bin_columns,
    "bins of classes": _bin_columns_of_classes,
    "squares": _square_column,
    "surprises": _surprise_column,
    "hits": _hit_column,
    "cells": cell_columns,
    "grades": _grade_column,
}
"""What is summed: (prob, target, threshold) to (N, k) columns. Those of ``confusion`` are true positives,
false negatives, true negatives, false positives."""

_OF_SUMS: Mapping[str, tuple[str, Callable[[Weights, Weights], Weights]]] = {
    "sensitivity": ("confusion", partial(_share, hit=0, other=1)),
    "specificity": ("confusion", partial(_share, hit=2, other=3)),
    "ppv": ("confusion", partial(_predictive_value, hit=0, other=3)),
    "npv": ("confusion", partial(_predictive_value, hit=2, other=1)),
    "balanced_accuracy": ("confusion", _balanced_accuracy),
    "ece": ("bins", _calibration_error),
    "ece_classwise": ("bins of classes", _calibration_error_of_classes),
    "brier": ("squares", _mean),
    "nll": ("surprises", _mean),
    "accuracy_top1": ("hits", _mean),
    "macro_recall": ("cells", partial(_of_matrix, figure=average_recall)),
    "macro_f1": ("cells", partial(_of_matrix, figure=average_f1)),
    "weighted_f1": ("cells", partial(_of_matrix, figure=weigh_f1)),
    "quadratic_kappa": ("cells", partial(_of_matrix, figure=weigh_kappa)),
    "mean_absolute_grade_error": ("grades", _mean),
}
"""Metric to the columns it needs and what is made of their (b, k) sums and the (b,) total weight."""

_OF_RANKS: Mapping[str, Callable[[WeightedRanking], Weights]] = {
    "roc_auc": WeightedRanking.roc_auc,
    "macro_auc": WeightedRanking.roc_auc,
    "pr_auc": WeightedRanking.average_precision,
    "specificity_at_95_sensitivity": partial(WeightedRanking.specificity_at, sensitivity=0.95),
    "sensitivity_at_90_specificity": partial(WeightedRanking.sensitivity_at, specificity=0.9),
}
"""Metric to what is read off a ranking, averaged over the rankings of the classes where there are several."""
