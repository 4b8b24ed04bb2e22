"""Maps against outlines: by hand, against another way of enlarging, and on published outlines."""

from __future__ import annotations

import math
import os
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from skimage.transform import resize

from core.data.base import load_mask, load_pixels, read_samples
from core.explain.localisation import frame_mask, measure_localisation
from core.modalities.base import Preprocessing
from core.types import Heatmap

ROOT = Path(os.environ.get("TWINLENS_DATA", "nowhere"))


def heatmap(values: object) -> Heatmap:
    array = np.asarray(values, dtype=np.float32)
    peak = float(array.max())
    scaled = array / peak if peak > 0 else array
    return Heatmap(scaled, peak, "logit", "gradcam", "l", "mel", "ok" if peak > 0 else "no_evidence")


def box(shape: tuple[int, int], rows: slice, columns: slice) -> np.ndarray:
    mask = np.zeros(shape, dtype=bool)
    mask[rows, columns] = True
    return mask


def test_by_hand() -> None:
    """Two cells, 1 and 0, enlarged to four: 1, 0.75, 0.25, 0. Inside the first and third: 1.25 of 2."""
    mask = np.array([[True, False, True, False]])
    found = measure_localisation(heatmap([[1.0, 0.0]]), mask)
    assert found.energy == pytest.approx(1.25 / 2) and found.area == 0.5 and not found.empty
    assert not found.hit, "the peak is between the first and the second pixel, and belongs to the second"
    assert measure_localisation(heatmap([[1.0, 0.0]]), ~mask).hit
    assert measure_localisation(heatmap([[1.0, 0.0]]), np.array([[True, True, False, False]])).hit


def test_a_map_without_detail_has_as_much_inside_as_the_outline_covers() -> None:
    mask = box((60, 80), slice(10, 40), slice(5, 33))
    for shape in ((1, 1), (7, 7), (5, 9), (224, 224)):
        found = measure_localisation(heatmap(np.ones(shape)), mask)
        assert found.energy == pytest.approx(30 * 28 / 4800) == pytest.approx(found.area)


def test_the_peak_is_the_centre_of_the_strongest_cell() -> None:
    values = np.zeros((7, 7))
    values[2, 5] = 1
    down, across = int(2.5 / 7 * 700), int(5.5 / 7 * 1400)
    assert measure_localisation(
        heatmap(values), box((700, 1400), slice(down, down + 1), slice(across, across + 1))
    ).hit
    for near in ((down - 1, across), (down, across - 1), (down + 1, across)):
        mask = box((700, 1400), slice(near[0], near[0] + 1), slice(near[1], near[1] + 1))
        assert not measure_localisation(heatmap(values), mask).hit, "no tolerance"


@pytest.mark.parametrize(("inside", "hit"), [(1, False), (2, False), (3, True), (4, True)])
def test_of_tied_peaks_more_than_half_must_lie_inside(inside: int, hit: bool) -> None:
    """Four corners are tied; a hit is the same whichever way the picture is turned."""
    values = np.zeros((4, 4))
    values[[0, 0, 3, 3], [0, 3, 0, 3]] = 1
    mask = np.zeros((8, 8), dtype=bool)
    for row, column in ((0, 0), (0, 6), (6, 0), (6, 6))[:inside]:
        mask[row : row + 2, column : column + 2] = True
    for turned in (mask, mask[::-1], mask[:, ::-1], mask.T):
        assert measure_localisation(heatmap(values), turned).hit == hit


def test_an_empty_map_misses_and_has_no_energy() -> None:
    found = measure_localisation(heatmap(np.zeros((7, 7))), np.ones((8, 8), dtype=bool))
    assert not found.hit and math.isnan(found.energy) and found.empty and found.area == 1 and found.centre


def test_whether_a_map_that_always_points_to_the_middle_would_hit() -> None:
    middle, corner = box((9, 9), slice(3, 6), slice(3, 6)), box((9, 9), slice(0, 3), slice(0, 3))
    assert measure_localisation(heatmap(np.eye(3)), middle).centre
    assert not measure_localisation(heatmap(np.eye(3)), corner).centre


@given(
    st.integers(0, 99),
    st.tuples(st.integers(1, 16), st.integers(1, 16)),
    st.tuples(st.integers(16, 60), st.integers(16, 60)),
)
@settings(max_examples=60, deadline=None)
def test_energy_is_that_of_another_bilinear_enlargement_and_parts_add_up(
    seed: int, shape: tuple[int, int], size: tuple[int, int]
) -> None:
    rng = np.random.default_rng(seed)
    values, mask = rng.random(shape), rng.random(size) < 0.4
    fine = resize(values, size, order=1, mode="edge", anti_aliasing=False)
    found = measure_localisation(heatmap(values), mask)
    assert found.energy == pytest.approx(fine[mask].sum() / fine.sum(), abs=1e-5)
    assert found.energy + measure_localisation(heatmap(values), ~mask).energy == pytest.approx(1)
    mirrored = measure_localisation(heatmap(values[:, ::-1]), mask[:, ::-1])
    assert mirrored.energy == pytest.approx(found.energy, abs=1e-6)


def test_the_share_inside_does_not_depend_on_the_size_of_the_outline() -> None:
    """An outline of 1800 x 2400 is averaged first; that must not move what is measured."""
    values = np.random.default_rng(0).random((7, 7))
    small = box((225, 300), slice(61, 160), slice(33, 240))
    large = np.repeat(np.repeat(small, 8, axis=0), 8, axis=1)
    found = [measure_localisation(heatmap(values), mask) for mask in (small, large)]
    assert found[0].energy == pytest.approx(found[1].energy, abs=2e-4) and found[0].area == found[1].area


def test_places_that_know_nothing_hit_as_often_as_the_outline_covers() -> None:
    mask = box((70, 70), slice(20, 50), slice(10, 60))
    rng = np.random.default_rng(4)
    found = [measure_localisation(heatmap(rng.random((35, 35))), mask) for _ in range(600)]
    assert np.mean([one.hit for one in found]) == pytest.approx(found[0].area, abs=4 * math.sqrt(0.25 / 600))
    assert np.mean([one.energy for one in found]) == pytest.approx(found[0].area, abs=0.01)


def test_the_outline_is_cut_as_the_picture_is() -> None:
    """A lit disc of radius 40 in the middle of a wide dark photograph; the outline is its right half."""
    down, across = np.mgrid[:100, :200]
    disc = (down - 50) ** 2 + (across - 100) ** 2 < 40**2
    pixels = np.where(disc[..., None], np.uint8(180), np.uint8(0)).repeat(3, axis=2)
    preprocessing = Preprocessing(height=64, width=64, crop="field_of_view")
    mask = disc & (across >= 100)
    found = frame_mask(mask, pixels, preprocessing)
    assert found.shape == preprocessing.frame(pixels).shape[:2] and found.shape[1] < 100
    assert found[:, found.shape[1] * 6 // 10].any() and not found[:, found.shape[1] * 4 // 10].any()
    assert frame_mask(mask, pixels, Preprocessing(height=64, width=64)) is mask
    with pytest.raises(ValueError, match="as the picture is"):
        frame_mask(mask[:50], pixels, preprocessing)


@pytest.mark.parametrize(
    ("mask", "words"),
    [
        (np.zeros((8, 8), dtype=bool), "nothing is inside"),
        (np.ones((8, 8), dtype=np.uint8), "must be"),
        (np.ones((8, 8, 3), dtype=bool), "must be"),
    ],
)
def test_outlines_that_are_none(mask: np.ndarray, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        measure_localisation(heatmap(np.eye(3)), mask)


@pytest.mark.realdata
@pytest.mark.parametrize("name", ["isic2017", "ph2"])
def test_published_outlines_at_full_size(name: str) -> None:
    """Darkness as a map: what is measured on the averaged outline is what the whole one gives."""
    samples = [sample for sample in read_samples(name, ROOT) if sample.split == "test"]
    samples = samples[:: len(samples) // 8]
    beyond = []
    for sample in samples:
        pixels, mask = load_pixels(sample), load_mask(sample)
        assert frame_mask(mask, pixels, Preprocessing(height=224, width=224)).shape == pixels.shape[:2]
        values = 1 - resize(pixels.mean(axis=2) / 255, (14, 14), order=1, anti_aliasing=True)
        found = measure_localisation(heatmap(values), mask)
        fine = resize(values, mask.shape, order=1, mode="edge")
        assert found.energy == pytest.approx(float(fine[mask].sum() / fine.sum()), abs=1e-3)
        assert found.area == pytest.approx(np.count_nonzero(mask) / mask.size)
        beyond.append(found.energy - found.area)
    assert np.mean(beyond) > 0.02, "lesions are darker than skin"
