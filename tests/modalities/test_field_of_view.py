from __future__ import annotations

import math

import numpy as np
import pytest
import skimage.data
from PIL import Image

from core.modalities.base import Preprocessing
from core.modalities.field_of_view import find_field_of_view


def disc(height=300, width=400, *, centre=(150, 200), radius=120, level=150, surround=0):
    """A lit disc on a dark surround, with the grain of a sensor."""
    rows, columns = np.mgrid[:height, :width]
    inside = np.hypot(rows - centre[0], columns - centre[1]) <= radius
    noise = np.random.default_rng(0).integers(0, 4, (height, width))
    values = np.where(inside, level, surround) + noise
    return np.repeat(values[..., None], 3, axis=2).clip(0, 255).astype(np.uint8)


@pytest.mark.parametrize("surround", [0, 3, 12])
def test_a_disc_is_found_to_within_two_measured_pixels(surround):
    view = find_field_of_view(disc(surround=surround))
    pixel = 400 / 256
    assert view.found
    for found, expected in (
        (view.top, 30),
        (view.left, 80),
        (view.top + view.height, 270),
        (view.left + view.width, 320),
    ):
        assert abs(found - expected) <= 2 * pixel + 1
    assert view.lit == pytest.approx(math.pi / 4, abs=0.03)
    assert max(view.cut) < 0.3


def test_a_disc_cut_by_the_frame_says_which_sides():
    view = find_field_of_view(disc(radius=190))
    assert (view.top, view.height) == (0, 300)
    top, bottom, left, right = view.cut
    assert top > 0.5 and bottom > 0.5 and left < 0.4 and right < 0.4


def test_a_notch_or_a_flare_does_not_widen_the_box():
    plain = find_field_of_view(disc())
    pixels = disc()
    pixels[148:151, 320:390] = 200
    flared = find_field_of_view(pixels)
    assert abs(flared.width - plain.width) <= 4


def test_the_frame_does_not_depend_on_aspect_or_resolution():
    pixels = disc(centre=(140, 190))
    squashed = np.asarray(Image.fromarray(pixels).resize((224, 224), Image.Resampling.BOX))
    larger = np.asarray(Image.fromarray(pixels).resize((1600, 1200), Image.Resampling.BICUBIC))
    preparation = Preprocessing(height=64, width=64, crop="field_of_view")
    first, *others = [preparation.apply(image) for image in (pixels, squashed, larger)]
    for other in others:
        assert np.abs(first - other).mean() < 0.02


@pytest.mark.parametrize("level", [0, 200])
def test_without_a_disc_the_frame_is_the_whole_picture(level):
    pixels = np.full((90, 120, 3), level, np.uint8)
    view = find_field_of_view(pixels)
    assert not view.found
    assert (view.top, view.left, view.height, view.width) == (0, 0, 90, 120)
    assert view.crop(pixels).shape == pixels.shape


def test_a_small_bright_spot_is_no_field_of_view():
    assert not find_field_of_view(disc(radius=30)).found


@pytest.mark.parametrize("shape", [(1, 1, 3), (1, 400, 3), (3, 3, 3), (5000, 7, 3)])
def test_odd_shapes_are_answered(shape):
    pixels = np.random.default_rng(1).integers(0, 255, shape, dtype=np.uint8)
    view = find_field_of_view(pixels)
    assert view.crop(pixels).size > 0


def test_a_real_photograph():
    pixels = skimage.data.retina()
    view = find_field_of_view(pixels)
    assert view.found
    assert view.lit == pytest.approx(math.pi / 4, abs=0.04)
    assert view.height / view.width == pytest.approx(1, abs=0.03)
    again = find_field_of_view(view.crop(pixels))
    assert again.height >= 0.98 * view.height and again.width >= 0.98 * view.width


def test_dermoscopy_keeps_its_whole_picture():
    pixels = disc()
    assert Preprocessing(height=64, width=64).frame(pixels) is pixels
