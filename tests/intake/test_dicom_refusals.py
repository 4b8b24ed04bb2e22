"""DICOM files that are refused before a pixel is decoded, and what their codestreams state."""

from __future__ import annotations

import pytest

from core.errors import DecodeError
from core.intake.dicom import read_dicom
from core.intake.dicom_frames import find_size
from core.intake.limits import Limits
from tests.dicom_factory import ct_bytes


def read(content: bytes, **kwargs):
    return read_dicom(content, title="slice.dcm", modality="ct", **kwargs)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"Rows": 20000, "Columns": 20000}, "million values"),
        ({"NumberOfFrames": 399, "Rows": 512, "Columns": 512}, "million values"),
        ({"NumberOfFrames": "1000000000"}, "more than 400 frames"),
        ({"Rows": 0}, "a size that no picture has"),
        ({"SamplesPerPixel": 255}, "a size that no picture has"),
        ({"Rows": 10}, "shorter side"),
        ({"Rows": 32, "Columns": 2000}, "too long"),
        ({"BitsAllocated": 64}, "bits a value"),
        ({"BitsStored": 17}, "bits a value"),
        ({"HighBit": 3}, "bits a value"),
        ({"PixelRepresentation": 7}, "contradicts"),
        ({"PhotometricInterpretation": "HSV"}, "colours that are not read"),
        ({"Rows": None}, "state Rows"),
        ({"PixelData": None}, "holds no picture"),
        ({"PixelData": b"\0" * 100}, "damaged"),
    ],
)
def test_heads_that_are_refused_before_decoding(changes, words):
    with pytest.raises(DecodeError, match=words) as caught:
        read(ct_bytes(**changes))
    assert caught.value.subject == "slice.dcm"


def test_deflated_files_are_refused_without_inflating(monkeypatch):
    content = ct_bytes()
    at = content.index(b"1.2.840.10008.1.2.1\0")
    deflated = content[:at] + b"1.2.840.10008.1.2.1.99".ljust(22) + content[at + 20 :]
    deflated = deflated[: at - 2] + (22).to_bytes(2, "little") + deflated[at:]
    with pytest.raises(DecodeError, match="deflated"):
        read(deflated)


def test_nested_sequences_are_a_refusal():
    item = b"\xfe\xff\x00\xe0\xff\xff\xff\xff"
    nest = (b"\x08\x00\x40\x11SQ\0\0\xff\xff\xff\xff" + item) * 5000
    with pytest.raises(DecodeError, match="nests"):
        read(b"\0" * 128 + b"DICM" + nest)


@pytest.mark.parametrize(
    ("codestream", "size"),
    [
        (b"\xff\xd8\xff\xe0\x00\x04ab\xff\xc0\x00\x0b\x08\x00\x10\x00\x20\x01", (16, 32)),
        (b"\xff\xd8\xff\xf7\x00\x0b\x08\x01\x00\x02\x00\x01", (256, 512)),
        (b"\xff\x4f\xff\x51\0\x29\0\0\0\0\x02\x00\0\0\x01\x00\0\0\0\x10\0\0\0\x20" + b"\0" * 8, (224, 496)),
        (b"\xff\xd8\xff\xda\x00\x04", None),
        (b"nothing", None),
    ],
)
def test_the_size_that_a_codestream_states(codestream, size):
    assert find_size(codestream) == size


def test_limits_can_be_changed():
    with pytest.raises(DecodeError, match="million values"):
        read(ct_bytes(), limits=Limits(max_pixels=1999))
    assert len(read(ct_bytes(), limits=Limits(max_pixels=2000))) == 1
