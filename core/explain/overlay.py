"""A heat map over its image: numpy and Pillow, no model library."""

from __future__ import annotations

import matplotlib
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from core.types import Heatmap

COLORMAP = "inferno"
"""Perceptually uniform, and readable with the common colour vision deficiencies (matplotlib, 2015)."""


def resize_heatmap(values: NDArray[np.float32], size: tuple[int, int]) -> NDArray[np.float32]:
    """Resize a map bilinearly, cell centres to pixel regions (the outermost half cell is held constant).

    Args:
        values: (h, w) float in [0, 1].
        size: (height, width) wanted.

    Returns:
        (height, width) float32 in [0, 1].

    Raises:
        ValueError: ``values`` is not a two-dimensional map, or ``size`` is not positive.
    """
    if values.ndim != 2 or 0 in values.shape:
        raise ValueError(f"values must be a map (h, w), not {values.shape}")
    if min(size) < 1:
        raise ValueError(f"size must be positive, not {size}")
    image = Image.fromarray(np.ascontiguousarray(values, dtype=np.float32))
    resized = np.asarray(image.resize((size[1], size[0]), Image.Resampling.BILINEAR), dtype=np.float32)
    return np.clip(resized, 0.0, 1.0)


def render_overlay(
    pixels: NDArray[np.uint8],
    heatmap: Heatmap,
    *,
    opacity: float,
    scale_peak: float | None = None,
    colors: str = COLORMAP,
) -> NDArray[np.uint8]:
    """Lay a heat map over its image.

    Colour and opacity both follow the evidence: where there is none, the image stays as it is, and at full
    evidence the colour covers it with ``opacity``. Both are linear in the evidence.

    Args:
        pixels: (H, W, 3) uint8 sRGB, the image that was explained.
        heatmap: its map; resized to the image.
        opacity: in [0, 1], at full evidence.
        scale_peak: the value of full evidence, in the map's unit, where several maps share one scale;
            None scales the map by its own peak. Evidence beyond it counts as full.
        colors: name of a matplotlib colour map.

    Returns:
        (H, W, 3) uint8 sRGB; a copy of ``pixels`` when the map shows no evidence.

    Raises:
        ValueError: ``pixels`` is no such image, ``opacity`` outside [0, 1], ``scale_peak`` not positive.
    """
    if pixels.ndim != 3 or pixels.shape[2] != 3 or pixels.dtype != np.uint8:
        raise ValueError(f"pixels must be (H, W, 3) uint8, not {pixels.shape} {pixels.dtype}")
    if not 0 <= opacity <= 1:
        raise ValueError(f"opacity must be in [0, 1], not {opacity}")
    if scale_peak is not None and not (np.isfinite(scale_peak) and scale_peak > 0):
        raise ValueError(f"scale_peak must be positive, not {scale_peak}")
    if heatmap.state == "no_evidence":
        return pixels.copy()
    evidence = resize_heatmap(heatmap.values, (pixels.shape[0], pixels.shape[1]))
    if scale_peak is not None:
        evidence = np.clip(evidence * np.float32(heatmap.peak / scale_peak), 0.0, 1.0)
    color = matplotlib.colormaps[colors](evidence)[..., :3] * 255.0
    share = (opacity * evidence)[..., None]
    blended = (1.0 - share) * pixels + share * color
    return np.rint(blended).astype(np.uint8)
