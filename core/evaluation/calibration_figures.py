"""Every calibration figure of one network with limits, and differences of two on the same resamples."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.evaluation.binned import combine_gaps, combine_squares, cut_bins, spread_over_bins
from core.evaluation.intervals import (
    TOO_FEW_GROUPS,
    Limits,
    has_too_few_groups,
    interval_from_draws,
    undefined_interval,
)
from core.evaluation.resampling import draw_weights
from core.evaluation.weighted_ranks import Ranking
from core.metrics.base import METRICS
from core.metrics.ece import BINS
from core.metrics.ece_debiased import limit_bins
from core.metrics.nll import SMALLEST
from core.types import HeldOut, Interval

Array = NDArray[np.float64]

FIGURES = ("ece", "ece_equal_mass", "ece_debiased", "ece_classwise", "brier", "nll", "roc_auc")
"""In the order of tables."""

_MIRRORED = ("ece", "ece_equal_mass", "ece_classwise")
"""Resampling only adds to these, so their limits are mirrored about the value ("basic"), and a difference has
the wider of both, see :data:`core.evaluation.estimates.MEASURED_TOO_HIGH`."""

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
        limits: Limits = "wider" if self.limits == "basic" else self.limits
        return Drawn(self.value - other.value, self.draws - other.draws, (low - high, high - low), limits)


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
    statistics = Statistics(probs, positive_prob, code, truth, bins)
    parts = [statistics(w) for w in draw_weights(cases.groups, truth, resamples=resamples, seed=seed)]
    draws = {name: np.concatenate([part[name] for part in parts]) for name in FIGURES}
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
    """Limits of a drawn figure or difference; undefined, with a reason, where the value is NaN; no limits
    where a class is of one group only.

    Raises:
        ValueError: ``level`` outside (0, 1).
    """
    if not 0 < level < 1:
        raise ValueError(f"level must lie between 0 and 1, it is {level}")
    if math.isnan(drawn.value):
        one_class = cases.n > 0 and (cases.truth.all() or not cases.truth.any())
        reason = "undefined: one class only" if one_class else "undefined: too few cases"
        return undefined_interval(level, cases.n, reason)
    if has_too_few_groups(cases.groups, cases.truth):
        return Interval(drawn.value, math.nan, math.nan, level, cases.n, TOO_FEW_GROUPS)
    return interval_from_draws(
        drawn.value, drawn.draws, cases.groups, level=level, bounds=drawn.bounds, limits=drawn.limits
    )


def read_intervals(drawn: Mapping[str, Drawn], cases: HeldOut, *, level: float = 0.95) -> dict[str, Interval]:
    """:func:`read_interval` of each figure."""
    return {name: read_interval(one, cases, level=level) for name, one in drawn.items()}


class Statistics:
    """Figures of many weightings of the cases: what is a sum over cases comes from one matrix product.

    Bins are cut once, on the data, so equal-mass bins are only nearly of equal mass in a resample.

    Args:
        probs: (N, C) float.
        prob: (N,) float, of the positive classes together.
        code: (N,) class index of the truth.
        truth: (N,) bool.
        bins: number of bins.
    """

    def __init__(
        self, probs: Array, prob: Array, code: NDArray[np.intp], truth: NDArray[np.bool_], bins: int
    ) -> None:
        gap = prob - truth
        debiased = cut_bins(prob, limit_bins(bins, prob.size), "mass")
        of_class = [
            spread_over_bins(probs[:, c] - (code == c), cut_bins(probs[:, c], bins, "width"))
            for c in range(probs.shape[1])
        ]
        surprise = -np.log(np.maximum(np.where(truth, prob, 1 - prob), SMALLEST))
        blocks = {
            "width": spread_over_bins(gap, cut_bins(prob, bins, "width")),
            "mass": spread_over_bins(gap, cut_bins(prob, bins, "mass")),
            "n": spread_over_bins(np.ones(prob.size), debiased),
            "positive": spread_over_bins(truth, debiased),
            "gap": spread_over_bins(gap, debiased),
            "classes": np.concatenate(of_class, axis=1),
            "means": np.stack([gap**2, surprise], axis=1),
        }
        ends = np.cumsum([block.shape[1] for block in blocks.values()]).tolist()
        self._where = {
            name: slice(end - block.shape[1], end)
            for (name, block), end in zip(blocks.items(), ends, strict=True)
        }
        self._columns = np.concatenate(list(blocks.values()), axis=1)
        self._classes = probs.shape[1]
        self._ranking = Ranking(prob, truth)

    def __call__(self, weights: Array) -> dict[str, Array]:
        """Each of :data:`FIGURES` for (b, N) weights, (b,); the debiased error as its square, not clipped."""
        totals = weights.sum(axis=1)
        sums = weights @ self._columns
        part = {name: sums[:, where] for name, where in self._where.items()}
        return {
            "ece": combine_gaps(part["width"], totals),
            "ece_equal_mass": combine_gaps(part["mass"], totals),
            "ece_debiased": combine_squares(part["n"], part["positive"], part["gap"], totals),
            "ece_classwise": combine_gaps(part["classes"], totals) / self._classes,
            "brier": part["means"][:, 0] / totals,
            "nll": part["means"][:, 1] / totals,
            "roc_auc": self._ranking.weigh(weights).roc_auc(),
        }


def _centre(squares: Array, value: float) -> Array:
    """Draws of the debiased error, moved so that their squares have the mean of the value's square.

    A resample of the cases adds its own chance to that of the data; the debiased square removes only one of
    the two.
    """
    if math.isnan(value):
        return squares
    return np.sqrt(np.clip(squares - squares.mean() + value**2, 0, 1))
