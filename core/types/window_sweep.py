"""How a network's answer to one slice moves with the window that the slice is seen through."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from core.types.base import Role
from core.types.windows import Window

WindowAxis = Literal["centre", "width"]


@dataclass(frozen=True)
class StableRange:
    """The tested values around the window of training at which a network answers as it does there.

    Attributes:
        low, high: in Hounsfield units; neighbouring tested values all have the same answer in between.
        open_low, open_high: whether the sweep ended there, so that the answer may hold beyond.
    """

    low: float
    high: float
    open_low: bool
    open_high: bool


@dataclass(frozen=True)
class WindowCurve:
    """Positive probabilities along one of a window's two numbers; the other stays as in training.

    Attributes:
        axis: which number moves.
        values: (n,) float64, Hounsfield units, ascending; ``trained`` is one of them.
        trained: the number's value in training.
        probs: (n,) float64 in [0, 1] of every network.
        thresholds: each network's operating threshold on them.
    """

    axis: WindowAxis
    values: NDArray[np.float64]
    trained: float
    probs: Mapping[Role, NDArray[np.float64]]
    thresholds: Mapping[Role, float]

    @property
    def place(self) -> int:
        """Index of the value of training."""
        return int(np.flatnonzero(self.values == self.trained)[0])

    def flags(self, role: Role) -> NDArray[np.bool_]:
        """(n,) whether the network flags the slice at each value."""
        return np.asarray(self.probs[role] >= self.thresholds[role])

    def stable_range(self, role: Role) -> StableRange:
        """How far the window can be moved, in tested steps, before the network's flag changes."""
        same = self.flags(role) == self.flags(role)[self.place]
        low = high = self.place
        while low > 0 and same[low - 1]:
            low -= 1
        while high < len(same) - 1 and same[high + 1]:
            high += 1
        last = len(same) - 1
        return StableRange(float(self.values[low]), float(self.values[high]), low == 0, high == last)


@dataclass(frozen=True)
class WindowSensitivity:
    """Everything that was asked of the networks about one slice in other windows than theirs.

    Attributes:
        windows: the named windows, the one of training first.
        named: (len(windows),) float64 positive probabilities of every network.
        centre, width: the two sweeps.
        thresholds: each network's operating threshold.
        images: different pictures that every network was shown.
    """

    windows: tuple[Window, ...]
    named: Mapping[Role, NDArray[np.float64]]
    centre: WindowCurve
    width: WindowCurve
    thresholds: Mapping[Role, float]
    images: int
