"""What a file is, by its first bytes; its name and the type a browser claims are not asked."""

from __future__ import annotations

from typing import Literal

from core.errors import DecodeError

RasterFormat = Literal["PNG", "JPEG", "TIFF"]

ACCEPTED = "PNG, JPEG, TIFF or DICOM"

_RASTER: tuple[tuple[bytes, RasterFormat], ...] = (
    (b"\x89PNG\r\n\x1a\n", "PNG"),
    (b"\xff\xd8\xff", "JPEG"),
    (b"II*\x00", "TIFF"),
    (b"MM\x00*", "TIFF"),
    (b"II+\x00", "TIFF"),
    (b"MM\x00+", "TIFF"),
)

_OTHER: tuple[tuple[bytes, str], ...] = (
    (b"GIF8", "a GIF image"),
    (b"BM", "a BMP image"),
    (b"%PDF", "a PDF document"),
    (b"PK\x03\x04", "a ZIP archive or an Office document"),
    (b"PK\x05\x06", "an empty ZIP archive"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive"),
    (b"Rar!", "a RAR archive"),
    (b"\x00\x00\x00\x0cjP  ", "a JPEG 2000 image"),
    (b"\xff\x4f\xff\x51", "a JPEG 2000 image"),
    (b"8BPS", "a Photoshop document"),
    (b"%!PS", "a PostScript document"),
    (b"SIMPLE  =", "a FITS image"),
    (b"\x89HDF\r\n\x1a\n", "an HDF5 file"),
    (b"\x93NUMPY", "a NumPy array"),
    (b"\x00\x00\x01\x00", "a Windows icon"),
    (b"MZ", "a Windows program"),
    (b"\x7fELF", "a Linux program"),
    (b"\xd0\xcf\x11\xe0", "an old Office document"),
    (b"\x00" * 16, "an empty or erased file"),
)

_MARKUP: tuple[tuple[bytes, str], ...] = (
    (b"<!doctype html", "a web page"),
    (b"<html", "a web page"),
    (b"<svg", "an SVG drawing"),
    (b"<?xml", "an XML document"),
    (b"<", "a markup document"),
)


def sniff_format(content: bytes, *, title: str) -> RasterFormat:
    """Tell PNG, JPEG and TIFF from everything else.

    Args:
        content: the whole file.
        title: the file's name as it may be shown, for the message.

    Raises:
        DecodeError: the bytes begin like something else; the message says like what.
    """
    if not is_dicom(content):
        for magic, name in _RASTER:
            if content.startswith(magic):
                return name
    raise DecodeError(
        title,
        f"the content looks like {describe(content)}, whatever the name says",
        f"Choose a {ACCEPTED} file",
    )


_EXPLICIT = frozenset(
    b"AE AS AT CS DA DS DT FD FL IS LO LT OB OD OF OL OV OW PN SH SL SQ SS ST SV TM UC UI UL UN UR US UT "
    b"UV".split()
)
"""Value representations (DICOM PS3.5, 6.2)."""


def looks_like_dicom(content: bytes) -> bool:
    """Whether bytes are DICOM: with the prefix, or a bare data set, which some old archives hold.

    A bare data set begins with an element of group 2 or 8 (file meta, identification) that states a known
    value representation, or, in little endian, a length that fits the file.
    """
    return is_dicom(content) or is_bare_dicom(content)


def is_bare_dicom(content: bytes) -> bool:
    """Whether a plausible first element of a data set stands at the very beginning."""
    for order, groups in (("little", (0x0002, 0x0008)), ("big", (0x0008,))):
        group, element = (int.from_bytes(content[at : at + 2], order) for at in (0, 2))  # type: ignore[arg-type]
        if len(content) < 12 or group not in groups or element > 0x2000:
            continue
        if content[4:6] in _EXPLICIT:
            return True
        length = int.from_bytes(content[4:8], "little")
        if order == "little" and length % 2 == 0 and length <= min(len(content), 1024):
            return True
    return False


def is_dicom(content: bytes) -> bool:
    """Whether the DICOM prefix stands behind a 128-byte preamble, which may itself look like a TIFF."""
    return content[128:132] == b"DICM"


def describe(content: bytes) -> str:
    """What bytes that are no PNG, JPEG or TIFF look like, as the end of a sentence."""
    if not content:
        return "an empty file"
    if is_dicom(content):
        return "a DICOM file"
    for magic, name in _OTHER:
        if content.startswith(magic):
            return name
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "a WebP image"
    if content[4:8] == b"ftyp":
        brand = content[8:12]
        if brand in (b"heic", b"heix", b"mif1", b"msf1", b"hevc"):
            return "an HEIC photograph"
        return "an AVIF image" if brand in (b"avif", b"avis") else "a video"
    start = content[:512].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    for magic, name in _MARKUP:
        if start.startswith(magic):
            return name
    if all(byte in b"\t\n\r\x0c\x1b" or 32 <= byte < 127 for byte in content[:512]):
        return "plain text"
    return "no image that is known here"
