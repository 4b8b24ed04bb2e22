"""Ways to damage a file: anywhere in its bytes, or where its format keeps sizes, counts and kinds."""

from __future__ import annotations

import random
import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache

from tests.hostile import base
from tests.hostile.seeds import load_seeds

_NUMBERS = (
    0,
    1,
    2,
    7,
    8,
    127,
    128,
    255,
    256,
    4_095,
    32_767,
    32_768,
    65_534,
    65_535,
    2**31 - 1,
    2**31,
    2**32 - 1,
)
_TEXTS = (
    b"",
    b"NaN",
    b"inf",
    b"-1",
    b"0",
    b"1e400",
    b"1e30",
    b"99999999999",
    b"\\",
    b"a\\b",
    b"\xff\xfe",
    b"9" * 64,
)
_VRS = ("US", "UL", "SS", "DS", "IS", "CS", "LO", "SQ", "OB", "OW", "UN", "UI", "PN", "ZZ", "AT", "FD", "UT")


@dataclass(frozen=True)
class Edit:
    """Replace ``remove`` bytes at ``at`` by ``insert``, or by a part of another seed.

    Attributes:
        at, remove: place and count in the content as it is before this edit.
        insert: new bytes; empty where they come from a seed.
        seed, start, stop: the part of another seed that is put in.
    """

    at: int
    remove: int
    insert: bytes = b""
    seed: str = ""
    start: int = 0
    stop: int = 0


Way = Callable[[bytes, random.Random], Edit]


def list_ways(content: bytes) -> Sequence[Way]:
    plain: tuple[Way, ...] = (_flip, _set_number, _cut, _remove, _repeat, _splice)
    if content[128:132] == b"DICM":
        return (*plain, _dicom_length, *([_dicom_element] * 4), *([_dicom_value] * 6))
    if content.startswith(b"\x89PNG"):
        return (*plain, *([_png_field] * 6))
    if content[:2] in (b"II", b"MM"):
        return (*plain, *([_tiff_entry] * 6))
    if content.startswith(b"\xff\xd8"):
        return (*plain, *([_jpeg_marker] * 6))
    return plain


def _place(content: bytes, chance: random.Random) -> int:
    """Anywhere, the beginning three times as often: that is where the headers are."""
    if chance.random() < 0.6:
        return chance.randrange(min(len(content), 1_200))
    return chance.randrange(len(content))


def _flip(content: bytes, chance: random.Random) -> Edit:
    at = _place(content, chance)
    return Edit(at, 1, bytes([content[at] ^ (1 << chance.randrange(8))]))


def _number(chance: random.Random, size: int) -> bytes:
    value = chance.choice(_NUMBERS) if chance.random() < 0.8 else chance.getrandbits(32)
    packed = (value % 2 ** (8 * size)).to_bytes(size, "little")
    return packed if chance.random() < 0.5 else packed[::-1]


def _set_number(content: bytes, chance: random.Random) -> Edit:
    size = chance.choice((1, 2, 4))
    return Edit(_place(content, chance), size, _number(chance, size))


def _cut(content: bytes, chance: random.Random) -> Edit:
    at = _place(content, chance)
    return Edit(at, len(content) - at)


def _remove(content: bytes, chance: random.Random) -> Edit:
    return Edit(_place(content, chance), chance.choice((1, 2, 4, 16, 300)))


def _repeat(content: bytes, chance: random.Random) -> Edit:
    at = _place(content, chance)
    part = content[at : at + chance.choice((1, 2, 8, 64, 500))]
    return Edit(at, 0, (part * chance.choice((1, 2, 50)))[:4_000])


def _splice(content: bytes, chance: random.Random) -> Edit:
    other = chance.choice(list(load_seeds()))
    length = len(load_seeds()[other])
    start = chance.randrange(length)
    stop = min(length, start + chance.choice((4, 64, 1_000, 20_000)))
    return Edit(_place(content, chance), chance.choice((0, stop - start)), b"", other, start, stop)


@lru_cache(16)
def _elements(content: bytes) -> tuple[tuple[int, int, int], ...]:
    """(place, bytes of the head, length) of Explicit VR elements, until one is odd."""
    found = []
    at = 132
    while at + 8 <= len(content):
        vr = content[at + 4 : at + 6].decode("latin-1")
        if not (vr.isalpha() and vr.isupper()):
            break
        long = vr in base.LONG
        head = 12 if long else 8
        if at + head > len(content):
            break
        (length,) = struct.unpack_from("<I" if long else "<H", content, at + (8 if long else 6))
        found.append((at, head, length))
        if length == 0xFFFFFFFF:
            break
        at += head + length
    return tuple(found) or ((132, 8, 0),)


def _dicom_length(content: bytes, chance: random.Random) -> Edit:
    at, head, _ = chance.choice(_elements(content))
    return Edit(at + 8, 4, _number(chance, 4)) if head == 12 else Edit(at + 6, 2, _number(chance, 2))


def _dicom_value(content: bytes, chance: random.Random) -> Edit:
    at, head, length = chance.choice(_elements(content))
    size = min(length, len(content) - at - head) if length <= 4_096 else 4
    value = _number(chance, 2) if size <= 4 else chance.choice(_TEXTS).ljust(size)[:size]
    return Edit(at + head, min(size, len(value)), value[: max(size, 1)])


@cache
def _tags() -> tuple[int, ...]:
    """Tags that say how pixels are stored, several times; then the standard's whole dictionary."""
    from pydicom.datadict import DicomDictionary

    told = [tag for tag in DicomDictionary if tag >> 16 == 0x0028]
    return (*(told * 8), *DicomDictionary)


def _dicom_element(content: bytes, chance: random.Random) -> Edit:
    at, _, _ = chance.choice(_elements(content))
    value = chance.choice((_number(chance, 2), _number(chance, 4), chance.choice(_TEXTS)))
    length = None if chance.random() < 0.8 else chance.choice(_NUMBERS)
    return Edit(at, 0, base.element(chance.choice(_tags()), chance.choice(_VRS), value, length=length))


def _png_field(content: bytes, chance: random.Random) -> Edit:
    """A number in the header, or the name or the length of a chunk."""
    if chance.random() < 0.5:
        size = chance.choice((1, 4))
        return Edit(
            chance.choice((16, 20)) if size == 4 else chance.randrange(24, 29), size, _number(chance, size)
        )
    at = 8
    places = []
    while at + 8 <= len(content):
        places.append(at)
        at += 12 + int.from_bytes(content[at : at + 4], "big")
    at = chance.choice(places or [8])
    names = (
        b"IHDR",
        b"PLTE",
        b"tRNS",
        b"iCCP",
        b"zTXt",
        b"acTL",
        b"fcTL",
        b"fdAT",
        b"eXIf",
        b"IEND",
        b"gAMA",
    )
    return Edit(at + 4, 4, chance.choice(names)) if chance.random() < 0.6 else Edit(at, 4, _number(chance, 4))


def _tiff_entry(content: bytes, chance: random.Random) -> Edit:
    """Type, count or value of a tag of the first directory."""
    order = "<" if content[:2] == b"II" else ">"
    if len(content) < 8:
        return _flip(content, chance)
    (first,) = struct.unpack_from(order + "I", content, 4)
    if first + 2 > len(content):
        return _flip(content, chance)
    (count,) = struct.unpack_from(order + "H", content, first)
    at = min(first + 2 + 12 * chance.randrange(max(count, 1)), max(len(content) - 12, 0))
    offset, size = chance.choice(((0, 2), (2, 2), (4, 4), (8, 4), (8, 2)))
    return Edit(at + offset, size, _number(chance, size))


def _jpeg_marker(content: bytes, chance: random.Random) -> Edit:
    """The code, the length or the first numbers behind a marker."""
    places = [at for at in range(min(len(content) - 1, 4_000)) if content[at] == 0xFF and content[at + 1] > 0]
    at = chance.choice(places or [0])
    offset, size = chance.choice(((1, 1), (2, 2), (4, 1), (5, 2), (7, 2), (9, 1), (11, 1)))
    return Edit(at + offset, size, _number(chance, size))
