"""The type comes from the bytes."""

from __future__ import annotations

import pytest

from core.errors import DecodeError
from core.intake.raster import read_case
from core.intake.sniff import describe, sniff_format

IMPOSTORS = [
    (b"", "empty file"),
    (b"GIF89a" + b"\0" * 40, "GIF"),
    (b"%PDF-1.7\n", "PDF"),
    (b"PK\x03\x04" + b"\0" * 40, "ZIP"),
    (b"BM" + b"\1" * 60, "BMP"),
    (b"RIFF\x10\x00\x00\x00WEBPVP8 ", "WebP"),
    (b"\0\0\0\x18ftypheic\0\0\0\0", "HEIC"),
    (b"\0\0\0\x18ftypavif\0\0\0\0", "AVIF"),
    (b"\0\0\0\x18ftypisom\0\0\0\0", "video"),
    (b"\x00\x00\x00\x0cjP  \r\n\x87\n", "JPEG 2000"),
    (b"\xef\xbb\xbf\n <!DOCTYPE html><p>", "web page"),
    (b"<svg xmlns='x'/>", "SVG"),
    (b"<?xml version='1.0'?>", "XML"),
    (b"id,label\n1,mel\n", "plain text"),
    (b"\0" * 128 + b"DICM" + b"\0" * 40, "DICOM"),
    (b"II*\0".ljust(128, b"\0") + b"DICM", "DICOM"),
    (b"<html>".ljust(128) + b"DICM", "DICOM"),
    (b"\x1f\x8b\x08" + b"\0" * 20, "gzip"),
    (b"\x91\xf0\x02" * 30, "no image that is known"),
]


@pytest.mark.parametrize(("content", "word"), IMPOSTORS, ids=[word for _, word in IMPOSTORS])
def test_renamed_files_are_refused_by_content(content, word):
    with pytest.raises(DecodeError) as caught:
        read_case(content, title="../x/mole.png", modality="dermoscopy")
    assert word in describe(content)
    assert word in caught.value.problem
    assert caught.value.subject == "mole.png"
    assert "PNG, JPEG, TIFF or DICOM" in caught.value.remedy


@pytest.mark.parametrize(
    ("start", "kind"),
    [
        (b"\x89PNG\r\n\x1a\n", "PNG"),
        (b"\xff\xd8\xff\xe0", "JPEG"),
        (b"II*\0", "TIFF"),
        (b"MM\0*", "TIFF"),
        (b"II+\0", "TIFF"),
        (b"MM\0+", "TIFF"),
    ],
)
def test_accepted_types(start, kind):
    assert sniff_format(start + b"rest", title="f") == kind
