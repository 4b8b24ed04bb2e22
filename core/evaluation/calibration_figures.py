"""Every calibration figure of one network with limits, and differences of two on the same resamples."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.evaluation.binned import cut_bins, weighted_ece, weighted_square_error
from core.evaluation.intervals import Limits, undefined_interval
from core.evaluation.resampling import draw_weights
from core.evaluation.weighted_ranks import Ranking
from core.metrics.base import METRICS
from core.metrics.ece import BINS
from core.metrics.nll import SMALLEST
from core.types import HeldOut, Interval

Array = NDArray[np.float64]

FIGURES = ("ece", "ece_equal_mass", "ece_debiased", "ece_classwise", "brier", "nll", "roc_auc")
"""In the order of tables."""

_MIRRORED = ("ece", "ece_equal_mass", "ece_classwise")
"""Resampling only adds to these, so their limits are mirrored about the value ("basic")."""

_OF_BINS = ("ece", "ece_equal_mass", "ece_debiased", "ece_classwise")


@dataclass(frozen=True)
class Drawn:
    """One figure on the data and on every resample.

    Attributes:
        value: on the data; NaN where undefined.
        draws: (R,) on the resamples.
        bounds: of the figure.
        limits: how limits are read off the draws.
    """

    value: float
    draws: Array
    bounds: tuple[float, float]
    limits: Limits

    def minus(self, other: Drawn) -> Drawn:
        """Paired difference: both were drawn with the same seed on the same cases."""
        low, high = self.bounds
        return Drawn(
            self.value - other.value, self.draws - other.draws, (low - high, high - low), self.limits
        )


def draw_figures(
    probs: Array,
    positive_prob: Array,
    cases: HeldOut,
    *,
    bins: int = BINS,
    resamples: int = 1000,
    seed: int = 0,
) -> dict[str, Drawn]:
    """Calibration figures of some probabilities of held-out cases, on the data and on every resample.

    Args:
        probs: (N, C) float, columns as ``cases.classes``.
        positive_prob: (N,) float in [0, 1].
        cases: whose truth and groups; groups are resampled whole, within the classes of truth.
        bins: of every figure that has bins; they are cut once, on the data.
        resamples, seed: of the bootstrap.

    Returns:
        Each of :data:`FIGURES`. ROC-AUC is NaN with one class only.
    """
    code = np.array([cases.classes.index(name) for name in cases.target.tolist()], dtype=np.intp)
    truth = cases.truth
    arguments = {
        name: (probs, code) if METRICS.get(name).needs == "probs" else (positive_prob, truth)
        for name in FIGURES
    }
    options = {name: {"bins": bins} if name in _OF_BINS else {} for name in FIGURES}
    values = {name: METRICS.get(name).function(*arguments[name], **options[name]) for name in FIGURES}
    statistics = _prepare(probs, positive_prob, code, truth, bins)
    parts: dict[str, list[Array]] = {name: [] for name in FIGURES}
    for weights in draw_weights(cases.groups, truth, resamples=resamples, seed=seed):
        for name, statistic in statistics.items():
            parts[name].append(statistic(weights))
    draws = {name: np.concatenate(found) for name, found in parts.items()}
    draws["ece_debiased"] = _centre(draws["ece_debiased"], values["ece_debiased"])
    return {
        name: Drawn(
            values[name],
            draws[name],
            METRICS.get(name).bounds,
            "basic" if name in _MIRRORED else "percentile",
        )
        for name in FIGURES
    }


def read_interval(drawn: Drawn, cases: HeldOut, *, level: float = 0.95) -> Interval:
    """Limits of a drawn figure or difference; undefined, with a reason, where the value is NaN.

    Raises:
        ValueError: ``level`` outside (0, 1).
    """
    if not 0 < level < 1:
        raise ValueError(f"level must lie between 0 and 1, it is {level}")
    if math.isnan(drawn.value):
        one_class = cases.n > 0 and (cases.truth.all() or not cases.truth.any())
        reason = "undefined: one class only" if one_class else "undefined: too few cases"
        return undefined_interval(level, cases.n, reason)
    unit = "case" if len(np.unique(cases.groups)) == cases.n else "group"
    method = f"bootstrap by {unit}, {drawn.draws.size}"
    lacking = int((~np.isfinite(drawn.draws)).sum())
    if lacking:
        return Interval(drawn.value, math.nan, math.nan, level, cases.n, f"{method}, undefined on {lacking}")
    low, high = np.quantile(drawn.draws, [(1 - level) / 2, (1 + level) / 2])
    if drawn.limits == "basic":
        low, high = 2 * drawn.value - high, 2 * drawn.value - low
    low, high = (float(np.clip(limit, *drawn.bounds)) for limit in (low, high))
    return Interval(drawn.value, min(low, drawn.value), max(high, drawn.value), level, cases.n, method)


def read_intervals(drawn: Mapping[str, Drawn], cases: HeldOut, *, level: float = 0.95) -> dict[str, Interval]:
    """:func:`read_interval` of each figure."""
    return {name: read_interval(one, cases, level=level) for name, one in drawn.items()}


def _prepare(
    probs: Array, prob: Array, code: NDArray[np.intp], truth: NDArray[np.bool_], bins: int
) -> dict[str, Callable[[Array], Array]]:
    """Figure to a function of (b, N) weights; tests hold each to its metric on weights of 1."""
    width, mass = cut_bins(prob, bins, "width"), cut_bins(prob, bins, "mass")
    of_class = [(probs[:, c], code == c, cut_bins(probs[:, c], bins, "width")) for c in range(probs.shape[1])]
    squares = (prob - truth) ** 2
    surprises = -np.log(np.maximum(np.where(truth, prob, 1 - prob), SMALLEST))
    ranking = Ranking(prob, truth)
    return {
        "ece": lambda weights: weighted_ece(prob, truth, width, weights),
        "ece_equal_mass": lambda weights: weighted_ece(prob, truth, mass, weights),
        "ece_debiased": lambda weights: weighted_square_error(prob, truth, bins, weights),
        "ece_classwise": lambda weights: np.mean(
            [weighted_ece(column, member, cut, weights) for column, member, cut in of_class], axis=0
        ),
        "brier": lambda weights: weights @ squares / weights.sum(axis=1),
        "nll": lambda weights: weights @ surprises / weights.sum(axis=1),
        "roc_auc": lambda weights: ranking.weigh(weights).roc_auc(),
    }


def _centre(squares: Array, value: float) -> Array:
    """Draws of the debiased error, moved so that their squares have the mean of the value's square.

    A resample of the cases adds its own chance to that of the data; the debiased square removes only one of
    the two.
    """
    if math.isnan(value):
        return squares
    return np.sqrt(np.clip(squares - squares.mean() + value**2, 0, 1))
