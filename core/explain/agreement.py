"""How alike two networks' maps of one picture and class are: four measures, none of which says who is right.

Maps are compared on one grid: along each side as many cells as the coarser of both has, and at most
:data:`core.explain.grids.FINEST`. A finer map is averaged onto it by area, so grids need not be multiples of
each other.

- Order of places: Spearman's rank correlation, cell by cell.
- Shared area: intersection over union (Jaccard 1912, "The distribution of the flora in the alpine zone") of
  what each map marks: see :func:`core.explain.grids.take_fifth`. It is the one measure that is taken on maps
  enlarged bilinearly, as they are drawn, so that figure and outlines (:mod:`core.explain.regions`) agree.
  Pixels belong to what is marked by a share in [0, 1]; intersection and union are sums of the smaller and of
  the larger share.
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

from core.explain.attention import correlate_heatmaps
from core.explain.grids import FINEST, average_onto, enlarge_map, take_fifth
from core.types import Heatmap, MapAgreement, MapCorrelation

ENLARGED = (112, 112)
"""Pixels of the grid on which the shared area is measured."""
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
    shares = [take_fifth(enlarge_map(heatmap.values, ENLARGED)) for heatmap in (one, other)]
    return MapAgreement(
        rank=correlate_heatmaps(_replaced(one, first), _replaced(other, second)),
        overlap=_overlap(*shares),
        chance_overlap=expect_overlap(*shares),
        ssim=_compare_patterns(first, second),
        distance=_measure_distance(maps[0], maps[1], (height, width)),
    )


def expect_overlap(one: NDArray[np.float64], other: NDArray[np.float64]) -> float:
    """The mean overlap of two marks over every order of the pixels of one.

    With the sum S of both marks and their intersection I, overlap is I / (S - I). Over random orders I is a
    sum of smaller shares whose mean m and variance v are known (Hoeffding 1951, "A combinatorial central
    limit theorem", theorem 2); to the second order the mean overlap is m / (S - m) + S v / (S - m)^3. Of two
    whole fifths m is a fifth of a fifth, so the first term is 1 / 9. Maps are smooth, so two that know
    nothing of each other spread more widely about it: with a mean of 0.11 to 0.12 where cells are
    independent, and up to 0.17 where a map is one hill (in simulations).

    Args:
        one, other: from :func:`core.explain.grids.take_fifth`, of one shape.
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


def window_of(shape: tuple[int, int]) -> int:
    """Cells along a side of the windows of structural similarity: half the shorter side, odd, from 3 to 7."""
    half = min(shape) // 2
    return min(WIDEST_WINDOW, max(_NARROWEST_WINDOW, half - (half + 1) % 2))


def _replaced(heatmap: Heatmap, values: NDArray[np.float64]) -> Heatmap:
    return replace(heatmap, values=values.astype(np.float32))


def _overlap(one: NDArray[np.float64], other: NDArray[np.float64]) -> float:
    return float(np.minimum(one, other).sum() / np.maximum(one, other).sum())


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
