"""How much an uploaded image may ask of this machine."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """Bounds that are checked before pixels are decoded.

    Attributes:
        max_bytes: size of the file; the default is the upload limit of the page, 25 MiB.
        max_pixels: width times height as the file's header states them; 25 million is above every
            dermatoscope camera of today and decodes in less than 500 MB of memory.
        min_side: shorter side in pixels; below it nothing can be seen.
        max_aspect: longer side over shorter side.
        max_scans: "start of scan" markers of a JPEG file; an encoder writes about ten, an attacker
            thousands, each of which costs a pass over the whole image.
    """

    max_bytes: int = 25 * 2**20
    max_pixels: int = 25_000_000
    min_side: int = 32
    max_aspect: float = 6.0
    max_scans: int = 100


DEFAULT_LIMITS = Limits()
