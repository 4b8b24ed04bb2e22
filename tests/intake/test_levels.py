"""More than eight bits a channel: every level kept, whatever the container."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
import tifffile

from core.errors import DecodeError
from core.intake.levels import DEPTHS, scale_integers, stored_depth
from core.intake.raster import read_case

LAYOUTS = [
    {},
    {"byteorder": ">"},
    {"compression": "zlib"},
    {"compression": "zlib", "byteorder": ">"},
    {"tile": (16, 16)},
    {"compression": "zlib", "predictor": True, "tile": (16, 16)},
]


def pixels_of(content):
    return read_case(content, title="f", modality="dermoscopy").pixels


@pytest.mark.parametrize(
    ("largest", "bits"),
    [(0, 8), (255, 8), (256, 10), (1023, 10), (4095, 12), (4096, 14), (16384, 16), (65535, 16)],
)
def test_depth_is_the_least_that_holds_the_largest_value(largest, bits):
    assert stored_depth(np.array([0, largest], np.uint16)) == bits


@pytest.mark.parametrize("bits", DEPTHS)
def test_scaling_maps_the_ends_to_the_ends_and_never_clips(bits):
    values = np.arange(2**bits, dtype=np.uint16)
    scaled = scale_integers(values, bits)
    assert scaled[0] == 0
    assert scaled[-1] == 255
    assert (np.diff(scaled.astype(int)) >= 0).all()
    assert len(np.unique(scaled)) == 256


def test_scaling_by_hand():
    assert scale_integers(np.array([0, 2048, 4095], np.uint16), 12).tolist() == [0, 128, 255]


@pytest.mark.parametrize("layout", LAYOUTS, ids=str)
@pytest.mark.parametrize("top", [65535, 4095])
def test_tiff_grey_and_colour_equal_the_scaled_values(make_tiff, ramp16, layout, top):
    grey = (ramp16.astype(np.uint32) * top // 65535).astype(np.uint16)
    colour = np.stack([grey, grey[::-1], grey.T], -1)
    wanted = np.rint(colour * (255 / top)).astype(np.uint8)
    assert np.array_equal(pixels_of(make_tiff(colour, photometric="rgb", **layout)), wanted)
    assert np.array_equal(pixels_of(make_tiff(grey, **layout))[..., 1], wanted[..., 0])


@pytest.mark.parametrize("top", [65535, 4095])
def test_png_colour_equals_opencv(ramp16, top):
    grey = (ramp16.astype(np.uint32) * top // 65535).astype(np.uint16)
    content = cv2.imencode(".png", np.stack([grey.T, grey[::-1], grey], -1))[1].tobytes()
    seen = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_UNCHANGED)[..., ::-1]
    assert np.array_equal(pixels_of(content), np.rint(seen * (255 / top)).astype(np.uint8))


def test_png_grey_16_bit_keeps_the_levels(make_png, ramp16):
    case = read_case(make_png(ramp16, 0), title="f", modality="dermoscopy")
    assert len(np.unique(case.pixels)) >= 200
    assert "16-bit values scaled to 8 bit." in case.notes


def test_12_bit_container_is_noted(make_png, ramp16):
    case = read_case(make_png(ramp16 // 16, 0), title="f", modality="dermoscopy")
    assert "12-bit values in a 16-bit file scaled to 8 bit." in case.notes
    assert case.pixels.max() == 255


@pytest.mark.parametrize(("colour_type", "channels"), [(4, 1), (6, 3)])
def test_png_16_bit_with_alpha(make_png, ramp16, colour_type, channels):
    opaque = np.full_like(ramp16, 65535)
    pixels = pixels_of(make_png(np.stack([ramp16 // 16] * channels + [opaque], -1), colour_type))
    assert np.array_equal(pixels[..., 0], np.rint((ramp16 // 16) * (255 / 4095)).astype(np.uint8))


def test_filtered_16_bit_png_is_read_exactly(ramp16):
    grey = ramp16 // 16
    colour = np.stack([grey, grey[::-1], grey.T], -1)
    for strategy in (cv2.IMWRITE_PNG_STRATEGY_FILTERED, cv2.IMWRITE_PNG_STRATEGY_FIXED):
        content = cv2.imencode(".png", colour[..., ::-1], [cv2.IMWRITE_PNG_STRATEGY, strategy])[1].tobytes()
        assert np.array_equal(pixels_of(content), np.rint(colour * (255 / 4095)).astype(np.uint8))


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_white_is_zero(make_tiff, ramp16, dtype):
    values = ramp16 if dtype == np.uint16 else (ramp16 // 257).astype(np.uint8)
    pixels = pixels_of(make_tiff(values, photometric="miniswhite"))
    assert np.array_equal(
        pixels[..., 0], 255 - np.rint(values / (257 if dtype == np.uint16 else 1)).astype(np.uint8)
    )


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.int8, np.int16, np.int32, np.uint32])
def test_other_numbers_are_refused(make_tiff, ramp16, dtype):
    with pytest.raises(DecodeError):
        pixels_of(make_tiff((ramp16 // 512).astype(dtype)))


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_non_finite_values_are_refused(make_tiff, ramp16, bad):
    values = (ramp16 / 65535).astype(np.float32)
    values[3, 3] = bad
    with pytest.raises(DecodeError):
        pixels_of(make_tiff(values))


@pytest.mark.parametrize("compression", [None, "zlib"])
def test_deep_separate_planes_are_refused_and_shallow_ones_read(make_tiff, ramp16, compression):
    planes = np.stack([ramp16, ramp16[::-1], ramp16.T])
    options = {"photometric": "rgb", "planarconfig": "separate", "compression": compression}
    with pytest.raises(DecodeError, match="planes"):
        pixels_of(make_tiff(planes, **options))
    shallow = (planes // 257).astype(np.uint8)
    assert np.array_equal(pixels_of(make_tiff(shallow, **options)), shallow.transpose(1, 2, 0))


def test_agrees_with_tifffile(make_tiff, ramp16, tmp_path):
    content = make_tiff(np.stack([ramp16] * 3, -1), photometric="rgb")
    path = tmp_path / "f.tif"
    path.write_bytes(content)
    assert np.array_equal(pixels_of(content), np.rint(tifffile.imread(path) / 257).astype(np.uint8))
