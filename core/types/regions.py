"""What two maps of one picture mark, described by measurement; and how maps lie on a lesion's outline."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Down = Literal["upper", "middle", "lower"]
Across = Literal["left", "centre", "right"]
Tone = Literal["darker", "brighter", ""]
Extreme = Literal["darkest", "brightest", ""]
Colour = Literal[
    "redder",
    "yellower",
    "greener",
    "bluer",
    "browner",
    "blue-grey",
    "greyer",
    "duller",
    "more strongly coloured",
    "",
]
"""Against the rest of the picture; ``"blue-grey"`` is what the region itself is. Empty: no difference that a
reader would notice."""


@dataclass(frozen=True)
class RegionNote:
    """One region of a picture, in measurements.

    Attributes:
        down, across: the third of the picture it lies in.
        around: whether it lies all around that place instead of in it, as a ring does.
        share: of the picture's area, in [0, 1].
        elsewhere: share of the picture's area that further pieces of the region have, which are not part of
            this description; 0 for a region of one piece.
        tone, colour: against the rest of the picture; empty on the dark surround, and ``colour`` in a grey
            picture.
        difference: CIELAB (L*, a*, b*) of the region minus that of the rest, medians, both without the dark
            surround; NaN where either is nothing else.
        holds: of which pixels it holds most, the darkest or the brightest twentieth of the picture; empty
            where it holds neither or both, or where these hardly differ from the rest.
        at_edge: share of the region within a tenth of the picture's height or width from its edge.
        on_surround: share of the region on the dark surround of the photograph.
    """

    down: Down
    across: Across
    around: bool
    share: float
    elsewhere: float
    tone: Tone
    colour: Colour
    difference: tuple[float, float, float]
    holds: Extreme
    at_edge: float
    on_surround: float

    @property
    def mostly_at_edge(self) -> bool:
        """Whether more than half of it lies near the picture's edge, where there is a ruler or a vignette."""
        return self.at_edge > 0.5

    @property
    def mostly_surround(self) -> bool:
        """Whether more than half of it lies on the dark surround."""
        return self.on_surround > 0.5


@dataclass(frozen=True)
class RegionNotes:
    """The fifth of a picture that each of two maps marks most: what they share, and what only one has.

    Attributes:
        marked_one, marked_other: (h, w) bool, the fifth of each on one grid over the picture, or all that has
            a tenth of its peak where that is less; all False where the map is empty or the same everywhere.
        both, only_one, only_other: None where there is nothing, or too little to describe.
        grey: whether the picture has no colours, so that none is spoken of.
    """

    marked_one: NDArray[np.bool_]
    marked_other: NDArray[np.bool_]
    both: RegionNote | None
    only_one: RegionNote | None
    only_other: RegionNote | None
    grey: bool


@dataclass(frozen=True)
class Localisation:
    """How one map lies on the outline of a lesion that a reader drew.

    Attributes:
        hit: whether the map's peak lies inside the outline; an empty map misses.
        energy: share of the map's sum inside the outline, in [0, 1]; NaN where the map is empty.
        area: share of the picture inside the outline, in (0, 1]: what ``energy`` is for a map that is the
            same everywhere, and how often a peak put anywhere at random would hit.
        centre: whether the middle of the picture lies inside: what a map that always points there would do.
    """

    hit: bool
    energy: float
    area: float
    centre: bool

    @property
    def empty(self) -> bool:
        """Whether the map marks nothing."""
        return math.isnan(self.energy)
