"""Hostile and broken files: a typed refusal, and no memory for pixels that a header only claims."""

from __future__ import annotations

import tracemalloc
import zlib
from io import BytesIO
from struct import pack

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from core.errors import DecodeError, TwinLensError
from core.intake.raster import read_case

# Pillow warns of what it then refuses.
pytestmark = pytest.mark.filterwarnings("ignore")

STARTS = [b"", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff\xe0", b"II*\0\x08\0\0\0", b"MM\0*\0\0\0\x08", b"II+\0"]
RELAXED = settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))


def read(content):
    return read_case(content, title="f.png", modality="dermoscopy")


def _file(kind: str, mode: str = "RGB", **options) -> bytes:
    rows, columns = np.mgrid[0:40, 0:50]
    noise = np.random.default_rng(0).integers(0, 40, (40, 50, 3))
    image = Image.fromarray((np.stack([rows * 4, columns * 3, rows + columns], -1) + noise).astype(np.uint8))
    stream = BytesIO()
    image.convert(mode).save(stream, kind, **options)
    return stream.getvalue()


VALID = {
    "png": _file("PNG"),
    "palette": _file("PNG", "P"),
    "alpha": _file("PNG", "RGBA"),
    "jpeg": _file("JPEG"),
    "progressive": _file("JPEG", progressive=True),
    "cmyk": _file("JPEG", "CMYK"),
    "tiff": _file("TIFF"),
    "lzw": _file("TIFF", compression="tiff_lzw"),
    "deflate": _file("TIFF", compression="tiff_adobe_deflate"),
    "jpeg in tiff": _file("TIFF", compression="jpeg"),
}


@RELAXED
@given(st.sampled_from(STARTS), st.binary(max_size=400))
def test_random_bytes(start, rest):
    with pytest.raises(TwinLensError):
        read(start + rest)


@RELAXED
@given(st.sampled_from(sorted(VALID)), st.floats(0, 0.9))
def test_cut_off_files_are_refused(name, share):
    content = VALID[name]
    with pytest.raises(TwinLensError):
        read(content[: int(len(content) * share)])


@settings(RELAXED, max_examples=400)
@given(st.sampled_from(sorted(VALID)), st.lists(st.tuples(st.floats(0, 1), st.integers(0, 255)), max_size=12))
def test_altered_files_give_a_case_or_a_typed_refusal(name, changes):
    content = bytearray(VALID[name])
    for where, value in changes:
        content[int(where * (len(content) - 1))] = value
    try:
        case = read(bytes(content))
    except TwinLensError:
        return
    assert case.pixels.ndim == 3
    assert case.pixels.shape[2] == 3


@pytest.mark.parametrize("name", ["jpeg", "png", "tiff"])
def test_cut_off_files_are_called_so(name):
    with pytest.raises(DecodeError, match=r"cut off|damaged"):
        read(VALID[name][: len(VALID[name]) * 2 // 3])


@pytest.mark.parametrize("side", [9_000, 13_000, 20_000, 60_000])
def test_pixel_bombs_are_refused_on_the_header(make_png, side):
    packed = zlib.compressobj(9)
    raw = b"".join(packed.compress(bytes(1 + side)) for _ in range(min(side, 9_000))) + packed.flush()
    content = make_png(np.zeros((1, 1), np.uint8), 0, claimed=(side, side))
    start = content.index(b"IDAT") - 4
    bomb = content[:start] + pack(">I", len(raw)) + b"IDAT" + raw + pack(">I", zlib.crc32(b"IDAT" + raw))
    assert len(bomb) < 2_000_000
    tracemalloc.start()
    with pytest.raises(DecodeError, match="million are allowed"):
        read(bomb)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 20_000_000


def test_tiff_and_jpeg_with_lying_headers_are_refused():
    tiff = bytearray(VALID["tiff"])
    with Image.open(BytesIO(VALID["tiff"])) as image:
        assert image.size == (50, 40)
    for tag in (256, 257):
        at = _entry(tiff, tag)
        tiff[at + 2 : at + 12] = b"\x04\0\x01\0\0\0" + (20_000).to_bytes(4, "little")
    with pytest.raises(DecodeError, match="allowed"):
        read(bytes(tiff))
    jpeg = bytearray(VALID["jpeg"])
    at = jpeg.index(b"\xff\xc0") + 5
    jpeg[at : at + 4] = b"\xff\xff\xff\xff"
    with pytest.raises(DecodeError, match="allowed"):
        read(bytes(jpeg))


def _entry(tiff: bytearray, tag: int) -> int:
    first = int.from_bytes(tiff[4:8], "little")
    count = int.from_bytes(tiff[first : first + 2], "little")
    entries = range(first + 2, first + 2 + 12 * count, 12)
    return next(at for at in entries if int.from_bytes(tiff[at : at + 2], "little") == tag)


def test_jpeg_with_thousands_of_scans_is_refused():
    content = VALID["progressive"]
    at = content.rindex(b"\xff\xda")
    scan = content[at:-2]
    with pytest.raises(DecodeError, match="scans"):
        read(content[:-2] + scan * 2_000 + content[-2:])


def test_tiff_whose_pages_form_a_ring():
    stream = BytesIO()
    image = Image.open(BytesIO(VALID["tiff"]))
    image.save(stream, "TIFF")
    ring = bytearray(stream.getvalue())
    first = int.from_bytes(ring[4:8], "little")
    count = int.from_bytes(ring[first : first + 2], "little")
    after = first + 2 + 12 * count
    ring[after : after + 4] = first.to_bytes(4, "little")
    try:
        assert read(bytes(ring)).pixels.shape == (40, 50, 3)
    except DecodeError as error:
        assert error.subject == "f.png"


def test_html_behind_a_png_is_not_kept(photo, save):
    case = read(save(photo, "PNG") + b"<script>alert(1)</script>")
    assert np.array_equal(case.pixels, np.asarray(photo))


def test_nothing_is_printed_or_written(save, photo, capfd, tmp_path, monkeypatch, caplog):
    monkeypatch.chdir(tmp_path)
    read(save(photo, "PNG"))
    with pytest.raises(DecodeError):
        read(VALID["png"][:200])
    assert capfd.readouterr() == ("", "")
    assert not caplog.records
    assert not list(tmp_path.iterdir())
