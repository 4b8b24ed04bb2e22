"""Textures that drawn skin is made of; every brush returns (H, W) float32 and is fixed by its generator."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Plane = NDArray[np.float32]
Shape = tuple[int, int]


def smoothstep(values: NDArray[np.floating]) -> Plane:
    """0 below 0, 1 above 1, and a smooth rise between."""
    t = np.clip(values, 0, 1).astype(np.float32)
    return np.asarray(t * t * (3 - 2 * t), np.float32)


def blend(picture: Plane, colour: tuple[int, int, int], opacity: Plane) -> Plane:
    """Lay a colour over (H, W, 3) with (H, W) opacity, clipped to [0, 1]."""
    alpha = np.clip(opacity, 0, 1).astype(np.float32)[..., None]
    return picture + alpha * (np.array(colour, np.float32) - picture)


def clouds(rng: np.random.Generator, shape: Shape, scale: float) -> Plane:
    """Smooth noise with mean 0 and deviation 1 whose features are about ``scale`` pixels wide.

    White noise on a grid of ``scale`` / 2 pixels under a cubic B-spline.
    """
    rows, columns = (_spline(length, scale / 2) for length in shape)
    noise = rng.normal(size=(rows.shape[1], columns.shape[1])).astype(np.float32)
    field = rows @ noise @ columns.T
    field -= field.mean()
    return np.asarray(field / max(float(field.std()), 1e-6), np.float32)


def _spline(length: int, step: float) -> Plane:
    """(length, knots) weights of a uniform cubic B-spline with knots ``step`` pixels apart."""
    places = np.arange(length, dtype=np.float32)[:, None] / step
    far = np.abs(places - np.arange(-1, int(length / step) + 3, dtype=np.float32)[None])
    middle = 2 / 3 - far**2 + far**3 / 2
    outer = np.clip(2 - far, 0, None) ** 3 / 6
    return np.where(far < 1, middle, outer).astype(np.float32)


def cells(rng: np.random.Generator, shape: Shape, spacing: float, *, stretch: float = 1.0) -> Plane:
    """Distance from the walls of a jittered honeycomb: 0 on a wall, about 1 in the middle of a cell.

    The difference between the distances to the second nearest and the nearest seed (Worley 1996), over
    ``spacing``. ``stretch`` lengthens the cells along the rows.
    """
    from scipy.spatial import cKDTree  # here, so that a first page does not wait for it

    height, width = shape
    rows = np.arange(-2, height / (spacing * 0.87) + 3)
    columns = np.arange(-2, width / (spacing * stretch) + 3)
    grid = np.stack(np.meshgrid(rows, columns, indexing="ij"), -1)
    grid[1::2, :, 1] += 0.5
    grid += rng.uniform(-0.26, 0.26, grid.shape)
    seeds = grid.reshape(-1, 2) * (spacing * 0.87, spacing)
    warp = [spacing * 0.25 * clouds(rng, shape, spacing * 2.5) for _ in shape]
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    points = np.stack([y + warp[0], (x + warp[1]) / stretch], -1).reshape(-1, 2)
    near = np.asarray(cKDTree(seeds).query(points, k=2)[0])
    return np.asarray((near[:, 1] - near[:, 0]).reshape(shape) / spacing, np.float32)


def globules(rng: np.random.Generator, shape: Shape, *, spacing: float) -> Plane:
    """Round soft dots of varied size, in [0, 1]."""
    plane = np.zeros(shape, np.float32)
    count = int(shape[0] * shape[1] / spacing**2)
    centres = rng.uniform((0, 0), shape, (count, 2))
    radii = rng.uniform(1.6, 4.2, count)
    for (cy, cx), radius in zip(centres, radii, strict=True):
        window, y, x = _window(shape, cy, cx, radius + 2)
        dot = smoothstep((radius - np.hypot(y - cy, x - cx)) / 2 + 0.5)
        plane[window] = np.maximum(plane[window], dot)
    return plane


def hairs(rng: np.random.Generator, shape: Shape, count: int) -> Plane:
    """Opacity of curved, tapering hairs, in [0, 1]."""
    height, width = shape
    margin = 4
    plane = np.zeros((height + 2 * margin, width + 2 * margin), np.float32)
    main = rng.uniform(0, np.pi)
    for _ in range(count):
        start = rng.uniform((-0.1 * height, -0.1 * width), (1.1 * height, 1.1 * width))
        direction = main + rng.normal(0, 0.5) + rng.choice((0, np.pi))
        length = rng.uniform(0.35, 0.9) * height
        steps = np.arange(0, length, 0.5)
        bend = rng.normal(0, 1.1) * steps / length + 0.4 * np.sin(steps / length * rng.uniform(2, 5))
        path_y = start[0] + np.cumsum(0.5 * np.sin(direction + bend))
        path_x = start[1] + np.cumsum(0.5 * np.cos(direction + bend))
        thickness = rng.uniform(0.7, 1.25) * np.clip(6 * steps / length, 0.4, 1) * (1 - 0.7 * steps / length)
        shade = rng.uniform(0.55, 0.85)
        inner = (path_y > 0) & (path_y < height) & (path_x > 0) & (path_x < width)
        _stroke(plane, path_y[inner] + margin, path_x[inner] + margin, thickness[inner], shade)
    return plane[margin:-margin, margin:-margin]


def bubbles(rng: np.random.Generator, shape: Shape, count: int) -> Plane:
    """Brightness that small gel bubbles add: a thin bright rim and a glint, in grey levels."""
    plane = np.zeros(shape, np.float32)
    for _ in range(count):
        cy, cx = rng.uniform((0.05 * shape[0], 0.05 * shape[1]), (0.95 * shape[0], 0.95 * shape[1]))
        radius = rng.uniform(4, 11)
        window, y, x = _window(shape, cy, cx, radius + 5)
        r = np.hypot(y - cy, x - cx)
        rim = np.exp(-(((r - radius) / 1.1) ** 2)) * (0.55 - 0.45 * (y - cy + x - cx) / (2 * radius))
        shadow = np.exp(-(((r - radius + 2.5) / 1.5) ** 2))
        glint = np.exp(-((np.hypot(y - cy + 0.45 * radius, x - cx + 0.45 * radius) / 1.3) ** 2))
        plane[window] += (34 * rim - 12 * shadow + 70 * glint).astype(np.float32)
    return plane


def _stroke(plane: Plane, path_y: Plane, path_x: Plane, thickness: Plane, shade: float) -> None:
    """Stamp an anti-aliased round pen of the given radii along a path that keeps 3 pixels from the edge."""
    offsets = np.arange(-3, 4)
    y = np.rint(path_y).astype(int)[:, None, None] + offsets[:, None]
    x = np.rint(path_x).astype(int)[:, None, None] + offsets[None, :]
    gap = np.hypot(y - path_y[:, None, None], x - path_x[:, None, None])
    ink = shade * np.clip(thickness[:, None, None] - gap + 0.5, 0, 1)
    y, x = np.broadcast_arrays(y, x)
    np.maximum.at(plane, (y, x), ink.astype(np.float32))


def _window(
    shape: Shape, cy: float, cx: float, reach: float
) -> tuple[tuple[slice, slice], NDArray[np.int_], NDArray[np.int_]]:
    """The part of a plane around a point, with its row and column indices."""
    top, left = max(int(cy - reach), 0), max(int(cx - reach), 0)
    bottom, right = min(int(cy + reach) + 2, shape[0]), min(int(cx + reach) + 2, shape[1])
    y, x = np.mgrid[top:bottom, left:right]
    return (slice(top, bottom), slice(left, right)), y, x
