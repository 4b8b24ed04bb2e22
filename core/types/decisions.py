"""What flagging is worth: net benefit and expected cost over thresholds."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class DecisionCurve:
    """Net benefit of one network over thresholds, beside that of flagging everyone and of flagging nobody.

    A unit is one person with the finding found, per person seen; a needless referral costs t / (1 - t) of
    it at threshold t.

    Attributes:
        thresholds: (K,) float64 in [0, 1).
        net_benefit, low, high: (K,) with bootstrap limits; NaN where a class is missing, see ``method``.
        treat_all, treat_none: (K,) for flagging everyone and nobody; known without a network.
        prevalence: share of people with the finding that all of it is stated at.
        n, positives: cases, and how many are positive.
        level: coverage of the limits.
        method: how the limits were made, or in words why there are none.
    """

    thresholds: NDArray[np.float64]
    net_benefit: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    treat_all: NDArray[np.float64]
    treat_none: NDArray[np.float64]
    prevalence: float
    n: int
    positives: int
    level: float
    method: str

    @property
    def defined(self) -> bool:
        """Whether there is a curve at all."""
        return 0 < self.positives < self.n


@dataclass(frozen=True)
class CostCurve:
    """Expected cost over the thresholds of a table, a needless referral being the unit.

    Attributes:
        thresholds: (K,) those of the table.
        cost_per_1000, low, high: (K,) needless referrals that 1,000 people cost, a miss counting
            ``cost_ratio`` times; NaN where a class is missing.
        everyone, nobody: the same for flagging everyone and for flagging nobody.
        prevalence: share of people with the finding.
        cost_ratio: cost of a miss over the cost of a needless referral.
        theoretical_threshold: 1 / (1 + cost_ratio), the best one for probabilities that are calibrated at
            this prevalence.
        level: coverage of the limits.
        method: how the limits were made.
    """

    thresholds: NDArray[np.float64]
    cost_per_1000: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    everyone: float
    nobody: float
    prevalence: float
    cost_ratio: float
    theoretical_threshold: float
    level: float
    method: str
