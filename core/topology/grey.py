"""The small greyscale picture that topology is computed on, and where its cells lie in the frame."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from core.types import PixelBox

GREY_SIDE = 32
LUMA = (299, 587, 114)
"""Thousandths of red, green and blue: Rec. ITU-R BT.601 luma, on the stored (gamma-coded) values."""


def compute_grey(frame: NDArray[np.uint8], side: int = GREY_SIDE) -> NDArray[np.float64]:
    """Average a frame over a square grid of cells and take its luma.

    Cells of a frame whose sides are no multiple of ``side`` share pixels by area. Sums are of whole numbers
    that a float holds exactly, so a turned or mirrored frame gives the turned or mirrored result to the last
    bit. Values are not normalised: the same grey means the same in every picture.

    Args:
        frame: (H, W, 3) uint8 sRGB, H and W from 1 to 65,535.
        side: cells in each direction, at least 1.

    Returns:
        (side, side) float64 in [0, 1]; row 0 is the top.

    Raises:
        ValueError: ``frame`` is not (H, W, 3), is empty or larger than that, or ``side`` is below 1.
        TypeError: ``frame`` is not uint8.
    """
    pixels = np.asarray(frame)
    if pixels.dtype != np.uint8:
        raise TypeError(f"frame must be uint8, it is {pixels.dtype}")
    if pixels.ndim != 3 or pixels.shape[2] != 3 or not 0 < min(pixels.shape) <= max(pixels.shape) < 65_536:
        raise ValueError(f"frame must be (H, W, 3) with 1 to 65,535 rows and columns, it is {pixels.shape}")
    if side < 1:
        raise ValueError(f"side must be at least 1, it is {side}")
    height, width = pixels.shape[:2]
    rows = _overlaps(height, side).astype(np.float32) @ pixels.reshape(height, -1).astype(np.float32)
    sums = np.tensordot(
        rows.reshape(side, width, 3).astype(np.float64), np.array(LUMA, dtype=np.float64), axes=1
    )
    cells = sums @ _overlaps(width, side).T
    return np.asarray(cells / (255.0 * sum(LUMA) * height * width))


def grid_to_frame(
    pixel: NDArray[np.int64] | tuple[int, int], *, side: tuple[int, int], frame_shape: tuple[int, ...]
) -> PixelBox:
    """Where in a frame one cell of the greyscale grid lies.

    Args:
        pixel: (2,) row and column of the cell, as in ``Diagram.birth_pixels``.
        side: rows and columns of the grid, as in ``Diagram.side``.
        frame_shape: (H, W, ...) of the frame that the grid was averaged from.

    Returns:
        PixelBox in pixel edges of the frame.

    Raises:
        ValueError: the cell is not on the grid; -1 means that the backend does not tell the pixel.
    """
    row, column = int(pixel[0]), int(pixel[1])
    if not (0 <= row < side[0] and 0 <= column < side[1]):
        raise ValueError(f"pixel must lie on the {side[0]} x {side[1]} grid, it is ({row}, {column})")
    tall, wide = frame_shape[0] / side[0], frame_shape[1] / side[1]
    return PixelBox(row * tall, column * wide, (row + 1) * tall, (column + 1) * wide)


def _overlaps(length: int, side: int) -> NDArray[np.float64]:
    """(side, length) what each cell shares with each pixel, in parts of 1 / (side * length)."""
    cells, pixels = np.arange(side)[:, None] * length, np.arange(length)[None] * side
    shared = np.minimum(cells + length, pixels + side) - np.maximum(cells, pixels)
    return np.maximum(shared, 0).astype(np.float64)
