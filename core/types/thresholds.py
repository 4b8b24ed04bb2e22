"""What every threshold costs: one table a network, its curves, and the threshold that an aim chooses."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from core.types.base import Interval, OperatingPoint

Figure = Literal["sensitivity", "specificity", "ppv", "npv", "flagged_per_1000", "missed_per_1000"]

FIGURES: tuple[Figure, ...] = (
    "sensitivity",
    "specificity",
    "ppv",
    "npv",
    "flagged_per_1000",
    "missed_per_1000",
)
"""Figures of a :class:`ThresholdTable`, in the order of a page."""

FLAG_EVERYONE = 0.0
"""A threshold that every probability reaches."""

FLAG_NOBODY = math.nextafter(1.0, 2.0)
"""A threshold that no probability reaches, the smallest number above 1."""

_ONE_CLASS: Mapping[str, tuple[bool, bool]] = {
    "sensitivity": (True, False),
    "specificity": (False, True),
    "missed_per_1000": (True, False),
}


@dataclass(frozen=True)
class ThresholdTable:
    """What one network does at each of K thresholds, counted on N cases and stated at a prevalence.

    A case is flagged when its positive probability is at least the threshold. Every figure has its limits in
    ``<figure>_low`` and ``<figure>_high``; all three are NaN where the figure is undefined, and
    :meth:`explain_undefined` says why.

    Attributes:
        thresholds: (K,) float64, ascending, in [0, 1]; the last one may be :data:`FLAG_NOBODY`.
        true_positives, false_positives, false_negatives, true_negatives: (K,) int64 counts of cases.
        sensitivity, specificity: (K,) shares of the positive and of the negative cases.
        ppv, npv: (K,) positive and negative predictive value at ``prevalence``.
        flagged_per_1000: (K,) flagged of 1,000 people at ``prevalence``, rightly or not.
        missed_per_1000: (K,) people with the finding and not flagged, of 1,000 people at ``prevalence``.
        n, positives: cases, and how many are positive.
        level: coverage of the limits.
        prevalence: share of people with the finding; ``own_prevalence`` says whether it is the data's own.
        methods: figure to how its limits were made.
    """

    thresholds: NDArray[np.float64]
    true_positives: NDArray[np.int64]
    false_positives: NDArray[np.int64]
    false_negatives: NDArray[np.int64]
    true_negatives: NDArray[np.int64]
    sensitivity: NDArray[np.float64]
    sensitivity_low: NDArray[np.float64]
    sensitivity_high: NDArray[np.float64]
    specificity: NDArray[np.float64]
    specificity_low: NDArray[np.float64]
    specificity_high: NDArray[np.float64]
    ppv: NDArray[np.float64]
    ppv_low: NDArray[np.float64]
    ppv_high: NDArray[np.float64]
    npv: NDArray[np.float64]
    npv_low: NDArray[np.float64]
    npv_high: NDArray[np.float64]
    flagged_per_1000: NDArray[np.float64]
    flagged_per_1000_low: NDArray[np.float64]
    flagged_per_1000_high: NDArray[np.float64]
    missed_per_1000: NDArray[np.float64]
    missed_per_1000_low: NDArray[np.float64]
    missed_per_1000_high: NDArray[np.float64]
    n: int
    positives: int
    level: float
    prevalence: float
    own_prevalence: bool
    methods: Mapping[str, str]

    @property
    def negatives(self) -> int:
        """Number of cases without the finding."""
        return self.n - self.positives

    def row_of(self, threshold: float) -> int:
        """Row of the lowest threshold of the table that is at least this one, else the last row.

        In a table of every distinct probability that row flags the very cases that ``threshold`` flags.
        """
        return min(int(np.searchsorted(self.thresholds, threshold)), len(self.thresholds) - 1)

    def values(self, figure: Figure) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
        """(value, low, high) of one figure, each (K,)."""
        return getattr(self, figure), getattr(self, f"{figure}_low"), getattr(self, f"{figure}_high")

    def interval(self, figure: Figure, row: int) -> Interval:
        """One figure at one threshold; where it is undefined the method says why."""
        value, low, high = (float(column[row]) for column in self.values(figure))
        count = {"sensitivity": self.positives, "missed_per_1000": self.positives}
        n = self.negatives if figure == "specificity" else count.get(figure, self.n)
        method = self.methods[figure] if math.isfinite(value) else self.explain_undefined(figure, row)
        return Interval(value, low, high, self.level, n, method)

    def explain_undefined(self, figure: Figure, row: int) -> str:
        """Why a figure has no value at one threshold, a short clause; empty where it has one."""
        if math.isfinite(getattr(self, figure)[row]):
            return ""
        needs_positives, needs_negatives = _ONE_CLASS.get(figure, (True, True))
        if not self.n:
            return "no cases"
        if needs_positives and not self.positives:
            return "no case is positive"
        if needs_negatives and not self.negatives:
            return "every case is positive"
        return "no case is flagged at this threshold" if figure == "ppv" else "every case is flagged here"


@dataclass(frozen=True)
class CurvePoints:
    """A curve over thresholds, few enough points to be drawn, from the strictest threshold to the laxest.

    Attributes:
        kind: ``"roc"``: 1 - specificity against sensitivity; ``"pr"``: sensitivity (recall) against the
            positive predictive value (precision) at the table's prevalence.
        x, y: (M,) float64 in [0, 1].
        thresholds: (M,) float64, descending; point i is reached by flagging from ``thresholds[i]`` up.
    """

    kind: Literal["roc", "pr"]
    x: NDArray[np.float64]
    y: NDArray[np.float64]
    thresholds: NDArray[np.float64]


ChoiceState = Literal["chosen", "flag_everyone", "flag_nobody", "unattainable"]


@dataclass(frozen=True)
class ThresholdChoice:
    """The threshold that an aim leads to, or in words why there is none.

    Attributes:
        aim: for example ``"sensitivity_95"`` or ``"lowest_cost"``.
        state: ``"chosen"``; ``"flag_everyone"`` and ``"flag_nobody"`` where no network is needed for the
            aim; ``"unattainable"`` where no threshold meets it.
        point: the operating point on the data it was chosen on; only where ``state`` is ``"chosen"``.
        words: one sentence for a reader, with what is tied or why there is none; never empty.
        tied: cases that share the chosen threshold as their probability, 0 without one.
    """

    aim: str
    state: ChoiceState
    point: OperatingPoint | None
    words: str
    tied: int

    @property
    def threshold(self) -> float:
        """What to apply: the point's threshold, one that flags everyone or nobody, or NaN."""
        if self.point is not None:
            return self.point.threshold
        return {"flag_everyone": FLAG_EVERYONE, "flag_nobody": FLAG_NOBODY}.get(self.state, math.nan)
