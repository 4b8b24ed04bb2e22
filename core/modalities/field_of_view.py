"""The lit disc of a fundus photograph on its dark surround: where it is, and how much of it is there.

A fundus camera images a round field; what lies around it holds no retina, and how much there is depends on
the camera alone. Networks see the disc's bounding box, so that neither the surround nor the camera's aspect
can be learnt. Resizing that box to a square also undoes an earlier change of aspect of the whole file.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

MEASURED_SIDE = 256
"""Longer side in pixels at which the disc is looked for, so that camera resolution does not matter."""
SURROUND_LEVEL = 8
"""A pixel of the surround is at most this bright (largest channel, 0 to 255) in a photograph without haze."""
RELATIVE_LEVEL = 0.12
"""Haze lifts the surround; a lit pixel has at least this share of the photograph's 95th percentile."""
SMALLEST_SHARE = 0.08
"""A lit region smaller than this share of the picture is no field of view."""

_MARGIN = 2
"""Links narrower than twice this many measured pixels do not join a region."""


@dataclass(frozen=True)
class FieldOfView:
    """Where the lit disc lies, in pixels of the photograph.

    Attributes:
        top, left, height, width: bounding box; the whole photograph where nothing was found.
        found: whether there is one lit region large enough to be a field of view.
        lit: share of the box that is lit, in [0, 1]; a full disc fills pi / 4 = 0.785, a box inside it 1.
        cut: of the box's four sides (top, bottom, left, right), how far the region runs along each, as a
            share of that side, in [0, 1]; a full disc touches each side in little more than a point.
    """

    top: int
    left: int
    height: int
    width: int
    found: bool
    lit: float
    cut: tuple[float, float, float, float]

    def crop(self, pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """The box cut out of (H, W, 3): a view, not a copy."""
        return pixels[self.top : self.top + self.height, self.left : self.left + self.width]


def find_field_of_view(pixels: NDArray[np.uint8]) -> FieldOfView:
    """Find the lit disc of a photograph.

    The largest connected region brighter than the surround, holes filled, found at :data:`MEASURED_SIDE`. The
    box is the region's extent, trimmed of single rows and columns that a notch or a flare adds.

    Args:
        pixels: (H, W, 3) uint8 sRGB.

    Returns:
        The field of view; ``found`` is false, and the box is the whole photograph, where no region is large
        enough (a black picture) or where everything is lit up to the corners.
    """
    from scipy import ndimage  # here, so that a command's help is there before it

    height, width = pixels.shape[:2]
    scale = min(1.0, MEASURED_SIDE / max(height, width))
    size = max(round(width * scale), 1), max(round(height * scale), 1)
    small = np.asarray(Image.fromarray(pixels).resize(size, Image.Resampling.BOX))
    bright = ndimage.uniform_filter(small.max(axis=-1).astype(np.float32), 3)
    level = max(SURROUND_LEVEL, RELATIVE_LEVEL * float(np.percentile(bright, 95)))
    region = _largest_region(bright > level)
    whole = FieldOfView(0, 0, height, width, False, float(region.mean()), (1.0, 1.0, 1.0, 1.0))
    if region.mean() < SMALLEST_SHARE or region.all():
        return whole
    rows, columns = _extent(region.sum(axis=1)), _extent(region.sum(axis=0))
    box = region[rows, columns]
    top, bottom = round(rows.start / size[1] * height), round(rows.stop / size[1] * height)
    left, right = round(columns.start / size[0] * width), round(columns.stop / size[0] * width)
    sides = (box[0].mean(), box[-1].mean(), box[:, 0].mean(), box[:, -1].mean())
    return FieldOfView(
        top=top,
        left=left,
        height=max(bottom - top, 1),
        width=max(right - left, 1),
        found=True,
        lit=float(box.mean()),
        cut=(float(sides[0]), float(sides[1]), float(sides[2]), float(sides[3])),
    )


def _largest_region(lit: NDArray[np.bool_]) -> NDArray[np.bool_]:
    from scipy import ndimage

    opened = lit
    if min(lit.shape) >= 16:
        wide = ndimage.binary_opening(np.pad(lit, _MARGIN, mode="edge"), iterations=_MARGIN)
        opened = wide[_MARGIN:-_MARGIN, _MARGIN:-_MARGIN]
    labels, count = ndimage.label(opened)
    if count == 0:
        return np.zeros_like(lit)
    sizes = np.bincount(labels.ravel())
    sizes[0] = 0
    return np.asarray(ndimage.binary_fill_holes(labels == sizes.argmax()), dtype=np.bool_)


def _extent(lit: NDArray[np.int64]) -> slice:
    """First to last row (or column) in which the region runs over at least 4 % of its longest row."""
    wide = np.flatnonzero(lit >= 0.04 * lit.max())
    return slice(int(wide[0]), int(wide[-1]) + 1)
