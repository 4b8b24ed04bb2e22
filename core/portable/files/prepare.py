"""What the network sees of a picture, and its topological input, in NumPy and Pillow alone.

The same as TwinLens does with SciPy and cripser, written out so that nothing else has to be installed: the
lit disc of a fundus photograph, the body in a CT slice, and a persistence image (see model.json).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Mask = NDArray[np.bool_]
Box = tuple[int, int, int, int]
"""Top, left, height and width in pixels."""

CROSS = ((-1, 0), (0, -1), (0, 1), (1, 0))
AROUND = (*CROSS, (-1, -1), (-1, 1), (1, -1), (1, 1))


def cut_and_describe(image: Image.Image, spec: dict[str, Any]) -> tuple[Image.Image, dict[str, Any]]:
    """The part of an RGB picture that the network sees, and its further inputs by name.

    Args:
        image: mode RGB, upright.
        spec: ``preparation`` of model.json.
    """
    top, left, height, width = find_frame(np.asarray(image), spec["crop"])
    cut = image.crop((left, top, left + width, top + height))
    if spec["topology"] is None:
        return cut, {}
    return cut, {"topology": compute_topology(np.asarray(cut), spec["topology"])}


def find_frame(pixels: NDArray[np.uint8], crop: str) -> Box:
    """The box of (H, W, 3) pixels that a crop keeps; the whole picture where it finds nothing."""
    if crop == "field_of_view":
        return find_field_of_view(pixels)
    if crop == "body":
        return find_body(pixels)
    if crop == "none":
        return 0, 0, pixels.shape[0], pixels.shape[1]
    raise ValueError(f"crop {crop!r} is not known here")


def find_field_of_view(pixels: NDArray[np.uint8]) -> Box:
    """The box of the lit disc of a fundus photograph."""
    height, width = pixels.shape[:2]
    scale = min(1.0, 256 / max(height, width))
    size = max(round(width * scale), 1), max(round(height * scale), 1)
    small = np.asarray(Image.fromarray(pixels).resize(size, Image.Resampling.BOX))
    bright = _mean_of_three(_mean_of_three(small.max(axis=-1).astype(np.float32), 0), 1)
    level = max(8, 0.12 * _percentile(bright, 0.95))
    region = _lit_region(bright > level)
    if region.mean() < 0.08 or region.all():
        return 0, 0, height, width
    first_row, last_row = _extent(region.sum(axis=1))
    first_column, last_column = _extent(region.sum(axis=0))
    top, bottom = round(first_row / size[1] * height), round(last_row / size[1] * height)
    left, right = round(first_column / size[0] * width), round(last_column / size[0] * width)
    return top, left, max(bottom - top, 1), max(right - left, 1)


def find_body(pixels: NDArray[np.uint8]) -> Box:
    """The box of the body in a CT slice that is shown in the window of training."""
    height, width = pixels.shape[:2]
    scale = 192 / max(height, width)
    size = max(round(width * scale), 1), max(round(height * scale), 1)
    small = np.asarray(Image.fromarray(pixels).convert("L").resize(size, Image.Resampling.BOX))
    tissue = small > 110
    square = [(down, right) for down in range(-2, 3) for right in range(-2, 3)]
    body = _largest(_spread(_shrink(tissue, square), square))
    if not body.any():
        return 0, 0, height, width
    rows, columns = np.flatnonzero(body.any(axis=1)), np.flatnonzero(body.any(axis=0))
    first, last, start, stop = rows[0], rows[-1] + 1, columns[0], columns[-1] + 1
    if _fill(body[first:last, start:stop]).sum() < 0.08 * tissue.size:
        return 0, 0, height, width
    margin = 0.02 * max(height, width)
    top, left = max(round(first / scale - margin), 0), max(round(start / scale - margin), 0)
    bottom = min(round(last / scale + margin), height)
    right = min(round(stop / scale + margin), width)
    return top, left, bottom - top, right - left


def compute_topology(frame: NDArray[np.uint8], spec: dict[str, Any]) -> NDArray[np.float32]:
    """(1, bins * bins) persistence image of (H, W, 3) pixels; ``spec`` is ``topology`` of model.json."""
    grey = compute_grey(frame, spec["side"])
    spots = _persistence(grey, AROUND)
    closed = np.pad(-grey, 1, constant_values=-grey.max() - 1)
    loops = -_persistence(closed, CROSS)[:, ::-1]  # bright spots are dark ones of the negative
    images = [_persistence_image(points, spec) / spec["scale"] for points in (spots, loops)]
    return (images[0] + images[1]).astype(np.float32).reshape(1, -1)


def compute_grey(frame: NDArray[np.uint8], side: int) -> NDArray[np.float64]:
    """(side, side) luma in [0, 1], averaged by area over (H, W, 3) pixels."""
    height, width = frame.shape[:2]
    rows = _overlaps(height, side).astype(np.float32) @ frame.reshape(height, -1).astype(np.float32)
    sums = rows.reshape(side, width, 3).astype(np.float64) @ np.array([299, 587, 114], np.float64)
    return np.asarray(sums @ _overlaps(width, side).T / (255.0 * 1000 * height * width))


def _overlaps(length: int, side: int) -> NDArray[np.float64]:
    """(side, length) how much of each pixel lies in each cell, in parts of 1 / (side * length)."""
    cells, pixels = np.arange(side)[:, None] * length, np.arange(length)[None] * side
    shared = np.minimum(cells + length, pixels + side) - np.maximum(cells, pixels)
    return np.maximum(shared, 0).astype(np.float64)


def _persistence(values: NDArray[np.float64], steps: tuple[tuple[int, int], ...]) -> NDArray[np.float64]:
    """(n, 2) birth and death of the dark spots of a picture, but for the one that never dies.

    Pixels are let in from the darkest; of two spots that meet, the younger dies (union-find).
    """
    height, width = values.shape
    flat = values.ravel().tolist()
    parent = [-1] * len(flat)
    points = []

    def root(place: int) -> int:
        while parent[place] != place:
            parent[place] = parent[parent[place]]
            place = parent[place]
        return place

    for place in np.argsort(values, axis=None, kind="stable").tolist():
        parent[place] = place
        for down, right in steps:
            row, column = place // width + down, place % width + right
            if not (0 <= row < height and 0 <= column < width) or parent[row * width + column] < 0:
                continue
            one, other = root(place), root(row * width + column)
            if one != other:
                older, younger = (one, other) if flat[one] <= flat[other] else (other, one)
                if flat[younger] < flat[place]:
                    points.append((flat[younger], flat[place]))
                parent[younger] = older
    return np.array(points, np.float64).reshape(-1, 2)


def _persistence_image(points: NDArray[np.float64], spec: dict[str, Any]) -> NDArray[np.float64]:
    """(bins, bins): points counted on the grid, weighted by persistence, smoothed; row 0 lasts longest."""
    bins = spec["bins"]
    low, high = np.array([spec["birth_range"], spec["persistence_range"]], np.float64).T
    step = (high - low) / (bins - 1)
    places = np.column_stack([points[:, 0], points[:, 1] - points[:, 0]])
    cells = ((np.clip(places, low, high) - low) / step).astype(np.int64)
    counts = np.bincount(cells[:, 0] * bins + cells[:, 1], minlength=bins * bins).reshape(bins, bins)
    weighted = counts * (np.linspace(low[1], high[1], bins) + step[1] / 2)
    for axis, width in enumerate(np.array(spec["sigma"]) / step):
        weighted = np.apply_along_axis(np.convolve, axis, weighted, _gaussian(width), "full")
        reach = (weighted.shape[axis] - bins) // 2
        weighted = np.take(weighted, range(reach, reach + bins), axis)
    return np.asarray(np.rot90(weighted) / step.prod())


def _gaussian(width: float) -> NDArray[np.float64]:
    places = np.arange(-int(4 * width + 0.5), int(4 * width + 0.5) + 1)
    weights = np.exp(-0.5 / width**2 * places**2)
    return np.asarray(weights / weights.sum())


def _mean_of_three(values: NDArray[np.float32], axis: int) -> NDArray[np.float32]:
    """Running mean of three along an axis, the border's values repeated, summed in the order of SciPy."""
    padded = np.pad(values, [(1, 1) if one == axis else (0, 0) for one in (0, 1)], mode="edge")
    lines = np.moveaxis(padded, axis, 0).astype(np.float64)
    first = (lines[:1] + lines[1:2] + lines[2:3]) / 3
    steps = (lines[3:] - lines[:-3]) / 3
    return np.moveaxis(np.cumsum(np.concatenate([first, steps]), axis=0).astype(np.float32), 0, axis)


def _lit_region(lit: Mask) -> Mask:
    """The largest lit region without thin links, its holes filled."""
    opened = lit
    if min(lit.shape) >= 16:
        wide = np.pad(lit, 2, mode="edge")
        cross = ((0, 0), *CROSS)
        for change in (_shrink, _shrink, _spread, _spread):
            wide = change(wide, cross)
        opened = wide[2:-2, 2:-2]
    return _fill(_largest(opened))


def _percentile(values: NDArray[np.float32], share: float) -> float:
    """As NumPy 1.26 finds it, written out because later versions round elsewhere."""
    ordered = np.sort(values, axis=None)
    place = share * (ordered.size - 1)
    low, high = ordered[int(place)], ordered[min(int(place) + 1, ordered.size - 1)]
    step, weight = float(np.float32(high - low)), place - int(place)
    return float(low) + step * weight if weight < 0.5 else float(high) - step * (1 - weight)


def _extent(lit: NDArray[np.int64]) -> tuple[int, int]:
    """First row, and last row plus one, in which a region runs over 4 % of its longest row."""
    wide = np.flatnonzero(lit >= 0.04 * lit.max())
    return int(wide[0]), int(wide[-1]) + 1


def _shifted(mask: Mask, steps: Any) -> list[Mask]:
    height, width = mask.shape
    padded = np.pad(mask, 2)
    return [padded[2 + down : 2 + down + height, 2 + right : 2 + right + width] for down, right in steps]


def _shrink(mask: Mask, steps: Any) -> Mask:
    """Erosion; nothing lies beyond the border."""
    return np.logical_and.reduce(_shifted(mask, steps))


def _spread(mask: Mask, steps: Any) -> Mask:
    """Dilation."""
    return np.logical_or.reduce(_shifted(mask, steps))


def _fill(mask: Mask) -> Mask:
    """A region with its holes: all that the outside does not reach without stepping diagonally."""
    labels = _label(np.pad(~mask, 1, constant_values=True))
    return np.asarray(labels != labels[0, 0])[1:-1, 1:-1] | mask


def _largest(mask: Mask) -> Mask:
    """The largest region whose pixels touch at their sides; the first from the top of several."""
    labels = _label(mask)
    sizes = np.bincount(labels.ravel())
    sizes[0] = 0
    return np.asarray((labels == sizes.argmax()) & mask)


def _label(mask: Mask) -> NDArray[np.int64]:
    """Regions numbered from 1 in the order of their first pixel, 0 elsewhere (union-find over runs)."""
    ends = np.diff(np.pad(mask.astype(np.int8), ((0, 0), (1, 1))), axis=1)
    rows, starts = np.nonzero(ends == 1)
    stops = np.nonzero(ends == -1)[1]
    runs = list(zip(rows.tolist(), starts.tolist(), stops.tolist(), strict=True))
    parent = list(range(len(runs)))

    def root(run: int) -> int:
        while parent[run] != run:
            parent[run] = parent[parent[run]]
            run = parent[run]
        return run

    above = 0
    for run, (row, start, stop) in enumerate(runs):
        while runs[above][0] < row - 1 or (runs[above][0] == row - 1 and runs[above][2] <= start):
            above += 1
        other = above
        while runs[other][0] == row - 1 and runs[other][1] < stop:
            one, two = root(run), root(other)
            parent[max(one, two)] = min(one, two)
            other += 1
    labels = np.zeros(mask.shape, np.int64)
    numbers: dict[int, int] = {}
    for run, (row, start, stop) in enumerate(runs):
        labels[row, start:stop] = numbers.setdefault(root(run), len(numbers) + 1)
    return labels
