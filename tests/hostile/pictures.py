"""PNG, JPEG and TIFF files that bomb, lie, break off or hold something unusual."""

from __future__ import annotations

import struct
import zlib
from io import BytesIO
from typing import Any

import numpy as np
import tifffile
from PIL import Image

from tests.hostile.base import HostileFile, chunk, encode, png, scene, zeros_deflated

_INCH = 282  # the tag of the horizontal resolution, a rational number behind the directory


def _rows(values: np.ndarray) -> bytes:
    raw = values.astype(values.dtype.newbyteorder(">")).reshape(len(values), -1)
    return zlib.compress(b"".join(b"\0" + row.tobytes() for row in raw))


def _ramp(top: int) -> np.ndarray:
    return np.linspace(0, top, 64 * 64).astype(np.uint16).reshape(64, 64)


def _tiff(values: np.ndarray, **options: Any) -> bytes:
    stream = BytesIO()
    tifffile.imwrite(stream, values, **options)
    return stream.getvalue()


def _retag(content: bytes, changes: dict[int, tuple[int, int, int]]) -> bytes:
    """A little-endian TIFF whose first directory says (type, count, value) of some tags."""
    out = bytearray(content)
    (first,) = struct.unpack_from("<I", out, 4)
    (count,) = struct.unpack_from("<H", out, first)
    for at in range(first + 2, first + 2 + 12 * count, 12):
        (tag,) = struct.unpack_from("<H", out, at)
        if tag in changes:
            struct.pack_into("<HII", out, at + 2, *changes[tag])
    return bytes(out)


def _ring() -> bytes:
    out = bytearray(encode("TIFF"))
    (first,) = struct.unpack_from("<I", out, 4)
    (count,) = struct.unpack_from("<H", out, first)
    struct.pack_into("<I", out, first + 2 + 12 * count, first)
    return bytes(out)


def _many_scans() -> bytes:
    content = encode("JPEG", progressive=True)
    scan = content[content.rindex(b"\xff\xda") : -2]
    return content[:-2] + scan * 2_000 + content[-2:]


def _tall_jpeg() -> bytes:
    out = bytearray(encode("JPEG"))
    at = out.index(b"\xff\xc0") + 5
    out[at : at + 4] = b"\xff\xff\xff\xff"
    return bytes(out)


def _exif(directory: bytes) -> bytes:
    """A JPEG with this EXIF directory, little-endian, at offset 8."""
    block = b"Exif\0\0II*\0\x08\0\0\0" + directory
    head = b"\xff\xe1" + struct.pack(">H", len(block) + 2) + block
    content = encode("JPEG")
    return content[:2] + head + content[2:]


def _exif_entries(*entries: tuple[int, int, int, int], following: int = 0) -> bytes:
    packed = b"".join(struct.pack("<HHII", *entry) for entry in entries)
    return _exif(struct.pack("<H", len(entries)) + packed + struct.pack("<I", following))


def _animated(kind: str, **options: Any) -> bytes:
    frames = [Image.fromarray(np.roll(scene(), step, 0)) for step in range(3)]
    stream = BytesIO()
    frames[0].save(stream, kind, save_all=True, append_images=frames[1:], **options)
    return stream.getvalue()


def _many_pages() -> bytes:
    stream = BytesIO()
    with tifffile.TiffWriter(stream) as writer:
        for _ in range(501):
            writer.write(scene(), contiguous=False)
    return stream.getvalue()


def _palette_overflow() -> bytes:
    """Indices to 255 into a palette of two colours."""
    table = chunk(b"PLTE", bytes([200, 10, 10, 10, 200, 10]))
    values = (np.arange(64 * 64) % 256).astype(np.uint8).reshape(64, 64)
    return png(64, 64, colour=3, before=table, data=_rows(values))


def _with(name: bytes, data: bytes) -> bytes:
    return png(64, 48, colour=2, before=chunk(name, data), data=_rows(scene()))


def _bomb(side: int) -> bytes:
    return png(side, side, data=zeros_deflated(side * (side + 1), wrapped=True))


def _bad_sum() -> bytes:
    out = bytearray(encode("PNG"))
    out[out.index(b"IDAT") + 20] ^= 0xFF
    return bytes(out)


def _nan() -> np.ndarray:
    values = np.linspace(0, 1, 64 * 64, dtype=np.float32).reshape(64, 64)
    values[3, 3], values[4, 4] = np.nan, np.inf
    return values


def _huge_tiff() -> bytes:
    plain = _tiff(np.zeros((64, 64), np.uint8), compression="zlib", rowsperstrip=64)
    (offset,) = tifffile.TiffFile(BytesIO(plain)).pages[0].dataoffsets
    bomb = zeros_deflated(12_000**2, wrapped=True)
    size = {256: (4, 1, 12_000), 257: (4, 1, 12_000), 278: (4, 1, 12_000), 279: (4, 1, len(bomb))}
    return _retag(plain, size)[:offset] + bomb


_FLAT = zlib.compress(bytes(65) * 64)

PICTURES: tuple[HostileFile, ...] = (
    HostileFile(
        "PNG bomb of 81 million pixels", "bomb.png", lambda: _bomb(9_000), says="million are allowed"
    ),
    HostileFile(
        "PNG bomb of 400 million pixels", "big.png", lambda: _bomb(20_000), says="million are allowed"
    ),
    HostileFile(
        "PNG that claims 2^31 - 1 a side",
        "claim.png",
        lambda: png(2**31 - 1, 2**31 - 1, data=_FLAT),
        says="million are allowed",
    ),
    HostileFile("PNG without width", "none.png", lambda: png(0, 0, data=_FLAT), says="damaged|cut off"),
    HostileFile(
        "PNG of one pixel", "dot.png", lambda: png(1, 1, data=zlib.compress(b"\0\7")), says="at least 32"
    ),
    HostileFile(
        "PNG 20,000 pixels high and one wide",
        "line.png",
        lambda: png(1, 20_000, data=zlib.compress(b"\0\7" * 20_000)),
        says="at least 32",
    ),
    HostileFile(
        "PNG 20,000 pixels wide and 40 high",
        "strip.png",
        lambda: png(20_000, 40, data=zlib.compress(bytes(20_001) * 40)),
        says="longer than 6 times",
    ),
    HostileFile("PNG of one colour", "flat.png", lambda: png(64, 64, data=_FLAT), says="same colour"),
    HostileFile("PNG cut in the middle", "cut.png", lambda: encode("PNG")[:900], says="cut off|damaged"),
    HostileFile(
        "PNG that ends behind its header", "head.png", lambda: encode("PNG")[:33], says="damaged|cut off"
    ),
    HostileFile("PNG with a wrong check sum", "sum.png", _bad_sum, says="damaged|cut off"),
    HostileFile(
        "PNG with more rows claimed than held",
        "rows.png",
        lambda: png(64, 4_000 // 12, data=_FLAT),
        says="cut off|damaged|same colour",
    ),
    HostileFile("animated PNG", "moving.png", lambda: _animated("PNG"), "read", "several pictures"),
    HostileFile("PNG palette index out of range", "palette.png", _palette_overflow, "read"),
    HostileFile(
        "PNG with 16 bits a channel",
        "deep.png",
        lambda: png(64, 64, depth=16, data=_rows(_ramp(65_535))),
        "read",
        "16-bit values scaled",
    ),
    HostileFile(
        "PNG with 12 bits in 16",
        "twelve.png",
        lambda: png(64, 64, depth=16, data=_rows(_ramp(4_095))),
        "read",
        "12-bit values",
    ),
    HostileFile(
        "PNG colour profile that inflates to 300 MB",
        "profile.png",
        lambda: _with(b"iCCP", b"p\0\0" + zeros_deflated(300 * 2**20, wrapped=True)),
        "either",
    ),
    HostileFile(
        "PNG text that inflates to 300 MB",
        "text.png",
        lambda: _with(b"zTXt", b"t\0\0" + zeros_deflated(300 * 2**20, wrapped=True)),
        "either",
    ),
    HostileFile("PNG with a broken colour profile", "odd.png", lambda: _with(b"iCCP", b"p\0\0xx"), "either"),
    HostileFile(
        "PNG with a page behind it", "page.png", lambda: encode("PNG") + b"<script>1</script>", "read"
    ),
    HostileFile("PNG named DICOM", "slice.dcm", lambda: encode("PNG"), "read"),
    HostileFile("JPEG named text", "notes.txt", lambda: encode("JPEG"), "read"),
    HostileFile("JPEG cut in the middle", "cut.jpg", lambda: encode("JPEG")[:700], says="cut off|damaged"),
    HostileFile("JPEG that claims 65,535 a side", "claim.jpg", _tall_jpeg, says="allowed"),
    HostileFile("JPEG with 2,000 scans", "scans.jpg", _many_scans, says="scans"),
    HostileFile("JPEG in print colours", "print.jpg", lambda: encode("JPEG", "CMYK"), "read", "CMYK"),
    HostileFile(
        "JPEG with EXIF of four thousand million entries",
        "exif.jpg",
        lambda: _exif_entries((274, 3, 0xFFFFFFFF, 6), (_INCH, 5, 0xFFFFFFFF, 0xFFFFFFF0)),
        "read",
    ),
    HostileFile(
        "JPEG with EXIF directories in a ring",
        "ring.jpg",
        lambda: _exif_entries((34665, 4, 1, 8), (34853, 4, 1, 8), following=8),
        "read",
    ),
    HostileFile("JPEG with EXIF of noise", "noise.jpg", lambda: _exif(b"\xff" * 60_000), "read"),
    HostileFile("JPEG with orientation 9", "turn.jpg", lambda: _exif_entries((274, 3, 1, 9)), "read"),
    HostileFile("TIFF bomb of 144 million pixels", "bomb.tif", _huge_tiff, says="million are allowed"),
    HostileFile(
        "TIFF that claims 100,000 a side",
        "claim.tif",
        lambda: _retag(encode("TIFF"), {256: (4, 1, 100_000), 257: (4, 1, 100_000)}),
        says="allowed",
    ),
    HostileFile("TIFF cut in the middle", "cut.tif", lambda: encode("TIFF")[:4_000], says="cut off|damaged"),
    HostileFile("TIFF pages in a ring", "ring.tif", _ring, "either"),
    HostileFile("TIFF of 501 pages", "pages.tif", _many_pages, "read", "several pictures"),
    HostileFile("TIFF of fractions with NaN", "nan.tif", lambda: _tiff(_nan()), says="floating-point"),
    HostileFile(
        "TIFF of double precision",
        "double.tif",
        lambda: _tiff(np.full((64, 64), 1e300)),
        says="damaged|floating-point|not read here",
    ),
    HostileFile(
        "TIFF strip outside the file",
        "outside.tif",
        lambda: _retag(encode("TIFF"), {273: (4, 1, 0xFFFFFFF0)}),
        says="cut off|damaged",
    ),
    HostileFile(
        "TIFF with four thousand million strips",
        "strips.tif",
        lambda: _retag(encode("TIFF"), {273: (4, 0xFFFFFFFF, 8), 279: (4, 0xFFFFFFFF, 8)}),
        says="cut off|damaged",
    ),
    HostileFile(
        "TIFF with 65,535 samples",
        "samples.tif",
        lambda: _retag(encode("TIFF"), {277: (3, 1, 65_535)}),
        says="damaged",
    ),
    HostileFile(
        "TIFF with a strip of no length",
        "zero.tif",
        lambda: _retag(encode("TIFF"), {279: (4, 1, 0)}),
        "either",
    ),
    HostileFile(
        "BigTIFF that ends early", "big.tif", lambda: b"II+\0\x08\0\0\0" + b"\xff" * 8, says="damaged|cut"
    ),
)
