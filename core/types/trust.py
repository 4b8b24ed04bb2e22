"""How far one map of one case is to be believed, and how alike two maps of it are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from core.types.attention import MapCorrelation
from core.types.base import Interval

TrustState = Literal["holds", "unshown", "fails"]
"""Passed; neither passed nor failed; failed. A map with a failed check is hidden until asked for."""

CheckName = Literal["not_degenerate", "planted_spot", "faithful", "stable", "learned"]
"""The map is neither empty, constant nor broken; the method finds a planted spot; what the map marks matters
to the answer; the map survives flips and noise; the map depends on what the network learned."""


@dataclass(frozen=True)
class Faithfulness:
    """What becomes of a class's probability as a picture is taken away, or given back, in a map's order.

    Attributes:
        shares: (K,) float64 in [0, 1], rising from 0 to 1: share of the picture taken away or given back,
            most marked first.
        deletion, insertion: (K,) float64 in [0, 1], probability of the class at each share.
        deletion_auc, insertion_auc: areas under them in [0, 1]; lower and higher are better.
        random_deletion_aucs, random_insertion_aucs: (R,) the same areas for orders that know nothing of the
            picture but are as smooth as a map; the same orders for every method.
        random_deletion, random_insertion: (R, K) their curves, at the same shares.
    """

    shares: NDArray[np.float64]
    deletion: NDArray[np.float64]
    insertion: NDArray[np.float64]
    deletion_auc: float
    insertion_auc: float
    random_deletion_aucs: NDArray[np.float64]
    random_insertion_aucs: NDArray[np.float64]
    random_deletion: NDArray[np.float64]
    random_insertion: NDArray[np.float64]

    @property
    def prob_whole(self) -> float:
        """Probability of the class for the whole picture."""
        return float(self.deletion[0])

    @property
    def prob_absent(self) -> float:
        """The same for the picture with everything taken away."""
        return float(self.deletion[-1])

    @property
    def reach(self) -> float:
        """Highest less lowest probability on the two curves, in [0, 1]."""
        both = np.concatenate([self.deletion, self.insertion])
        return float(np.ptp(both))

    @property
    def gap(self) -> float:
        """Insertion minus deletion, in [-1, 1]; near 0 for an order that knows nothing."""
        return self.insertion_auc - self.deletion_auc

    @property
    def random_gaps(self) -> NDArray[np.float64]:
        """(R,) the gaps of the random orders."""
        return self.random_insertion_aucs - self.random_deletion_aucs


@dataclass(frozen=True)
class TrustCheck:
    """One check of one map.

    Attributes:
        name: which.
        state: what came of it.
        value: what was measured: Spearman's correlation for ``"stable"`` (the lowest one) and ``"learned"``,
            the gap for ``"faithful"``; NaN where nothing can be.
        limit: what the value was held against; NaN without.
        reason: a short clause: why it is ``"unshown"`` or failed where the value does not say it, or what was
            not tried; else empty.
        over_cases: ``value`` with its limits, where it was measured beforehand over many cases.
    """

    name: CheckName
    state: TrustState
    value: float
    limit: float
    reason: str = ""
    over_cases: Interval | None = None


@dataclass(frozen=True)
class Trust:
    """Every check of one map.

    Attributes:
        checks: in the order in which they are told.
        faithfulness: the curves; None where the map gives no order.
        stability: what was done to the picture, in words, to Spearman's correlation of the maps.
    """

    checks: tuple[TrustCheck, ...]
    faithfulness: Faithfulness | None
    stability: tuple[tuple[str, float], ...]

    @property
    def state(self) -> TrustState:
        """Failed if a check failed, unshown if one is, else it holds."""
        states = {check.state for check in self.checks}
        return "fails" if "fails" in states else "unshown" if "unshown" in states else "holds"


@dataclass(frozen=True)
class MapAgreement:
    """How alike two networks' maps of one picture and class are; both cover the same frame.

    Attributes:
        rank: Spearman's correlation on the coarser grid.
        overlap: intersection over union of what each marks, in [0, 1]: the fifth of the picture with most, or
            what has a tenth of the peak where that is less; NaN where a map is empty.
        chance_overlap: what two orders that know nothing of each other share on average (about 1/9 where both
            mark a fifth).
        ssim: structural similarity of the maps, each divided by its own peak, in [-1, 1]; NaN where a map is
            empty.
        distance: between the maps' centres of mass, as a share of the frame's diagonal; NaN where empty.
    """

    rank: MapCorrelation
    overlap: float
    chance_overlap: float
    ssim: float
    distance: float
