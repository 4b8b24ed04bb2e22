"""The patient's body in a CT slice: the box around it, without the air and the table.

Scans are reconstructed in fields of 25 to 50 cm; cut to the body, the same anatomy has nearly the same size
in every picture, and a network's pixels are not spent on air.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

MEASURED_SIDE = 192
"""Longer side in pixels at which the body is looked for."""
TISSUE = 110
"""Grey above which a pixel is tissue: -600 HU in the window of training, half-way between air and fat."""
OPENING = 5
"""Pixels of a square opening that parts the body from the table, cables and clothes."""
SMALLEST_SHARE = 0.08
"""Of the slice's area; with less tissue than this no body was found."""
MARGIN = 0.02


@dataclass(frozen=True)
class BodyBox:
    """A box in pixels of the slice; the whole slice where no body was found.

    Attributes:
        top, left, height, width: of the box.
        found: whether a body was.
    """

    top: int
    left: int
    height: int
    width: int
    found: bool

    def crop(self, pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """The box cut out of (H, W, 3) pixels."""
        return pixels[self.top : self.top + self.height, self.left : self.left + self.width]


def find_body(pixels: NDArray[np.uint8]) -> BodyBox:
    """The box around the largest piece of tissue, with a margin of 2 % of the longer side.

    Args:
        pixels: (H, W, 3) uint8, a slice in the window of training.

    Returns:
        The box; the whole slice, ``found`` False, when the largest piece is smaller than 8 % of it.
    """
    from scipy import ndimage  # here, so that a command's help is there before it

    height, width = pixels.shape[:2]
    scale = MEASURED_SIDE / max(height, width)
    size = max(round(width * scale), 1), max(round(height * scale), 1)
    small = np.asarray(Image.fromarray(pixels).convert("L").resize(size, Image.Resampling.BOX))
    opened = ndimage.binary_opening(small > TISSUE, np.ones((OPENING, OPENING), bool))
    labels, count = ndimage.label(opened)
    if count:
        sizes = np.bincount(labels.ravel())
        sizes[0] = 0
        largest = int(sizes.argmax())
        rows, columns = ndimage.find_objects(labels)[largest - 1]
        area = int(ndimage.binary_fill_holes(labels[rows, columns] == largest).sum())
        if area >= SMALLEST_SHARE * opened.size:
            margin = MARGIN * max(height, width)
            top = max(round(rows.start / scale - margin), 0)
            left = max(round(columns.start / scale - margin), 0)
            bottom = min(round(rows.stop / scale + margin), height)
            right = min(round(columns.stop / scale + margin), width)
            return BodyBox(top, left, bottom - top, right - left, found=True)
    return BodyBox(0, 0, height, width, found=False)
