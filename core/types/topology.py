"""What topology finds in a photograph: features with a birth and a death, and how steady they are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

TopologyBackend = Literal["cripser", "giotto"]
HomologyDimension = Literal[0, 1]

NO_PIXEL = -1
"""Row and column of a birth or death whose pixel the backend does not tell."""


@dataclass(frozen=True)
class Diagram:
    """Persistence diagram of one greyscale picture, sublevel filtration: dark comes first.

    A point of dimension 0 is a dark spot: born at its darkest pixel, dead where it runs into a darker one. A
    point of dimension 1 is a bright spot with a darker loop around it: born where the loop closes, dead at
    the brightest pixel inside it.

    Attributes:
        points: (n, 3) float64: birth, death (grey values), dimension (0 or 1); birth < death. Ordered by
            dimension, then by falling persistence, then by birth.
        birth_pixels: (n, 2) int64, row and column on the greyscale grid whose value is the birth; -1 where
            the backend does not tell.
        death_pixels: (n, 2) int64, the same for the death. Where several pixels share the value, one of them.
        side: (rows, columns) of the greyscale grid.
        backend: what computed it.
        essential: index of the point that never dies (the darkest spot of the whole picture), whose death was
            set to the picture's maximum; None for a constant picture, which has no points.
    """

    points: NDArray[np.float64]
    birth_pixels: NDArray[np.int64]
    death_pixels: NDArray[np.int64]
    side: tuple[int, int]
    backend: TopologyBackend
    essential: int | None

    @property
    def persistence(self) -> NDArray[np.float64]:
        """(n,) death minus birth, all above 0."""
        return np.asarray(self.points[:, 1] - self.points[:, 0])

    @property
    def finite(self) -> NDArray[np.bool_]:
        """(n,) True for every point but the essential one: giotto-tda's reduced homology."""
        kept = np.ones(len(self.points), dtype=np.bool_)
        if self.essential is not None:
            kept[self.essential] = False
        return kept

    def of_dimension(self, dimension: HomologyDimension) -> NDArray[np.float64]:
        """(m, 2) birth and death of the finite points of one dimension."""
        return self.points[self.finite & (self.points[:, 2] == dimension), :2]


@dataclass(frozen=True)
class PixelBox:
    """The part of a frame that one cell of the greyscale grid averages.

    Attributes:
        top, left, bottom, right: pixel edges in the frame, fractional where cells and pixels do not align;
            0 <= top < bottom <= height.
    """

    top: float
    left: float
    bottom: float
    right: float

    @property
    def centre(self) -> tuple[float, float]:
        """(row, column) of the middle, in pixel edges: the middle of the first pixel is 0.5."""
        return (self.top + self.bottom) / 2, (self.left + self.right) / 2


@dataclass(frozen=True)
class Erasure:
    """A frame without one feature, and what that took.

    Attributes:
        pixels: (H, W, 3) uint8, the changed copy.
        region: (rows, columns) bool on the greyscale grid: the cells that were filled (a dark spot) or
            flattened (a bright one).
        point: (3,) float64 birth, death, dimension of the feature that was to go.
        remaining_persistence: largest persistence of a point of that dimension that still lies at the place
            of the feature in the new frame; 0 if there is none.
        removed: whether that is at most a tenth of what it was.
        changed_share: share of the frame's pixels that differ, in [0, 1].
        mean_change, largest_change: of a colour value, in steps of 0 to 255, over the whole frame.
        points_before, points_after: number of points of the diagrams.
    """

    pixels: NDArray[np.uint8]
    region: NDArray[np.bool_]
    point: NDArray[np.float64]
    remaining_persistence: float
    removed: bool
    changed_share: float
    mean_change: float
    largest_change: int
    points_before: int
    points_after: int


@dataclass(frozen=True)
class Disturbance:
    """How far the topology of one frame moves under one change of the picture.

    Attributes:
        name, words: the change, as a name and for a clinician.
        exact: whether theory says that nothing moves.
        bottleneck: (2,) largest move of a matched point of H0 and of H1, grey values in [0, 1].
        wasserstein: (2,) sum of all moves (1-Wasserstein, sup norm), the same.
        image_change: norm of the difference of the persistence images over the norm of the original's, at
            least 0; None where the original's is empty.
        image_cosine: cosine of the two persistence images, in [0, 1]; None where either is empty.
        yardstick: median 1-Wasserstein distance (2,) between different eyes, or None if not given.
    """

    name: str
    words: str
    exact: bool
    bottleneck: tuple[float, float]
    wasserstein: tuple[float, float]
    image_change: float | None
    image_cosine: float | None
    yardstick: tuple[float, float] | None

    @property
    def share_of_yardstick(self) -> tuple[float, float] | None:
        """(2,) this change's distance over that between different eyes; None without one."""
        if self.yardstick is None or 0 in self.yardstick:
            return None
        return self.wasserstein[0] / self.yardstick[0], self.wasserstein[1] / self.yardstick[1]
