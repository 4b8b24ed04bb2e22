"""The body in a slice: found without the table, never smaller than a body, the whole slice otherwise."""

from __future__ import annotations

import numpy as np
import pytest

from core.data.base import data_root, read_samples
from core.data.base import load_pixels as load
from core.modalities.base import Preprocessing
from core.modalities.body import find_body


def _slice(side: int = 256) -> np.ndarray:
    """An elliptic body with two lungs, centred at (0.45, 0.5), on a thin table."""
    y, x = np.mgrid[0:side, 0:side] / side
    picture = np.full((side, side), 42, np.uint8)
    picture[((y - 0.45) / 0.25) ** 2 + ((x - 0.5) / 0.4) ** 2 < 1] = 215
    for middle in (0.33, 0.67):
        picture[((y - 0.45) / 0.16) ** 2 + ((x - middle) / 0.12) ** 2 < 1] = 60
    picture[round(0.76 * side) : round(0.775 * side)] = 240
    return np.repeat(picture[..., None], 3, axis=-1)


@pytest.mark.parametrize("side", [256, 512])
def test_the_box_is_the_bodys_with_its_margin(side):
    box = find_body(_slice(side))
    assert box.found
    found = np.array([box.top, box.left, box.height, box.width]) / side
    assert np.allclose(found, [0.20 - 0.02, 0.10 - 0.02, 0.54, 0.84], atol=0.012)


def test_a_slice_without_a_body_is_seen_whole():
    empty = np.full((100, 140, 3), 42, np.uint8)
    empty[40:50, 40:50] = 220
    box = find_body(empty)
    assert (box.found, box.top, box.left, box.height, box.width) == (False, 0, 0, 100, 140)


def test_networks_see_the_box():
    pixels = _slice()
    box = find_body(pixels)
    frame = Preprocessing(height=64, width=64, crop="body").frame(pixels)
    assert np.array_equal(frame, box.crop(pixels)) and frame.flags.c_contiguous


def test_another_window_is_cut_as_the_window_of_training():
    pixels, other = _slice(), np.full((256, 256, 3), 7, np.uint8)
    seen = Preprocessing(height=64, width=64, crop="body")
    assert seen.frame(other, found_on=pixels).shape == seen.frame(pixels).shape
    assert seen.frame(other).shape == other.shape


@pytest.mark.realdata
def test_a_body_is_found_in_every_published_slice():
    found = [find_body(load(sample)) for sample in read_samples("iq_othnccd", data_root())[::12]]
    assert all(box.found for box in found)
    assert all(box.width > 0.6 * 256 and 0.4 * 256 < box.height < 0.9 * 256 for box in found)
