"""Pixel data become frames, one at a time, after every compressed frame's own header has been checked."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from core.errors import DecodeError
from core.intake.dicom_header import AGAIN, Head

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

_START_OF_FRAME = (*range(0xC0, 0xC4), *range(0xC5, 0xC8), *range(0xC9, 0xCC), *range(0xCD, 0xD0), 0xF7)
"""Second byte of the JPEG markers that state the picture's size; 0xF7 is that of JPEG-LS."""
_J2K_START = b"\xff\x4f\xff\x51"
"""Start of codestream and of its size marker (ITU-T T.800, A.5.1)."""


def decode_frames(head: Head, shown: str) -> Iterator[NDArray[Any]]:
    """Decode frame by frame, so that no more than one is held decoded here.

    Yields:
        (rows, columns) stored values, signed or not, or (rows, columns, 3) RGB of as many bits as stored.

    Raises:
        DecodeError: a compressed frame is not of the size that the head states.
    """
    from pydicom.pixels import apply_color_lut, iter_pixels

    if head.compressed:
        check_codestreams(head, shown)
    clean = _rebuild(head)
    for frame in iter_pixels(clean):
        if head.interpretation == "PALETTE COLOR":
            yield apply_color_lut(frame, clean)
        elif head.monochrome and head.high >= head.stored:
            yield frame >> (head.high + 1 - head.stored)
        else:
            yield frame


def sample_bits(head: Head) -> int:
    """Bits of one sample of what :func:`decode_frames` yields: those stored, or those of a palette."""
    if head.interpretation != "PALETTE COLOR":
        return head.stored
    descriptor = head.elements.RedPaletteColorLookupTableDescriptor
    return 8 if int(descriptor[2]) == 8 else 16


def check_codestreams(head: Head, shown: str) -> None:
    """Compare the size that each JPEG, JPEG-LS or JPEG 2000 codestream states with the head's.

    A decoder allocates what the codestream says, whatever the DICOM head says.

    Raises:
        DecodeError: they differ, or a frame is missing.
    """
    from pydicom.encaps import generate_frames

    if head.syntax == "1.2.840.10008.1.2.5":
        return
    found = 0
    for frame in generate_frames(head.data, number_of_frames=head.frames):
        found += 1
        if find_size(frame) != (head.rows, head.columns):
            raise DecodeError(
                shown, "a compressed frame is damaged, or not of the size that its head states", AGAIN
            )
    if found < head.frames:
        raise DecodeError(shown, "the DICOM file is cut off: frames are missing", AGAIN)


def find_size(codestream: bytes) -> tuple[int, int] | None:
    """(rows, columns) that a JPEG, JPEG-LS or JPEG 2000 codestream states; None where none is found."""
    if codestream[:2] == b"\xff\xd8":
        return _find_jpeg_size(codestream)
    at = codestream.find(_J2K_START)
    if at < 0 or len(codestream) < at + 24:
        return None
    right, bottom, left, top = (
        int.from_bytes(codestream[at + i : at + i + 4], "big") for i in (8, 12, 16, 20)
    )
    return bottom - top, right - left


def _find_jpeg_size(codestream: bytes) -> tuple[int, int] | None:
    at = 2
    while at + 9 <= len(codestream) and codestream[at] == 0xFF:
        marker = codestream[at + 1]
        if marker == 0xFF:
            at += 1
        elif marker in _START_OF_FRAME:
            rows, columns = (int.from_bytes(codestream[at + i : at + i + 2], "big") for i in (5, 7))
            return rows, columns
        else:
            at += 2 + int.from_bytes(codestream[at + 2 : at + 4], "big")
    return None


def _rebuild(head: Head) -> Dataset:
    """A data set of checked values and pixel data alone, which is all that pydicom's decoders get to see."""
    from pydicom.dataset import Dataset, FileMetaDataset
    from pydicom.uid import UID

    clean = Dataset()
    clean.file_meta = FileMetaDataset()
    clean.file_meta.TransferSyntaxUID = UID(head.syntax)
    clean.set_original_encoding(head.elements.is_implicit_VR, head.elements.is_little_endian)
    clean.Rows, clean.Columns = head.rows, head.columns
    clean.SamplesPerPixel, clean.NumberOfFrames = head.samples, head.frames
    clean.PhotometricInterpretation = head.interpretation
    clean.BitsAllocated, clean.BitsStored, clean.HighBit = head.allocated, head.high + 1, head.high
    clean.PixelRepresentation = int(head.signed)
    if head.samples > 1:
        clean.PlanarConfiguration = head.planar
    if head.interpretation == "PALETTE COLOR":
        for tag in (0x00281101, 0x00281102, 0x00281103, 0x00281201, 0x00281202, 0x00281203,
                    0x00281221, 0x00281222, 0x00281223):  # fmt: skip
            if tag in head.elements:
                clean[tag] = head.elements[tag]
    clean.PixelData = head.data
    clean["PixelData"].VR = "OB" if head.compressed or head.bytewise else "OW"
    clean["PixelData"].is_undefined_length = head.compressed
    return clean


def to_eight_bits(values: NDArray[Any], bits: int) -> NDArray[np.uint8]:
    """Map 0 … 2^bits − 1 linearly to 0 … 255, rounded to nearest; shape is kept."""
    if bits == 8:
        return values.astype(np.uint8, copy=False)
    scaled = values.astype(np.float32) * np.float32(255 / (2**bits - 1))
    return np.rint(np.clip(scaled, 0, 255)).astype(np.uint8)
