"""DICOM files whose compressed frames bomb, lie or break off."""

from __future__ import annotations

import struct
from collections.abc import Callable
from functools import cache
from io import BytesIO

import numpy as np
from PIL import Image

from tests.hostile.base import (
    BITS_ALLOCATED,
    BITS_STORED,
    COLUMNS,
    FRAMES,
    HIGH_BIT,
    INTERCEPT,
    JPEG_2000,
    JPEG_BASELINE,
    JPEG_LOSSLESS,
    JPEG_LS,
    PHOTOMETRIC,
    PIXELS,
    RLE,
    ROWS,
    SAMPLES,
    SLOPE,
    Elements,
    HostileFile,
    Outcome,
    compressed,
    dicom,
    scene,
    short,
    slice_values,
    text,
)

_EIGHT: Elements = {
    BITS_ALLOCATED: short(8),
    BITS_STORED: short(8),
    HIGH_BIT: short(7),
    INTERCEPT: None,
    SLOPE: None,
    ROWS: short(48),
    COLUMNS: short(64),
}


def _square(side: int) -> Elements:
    return {ROWS: short(side), COLUMNS: short(side)}


def _frames(count: int) -> Elements:
    return {FRAMES: text("IS", str(count))}


@cache
def _wavelets() -> bytes:
    """The sound slice as a JPEG 2000 code stream."""
    from openjpeg.utils import encode_array

    return bytes(encode_array(slice_values().astype(np.uint16), photometric_interpretation=0))


def _resized(side: int, *, tile: int | None = None) -> bytes:
    """The same code stream with another size in its header (ISO/IEC 15444-1, A.5.1)."""
    out = bytearray(_wavelets())
    at = out.index(b"\xff\x51") + 6
    struct.pack_into(">II", out, at, side, side)
    struct.pack_into(">II", out, at + 16, tile or side, tile or side)
    return bytes(out)


def _run_lengths(side: int) -> bytes:
    """Two segments of zeros (DICOM PS3.5, annex G): 128 zeros for every two bytes."""
    segment = b"\x81\x00" * (side * side // 128 + 1)
    header = struct.pack("<16I", 2, 64, 64 + len(segment), *([0] * 13))
    return header + segment * 2


def _run_header(*words: int) -> bytes:
    return struct.pack("<16I", *words, *([0] * (16 - len(words)))) + b"\x81\x00" * 64


@cache
def _baseline(width: int = 64, height: int = 48) -> bytes:
    stream = BytesIO()
    Image.fromarray(scene()[..., 0]).save(stream, "JPEG")
    out = bytearray(stream.getvalue())
    struct.pack_into(">HH", out, out.index(b"\xff\xc0") + 5, height, width)
    return bytes(out)


def _frame_header(marker: int, side: int, bits: int) -> bytes:
    """A JPEG-family header of one component, and nothing behind it."""
    start = struct.pack(">BHHBBBB", bits, side, side, 1, 1, 0x11, 0)
    scan = struct.pack(">BBBBBB", 1, 1, 0, 1, 0, 0)
    parts = [(marker, start), (0xDA, scan)]
    body = b"".join(b"\xff" + bytes([code]) + struct.pack(">H", len(data) + 2) + data for code, data in parts)
    return b"\xff\xd8" + body + bytes(64) + b"\xff\xd9"


def _packed(
    name: str, build: Callable[[], bytes], outcome: Outcome = "refused", says: str = ""
) -> HostileFile:
    return HostileFile(name, "packed.dcm", build, outcome, says, "ct")


def _j2k(frame: bytes, changes: Elements | None = None) -> bytes:
    return compressed(frame, syntax=JPEG_2000, changes=changes)


def _rle(frame: bytes, changes: Elements | None = None) -> bytes:
    return compressed(frame, syntax=RLE, changes=changes)


def _jpeg(*frames: bytes, changes: Elements | None = None, offsets: bytes = b"") -> bytes:
    merged = {**_EIGHT, **(changes or {})}
    return compressed(*frames, syntax=JPEG_BASELINE, changes=merged, offsets=offsets)


PACKED: tuple[HostileFile, ...] = (
    _packed("JPEG 2000, sound", lambda: _j2k(_wavelets()), "read"),
    _packed("JPEG 2000 of 81 million pixels, said so", lambda: _j2k(_resized(9_000), _square(9_000))),
    _packed(
        "JPEG 2000 of 81 million pixels, 4,096 claimed",
        lambda: _j2k(_resized(9_000)),
        "refused",
        "not of the size",
    ),
    _packed(
        "JPEG 2000 of 2^31 pixels a side", lambda: _j2k(_resized(2**31 - 1)), "refused", "not of the size"
    ),
    _packed(
        "JPEG 2000 in 500 million tiles", lambda: _j2k(_resized(65_535, tile=3)), "refused", "not of the size"
    ),
    _packed("JPEG 2000, 40 big frames", lambda: _j2k(_resized(9_000), {**_square(9_000), **_frames(40)})),
    _packed("JPEG 2000 cut", lambda: _j2k(_wavelets()[:200]), "refused", "damaged"),
    _packed("JPEG 2000 of noise", lambda: _j2k(_wavelets()[:120] + b"\xa7" * 3_000), "refused", "damaged"),
    _packed("run lengths of 256 million pixels", lambda: _rle(_run_lengths(16_000), _square(16_000))),
    _packed(
        "run lengths of 256 million pixels, 4,096 claimed",
        lambda: _rle(_run_lengths(16_000)),
        "refused",
        "damaged",
    ),
    _packed("run lengths outside the frame", lambda: _rle(_run_header(2, 64, 0xFFFFFFF0))),
    _packed("run lengths in 4,000 million segments", lambda: _rle(_run_header(0xFFFFFFFF, 64))),
    _packed("run lengths in no segment", lambda: _rle(_run_header(0))),
    _packed("run lengths in 15 segments", lambda: _rle(_run_header(15, *([64] * 15)))),
    _packed("run lengths too short", lambda: _rle(_run_header(2, 64, 128))),
    _packed("JPEG, sound", lambda: _jpeg(_baseline()), "read"),
    _packed(
        "JPEG of 65,535 a side, 3,072 pixels claimed",
        lambda: _jpeg(_baseline(65_535, 65_535)),
        "refused",
        "not of the size",
    ),
    _packed("JPEG larger than claimed", lambda: _jpeg(_baseline(640, 480)), "refused", "not of the size"),
    _packed("JPEG cut", lambda: _jpeg(_baseline()[:300]), "either"),
    _packed("a web page as a frame", lambda: _jpeg(b"<html><script>alert(1)</script></html>")),
    _packed("JPEG without a frame", _jpeg),
    _packed("JPEG with an empty frame", lambda: _jpeg(b"")),
    _packed(
        "JPEG, 9 frames claimed, one held",
        lambda: _jpeg(_baseline(), changes=_frames(9)),
        "refused",
        "frames are missing",
    ),
    _packed(
        "JPEG with offsets outside the file",
        lambda: _jpeg(_baseline(), offsets=struct.pack("<II", 0, 0xFFFFFF00), changes=_frames(2)),
    ),
    _packed(
        "JPEG in 100,000 fragments",
        lambda: _jpeg(*([b"\xff\xd8"] * 100_000), changes=_frames(100_000)),
    ),
    _packed(
        "JPEG in colour, grey claimed",
        lambda: _jpeg(_baseline(), changes={SAMPLES: short(3), PHOTOMETRIC: text("CS", "YBR_FULL_422")}),
        "either",
    ),
    _packed(
        "lossless JPEG of 65,535 a side",
        lambda: compressed(_frame_header(0xC3, 65_535, 16), syntax=JPEG_LOSSLESS),
        "refused",
        "not of the size",
    ),
    _packed(
        "JPEG-LS of 65,535 a side",
        lambda: compressed(_frame_header(0xF7, 65_535, 16), syntax=JPEG_LS),
        "refused",
        "not of the size",
    ),
    _packed("raw pixels said to be JPEG 2000", lambda: dicom(syntax=JPEG_2000)),
    _packed("raw pixels said to be run lengths", lambda: dicom({PIXELS: ("OB", bytes(8_192))}, syntax=RLE)),
)
