"""Where a spot is born and where it dies, marked on the photograph and on its small greyscale."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw
from scipy import ndimage

from core.types import PixelBox

BIRTH_COLOUR, DEATH_COLOUR, REGION_COLOUR = "#56B4E9", "#F0E442", "#FFFFFF"
"""Sky blue, yellow and white, each on a black edge: seen on any part of a photograph."""

LONG_SIDE = 640


@dataclass(frozen=True)
class Mark:
    """A box in pixels of the frame: a square for a birth, a circle for a death."""

    kind: Literal["birth", "death"]
    box: PixelBox


def mark_picture(frame: NDArray[np.uint8], marks: Sequence[Mark]) -> NDArray[np.uint8]:
    """Shrink a frame and draw marks on it.

    Args:
        frame: (H, W, 3) uint8; left as it is.
        marks: in pixels of ``frame``.

    Returns:
        (h, w, 3) uint8, the longer side :data:`LONG_SIDE`.
    """
    image = Image.fromarray(frame)
    scale = LONG_SIDE / max(image.size)
    size = max(round(image.width * scale), 1), max(round(image.height * scale), 1)
    image = image.resize(size, Image.Resampling.LANCZOS)
    return _draw_marks(image, marks, scale)


def mark_grey(
    grey: NDArray[np.float64], marks: Sequence[Mark], frame_shape: tuple[int, ...]
) -> NDArray[np.uint8]:
    """Enlarge the greyscale grid to the frame's shape, cell by cell, and draw the same marks on it."""
    height, width = frame_shape[:2]
    scale = LONG_SIDE / max(height, width)
    size = max(round(width * scale), 1), max(round(height * scale), 1)
    cells = np.rint(255 * np.clip(grey, 0, 1)).astype(np.uint8)
    image = Image.fromarray(cells).resize(size, Image.Resampling.NEAREST).convert("RGB")
    return _draw_marks(image, marks, scale)


def outline_region(pixels: NDArray[np.uint8], region: NDArray[np.bool_]) -> NDArray[np.uint8]:
    """Draw the border of a set of grid cells on a picture of the frame.

    Args:
        pixels: (H, W, 3) uint8, a frame at any size; left as it is.
        region: (rows, columns) bool on the greyscale grid.

    Returns:
        (h, w, 3) uint8, the longer side at most :data:`LONG_SIDE`.
    """
    image = Image.fromarray(pixels)
    image.thumbnail((LONG_SIDE, LONG_SIDE), Image.Resampling.LANCZOS)
    inside = np.asarray(Image.fromarray(region).resize(image.size, Image.Resampling.NEAREST))
    edge = inside ^ ndimage.binary_erosion(inside, iterations=2, border_value=1)
    around = ndimage.binary_dilation(edge, iterations=1) & ~edge
    drawn = np.array(image)
    drawn[around] = 0
    drawn[edge] = 255
    return drawn


def _draw_marks(image: Image.Image, marks: Sequence[Mark], scale: float) -> NDArray[np.uint8]:
    draw = ImageDraw.Draw(image)
    for mark in marks:
        box = mark.box
        left, top, right, bottom = (scale * value for value in (box.left, box.top, box.right, box.bottom))
        grow = max(11 - (right - left) / 2, 3)
        edges = (left - grow, top - grow, right + grow, bottom + grow)
        colour = BIRTH_COLOUR if mark.kind == "birth" else DEATH_COLOUR
        outline = draw.rectangle if mark.kind == "birth" else draw.ellipse
        outline(tuple(edge + step for edge, step in zip(edges, (-2, -2, 2, 2), strict=True)), None, "#000", 8)
        outline(edges, None, colour, 4)
    return np.asarray(image)
