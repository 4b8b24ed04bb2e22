"""Three fingerprints of every image: of its bytes, of its pixels, and of its looks."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core.data.near_duplicates import BITS, hash_thumbnail, make_thumbnail
from core.errors import DecodeError, TwinLensError
from core.intake.limits import Limits
from core.intake.raster import read_case
from core.intake.sniff import looks_like_dicom
from core.types import Refusal

LIMITS = Limits(max_bytes=400 * 2**20, max_pixels=200_000_000, min_side=2, max_aspect=100.0)
"""Wider than an upload's: the files are the user's own."""

Watch = Callable[[Sequence[tuple[str, Path]]], Iterable[tuple[str, Path]]]
"""Passes files through and may show how far it is."""


@dataclass(frozen=True)
class Fingerprints:
    """Fingerprints of N files.

    Attributes:
        file_hash: (N,) SHA-256 of the bytes; empty where the file is not there.
        pixel_hash: (N,) SHA-256 of shape and 8-bit sRGB pixels, upright; empty where it is not a picture.
        looks: (N, 32) uint8, perceptual hash; 0 where it is not a picture.
        refused: files without pixels, by name, and why.
    """

    file_hash: tuple[str, ...]
    pixel_hash: tuple[str, ...]
    looks: NDArray[np.uint8]
    refused: tuple[Refusal, ...]

    @property
    def readable(self) -> NDArray[np.bool_]:
        """(N,) whether there are pixels."""
        return np.array([bool(value) for value in self.pixel_hash], dtype=bool)


def compute_fingerprints(files: Sequence[tuple[str, Path]], *, watch: Watch = iter) -> Fingerprints:
    """Read every file once, one at a time. A file that cannot be read is listed, not raised.

    Args:
        files: name for display, and place.
        watch: shows progress.
    """
    file_hash, pixel_hash, refused = [], [], []
    looks = np.zeros((len(files), BITS // 8), np.uint8)
    for place, (name, file) in enumerate(watch(files)):
        content: bytes | None = None
        pixels = ""
        try:
            content = _load(name, file)
            frames = _decode(name, content)
            pixels = _hash_pixels(frames)
            looks[place] = hash_thumbnail(make_thumbnail(_middle(frames)))
        except TwinLensError as error:
            refused.append(Refusal(name, error.problem, error.remedy))
        file_hash.append(hashlib.sha256(content).hexdigest() if content is not None else "")
        pixel_hash.append(pixels)
    return Fingerprints(tuple(file_hash), tuple(pixel_hash), looks, tuple(refused))


def load_picture(name: str, file: Path) -> NDArray[np.uint8]:
    """Pixels (H, W, 3) uint8 sRGB of one PNG, JPEG, TIFF or DICOM file, upright; the middle one of several.

    Raises:
        DecodeError: not there, or not a picture that is read here.
        QualityError: every pixel has the same colour.
    """
    return _middle(_decode(name, _load(name, file)))


def _load(name: str, file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise DecodeError(
            name, error.strerror or "cannot be read", "Correct the path, or name the folder of the images"
        ) from error


def _decode(name: str, content: bytes) -> list[NDArray[np.uint8]]:
    """The pictures in a file; chest slices in Hounsfield units through the window of training."""
    if looks_like_dicom(content):
        from core.intake.dicom import read_dicom

        return [case.pixels for case in read_dicom(content, title=name, modality="ct", limits=LIMITS)]
    return [read_case(content, title=name, modality="dermoscopy", limits=LIMITS).pixels]


def _middle(frames: Sequence[NDArray[np.uint8]]) -> NDArray[np.uint8]:
    return frames[len(frames) // 2]


def _hash_pixels(frames: Sequence[NDArray[np.uint8]]) -> str:
    digest = hashlib.sha256()
    for frame in frames:
        digest.update(repr(frame.shape).encode())
        digest.update(frame.tobytes())
    return digest.hexdigest()
