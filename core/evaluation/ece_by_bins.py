"""How much of a calibration error is the number of bins, and how much is few cases."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.evaluation.binned import Bins, cut_bins
from core.evaluation.intervals import Groups
from core.evaluation.resampling import BLOCK_BYTES, draw_weights
from core.metrics.base import check_binary
from core.types import Binning, EceByBins

Array = NDArray[np.float64]

CHOICES = tuple(range(5, 51))
"""Numbers of bins on the band's axis."""


def compute_ece_by_bins(
    positive_prob: NDArray[Any],
    target: NDArray[Any],
    groups: Groups,
    *,
    binning: Binning = "width",
    choices: Sequence[int] = CHOICES,
    resamples: int = 1000,
    level: float = 0.95,
    seed: int = 0,
) -> EceByBins:
    """ECE for every number of bins, with a bootstrap band and the band of a perfectly calibrated network.

    The second band answers: had every probability been right, what would this figure have shown on as many
    cases? Outcomes are drawn from the probabilities themselves, one random number a group, so that images of
    one lesion turn out alike; where only some cases of a group do, the band is the cautious one. A measured
    error inside it is no sign of miscalibration.

    Args:
        positive_prob: (N,) float in [0, 1], N at least 1.
        target: (N,) bool.
        groups: (N,) group of each case, drawn whole.
        binning: how bins are cut; they are cut once, on the data.
        choices: numbers of bins, each at least 1.
        resamples, level, seed: of both bands. Bootstrap limits are mirrored ("basic"), as resampling only
            adds to an error.

    Raises:
        TypeError, ValueError: see :func:`core.metrics.base.check_binary`; no cases, no choices, or a choice
            below 1.

    Source: the second band is the consistency resampling of Broecker and Smith 2007, "Increasing the
    reliability of reliability diagrams", applied to the summary figure.
    """
    prob, truth = check_binary(positive_prob, target)
    if not prob.size or not len(choices):
        raise ValueError("positive_prob and choices must not be empty")
    cuts = [cut_bins(prob, bins, binning) for bins in choices]
    order = cuts[0].order
    ordered = prob[order]
    ece = _errors((ordered - truth[order])[None], cuts)[0] / prob.size
    draws = np.concatenate(
        [
            _errors(weights[:, order] * (ordered - truth[order]), cuts) / weights.sum(axis=1, keepdims=True)
            for weights in draw_weights(groups, truth, resamples=resamples, seed=seed)
        ]
    )
    tails = [(1 - level) / 2, (1 + level) / 2]
    low, high = np.quantile(draws, tails, axis=0)
    _, unit = np.unique(np.asarray(groups)[order], return_inverse=True)
    chance = _draw_chance(ordered, unit, cuts, resamples, seed) / prob.size
    chance_low, chance_mid, chance_high = np.quantile(chance, [tails[0], 0.5, tails[1]], axis=0)
    return EceByBins(
        bins=np.array(choices, dtype=np.intp),
        ece=ece,
        low=np.minimum(np.clip(2 * ece - high, 0, 1), ece),
        high=np.maximum(np.clip(2 * ece - low, 0, 1), ece),
        chance_low=chance_low,
        chance_mid=chance_mid,
        chance_high=chance_high,
        binning=binning,
        level=level,
        n=prob.size,
        resamples=resamples,
    )


def _draw_chance(
    ordered: Array, unit: NDArray[np.intp], cuts: Sequence[Bins], resamples: int, seed: int
) -> Array:
    """(resamples, K) sums of absolute gaps with the truth drawn from the probabilities, alike in a group."""
    generator = np.random.default_rng(seed)
    rows = max(1, BLOCK_BYTES // (8 * ordered.size))
    parts = []
    for begin in range(0, resamples, rows):
        drawn = generator.random((min(rows, resamples - begin), int(unit.max()) + 1))
        parts.append(_errors(ordered - (drawn[:, unit] < ordered), cuts))
    return np.concatenate(parts)


def _errors(gaps: Array, cuts: Sequence[Bins]) -> Array:
    """(b, N) gaps of the sorted cases to (b, K) sums over the bins of each cut of absolute sums."""
    total = np.zeros((gaps.shape[0], gaps.shape[1] + 1))
    np.cumsum(gaps, axis=1, out=total[:, 1:])
    return np.stack([np.abs(np.diff(total[:, cut.starts], axis=1)).sum(axis=1) for cut in cuts], axis=1)
