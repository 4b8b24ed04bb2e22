"""Persistence image: a diagram as a picture of fixed size, for a network and for a page."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def compute_persistence_image(
    points: NDArray[np.float64],
    *,
    birth_range: tuple[float, float],
    persistence_range: tuple[float, float],
    bins: int,
    sigma: tuple[float, float],
) -> NDArray[np.float64]:
    """Persistence image of one diagram on a given grid.

    Each point is counted in the cell of the birth x persistence grid that its values fall into (rounded
    down), times the cell's weight, and the counts are smoothed by a Gaussian, nothing lying beyond the grid.
    Cells start at ``linspace(low, high, bins)``. The weight is linear in persistence, taken at the middle of
    the cell, so that faint points count little but are not lost. A point outside the grid counts in the
    nearest cell of its border (by rounding, the highest value of a range may fall into the last cell but one,
    as in giotto-tda). The sum is divided by a cell's area.

    This is what giotto-tda's ``PersistenceImage`` computes when given that grid and that weight as its
    ``weight_function`` (its own default is weight 1, and a grid fitted to whatever it is shown).

    Source: Adams et al. 2017, "Persistence Images: A Stable Vector Representation of Persistent Homology",
    definition 1; there the Gaussian is integrated over each cell around the point itself, here around its
    cell.

    Args:
        points: (n, 2) birth and death, death >= birth, finite; n may be 0.
        birth_range, persistence_range: first and last cell's start, low < high, grey values.
        bins: cells in each direction, at least 2.
        sigma: standard deviations of the Gaussian along birth and along persistence, grey values, above 0
            (giotto-tda has one for both).

    Returns:
        (bins, bins) float64 of at least 0. Row 0 holds the highest persistence, column 0 the lowest birth.
        All 0 without points; a point of persistence 0 counts nothing.

    Raises:
        ValueError: an argument is outside the range named above.
    """
    from scipy.ndimage import gaussian_filter  # here, so that a command's help is there before it

    pairs = np.asarray(points, dtype=np.float64).reshape(-1, 2)
    if not np.isfinite(pairs).all() or (pairs[:, 1] < pairs[:, 0]).any():
        raise ValueError("points must be finite, no death before its birth")
    if bins < 2 or not min(sigma) > 0:
        raise ValueError(f"bins must be at least 2 and sigma above 0, they are {bins} and {sigma}")
    low = np.array([birth_range[0], persistence_range[0]])
    high = np.array([birth_range[1], persistence_range[1]])
    if not (low < high).all():
        raise ValueError(f"ranges must rise, they are {birth_range} and {persistence_range}")
    step = (high - low) / (bins - 1)
    places = np.column_stack([pairs[:, 0], pairs[:, 1] - pairs[:, 0]])
    places = places[places[:, 1] > 0]
    cells = ((np.clip(places, low, high) - low) / step).astype(np.int64)
    counts = np.bincount(cells[:, 0] * bins + cells[:, 1], minlength=bins * bins).reshape(bins, bins)
    weight = np.linspace(low[1], high[1], bins) + step[1] / 2
    smoothed = gaussian_filter(counts * weight, np.asarray(sigma) / step, mode="constant")
    return np.asarray(np.rot90(smoothed) / step.prod())
