"""DICOM files that bomb, lie or break off, and odd ones that are sound."""

from __future__ import annotations

import struct
from collections.abc import Callable

import numpy as np

from tests.hostile.base import (
    BITS_ALLOCATED,
    BITS_STORED,
    COLUMNS,
    DEFLATED,
    EXPLICIT_LITTLE,
    FRAMES,
    HIGH_BIT,
    INTERCEPT,
    MPEG4,
    PHOTOMETRIC,
    PIXELS,
    ROWS,
    SAMPLES,
    SECONDARY_CAPTURE,
    SLOPE,
    SOP_CLASS,
    TRANSFER_SYNTAX,
    WINDOW_CENTRE,
    WINDOW_WIDTH,
    Elements,
    HostileFile,
    Outcome,
    dicom,
    element,
    join,
    scene,
    short,
    slice_elements,
    slice_values,
    text,
    zeros_deflated,
)


def _changed(
    name: str, changes: Elements, outcome: Outcome = "refused", says: str = "", *, modality: str = "ct"
) -> HostileFile:
    return HostileFile(name, "slice.dcm", lambda: dicom(changes), outcome, says, modality)


def _built(
    name: str,
    build: Callable[[], bytes],
    outcome: Outcome = "refused",
    says: str = "",
    *,
    modality: str = "ct",
) -> HostileFile:
    return HostileFile(name, "slice.dcm", build, outcome, says, modality)


def _slope(value: str) -> Elements:
    return {SLOPE: text("DS", value)}


def _window(centre: str, width: str) -> Elements:
    return {WINDOW_CENTRE: text("DS", centre), WINDOW_WIDTH: text("DS", width)}


def _deflated() -> bytes:
    """700 MB of pixels that a 0.7 MB file inflates to."""
    start = join({**slice_elements(), PIXELS: None})
    start += struct.pack("<HH2sHI", 0x7FE0, 0x0010, b"OW", 0, 700 * 2**20)
    return dicom(syntax=DEFLATED, body=zeros_deflated(700 * 2**20, start=start, wrapped=False))


def _nested(depth: int) -> bytes:
    """Sequences in sequences of undefined length (DICOM PS3.5, 7.5)."""
    opening = element(0x00400275, "SQ", b"", length=0xFFFFFFFF) + struct.pack(
        "<HHI", 0xFFFE, 0xE000, 0xFFFFFFFF
    )
    closing = struct.pack("<HHI", 0xFFFE, 0xE00D, 0) + struct.pack("<HHI", 0xFFFE, 0xE0DD, 0)
    head = join({tag: found for tag, found in slice_elements().items() if tag < 0x00400000})
    tail = element(PIXELS, "OW", slice_values().tobytes())
    return dicom(body=head + opening * depth + closing * depth + tail)


def _lying(tag: int, vr: str, value: bytes, length: int) -> bytes:
    """The sound header, then one element that claims another length than it has."""
    return dicom({PIXELS: None}, behind=element(tag, vr, value, length=length))


def _colour(changes: Elements | None = None, *, values: np.ndarray | None = None) -> dict:
    """A secondary capture in colour."""
    pixels = scene() if values is None else values
    return {
        SOP_CLASS: text("UI", SECONDARY_CAPTURE),
        0x00080060: text("CS", "OT"),
        SAMPLES: short(3),
        PHOTOMETRIC: text("CS", "RGB"),
        0x00280006: short(0),
        ROWS: short(pixels.shape[0]),
        COLUMNS: short(pixels.shape[1]),
        BITS_ALLOCATED: short(8),
        BITS_STORED: short(8),
        HIGH_BIT: short(7),
        INTERCEPT: None,
        SLOPE: None,
        PIXELS: ("OB", pixels.tobytes()),
        **(changes or {}),
    }


def _palette(entries: int, held: int) -> Elements:
    """A palette of ``entries`` as its descriptor says, of which ``held`` are there; indices to 255."""
    table: dict[int, tuple[str, bytes] | None] = {
        0x00281101 + offset: ("US", struct.pack("<HHH", entries, 0, 16)) for offset in range(3)
    }
    values = np.linspace(0, 65_535, held).astype("<u2").tobytes()
    table.update({0x00281201 + offset: ("OW", values) for offset in range(3)})
    indices = (np.arange(48 * 64) % 256).astype(np.uint8).reshape(48, 64)
    changes = {SAMPLES: short(1), PHOTOMETRIC: text("CS", "PALETTE COLOR"), **table}
    return _colour(changes, values=indices)


_FLAT = np.full((64, 64), 700, "<u2").tobytes()

SLICES: tuple[HostileFile, ...] = (
    _built("a sound slice", dicom, "read"),
    _built("deflated bomb of 700 MB", _deflated, "refused", "deflated"),
    _built(
        "deflated syntax, bytes that do not inflate",
        lambda: dicom(syntax=DEFLATED, body=b"\xff" * 500),
        "refused",
        "deflated",
    ),
    _changed("1,000 million frames", {FRAMES: text("IS", "1000000000")}, "refused", "more than 400 frames"),
    _changed("-1 frames", {FRAMES: text("IS", "-1")}, "refused", "a size that no picture has"),
    _changed("no frames", {FRAMES: text("IS", "0")}, "refused", "a size that no picture has"),
    _changed("frames in words", {FRAMES: text("IS", "many")}, "refused", "no valid NumberOfFrames"),
    _changed(
        "frames with 5,000 digits", {FRAMES: text("IS", "9" * 5_000)}, "refused", "no valid NumberOfFrames"
    ),
    _changed(
        "4,096 frames claimed, one held", {FRAMES: text("IS", "4096")}, "refused", "more than 400 frames"
    ),
    _changed(
        "65,535 rows and columns",
        {ROWS: short(65_535), COLUMNS: short(65_535)},
        "refused",
        "million values are allowed",
    ),
    _changed(
        "20,000 rows and columns",
        {ROWS: short(20_000), COLUMNS: short(20_000)},
        "refused",
        "million values are allowed",
    ),
    _changed("no row", {ROWS: short(0)}, "refused", "a size that no picture has"),
    _changed("rows left out", {ROWS: None}, "refused", "does not state Rows"),
    _changed(
        "rows as a long number",
        {ROWS: ("UL", struct.pack("<I", 4_000_000_000))},
        "refused",
        "a size that no picture has",
    ),
    _changed("rows as text", {ROWS: text("LO", "sixty-four")}, "refused", "no valid Rows"),
    _changed("rows with two values", {ROWS: ("US", struct.pack("<HH", 64, 64))}, "refused", "no valid Rows"),
    _changed("255 samples a pixel", {SAMPLES: short(255)}, "refused", "a size that no picture has"),
    _changed("no sample a pixel", {SAMPLES: short(0)}, "refused", "a size that no picture has"),
    _changed("samples left out", {SAMPLES: None}, "either"),
    _changed("0 bits", {BITS_ALLOCATED: short(0)}, "refused", "bits a value that no picture has"),
    _changed("7 bits", {BITS_ALLOCATED: short(7)}, "refused", "bits a value that no picture has"),
    _changed("64 bits", {BITS_ALLOCATED: short(64)}, "refused", "bits a value that no picture has"),
    _changed("65,535 bits", {BITS_ALLOCATED: short(65_535)}, "refused", "bits a value that no picture has"),
    _changed(
        "more bits stored than allocated",
        {BITS_STORED: short(200), HIGH_BIT: short(199)},
        "refused",
        "bits a value that no picture has",
    ),
    _changed("sign of 77", {0x00280103: short(77)}, "refused", "contradicts itself"),
    _changed(
        "colours of no known kind",
        {PHOTOMETRIC: text("CS", "ULTRAVIOLET")},
        "refused",
        "colours that are not read here",
    ),
    _changed("colours not named", {PHOTOMETRIC: None}, "either"),
    _changed(
        "one pixel", {ROWS: short(1), COLUMNS: short(1), PIXELS: ("OW", b"\0\1")}, "refused", "at least 32"
    ),
    _changed(
        "20,000 columns and 32 rows",
        {ROWS: short(32), COLUMNS: short(20_000), PIXELS: ("OW", slice_values(32, 20_000).tobytes())},
        "refused",
        "too long",
    ),
    _changed("every pixel the same", {PIXELS: ("OW", _FLAT)}, "refused", "same colour"),
    _changed("slope NaN", _slope("NaN"), "refused", "not a finite number"),
    _changed("slope infinite", _slope("inf"), "refused", "not a finite number"),
    _changed("slope 1e400", _slope("1e400"), "refused", "not a finite number"),
    _changed("slope 1e30", _slope("1e30"), "refused", "not one that a scanner writes"),
    _changed("slope 0", _slope("0"), "refused", "not one that a scanner writes"),
    _changed("slope empty", _slope(""), "read", "no rescale slope; 1 was taken"),
    _changed("slope in words", _slope("steep"), "refused", "no valid RescaleSlope"),
    _changed("slope of two values", _slope("1\\2"), "either"),
    _changed("intercept 1e30", {INTERCEPT: text("DS", "1e30")}, "refused", "not one that a scanner writes"),
    _changed("intercept NaN", {INTERCEPT: text("DS", "NaN")}, "refused", "not a finite number"),
    _changed("window width 0", _window("40", "0"), "read"),
    _changed("window width negative", _window("40", "-400"), "read"),
    _changed("window width empty", _window("40", ""), "read"),
    _changed("window NaN", _window("NaN", "NaN"), "read"),
    _changed("window in words", _window("here", "wide"), "read"),
    _changed("1,000 windows", _window("\\".join("4" * 1_000), "\\".join("9" * 1_000)), "read"),
    _changed("no pixels", {PIXELS: None}, "refused", "holds no picture"),
    _changed("pixels of no length", {PIXELS: ("OW", b"")}, "refused", "holds no picture"),
    _changed(
        "half the pixels", {PIXELS: ("OW", slice_values().tobytes()[:4_096])}, "refused", "damaged|cut off"
    ),
    _changed("more pixels than claimed", {PIXELS: ("OW", slice_values().tobytes() * 4)}, "either"),
    _built("cut in the pixels", lambda: dicom()[:-3_000], "refused", "damaged|cut off"),
    _built("cut in the header", lambda: dicom()[:260]),
    _built("cut behind the prefix", lambda: dicom()[:132], "refused", "holds no picture"),
    _built(
        "pixels that claim 4 GB", lambda: _lying(PIXELS, "OW", slice_values().tobytes(), 0xFFFFFFFE), "either"
    ),
    _built(
        "an element that claims 4 GB",
        lambda: _lying(0x00420011, "OB", b"%PDF-1.7", 0xFFFFFFF0),
        "refused",
        "holds no picture",
    ),
    _built("pixels that never end", lambda: _lying(PIXELS, "OB", slice_values().tobytes(), 0xFFFFFFFF)),
    _built("3,000 nested sequences", lambda: _nested(3_000), "refused", "nests its elements too deeply"),
    _built("100,000 nested sequences", lambda: _nested(100_000), "refused", "nests its elements too deeply"),
    _built(
        "a sequence that never ends",
        lambda: _lying(0x00400275, "SQ", b"\xfe\xff\0\xe0", 0xFFFFFFFF),
        "refused",
        "damaged|cut off",
    ),
    _built(
        "unknown way of packing",
        lambda: dicom(syntax="1.2.3.4.5.6.7.8"),
        "refused",
        "compressed in a way that is not read here",
    ),
    _built(
        "way of packing with a path",
        lambda: dicom(syntax="../../../etc/passwd"),
        "refused",
        "compressed in a way that is not read here",
    ),
    _built("a film", lambda: dicom(syntax=MPEG4), "refused", "compressed in a way that is not read here"),
    _built("values of no known kind", lambda: dicom({0x00081030: ("ZZ", b"ab")}), "either"),
    _built("unknown alphabet", lambda: dicom({0x00080005: text("CS", "ISO 9999\\KLINGON")}), "either"),
    _built("names with markup", lambda: dicom({0x00081030: text("LO", "<script>alert(1)</script>")}), "read"),
    _built(
        "fractions as pixels",
        lambda: dicom({PIXELS: None, 0x7FE00008: ("OF", bytes(4 * 4_096))}),
        "refused",
        "floating-point",
    ),
    _built(
        "a report",
        lambda: dicom({PIXELS: None, SOP_CLASS: text("UI", "1.2.840.10008.5.1.4.1.1.88.11")}),
        "refused",
        "holds no picture",
    ),
    _built("noise behind a sound start", lambda: dicom(body=b"\xa5" * 9_000), "refused", "holds no picture"),
    _built(
        "two ways of packing",
        lambda: dicom(body=element(TRANSFER_SYNTAX, *text("UI", EXPLICIT_LITTLE)) + join(slice_elements())),
        "either",
    ),
    _changed("palette index out of range", _palette(256, 4), "either", modality="dermoscopy"),
    _changed("palette of 65,536 claimed", _palette(0, 256), "either", modality="dermoscopy"),
    _changed("palette without table", {PHOTOMETRIC: text("CS", "PALETTE COLOR")}, modality="dermoscopy"),
    _changed("colour capture", _colour(), "read", modality="dermoscopy"),
    _changed(
        "colours in 255 planes",
        _colour({0x00280006: short(255)}),
        "refused",
        "contradicts itself",
        modality="dermoscopy",
    ),
    _changed("colour with 2 samples", _colour({SAMPLES: short(2)}), modality="dermoscopy"),
    _changed(
        "presentation table out of range",
        {0x00283010: ("SQ", b""), 0x00283002: ("US", struct.pack("<HHH", 0, 65_535, 16))},
        "either",
    ),
)
