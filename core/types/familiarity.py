"""Whether a picture is of the kind a network was trained on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

FamiliarityState = Literal["familiar", "unfamiliar"]
FamiliarityMethod = Literal["mahalanobis", "neighbours"]


@dataclass(frozen=True)
class FamiliarityVerdict:
    """How far a picture's features lie from those of the training pictures.

    Attributes:
        state: ``"unfamiliar"`` when ``distance`` is above ``threshold``.
        distance: in the method's own unit, at least 0.
        threshold: the distance that almost all validation pictures keep within.
        percentile: share of the validation pictures that lie nearer, in [0, 1].
        n: validation pictures.
        method: how the distance is measured.
    """

    state: FamiliarityState
    distance: float
    threshold: float
    percentile: float
    n: int
    method: FamiliarityMethod

    @property
    def familiar(self) -> bool:
        """Whether networks may be asked without further questions."""
        return self.state == "familiar"
