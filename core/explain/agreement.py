"""How alike two networks' maps of one picture and class are: four measures, none of which says who is right.

Maps are compared on one grid: along each side as many cells as the coarser of both has, and at most
:data:`FINEST`, since maps of single pixels are speckled and no two networks speckle alike. A finer map is
averaged onto it by area, so that grids need not be multiples of each other.

- Order of places: Spearman's rank correlation, cell by cell.
- Shared area: intersection over union (Jaccard 1912, "The distribution of the flora in the alpine zone") of
  the fifth of the cells that each map marks most, or of those with a tenth of its peak where these are fewer:
  a map behind a relu may be zero nearly everywhere. A fifth is seldom a whole number of cells, and cells may
  be tied; the cells tied at the limit share equally what is left of the fifth. Each cell thus belongs to it
  by a share in [0, 1], and intersection and union are sums of the smaller and of the larger share.
- Pattern: structural similarity (Wang et al. 2004, "Image quality assessment: from error visibility to
  structural similarity"), each map divided by its peak, range of values 1, plain mean over square windows
  (:func:`window_of`), unbiased variances. It is 1 where both maps are zero, so small spots make it high.
- Distance of the centres of mass.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from core.explain.attention import CONSTANT_RANGE, correlate_heatmaps
from core.explain.regions import LEAST, PARTS
from core.types import Heatmap, MapAgreement, MapCorrelation

FINEST = 28
"""Cells along a side of the grid of comparison, at most."""
WIDEST_WINDOW = 7
_NARROWEST_WINDOW = 3


def compare_maps(one: Heatmap, other: Heatmap, *, frame_size: Sequence[int] | None = None) -> MapAgreement:
    """Compare two maps of one picture and class; but for the reasons, the order of both does not matter.

    Args:
        one, other: their grids may differ.
        frame_size: (height, width) of what both maps cover, in any unit, for the distance; None takes the
            cells of the grid of comparison for squares.

    Returns:
        The measures. They are NaN where a map is empty, and ``rank.reason`` says which; rank and overlap also
        where a map is the same everywhere, as it then marks no place more than others. ``ssim`` is NaN on a
        grid of fewer than three cells along a side.

    Raises:
        ValueError: the maps are of different classes, a value is not finite, or ``frame_size`` not positive.
    """
    if one.class_code != other.class_code:
        raise ValueError(f"maps must be of one class, they are of {one.class_code} and {other.class_code}")
    maps = [np.asarray(heatmap.values, dtype=np.float64) for heatmap in (one, other)]
    if not all(bool(np.isfinite(values).all()) for values in maps):
        raise ValueError("the maps' values must be finite")
    rows, columns = (min(FINEST, *(values.shape[axis] for values in maps)) for axis in (0, 1))
    height, width = frame_size or (rows, columns)
    if not min(height, width) > 0:
        raise ValueError(f"frame_size must be positive, not {frame_size}")
    first, second = (average_onto(values, (rows, columns)) for values in maps)
    empty = [name for name, values in zip(("first", "second"), maps, strict=True) if not values.max() > 0]
    if empty:
        reason = "both maps are empty" if len(empty) == 2 else f"the {empty[0]} map is empty"
        nothing = MapCorrelation(math.nan, rows * columns, reason)
        return MapAgreement(nothing, math.nan, math.nan, math.nan, math.nan)
    shares = [take_fifth(first), take_fifth(second)]
    return MapAgreement(
        rank=correlate_heatmaps(_replaced(one, first), _replaced(other, second)),
        overlap=_overlap(*shares),
        chance_overlap=_expect_overlap(*shares),
        ssim=_compare_patterns(first, second),
        distance=_measure_distance(maps[0], maps[1], (height, width)),
    )


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


def take_fifth(values: NDArray[np.floating]) -> NDArray[np.float64]:
    """How far each cell belongs to the fifth of the cells with the largest values.

    Returns:
        The shape of ``values``, float64 in [0, 1]: 1 above the limit, 0 below it, and for cells tied at it
        an equal share of what is left, so that the sum is a fifth of the number of cells; then 0 where there
        is less than a tenth of the largest value. All NaN where the values are the same everywhere.
    """
    if np.ptp(values) <= CONSTANT_RANGE:
        return np.full(values.shape, math.nan)
    wanted = values.size / PARTS
    limit = np.sort(values, axis=None)[::-1][math.ceil(wanted) - 1]
    above, tied = values > limit, values == limit
    shares = np.where(above, 1.0, np.where(tied, (wanted - above.sum()) / tied.sum(), 0.0))
    return np.where(values >= LEAST * values.max(), shares, 0.0)


def window_of(shape: tuple[int, int]) -> int:
    """Cells along a side of the windows of structural similarity: half the shorter side, odd, from 3 to 7."""
    half = min(shape) // 2
    return min(WIDEST_WINDOW, max(_NARROWEST_WINDOW, half - (half + 1) % 2))


def _averaging(cells: int, wanted: int) -> NDArray[np.float64]:
    """(wanted, cells): the share of each wanted cell that each cell covers; whole numbers until divided."""
    starts, fine = np.arange(wanted)[:, None] * cells, np.arange(cells)[None] * wanted
    covered = np.minimum(starts + cells, fine + wanted) - np.maximum(starts, fine)
    return np.asarray(np.clip(covered, 0, None) / cells)


def _replaced(heatmap: Heatmap, values: NDArray[np.float64]) -> Heatmap:
    return replace(heatmap, values=values.astype(np.float32))


def _overlap(one: NDArray[np.float64], other: NDArray[np.float64]) -> float:
    return float(np.minimum(one, other).sum() / np.maximum(one, other).sum())


def _expect_overlap(one: NDArray[np.float64], other: NDArray[np.float64]) -> float:
    """The mean overlap over every order of one map's cells.

    With the sum S of both fifths and their intersection I, overlap is I / (S - I). Over random orders I is a
    sum of smaller shares whose mean m and variance v are known (Hoeffding 1951, "A combinatorial central
    limit theorem", theorem 2); to the second order the mean overlap is m / (S - m) + S v / (S - m)^3, which
    is right to 0.001 for fifths and a little low where a map marks a cell or two. Of two whole fifths m is a
    fifth of a fifth, so the first term is 1 / 9. Maps are smooth, so two that know nothing of each other
    spread more widely about it, and share a little more on average (0.12 to 0.17 in simulations).
    """
    if np.isnan(one).any() or np.isnan(other).any():
        return math.nan
    cells = one.size
    if cells < 2:
        return math.nan
    (shares, counts), (others, other_counts) = (np.unique(part, return_counts=True) for part in (one, other))
    p, q = counts / cells, other_counts / cells
    smaller = np.minimum.outer(shares, others)
    mean = p @ smaller @ q
    centred = smaller - (smaller @ q)[:, None] - p @ smaller + mean
    variance = cells**2 / (cells - 1) * (p @ centred**2 @ q)
    rest = one.sum() + other.sum() - cells * mean
    return float(cells * mean / rest + (rest + cells * mean) * variance / rest**3)


def _compare_patterns(one: NDArray[np.float64], other: NDArray[np.float64]) -> float:
    """Structural similarity of two maps on one grid, each divided by its peak."""
    from skimage.metrics import structural_similarity

    if min(one.shape) < _NARROWEST_WINDOW:
        return math.nan
    window = window_of((one.shape[0], one.shape[1]))
    found = structural_similarity(
        one / one.max(), other / other.max(), win_size=window, data_range=1.0, gaussian_weights=False
    )
    return float(found)


def _measure_distance(one: NDArray[np.float64], other: NDArray[np.float64], size: tuple[int, int]) -> float:
    """Between centres of mass, as a share of the diagonal of a frame (height, width)."""
    apart = np.subtract(_centre(one), _centre(other)) * size
    return float(np.hypot(*apart) / np.hypot(*size))


def _centre(values: NDArray[np.float64]) -> tuple[float, float]:
    """Centre of mass, (down, across) as shares of the picture, cells taken at their centres."""
    rows, columns = ((np.arange(cells) + 0.5) / cells for cells in values.shape)
    total = values.sum()
    return float(values.sum(axis=1) @ rows / total), float(values.sum(axis=0) @ columns / total)
