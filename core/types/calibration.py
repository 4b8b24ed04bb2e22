"""How far probabilities may be taken at their word."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from core.types.base import Interval

Binning = Literal["width", "mass"]
"""Bins of equal width of the probability, or bins of (nearly) equally many cases."""

MapMethod = Literal["as_shipped", "as_trained", "temperature", "platt", "isotonic"]
"""How probabilities are mapped: left alone, without the card's temperature, or by what was fitted anew."""

FEW_CASES = 10
"""A bin with fewer cases than this says little; figures and tables mark it."""


@dataclass(frozen=True)
class ReliabilityBin:
    """Cases of like probability, and how many of them were positive.

    Attributes:
        low, high: the bin holds probabilities in [low, high); the last bin also holds its upper edge.
        mean_prob: mean probability of its cases, NaN in an empty bin.
        observed: share of positives with Wilson limits, groups as observations; undefined in an empty bin.
        cases: (n,) intp, positions of its cases, the least probable first.
    """

    low: float
    high: float
    mean_prob: float
    observed: Interval
    cases: NDArray[np.intp]

    @property
    def n(self) -> int:
        """Number of cases."""
        return len(self.cases)

    @property
    def state(self) -> Literal["ok", "few", "empty"]:
        """``"few"`` below :data:`FEW_CASES` cases."""
        if not self.n:
            return "empty"
        return "few" if self.n < FEW_CASES else "ok"


@dataclass(frozen=True)
class ReliabilityCurve:
    """Probability said against share observed, bin by bin; empty bins are kept.

    Attributes:
        binning: how the bins were cut.
        bins: in rising order of probability; together they hold every case once.
        level: coverage of the limits.
    """

    binning: Binning
    bins: tuple[ReliabilityBin, ...]
    level: float

    @property
    def n(self) -> int:
        """Number of cases in all bins."""
        return sum(part.n for part in self.bins)


@dataclass(frozen=True)
class BrierParts:
    """The Brier score: ``score = reliability - resolution + uncertainty + variance - covariance``.

    Attributes:
        score: the Brier score, in [0, 1].
        reliability: squared distance of said and observed over the bins; 0 is best.
        resolution: squared distance of the bins' observed shares from the overall share; more is better.
        uncertainty: share times its complement, what a constant guess of the overall share scores.
        variance, covariance: of the probabilities inside the bins, and twice theirs with the truth; both
            vanish when all probabilities of a bin are equal.
        bins: bins asked for.
        n: cases.
    """

    score: float
    reliability: float
    resolution: float
    uncertainty: float
    variance: float
    covariance: float
    bins: int
    n: int


@dataclass(frozen=True)
class OverallCalibration:
    """Are the probabilities right on average, and are they too extreme or too timid?

    Attributes:
        mean_prob: mean probability said, NaN without cases.
        observed: share of positives with Wilson limits.
        intercept: calibration in the large, on the logit scale with the slope held at 1; 0 is ideal, above
            0 the probabilities are too low.
        slope: Cox's calibration slope; 1 is ideal, below 1 the probabilities are too extreme.
    """

    mean_prob: float
    observed: Interval
    intercept: Interval
    slope: Interval


@dataclass(frozen=True)
class EceByBins:
    """How a calibration error depends on the number of bins, and what chance alone would show.

    Attributes:
        bins: (K,) intp, numbers of bins.
        ece: (K,) float in [0, 1], measured.
        low, high: (K,) its bootstrap limits.
        chance_low, chance_mid, chance_high: (K,) limits and median of a perfectly calibrated network with
            the same probabilities on as many cases.
        binning, level, n, resamples: how it was made.
    """

    bins: NDArray[np.intp]
    ece: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    chance_low: NDArray[np.float64]
    chance_mid: NDArray[np.float64]
    chance_high: NDArray[np.float64]
    binning: Binning
    level: float
    n: int
    resamples: int


@dataclass(frozen=True)
class CalibrationMap:
    """A fitted map from probabilities to probabilities, as plain numbers.

    Attributes:
        method: which kind.
        parameters: ``temperature``; or ``intercept`` and ``slope`` on the logit; empty for isotonic.
        knots: (probability in, probability out) of an isotonic map, rising; straight lines between them.
        positives: classes whose summed probability Platt's and the isotonic map change.
        n, n_positive: validation cases it was fitted on; 0 where nothing was fitted.
        notes: what a reader must know of this fit, one plain sentence each.
    """

    method: MapMethod
    parameters: Mapping[str, float]
    knots: tuple[tuple[float, float], ...]
    positives: tuple[str, ...]
    n: int
    n_positive: int
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Recalibration:
    """One map of one role, and what it does to cases that it was not fitted on.

    Attributes:
        map: what was fitted.
        positive_prob: (N,) float in [0, 1], mapped.
        figures: metric name to its value with limits after the map.
        differences: the same figures minus those as shipped, paired limits. Limits hold for the map as
            fitted; that another validation set would have given another map is not in them.
    """

    map: CalibrationMap
    positive_prob: NDArray[np.float64]
    figures: Mapping[str, Interval]
    differences: Mapping[str, Interval]
