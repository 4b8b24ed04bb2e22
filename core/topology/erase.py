"""A photograph without one dark or bright spot: what would a network say if that spot were not there?

The spot is removed from the greyscale grid by topological simplification: a basin is filled up to the level
where it runs into a darker one, a peak inside a dark loop is cut down to the level where the loop closes. The
photograph then gets that change of brightness, smoothly between cells, in all three colours alike.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy import ndimage

from core.topology.diagram import compute_diagram
from core.topology.grey import compute_grey
from core.types import Diagram, Erasure

REMOVED_BELOW = 0.1
"""A feature counts as removed if at most this share of its persistence is left."""
ROUNDS = 12
"""Corrections of the interpolated change, so that cells reach the brightness they were meant to have."""
CLOSE_ENOUGH = 1 / 4096
"""Grey value; a cell this near to what it should be needs no further correction."""

_TOUCHING = {0: np.ones((3, 3), dtype=bool), 1: ndimage.generate_binary_structure(2, 1)}
"""Dark cells that touch at a corner are connected, bright ones are not (T-construction)."""


def erase_feature(frame: NDArray[np.uint8], diagram: Diagram, index: int) -> Erasure:
    """Remove the spot behind one point of a diagram from the frame, and look whether it is gone.

    Smaller spots inside it go with it. Where the colours are clipped at 0 or 255 the change may fall short;
    ``remaining_persistence`` tells.

    Args:
        frame: (H, W, 3) uint8 that ``diagram`` was computed from (square grid).
        diagram: of ``compute_grey(frame, side)``, with pixels (backend ``"cripser"``).
        index: row of ``diagram.points``; not the essential one.

    Returns:
        Erasure; ``frame`` itself is not changed.

    Raises:
        IndexError: ``index`` is no row.
        ValueError: the point is the essential one, which every picture has; the diagram tells no pixels; or
            it is not of this frame.
    """
    if not 0 <= index < len(diagram.points):
        raise IndexError(f"index must be one of {len(diagram.points)} points, it is {index}")
    if index == diagram.essential:
        raise ValueError("index is the darkest spot of the whole picture, which cannot be erased")
    grey = compute_grey(frame, diagram.side[0])
    region, level = _find_region(grey, diagram, index)
    wanted = np.where(region, level, grey)
    pixels = _carry(frame, wanted, near=ndimage.binary_dilation(region, structure=_TOUCHING[0]))
    after = compute_diagram(compute_grey(pixels, diagram.side[0]))
    point = diagram.points[index]
    places = after.birth_pixels if point[2] == 0 else after.death_pixels
    left = after.persistence[
        after.finite & (after.points[:, 2] == point[2]) & region[places[:, 0], places[:, 1]]
    ]
    remaining = float(left.max(initial=0.0))
    change = np.abs(pixels.astype(np.int16) - frame)
    return Erasure(
        pixels=pixels,
        region=region,
        point=point.copy(),
        remaining_persistence=remaining,
        removed=remaining <= REMOVED_BELOW * float(point[1] - point[0]),
        changed_share=float(change.any(axis=2).mean()),
        mean_change=float(change.mean()),
        largest_change=int(change.max()),
        points_before=len(diagram.points),
        points_after=len(after.points),
    )


def _find_region(grey: NDArray[np.float64], diagram: Diagram, index: int) -> tuple[NDArray[np.bool_], float]:
    """(rows, columns) bool of the cells that belong to the spot, and the value that levels them."""
    birth, death, dimension = diagram.points[index]
    births, deaths = diagram.birth_pixels[index], diagram.death_pixels[index]
    if min(births.min(), deaths.min()) < 0:
        raise ValueError("diagram must tell pixels: compute it with the backend 'cripser'")
    if grey.shape != diagram.side or (grey[tuple(births)], grey[tuple(deaths)]) != (birth, death):
        raise ValueError("diagram must be of this frame: its pixels have other values there")
    inside, seed, level = (grey < death, births, death) if dimension == 0 else (grey > birth, deaths, birth)
    labels, _ = ndimage.label(inside, structure=_TOUCHING[int(dimension)])
    return labels == labels[tuple(seed)], float(level)


def _carry(
    frame: NDArray[np.uint8], wanted: NDArray[np.float64], *, near: NDArray[np.bool_]
) -> NDArray[np.uint8]:
    """Change the frame's brightness until its cells are as ``wanted``: interpolate, average, correct, repeat.

    Only the spot and the cells beside it (``near``) are corrected, so pixels farther away stay as they are.

    Fractions of a colour step are kept on average by an ordered dither, which leaves untouched pixels as they
    are.
    """
    height, width = frame.shape[:2]
    threshold = np.tile(_bayer(), (-(-height // 8), -(-width // 8)))[:height, :width]
    change = np.zeros((height, width), dtype=np.float32)
    pixels, missing = frame, wanted - compute_grey(frame, wanted.shape[0])
    for _ in range(ROUNDS):
        low = Image.fromarray(missing.astype(np.float32))
        change += np.asarray(low.resize((width, height), Image.Resampling.BILINEAR))
        change[np.abs(change) < CLOSE_ENOUGH / 16] = 0
        raised = frame + np.floor(255 * change + threshold).astype(np.int16)[:, :, None]
        pixels = np.clip(raised, 0, 255).astype(np.uint8)
        missing = np.where(near, wanted - compute_grey(pixels, wanted.shape[0]), 0.0)
        if np.abs(missing).max() < CLOSE_ENOUGH:
            break
    return pixels


def _bayer() -> NDArray[np.float32]:
    """(8, 8) the ordered-dither thresholds of Bayer 1973: 1/128, 3/128 ... 127/128, spread evenly."""
    order = np.zeros((1, 1))
    for _ in range(3):
        order = np.block([[4 * order, 4 * order + 2], [4 * order + 3, 4 * order + 1]])
    return ((order + 0.5) / 64).astype(np.float32)
