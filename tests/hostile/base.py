"""What a hostile file is, and the few bricks such files are built of; nothing here is stored as binary."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from io import BytesIO
from typing import Any, Literal

import numpy as np
from PIL import Image

EXPLICIT_LITTLE = "1.2.840.10008.1.2.1"
DEFLATED = "1.2.840.10008.1.2.1.99"
JPEG_BASELINE = "1.2.840.10008.1.2.4.50"
JPEG_LOSSLESS = "1.2.840.10008.1.2.4.70"
JPEG_LS = "1.2.840.10008.1.2.4.80"
JPEG_2000 = "1.2.840.10008.1.2.4.90"
MPEG4 = "1.2.840.10008.1.2.4.102"
RLE = "1.2.840.10008.1.2.5"
CT_IMAGE = "1.2.840.10008.5.1.4.1.1.2"
SECONDARY_CAPTURE = "1.2.840.10008.5.1.4.1.1.7"

TRANSFER_SYNTAX, SOP_CLASS, PHOTOMETRIC = 0x00020010, 0x00080016, 0x00280004
SAMPLES, FRAMES, ROWS, COLUMNS = 0x00280002, 0x00280008, 0x00280010, 0x00280011
BITS_ALLOCATED, BITS_STORED, HIGH_BIT, SIGNED = 0x00280100, 0x00280101, 0x00280102, 0x00280103
WINDOW_CENTRE, WINDOW_WIDTH, INTERCEPT, SLOPE = 0x00281050, 0x00281051, 0x00281052, 0x00281053
PIXELS = 0x7FE00010

LONG = ("OB", "OD", "OF", "OL", "OW", "SQ", "UC", "UN", "UR", "UT")
_UNDEFINED = 0xFFFFFFFF
Elements = Mapping[int, tuple[str, bytes] | None]
Outcome = Literal["refused", "read", "either"]


@dataclass(frozen=True)
class HostileFile:
    """One hostile or odd file, and what is to become of it.

    Attributes:
        name: of this entry.
        title: file name as the browser sends it.
        build: makes the bytes.
        outcome: ``"refused"`` with a typed error; ``"read"`` as a case; ``"either"`` where it depends on the
            decoders installed, and only the promises that hold for all files are asked for.
        says: regular expression found in the refusal's problem, or in the case's notes and warnings.
        modality: the slot it is uploaded to.
    """

    name: str
    title: str
    build: Callable[[], bytes]
    outcome: Outcome = "refused"
    says: str = ""
    modality: str = "dermoscopy"


def scene(height: int = 48, width: int = 64) -> np.ndarray:
    """(height, width, 3) uint8: slopes with a little noise, so that no encoder makes nothing of it."""
    rows, columns = np.mgrid[0:height, 0:width]
    noise = np.random.default_rng(0).integers(0, 20, (height, width, 3))
    return np.clip(np.stack([rows * 4, columns * 3, rows + columns], -1) + noise, 0, 255).astype(np.uint8)


def encode(kind: str, mode: str = "RGB", **options: Any) -> bytes:
    """The scene as Pillow writes it."""
    stream = BytesIO()
    Image.fromarray(scene()).convert(mode).save(stream, kind, **options)
    return stream.getvalue()


def chunk(name: bytes, data: bytes) -> bytes:
    """One PNG chunk with its check sum."""
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def png(
    width: int, height: int, *, depth: int = 8, colour: int = 0, data: bytes, before: bytes = b""
) -> bytes:
    """A PNG whose header says what it is told; ``data`` is the zlib stream of the rows."""
    head = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + before + chunk(b"IDAT", data) + chunk(b"IEND", b"")


def zeros_deflated(length: int, *, start: bytes = b"", wrapped: bool) -> bytes:
    """``start`` and at least ``length`` zeros as a deflate stream, a thousandth of their size.

    One flushed block of a mebibyte is repeated, so that nothing of the full length is ever held.
    """
    packer = zlib.compressobj(9, zlib.DEFLATED, zlib.MAX_WBITS if wrapped else -zlib.MAX_WBITS)
    head = packer.compress(start) + packer.flush(zlib.Z_FULL_FLUSH)
    block = packer.compress(bytes(2**20)) + packer.flush(zlib.Z_FULL_FLUSH)
    return head + block * (length // 2**20 + 1) + packer.flush()


def element(tag: int, vr: str, value: bytes, *, length: int | None = None) -> bytes:
    """One element, Explicit VR Little Endian (DICOM PS3.5, 7.1.2); ``length`` makes it lie."""
    head = struct.pack("<HH2s", tag >> 16, tag & 0xFFFF, vr.encode())
    claimed = len(value) if length is None else length
    if vr in LONG:
        return head + struct.pack("<HI", 0, claimed) + value
    return head + struct.pack("<H", claimed & 0xFFFF) + value


def short(value: int) -> tuple[str, bytes]:
    """An unsigned 16-bit element."""
    return "US", struct.pack("<H", value)


def text(vr: str, value: str) -> tuple[str, bytes]:
    """A text element, padded to an even length."""
    raw = value.encode("latin-1")
    return vr, raw + (b"\0" if vr == "UI" else b" ") * (len(raw) % 2)


def slice_values(rows: int = 64, columns: int = 64) -> np.ndarray:
    """(rows, columns) uint16 from 0 to 2047: -1024 to 1023 HU after the intercept."""
    return np.linspace(0, 2047, rows * columns).astype("<u2").reshape(rows, columns)


def slice_elements(rows: int = 64, columns: int = 64) -> dict[int, tuple[str, bytes] | None]:
    """The elements of a small, sound CT slice."""
    return {
        SOP_CLASS: text("UI", CT_IMAGE),
        0x00080060: text("CS", "CT"),
        SAMPLES: short(1),
        PHOTOMETRIC: text("CS", "MONOCHROME2"),
        ROWS: short(rows),
        COLUMNS: short(columns),
        BITS_ALLOCATED: short(16),
        BITS_STORED: short(16),
        HIGH_BIT: short(15),
        SIGNED: short(0),
        INTERCEPT: text("DS", "-1024"),
        SLOPE: text("DS", "1"),
        PIXELS: ("OW", slice_values(rows, columns).tobytes()),
    }


def join(elements: Elements) -> bytes:
    """The data set, in order of tags; a value of None leaves the element out."""
    return b"".join(element(tag, *found) for tag, found in sorted(elements.items()) if found is not None)


def dicom(
    changes: Elements | None = None,
    *,
    syntax: str = EXPLICIT_LITTLE,
    preamble: bytes = b"",
    behind: bytes = b"",
    body: bytes | None = None,
) -> bytes:
    """A DICOM file: the sound slice with ``changes``, or ``body`` instead of it, then ``behind``."""
    meta = element(TRANSFER_SYNTAX, *text("UI", syntax))
    group = element(0x00020000, "UL", struct.pack("<I", len(meta)))
    content = join({**slice_elements(), **(changes or {})}) if body is None else body
    return preamble.ljust(128, b"\0")[:128] + b"DICM" + group + meta + content + behind


def encapsulate(*frames: bytes, offsets: bytes = b"") -> bytes:
    """Compressed frames as fragments behind a basic offset table (DICOM PS3.5, A.4), undefined length."""
    items = [offsets, *(frame + b"\0" * (len(frame) % 2) for frame in frames)]
    packed = b"".join(struct.pack("<HHI", 0xFFFE, 0xE000, len(item)) + item for item in items)
    ending = struct.pack("<HHI", 0xFFFE, 0xE0DD, 0)
    return element(PIXELS, "OB", packed + ending, length=_UNDEFINED)


def compressed(*frames: bytes, syntax: str, changes: Elements | None = None, offsets: bytes = b"") -> bytes:
    """The sound slice's header before compressed frames."""
    behind = encapsulate(*frames, offsets=offsets)
    return dicom({**(changes or {}), PIXELS: None}, syntax=syntax, behind=behind)
