"""Maps on other grids: averaged onto a coarser one, enlarged, and the part of the picture that they mark."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from core.explain.overlay import resize_heatmap

FINEST = 28
"""Cells along a side at which maps are compared, at most: maps of single pixels are speckled, and no two
networks speckle alike."""
PARTS = 5
"""A map marks one of this many parts of the picture: a fifth."""
LEAST = 0.1
"""Share of a map's peak below which nothing is marked, however small the marked part is then."""
SAME = 1e-6
"""A map whose values differ by no more than this share of its peak is the same everywhere."""


def average_onto(values: NDArray[np.floating], shape: tuple[int, int]) -> NDArray[np.float64]:
    """Average (h, w) by area onto a grid over the same picture that is no finer along either side.

    Returns:
        ``shape`` float64; the mean over the grid stays what it was, and an equal grid leaves values as they
        are.

    Raises:
        ValueError: ``shape`` is finer along a side, or has no cells.
    """
    for cells, wanted in zip(values.shape, shape, strict=True):
        if not 1 <= wanted <= cells:
            raise ValueError(f"shape must have between 1 and {values.shape} cells, not {shape}")
    down, across = (_averaging(*pair) for pair in zip(values.shape, shape, strict=True))
    return np.asarray(down @ values.astype(np.float64) @ across.T)


def enlarge_map(values: NDArray[np.float32], shape: tuple[int, int]) -> NDArray[np.float32]:
    """A map as it is drawn over a picture: at most :data:`FINEST` cells a side, enlarged bilinearly.

    Args:
        values: (h, w) in [0, 1].
        shape: of the picture.

    Returns:
        ``shape`` float32 in [0, 1]; the peak may be lower than it was.
    """
    cells = min(FINEST, values.shape[0]), min(FINEST, values.shape[1])
    return resize_heatmap(average_onto(values, cells).astype(np.float32), shape)


def take_fifth(values: NDArray[np.floating]) -> NDArray[np.float64]:
    """How far each cell belongs to what a map marks: the fifth of the cells with the largest values.

    A fifth is seldom a whole number of cells, and cells may be tied. And a map behind a relu may be zero
    nearly everywhere, so that less than a fifth has a tenth of its peak: then it marks that.

    Returns:
        The shape of ``values``, float64 in [0, 1]: 1 above the limit, 0 below it, and for cells tied at it
        an equal share of what is left, so that the sum is a fifth of the number of cells; then 0 where there
        is less than a tenth of the largest value. All NaN where the values are the same everywhere.
    """
    if np.ptp(values) <= SAME * np.max(values):
        return np.full(values.shape, math.nan)
    wanted = values.size / PARTS
    limit = np.sort(values, axis=None)[::-1][math.ceil(wanted) - 1]
    above, tied = values > limit, values == limit
    shares = np.where(above, 1.0, np.where(tied, (wanted - above.sum()) / tied.sum(), 0.0))
    return np.where(values >= LEAST * values.max(), shares, 0.0)


def _averaging(cells: int, wanted: int) -> NDArray[np.float64]:
    """(wanted, cells): the share of each wanted cell that each cell covers; whole numbers until divided."""
    starts, fine = np.arange(wanted)[:, None] * cells, np.arange(cells)[None] * wanted
    covered = np.minimum(starts + cells, fine + wanted) - np.maximum(starts, fine)
    return np.asarray(np.clip(covered, 0, None) / cells)
