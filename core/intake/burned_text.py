"""Whether letters seem to be burned into a picture: bright thin strokes in a row, near a border.

Names, dates and scanner settings are written into pictures by workstations, mostly in white near the border.
This is a hint for the reader, not a guarantee: faint, dark, very large or central text is missed. A letter is
taken to be a patch of thin bright strokes; :data:`LETTERS_IN_A_ROW` of about one height on one line are text.

The bounds were set by hand on one half of the slices of IQ-OTH/NCCD, with and without rendered lines, and
measured on the other: see ``tests/intake/test_burned_text.py``.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from PIL import Image

TEXT_WARNING = "Bright marks near the border look like text: check for a name or a date before sharing."

MEASURED_SIDE = 1024
"""Longer side in pixels above which a picture is reduced first."""
BORDER = 0.2
"""Share of each side, from its edge, in which text is looked for."""
DIMMEST = 160
"""Grey from which a stroke counts as bright."""
CONTRAST = 60
"""By how much a stroke is brighter than what surrounds it within :data:`STROKE` pixels."""
STROKE = 7
"""Pixels that a stroke is narrower than."""
HEIGHTS = (5, 40)
"""Smallest and largest height of a letter in pixels."""
SLIMMEST, WIDEST = 0.1, 3.0
"""Width of a letter over its height; letters that touch count as one."""
FILLED = (0.12, 0.9)
"""Share of a letter's box that is stroke; digits like 1 fill most of it."""
LETTERS_IN_A_ROW = 4
CROWDED = 0.1
"""Share of stroke pixels above which the picture is noise, not text."""


def find_burned_text(pixels: NDArray[np.uint8]) -> bool:
    """Whether (H, W, 3) uint8 sRGB seems to have a line of text near one of its borders."""
    from scipy import ndimage

    grey = _reduce(pixels)
    thin = grey - ndimage.grey_opening(grey, size=(STROKE, STROKE))
    strokes = (grey >= DIMMEST) & (thin >= CONTRAST)
    if strokes.mean() > CROWDED:
        return False
    labels, _ = ndimage.label(strokes, structure=np.ones((3, 3)))
    boxes = []
    for number, (rows, columns) in enumerate(ndimage.find_objects(labels), 1):
        height, width = rows.stop - rows.start, columns.stop - columns.start
        if not HEIGHTS[0] <= height <= HEIGHTS[1] or not SLIMMEST * height <= width <= WIDEST * height:
            continue
        if FILLED[0] <= (labels[rows, columns] == number).mean() <= FILLED[1] and _at_border(
            rows, columns, grey.shape
        ):
            boxes.append((columns.start, columns.stop, rows.start, rows.stop))
    return _longest_row(boxes) >= LETTERS_IN_A_ROW


def _reduce(pixels: NDArray[np.uint8]) -> NDArray[np.int16]:
    """The brightest channel, (h, w) int16, of at most :data:`MEASURED_SIDE` pixels a side."""
    grey = pixels.max(-1)
    longer = max(grey.shape)
    if longer > MEASURED_SIDE:
        grey = np.asarray(Image.fromarray(grey).reduce(-(-longer // MEASURED_SIDE)))
    return grey.astype(np.int16)


def _at_border(rows: slice, columns: slice, shape: tuple[int, ...]) -> bool:
    middle = (rows.start + rows.stop) / 2 / shape[0], (columns.start + columns.stop) / 2 / shape[1]
    return any(not BORDER <= at <= 1 - BORDER for at in middle)


def _longest_row(boxes: list[tuple[int, int, int, int]]) -> int:
    """Most letters that stand side by side: tops or feet on one line, about one height, small gaps."""
    longest = 0
    for first in boxes:
        height = first[3] - first[2]
        line = sorted(box for box in boxes if _on_line(first, box, height))
        row = 1
        for left, right in pairwise(line):
            row = row + 1 if right[0] - left[1] <= height else 1
            longest = max(longest, row)
    return longest


def _on_line(first: tuple[int, int, int, int], other: tuple[int, int, int, int], height: int) -> bool:
    """Whether a box stands on the same line as another and is as high, within a fifth of the height."""
    slack = max(0.2 * height, 1.0)
    return abs(other[3] - first[3]) <= slack and abs(other[2] - first[2]) <= 2 * slack
