"""The head of a DICOM file: found, checked against the limits and reduced to allow-listed elements.

pydicom's own ``dcmread`` is not used: it inflates a deflated data set whole before anything can be checked,
and keeps every element. Here file meta information and data set are read by turns, and of the data set only
the elements of :data:`HEAD` are ever kept.

Source: DICOM PS3.5 (encoding), PS3.3 C.7.6.3 (image pixel module), PS3.10 (file format).
"""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING, Any

from core.errors import DecodeError
from core.intake.dicom_values import AGAIN, whole, word
from core.intake.limits import Limits
from core.intake.sniff import is_dicom

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

PLAIN = "Export it uncompressed, or as PNG"

_IMPLICIT, _EXPLICIT, _BIG = "1.2.840.10008.1.2", "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.2"
_DEFLATED = ("1.2.840.10008.1.2.1.99", "1.2.840.10008.1.2.4.95", "1.2.840.10008.1.2.8.1")
SYNTAXES = {
    _IMPLICIT: "none",
    _EXPLICIT: "none",
    _BIG: "none",
    "1.2.840.10008.1.2.4.50": "JPEG (lossy)",
    "1.2.840.10008.1.2.4.51": "JPEG (lossy)",
    "1.2.840.10008.1.2.4.57": "JPEG (lossless)",
    "1.2.840.10008.1.2.4.70": "JPEG (lossless)",
    "1.2.840.10008.1.2.4.80": "JPEG-LS (lossless)",
    "1.2.840.10008.1.2.4.81": "JPEG-LS (nearly lossless)",
    "1.2.840.10008.1.2.4.90": "JPEG 2000 (lossless)",
    "1.2.840.10008.1.2.4.91": "JPEG 2000",
    "1.2.840.10008.1.2.4.201": "JPEG 2000, high throughput (lossless)",
    "1.2.840.10008.1.2.4.202": "JPEG 2000, high throughput (lossless)",
    "1.2.840.10008.1.2.4.203": "JPEG 2000, high throughput",
    "1.2.840.10008.1.2.5": "run lengths (lossless)",
}
"""Transfer syntaxes that are read, and how their compression is called."""

MONOCHROME = ("MONOCHROME1", "MONOCHROME2")
_INTERPRETATIONS = {
    1: (*MONOCHROME, "PALETTE COLOR"),
    3: ("RGB", "YBR_FULL", "YBR_FULL_422", "YBR_RCT", "YBR_ICT"),
}
_BITS = (1, 8, 16, 32)
_LARGEST = 65_535
"""What rows and columns can state; a larger number is not quoted, since it may be anything."""

PIXEL_DATA = 0x7FE00010
_FLOATS = (0x7FE00008, 0x7FE00009)
_PIXEL_GROUP = 0x7FE00000
_SHARED, _PER_FRAME = 0x52009229, 0x52009230
_PALETTES = (0x00281101, 0x00281102, 0x00281103, 0x00281201, 0x00281202, 0x00281203,
             0x00281221, 0x00281222, 0x00281223)  # fmt: skip
HEAD = (
    0x00080008,  # ImageType
    0x00080016,  # SOPClassUID
    0x00080060,  # Modality
    0x00080070,  # Manufacturer
    0x00180015,  # BodyPartExamined
    0x00180050,  # SliceThickness
    0x00180060,  # KVP
    0x0020000E,  # SeriesInstanceUID: hashed for grouping, then dropped
    0x00200013,  # InstanceNumber: order, then dropped
    0x00200032,  # ImagePositionPatient
    0x00200037,  # ImageOrientationPatient: order, then dropped
    0x00280002,  # SamplesPerPixel
    0x00280004,  # PhotometricInterpretation
    0x00280006,  # PlanarConfiguration
    0x00280008,  # NumberOfFrames
    0x00280010,  # Rows
    0x00280011,  # Columns
    0x00280030,  # PixelSpacing
    0x00280100,  # BitsAllocated
    0x00280101,  # BitsStored
    0x00280102,  # HighBit
    0x00280103,  # PixelRepresentation
    0x00280120,  # PixelPaddingValue
    0x00280121,  # PixelPaddingRangeLimit
    0x00280301,  # BurnedInAnnotation
    0x00281050,  # WindowCenter
    0x00281051,  # WindowWidth
    0x00281052,  # RescaleIntercept
    0x00281053,  # RescaleSlope
    0x00281054,  # RescaleType
    0x00281056,  # VOILUTFunction
    0x00283000,  # ModalityLUTSequence: whether there is one
    *_PALETTES,
    _SHARED,  # functional groups of enhanced multi-frame files: rescale, window, place
    _PER_FRAME,
)
"""The elements that are kept while a file is read; nothing outlives the reading but what
:mod:`core.intake.dicom_facts` allows."""


@dataclass(frozen=True)
class Head:
    """The checked head of a DICOM file.

    Attributes:
        elements: the elements of :data:`HEAD`, and no others; never leaves the decoding process.
        syntax: UID of the transfer syntax, one of :data:`SYNTAXES`.
        rows, columns, frames, samples: within the limits.
        allocated, stored, high: bits a sample, and the highest bit in use.
        signed: whether values are two's complement.
        interpretation: photometric interpretation, one that is read here.
        planar: planar configuration, 0 or 1.
        data: the pixel data as they are stored.
        bytewise: whether they were written byte by byte, which matters in big endian alone.
    """

    elements: Dataset
    syntax: str
    rows: int
    columns: int
    frames: int
    samples: int
    allocated: int
    stored: int
    high: int
    signed: bool
    interpretation: str
    planar: int
    data: bytes
    bytewise: bool

    @property
    def monochrome(self) -> bool:
        """Whether values are one grey each."""
        return self.interpretation in MONOCHROME

    @property
    def compressed(self) -> bool:
        """Whether pixels are encapsulated."""
        return self.syntax not in (_IMPLICIT, _EXPLICIT, _BIG)


def read_head(content: bytes, shown: str, limits: Limits) -> Head:
    """Read all but the pixels' values, and check it before they are decoded.

    Raises:
        DecodeError: no picture inside, deflated, a transfer syntax without a decoder, beyond a limit, or
            elements that contradict one another. Values of the file are never quoted.
    """
    from pydicom.filereader import read_dataset

    stream = BytesIO(content)
    syntax = _read_syntax(stream, content, shown)
    implicit, little = syntax == _IMPLICIT, syntax != _BIG
    elements = read_dataset(
        stream, implicit, little, stop_when=lambda tag, _, __: tag >= _PIXEL_GROUP, specific_tags=list(HEAD)
    )
    if all(tag not in elements for tag in (0x00280010, 0x00280011)):
        raise DecodeError(shown, "the DICOM file holds no picture", "Choose a file that holds an image")
    checked = _check(elements, syntax, shown, limits)
    # Read on where the head ended: the tag of the pixel data keeps it from being told apart by chance.
    tail = read_dataset(
        stream,
        bool(elements.is_implicit_VR),
        little,
        stop_when=lambda tag, _, __: tag > PIXEL_DATA,
        specific_tags=[PIXEL_DATA, *_FLOATS],
    )
    if any(tag in tail for tag in _FLOATS):
        raise DecodeError(
            shown, "its values are floating-point numbers", "Export the picture with whole numbers"
        )
    item = tail.get_item(PIXEL_DATA)
    if item is None or not item.value:
        raise DecodeError(shown, "the DICOM file holds no picture", "Choose a file that holds an image")
    return Head(elements=elements, syntax=syntax, data=bytes(item.value), bytewise=item.VR == "OB", **checked)


def _read_syntax(stream: BytesIO, content: bytes, shown: str) -> str:
    """The transfer syntax, with the stream left at the first element of the data set."""
    from pydicom.filereader import read_dataset

    stream.seek(132 if is_dicom(content) else 0)
    start = stream.tell()
    named = ""
    if content[start : start + 2] == b"\x02\x00":
        implicit = not content[start + 4 : start + 6].isalpha()
        meta = read_dataset(
            stream, implicit, True, stop_when=lambda tag, _, __: tag.group != 2, specific_tags=[0x00020010]
        )
        named = str(meta.get(0x00020010).value if 0x00020010 in meta else "").strip("\0 ")
    if named in _DEFLATED:
        raise DecodeError(shown, "the DICOM file is deflated, and such files are not unpacked here", PLAIN)
    if named and named not in SYNTAXES:
        raise DecodeError(shown, "the DICOM file is compressed in a way that is not read here", PLAIN)
    return named or _guess_syntax(content[stream.tell() : stream.tell() + 6])


def _guess_syntax(first: bytes) -> str:
    """The uncompressed transfer syntax of a data set that names none, by its first element."""
    if first[:1] == b"\0":
        return _BIG
    return _EXPLICIT if first[4:6].isalpha() and first[4:6].isupper() else _IMPLICIT


def _check(elements: Dataset, syntax: str, shown: str, limits: Limits) -> dict[str, Any]:
    """Everything of :class:`Head` that a decoder will rely on, each value within what the limits allow."""
    rows = whole(elements, "Rows", shown)
    columns = whole(elements, "Columns", shown)
    frames = whole(elements, "NumberOfFrames", shown, 1)
    samples = whole(elements, "SamplesPerPixel", shown, 1)
    _check_size(rows, columns, frames, samples, shown, limits)
    allocated = whole(elements, "BitsAllocated", shown)
    stored = whole(elements, "BitsStored", shown, allocated)
    high = whole(elements, "HighBit", shown, stored - 1)
    representation = whole(elements, "PixelRepresentation", shown, 0)
    planar = whole(elements, "PlanarConfiguration", shown, 0)
    if allocated not in _BITS or not 1 <= stored <= allocated or not stored - 1 <= high < allocated:
        raise DecodeError(shown, "the DICOM file states bits a value that no picture has", AGAIN)
    if representation not in (0, 1) or planar not in (0, 1):
        raise DecodeError(shown, "the DICOM file contradicts itself on how values are stored", AGAIN)
    interpretation = word(elements, "PhotometricInterpretation").upper()
    interpretation = interpretation or ("MONOCHROME2" if samples == 1 else "RGB")
    if interpretation not in _INTERPRETATIONS.get(samples, ()):
        raise DecodeError(shown, "the DICOM file states colours that are not read here", "Export it as RGB")
    return {
        "rows": rows, "columns": columns, "frames": frames, "samples": samples, "allocated": allocated,
        "stored": stored, "high": high, "signed": representation == 1, "planar": planar,
        "interpretation": interpretation,
    }  # fmt: skip


def _check_size(rows: int, columns: int, frames: int, samples: int, shown: str, limits: Limits) -> None:
    if min(rows, columns, frames) < 1 or max(rows, columns) > _LARGEST or samples not in (1, 3):
        raise DecodeError(shown, "the DICOM file states a size that no picture has", AGAIN)
    short, long = min(rows, columns), max(rows, columns)
    size = f"{columns} x {rows} pixels"
    if frames > limits.max_frames:
        raise DecodeError(
            shown, f"the file has more than {limits.max_frames} frames", "Export fewer frames at once"
        )
    if rows * columns * frames * samples > limits.max_pixels:
        size += f" in {frames} frames" if frames > 1 else ""
        allowed = f"{limits.max_pixels / 1e6:g} million values are allowed"
        raise DecodeError(shown, f"the picture has {size}, {allowed}", "Export fewer frames, or smaller ones")
    if short < limits.min_side:
        raise DecodeError(
            shown,
            f"the picture has {size}, the shorter side needs at least {limits.min_side}",
            "Choose a larger picture",
        )
    if long > limits.max_aspect * short:
        raise DecodeError(
            shown, f"the picture has {size}, too long for its width", "Choose a picture of usual shape"
        )
