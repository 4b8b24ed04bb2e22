"""Whether a map lies on what an expert outlined: the pointing game, and the share of the map inside.

- Pointing game (Zhang et al. 2018, "Top-down neural attention by excitation backprop"): is the
  map's peak inside the outline? Without their tolerance of 15 pixels, which would make small lesions easy.
  The peak is the centre of the map's strongest cell, which is also where the map enlarged bilinearly is
  strongest. If cells are tied, more than half of them must lie inside.
- Energy-based pointing game (Wang et al. 2020, "Score-CAM: Score-weighted visual explanations for
  convolutional neural networks"): how much of the map's sum lies inside. The map is enlarged
  bilinearly to the outline's grid. It is not compared on its own grid, whose cells are often larger than a
  lesion.

Both are told beside the outline's share of the picture, which is what maps would get that know nothing, and
with whether the middle of the picture is inside, since lesions are mostly photographed in the middle.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from core.explain.overlay import resize_heatmap
from core.modalities.base import Preprocessing
from core.types import Heatmap, Localisation

FINEST = 448
"""Longer side of the outline at which it is compared; a finer one is averaged by area first."""


def measure_localisation(heatmap: Heatmap, mask: NDArray[np.bool_]) -> Localisation:
    """Hold one map against an outline.

    Args:
        heatmap: of a network.
        mask: (H, W) bool, True inside; of what the map covers, see :func:`frame_mask`.

    Returns:
        The findings; an empty map misses, and its energy is NaN.

    Raises:
        ValueError: the mask is not (H, W) bool, or nothing is inside.
    """
    if mask.ndim != 2 or mask.dtype != np.bool_:
        raise ValueError(f"mask must be (H, W) bool, not {mask.shape} {mask.dtype}")
    if not mask.any():
        raise ValueError("mask must hold some of the finding: nothing is inside")
    area, centre = float(mask.mean()), _inside(mask, np.array([[0.5, 0.5]]))[0]
    if heatmap.state == "no_evidence":
        return Localisation(hit=False, energy=math.nan, area=area, centre=bool(centre))
    hit = float(_inside(mask, _find_peaks(heatmap.values)).mean()) > 0.5
    inside = _shrink(mask)
    fine = resize_heatmap(heatmap.values, (inside.shape[0], inside.shape[1])).astype(np.float64)
    energy = float((fine * inside).sum() / fine.sum())
    return Localisation(hit=hit, energy=energy, area=area, centre=bool(centre))


def frame_mask(
    mask: NDArray[np.bool_], pixels: NDArray[np.uint8], preprocessing: Preprocessing
) -> NDArray[np.bool_]:
    """The part of an outline that a network sees.

    Args:
        mask: (H, W) bool of a whole picture.
        pixels: (H, W, 3) uint8, that picture, on which the frame is looked for.
        preprocessing: of the network.

    Returns:
        (h, w) bool, which may hold nothing of the finding where the frame leaves it out.

    Raises:
        ValueError: mask and picture differ in size.
    """
    if mask.shape != pixels.shape[:2]:
        raise ValueError(f"mask must be {pixels.shape[:2]} as the picture is, not {mask.shape}")
    box = preprocessing.locate(pixels)
    if box is None:
        return mask
    return mask[box.top : box.top + box.height, box.left : box.left + box.width]


def _find_peaks(values: NDArray[np.float32]) -> NDArray[np.float64]:
    """(n, 2) centres of the strongest cells, (down, across) as shares of the picture; n above 1 if tied."""
    return (np.argwhere(values == values.max()) + 0.5) / values.shape


def _inside(mask: NDArray[np.bool_], points: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Whether each of (n, 2) points lies inside; one between pixels belongs to the lower or right one."""
    rows, columns = np.minimum(points * mask.shape, np.array(mask.shape) - 1).astype(np.intp).T
    return np.asarray(mask[rows, columns])


def _shrink(mask: NDArray[np.bool_]) -> NDArray[np.float64]:
    """The share inside of each cell of a grid of at most :data:`FINEST` cells along a side."""
    height, width = mask.shape
    factor = min(1.0, FINEST / max(mask.shape))
    if factor == 1:
        return mask.astype(np.float64)
    size = max(round(width * factor), 1), max(round(height * factor), 1)
    image = Image.fromarray(mask.astype(np.float32))
    return np.asarray(image.resize(size, Image.Resampling.BOX), dtype=np.float64)
