"""The vessels of a drawn lung: trees that leave its root, and dots where a vessel crosses the slice."""

from __future__ import annotations

import numpy as np

from core.intake.brushes import Plane

_ROOTS: tuple[tuple[float, float, float], ...] = (
    (-30, -8, 200),
    (-32, 0, 178),
    (-32, 8, 158),
    (-30, 16, 130),
    (-34, -20, 222),
    (-30, -26, 250),
    (34, -6, -18),
    (34, 2, 4),
    (34, 10, 26),
    (31, 20, 55),
    (40, -22, -42),
    (36, -34, -72),
)
"""Where a tree starts, in millimetres to the right of and below the middle, and its direction in degrees."""

_FIRST_MM, _LAST_MM = 3.1, 0.42
_DOTS = 420


def draw_vessels(
    values: Plane, lung: Plane, rng: np.random.Generator, *, pixel_mm: float, vessel_hu: float
) -> Plane:
    """Lay vessels over (H, W) Hounsfield units.

    Args:
        values: of the slice; left as it is.
        lung: (H, W) cover of lung in [0, 1]; nothing is drawn outside it.
        rng: fixes every branch.
        pixel_mm: size of a pixel.
        vessel_hu: attenuation of blood.
    """
    cover = np.zeros(values.shape, np.float32)
    middle = (np.array(values.shape[::-1]) - 1) / 2
    for right, down, degrees in _ROOTS:
        start = middle + np.array([right, down]) / pixel_mm
        _grow(cover, lung, rng, start, np.deg2rad(degrees), _FIRST_MM * rng.uniform(0.8, 1.1), pixel_mm)
    rows, columns = np.nonzero(lung > 0.99)
    for pick in rng.integers(0, len(rows), _DOTS):
        radius = 0.25 + rng.gamma(1.4, 0.24)
        place = np.array([columns[pick], rows[pick]], float)
        turn = rng.uniform(0, np.pi)
        stretch = rng.uniform(0, 2.5) / pixel_mm
        _stamp(
            cover, place, place + stretch * np.array([np.cos(turn), np.sin(turn)]), radius, radius, pixel_mm
        )
    cover = cover * lung
    return np.asarray(values + cover * (vessel_hu - values), np.float32)


def _grow(
    cover: Plane,
    lung: Plane,
    rng: np.random.Generator,
    start: np.ndarray,
    angle: float,
    radius: float,
    pixel_mm: float,
) -> None:
    """Draw one branch in short pieces that wander, then the two that it splits into."""
    waiting = [(start, angle, radius)]
    while waiting:
        place, turn, size = waiting.pop()
        for _ in range(int(rng.integers(3, 6))):
            turn += rng.normal(0, 0.16)
            after = place + (2.4 + size) / pixel_mm * np.array([np.cos(turn), np.sin(turn)])
            thinner = size * 0.97
            _stamp(cover, place, after, size, thinner, pixel_mm)
            place, size = after, thinner
        row, column = np.rint(place[::-1]).astype(int)
        inside = 0 <= row < lung.shape[0] and 0 <= column < lung.shape[1]
        if size < _LAST_MM or not inside or (size < 2.5 and lung[row, column] < 0.5):
            continue
        spread = rng.uniform(0.25, 0.6)
        share = rng.uniform(0.62, 0.86)
        waiting.append((place, turn + spread * share, size * share))
        waiting.append((place, turn - spread * (1.4 - share), size * (1.5 - share) * 0.95))


def _stamp(
    cover: Plane, start: np.ndarray, end: np.ndarray, first: float, last: float, pixel_mm: float
) -> None:
    """Draw a tapering piece from ``start`` to ``end`` (column, row) with radii in millimetres."""
    reach = max(first, last) / pixel_mm + 2
    low = np.maximum(np.floor(np.minimum(start, end) - reach).astype(int), 0)
    high = np.minimum(np.ceil(np.maximum(start, end) + reach).astype(int) + 1, cover.shape[::-1])
    if (high <= low).any():
        return
    x, y = np.meshgrid(np.arange(low[0], high[0]), np.arange(low[1], high[1]))
    dx, dy = end - start
    share = np.clip(((x - start[0]) * dx + (y - start[1]) * dy) / max(dx * dx + dy * dy, 1e-9), 0, 1)
    far = np.hypot(x - start[0] - share * dx, y - start[1] - share * dy)
    radius = (first + (last - first) * share) / pixel_mm
    part = np.clip(radius - far + 0.5, 0, 1) * np.clip(2 * radius, 0, 1)
    window = cover[low[1] : high[1], low[0] : high[0]]
    np.maximum(window, part, out=window)
