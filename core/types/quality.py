"""Whether a picture can be read at all, and the measures that decide it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

QualityState = Literal["gradable", "doubtful", "ungradable", "foreign"]
"""``"doubtful"`` is read with a warning; ``"ungradable"`` is of the right kind but too poor to be read;
``"foreign"`` is another kind of picture."""


@dataclass(frozen=True)
class QualityMeasure:
    """One thing measured of a picture, and the bounds inside which it is read.

    Attributes:
        name: plain words, for example ``"Brightness (median, 0 to 255)"``.
        value: what was measured.
        low, high: bounds, both allowed; -inf or inf where there is none.
        digits: decimals to show.
    """

    name: str
    value: float
    low: float = -math.inf
    high: float = math.inf
    digits: int = 0

    @property
    def inside(self) -> bool:
        """Whether the value lies within its bounds."""
        return self.low <= self.value <= self.high


@dataclass(frozen=True)
class QualityVerdict:
    """What is to be said of a picture before any network is asked.

    Attributes:
        state: see :data:`QualityState`; a modality without a gate is always ``"gradable"``.
        reasons: why it is not plainly gradable and what to do, one sentence each; empty when it is.
        measures: everything that was measured, with its bounds; empty without a gate.
    """

    state: QualityState
    reasons: tuple[str, ...] = ()
    measures: tuple[QualityMeasure, ...] = ()

    @property
    def readable(self) -> bool:
        """Whether networks are asked without further questions."""
        return self.state in ("gradable", "doubtful")
