"""More than eight bits a channel become eight, by scaling and never by clipping.

Pillow turns 16-bit greyscale into 8 bit by clipping at 255, and keeps only the high byte of 16-bit colour,
which leaves 16 levels of a 12-bit camera. Here the stored depth decides the scale, not the picture's own
brightest point, so that two photographs of one camera keep their relative brightness.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFile

DEPTHS = (8, 10, 12, 14, 16)
"""Bits a channel that cameras store in 16-bit files."""

_SWAPPED = {"B": "L", "L": "B", "N": "B" if np.little_endian else "L"}


class UnreadableError(ValueError):
    """An image is well-formed but of a kind that is not read here; the message is a clause for the user."""


def stored_depth(values: NDArray[np.uint16]) -> int:
    """Bits of :data:`DEPTHS` that the largest value needs.

    A 16-bit file does not say how many of its bits a camera filled. A picture whose largest value is below
    4,096 is taken as 12-bit, and so on; a true 16-bit picture that dark would be brightened, which is why
    the depth found is written into the case's notes.
    """
    largest = int(values.max(initial=0))
    return next(bits for bits in DEPTHS if largest < 2**bits)


def scale_integers(values: NDArray[np.uint16], bits: int) -> NDArray[np.uint8]:
    """Map 0 … 2^bits − 1 linearly to 0 … 255, rounded to nearest; shape is kept."""
    top = 2**bits - 1
    table = np.rint(np.arange(top + 1, dtype=np.float64) * (255 / top)).astype(np.uint8)
    return table[values]


def raw_mode(image: ImageFile.ImageFile) -> str:
    """Pillow's name for how the file stores a pixel, for example ``"RGB;16B"``; empty when unknown."""
    if not image.tile:
        return ""
    args = image.tile[0].args
    found = args if isinstance(args, str) else (args or ("",))[0]
    return str(found)


def is_deep_colour(image: ImageFile.ImageFile) -> bool:
    """Whether :func:`read_deep_colour` can read all sixteen bits of this not yet loaded image."""
    name, _, depth = raw_mode(image).partition(";")
    return name in ("RGB", "RGBA", "RGBX", "LA") and depth in ("16B", "16L", "16N")


def read_deep_colour(high: ImageFile.ImageFile, low: ImageFile.ImageFile) -> NDArray[np.uint16]:
    """All sixteen bits of a colour image that Pillow would cut to its high bytes.

    Both images are fresh openings of one file. ``high`` is decoded as Pillow does it; in ``low`` the byte
    order of the raw mode is turned round, so that Pillow keeps the other byte.

    Returns:
        (H, W, C) uint16, C = 2 (grey, alpha), 3 or 4.
    """
    name, _, depth = raw_mode(high).partition(";")
    if name == "LA":
        _set_raw_mode(high, "RGBA")
        quad = np.asarray(high).astype(np.uint16)
        return np.left_shift(quad[..., 0::2], 8) | quad[..., 1::2]
    _set_raw_mode(low, f"{name};16{_SWAPPED[depth[-1]]}")
    values = np.asarray(high).astype(np.uint16)
    values <<= 8
    values |= np.asarray(low)
    return values


def _set_raw_mode(image: ImageFile.ImageFile, mode: str) -> None:
    image.tile = [
        tile._replace(args=mode if isinstance(tile.args, str) else (mode, *(tile.args or ("",))[1:]))
        for tile in image.tile
    ]


def join_channels(colour: NDArray[np.uint8], alpha: NDArray[np.uint8] | None) -> Image.Image:
    """A Pillow image of (H, W) or (H, W, 3) values, with (H, W) opacity where there is one."""
    image = Image.fromarray(colour)
    if alpha is not None:
        image.putalpha(Image.fromarray(alpha))
    return image
