"""Pixels as a data URI: a picture inside the page, which no other address can ask for."""

from __future__ import annotations

import base64
from io import BytesIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image


def encode_picture(
    pixels: NDArray[np.uint8], *, long_side: int = 640, quality: int = 88, lossless: bool = False
) -> str:
    """Encode (H, W, 3) uint8 as a data URI whose longer side is at most ``long_side`` pixels.

    A JPEG of ``quality``, or a PNG where ``lossless``.
    """
    image = Image.fromarray(pixels)
    image.thumbnail((long_side, long_side), Image.Resampling.LANCZOS)
    buffer = BytesIO()
    if lossless:
        image.save(buffer, "PNG")
    else:
        image.save(buffer, "JPEG", quality=quality)
    kind = "png" if lossless else "jpeg"
    return f"data:image/{kind};base64," + base64.b64encode(buffer.getvalue()).decode("ascii")
