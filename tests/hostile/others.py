"""Files that are no picture at all, whatever their names say, and sound pictures with hostile names."""

from __future__ import annotations

import struct
import zipfile
from io import BytesIO

import numpy as np
from PIL import Image

from tests.hostile.base import HostileFile, dicom, encode, scene, slice_values, zeros_deflated

_WEB = b"<!DOCTYPE html><html><body onload=alert(1)><script>alert(1)</script></body></html>"
_SVG = b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'><script>alert(1)</script></svg>"


def _archive() -> bytes:
    stream = BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("../../escape.png", bytes(2**22))
    return stream.getvalue()


def _gzip_bomb() -> bytes:
    return b"\x1f\x8b\x08\0\0\0\0\0\0\xff" + zeros_deflated(300 * 2**20, wrapped=False)


def _wavelet_bomb() -> bytes:
    """A JPEG 2000 header of 9,000 x 9,000 pixels (ISO/IEC 15444-1, A.5.1) and nothing behind it."""
    size = struct.pack(">HIIIIIIIIHBBB", 0, 9000, 9000, 0, 0, 9000, 9000, 0, 0, 1, 7, 1, 1)
    return b"\xff\x4f\xff\x51" + struct.pack(">H", len(size) + 2) + size + b"\xff\xd9"


def _moving() -> bytes:
    frames = [Image.fromarray(np.roll(scene(), step, 0)) for step in range(3)]
    stream = BytesIO()
    frames[0].save(stream, "GIF", save_all=True, append_images=frames[1:])
    return stream.getvalue()


def _astronomy() -> bytes:
    """A FITS header of 30,000 x 30,000 values, as in CVE-2026-40192."""
    cards = ("SIMPLE  =  T", "BITPIX  =  8", "NAXIS   =  2", "NAXIS1  =  30000", "NAXIS2  =  30000", "END")
    return b"".join(card.ljust(80).encode() for card in cards).ljust(2880)


def _noise() -> bytes:
    return b"\x01" + np.random.default_rng(5).integers(0, 256, 5_000).astype(np.uint8).tobytes()


def _kind(kind: str) -> bytes:
    return encode(kind)


_OTHER_KINDS: tuple[HostileFile, ...] = (
    HostileFile("empty file", "empty.png", bytes, says="an empty file"),
    HostileFile("empty file called DICOM", "empty.dcm", bytes, says="an empty file", modality="ct"),
    HostileFile("one byte", "byte.png", lambda: b"\x89", says="no image that is known"),
    HostileFile(
        "a mebibyte of zeros", "zeros.dcm", lambda: bytes(2**20), says="empty or erased", modality="ct"
    ),
    HostileFile("noise", "noise.png", _noise, says="no image that is known"),
    HostileFile(
        "more bytes than allowed", "heavy.png", lambda: encode("PNG") + bytes(26 * 2**20), says="allowed"
    ),
    HostileFile("ZIP with a path upwards, called PNG", "photo.png", _archive, says="ZIP archive"),
    HostileFile("ZIP called DICOM", "study.dcm", _archive, says="ZIP archive", modality="ct"),
    HostileFile("gzip bomb called DICOM", "study.dcm.gz", _gzip_bomb, says="gzip", modality="ct"),
    HostileFile("7-Zip called JPEG", "photo.jpg", lambda: b"7z\xbc\xaf\x27\x1c" + bytes(64), says="7-Zip"),
    HostileFile("web page called PNG", "page.png", lambda: _WEB, says="a web page"),
    HostileFile("SVG with a script, called PNG", "drawing.png", lambda: _SVG, says="SVG"),
    HostileFile("PDF called JPEG", "letter.jpg", lambda: b"%PDF-1.7\n" + bytes(64), says="PDF"),
    HostileFile("PostScript called TIFF", "draw.tif", lambda: b"%!PS-Adobe-3.0 EPSF", says="PostScript"),
    HostileFile("Windows program called PNG", "setup.png", lambda: b"MZ" + bytes(64), says="Windows program"),
    HostileFile("Photoshop document", "edit.png", lambda: b"8BPS\0\1" + bytes(64), says="Photoshop"),
    HostileFile("animated GIF called PNG", "moving.png", _moving, says="GIF"),
    HostileFile("BMP called PNG", "paint.png", lambda: _kind("BMP"), says="BMP"),
    HostileFile("WebP called JPEG", "web.jpg", lambda: b"RIFF\x40\0\0\0WEBPVP8 " + bytes(64), says="WebP"),
    HostileFile("JPEG 2000 bomb of 81 million pixels", "bomb.jp2", _wavelet_bomb, says="JPEG 2000"),
    HostileFile("FITS bomb", "stars.png", _astronomy, says="FITS"),
    HostileFile("NumPy array", "array.png", lambda: b"\x93NUMPY\x01\0" + bytes(64), says="NumPy"),
    HostileFile("text called PNG", "hello.png", lambda: b"only words\n" * 9, says="plain text"),
)

FILE_NAMES: tuple[tuple[str, str], ...] = (
    ("name with a script", "<script>document.title='owned'</script>.png"),
    ("name with an image that fails", '<img src=x onerror="document.title=1">.png'),
    ("name with a style sheet", "<style>*{display:none}</style>.png"),
    ("name with Markdown", "![a](https://beacon.invalid/a.png) **b** [c](javascript:alert(1)).png"),
    ("name with mathematics and an icon", "$\\href{https://beacon.invalid}{x}$ :material/home: :red[x].png"),
    ("name with path parts", "../../../../etc/passwd.png"),
    ("name with coded path parts", "..%2f..\\../../etc/passwd.png"),
    ("name with a drive", "C:\\Users\\patient name\\scan.png"),
    ("name with a zero byte", "scan.png\0.exe"),
    ("name with control characters", "a\x1b[31mb\r\nSet-Cookie: c\x07.png"),
    ("name turned round", "scan\u202egnp.exe"),
    ("name of invisible characters", "\u200b\u200d\ufeff\u2066.png"),
    ("name with a lone surrogate", "scan\ud83d.png"),
    ("name of 5,000 characters", "a" * 5_000 + ".png"),
    ("name of dots", "....."),
    ("no name", ""),
    ("name with format fields", "{0.__class__} %s %n ${HOME} `id`.png"),
)

_NAMED = tuple(HostileFile(name, title, lambda: encode("PNG"), "read") for name, title in FILE_NAMES)
_NAMED_AND_BROKEN = tuple(
    HostileFile(f"{name}, and a cut file", title, lambda: encode("PNG")[:500], says="cut off|damaged")
    for name, title in FILE_NAMES
)

_MIXED: tuple[HostileFile, ...] = (
    HostileFile("DICOM named PNG", "slice.png", dicom, "read", modality="ct"),
    HostileFile(
        "DICOM behind a TIFF's header", "two.tif", lambda: dicom(preamble=b"II*\0"), "read", modality="ct"
    ),
    HostileFile("DICOM behind a web page", "web.dcm", lambda: dicom(preamble=_WEB), "read", modality="ct"),
    HostileFile(
        "DICOM behind a program", "run.dcm", lambda: dicom(preamble=b"MZ\x90"), "read", modality="ct"
    ),
    HostileFile("DICOM without its prefix", "raw.dcm", lambda: dicom()[132:], "either", modality="ct"),
    HostileFile("pixels alone", "raw.dcm", lambda: slice_values().tobytes(), modality="ct"),
)

OTHERS: tuple[HostileFile, ...] = (*_OTHER_KINDS, *_NAMED, *_NAMED_AND_BROKEN, *_MIXED)
