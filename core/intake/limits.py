"""How much an uploaded image may ask of this machine."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """Bounds on one file, checked before pixels are decoded, and on the process that decodes it.

    Attributes:
        max_bytes: size of the file; the default is the upload limit of the page, 25 MiB.
        max_pixels: width times height as the file's header states them, times frames and samples in a DICOM
            file; 25 million is above every dermatoscope camera of today and decodes in less than 500 MB of
            memory.
        min_side: shorter side in pixels; below it nothing can be seen.
        max_aspect: longer side over shorter side.
        max_scans: "start of scan" markers of a JPEG file; an encoder writes about ten, an attacker
            thousands, each of which costs a pass over the whole image.
        max_frames: frames of a multi-frame DICOM file.
        max_files: files of one upload; as many as a session may hold, so that no series is cut short.
        memory_bytes: address space of the process that decodes (``RLIMIT_AS``), 1 GiB.
        cpu_s: processor seconds of one file (``RLIMIT_CPU``).
        wall_s: seconds of one file by the clock.
        batch_s: seconds of one upload by the clock; what is then left is refused.
    """

    max_bytes: int = 25 * 2**20
    max_pixels: int = 25_000_000
    min_side: int = 32
    max_aspect: float = 6.0
    max_scans: int = 100
    max_frames: int = 400
    max_files: int = 600
    memory_bytes: int = 2**30
    cpu_s: int = 8
    wall_s: float = 15.0
    batch_s: float = 60.0


DEFAULT_LIMITS = Limits()
