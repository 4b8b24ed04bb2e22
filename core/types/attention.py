"""What a network's own attention did with one image, and how like that is to a heat map."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class ChannelMap:
    """One channel of the map that attention refined.

    Attributes:
        channel: its number, from 0.
        gate: what the channel was multiplied by, in [0, 1].
        strength: mean of ``values``, what channels are ranked by, in units of the feature map.
        values: (h, w) float32, the channel after both gates, any sign; not divided by anything.
    """

    channel: int
    gate: float
    strength: float
    values: NDArray[np.float32]


@dataclass(frozen=True)
class AttentionMaps:
    """Gates of CBAM (Woo et al. 2018) for one image.

    Attributes:
        spatial_gate: (h, w) float32 in [0, 1], what every cell was multiplied by; row 0 is the top of the
            image and the map covers the whole image. Its values mean the same in every image.
        channel_gates: (C,) float32 in [0, 1], what every channel was multiplied by.
        channels: the strongest channels, strongest first.
        ranked_by: what "strongest" means, in words.
    """

    spatial_gate: NDArray[np.float32]
    channel_gates: NDArray[np.float32]
    channels: tuple[ChannelMap, ...]
    ranked_by: str


@dataclass(frozen=True)
class MapCorrelation:
    """How alike two maps of one image order its cells.

    Cells of one image are neighbours and not independent, so there is no test and no interval.

    Attributes:
        rho: Spearman's rank correlation in [-1, 1]; NaN where undefined.
        cells: number of cells compared.
        reason: why it is undefined, in words; empty where it is defined.
    """

    rho: float
    cells: int
    reason: str

    @property
    def defined(self) -> bool:
        """Whether there is a correlation at all."""
        return not self.reason
