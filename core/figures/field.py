"""The part of a photograph that networks see, outlined on the whole."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

LINE, EDGE = (255, 255, 255), (0, 0, 0)


def outline_box(
    pixels: NDArray[np.uint8], box: tuple[int, int, int, int], *, long_side: int = 640
) -> NDArray[np.uint8]:
    """Shrink a picture and draw a white box with a black edge, seen on light and on dark ground.

    Args:
        pixels: (H, W, 3) uint8.
        box: top, left, height and width in pixels of ``pixels``.
        long_side: of the result; a smaller picture keeps its size.

    Returns:
        (h, w, 3) uint8; ``pixels`` is left as it is.
    """
    image = Image.fromarray(pixels)
    scale = min(1.0, long_side / max(image.size))
    size = max(round(image.width * scale), 1), max(round(image.height * scale), 1)
    small = image.resize(size, Image.Resampling.BOX) if scale < 1 else image.copy()
    top, left, height, width = (round(value * scale) for value in box)
    right = max(min(left + width, size[0]) - 1, left)
    bottom = max(min(top + height, size[1]) - 1, top)
    thickness = max(max(size) // 160, 1)
    draw = ImageDraw.Draw(small)
    draw.rectangle((left, top, right, bottom), outline=EDGE, width=3 * thickness)
    if min(right - left, bottom - top) > 2 * thickness:
        inner = (left + thickness, top + thickness, right - thickness, bottom - thickness)
        draw.rectangle(inner, outline=LINE, width=thickness)
    return np.asarray(small)
