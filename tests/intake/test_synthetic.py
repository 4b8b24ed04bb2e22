"""Drawn cases: fixed by their seed, with a mask that fits what is seen."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy import ndimage

from core.intake import brushes
from core.intake.quality import assess_quality
from core.intake.synthetic import (
    BLUE_GREY,
    HEIGHT,
    SAMPLES,
    SKIN,
    WIDTH,
    LesionSpec,
    draw_dermoscopy,
    draw_sample,
)

PLAIN = LesionSpec(network=0, dark=0, vignette=0)


@pytest.fixture(scope="module")
def samples():
    return {name: draw_sample(name) for name in SAMPLES}


@pytest.mark.parametrize("name", SAMPLES)
def test_record(samples, name):
    case = samples[name]
    assert case.pixels.shape == (HEIGHT, WIDTH, 3)
    assert case.pixels.dtype == np.uint8
    assert case.lesion_mask.shape == (HEIGHT, WIDTH)
    assert case.lesion_mask.dtype == np.bool_
    assert case.generated
    assert case.modality == "dermoscopy"
    assert case.title.startswith("Generated: ")
    assert not case.pixels.flags.writeable
    assert not case.lesion_mask.flags.writeable


@pytest.mark.parametrize("name", SAMPLES)
def test_same_seed_same_pixels(samples, name):
    again = draw_sample(name)
    assert np.array_equal(again.pixels, samples[name].pixels)
    assert np.array_equal(again.lesion_mask, samples[name].lesion_mask)
    assert again.case_id != samples[name].case_id


def test_other_seed_other_pixels():
    assert not np.array_equal(draw_dermoscopy(PLAIN, 1).pixels, draw_dermoscopy(PLAIN, 2).pixels)


@pytest.mark.parametrize("name", SAMPLES)
def test_lesion_is_darker_than_skin_and_mostly_one_piece(samples, name):
    case = samples[name]
    luma = case.pixels.mean(-1)
    assert luma[case.lesion_mask].mean() < luma[~case.lesion_mask].mean() - 15
    labels, _ = ndimage.label(case.lesion_mask)
    assert np.bincount(labels.ravel())[1:].max() > 0.95 * case.lesion_mask.sum()


@pytest.mark.parametrize("name", SAMPLES)
def test_samples_pass_the_quality_gate(samples, name):
    assert assess_quality(samples[name]).reasons == ()


def test_area_is_that_of_the_ellipse():
    mask = draw_dermoscopy(PLAIN, 3).lesion_mask
    wanted = np.pi * (PLAIN.size * HEIGHT) ** 2
    assert mask.sum() == pytest.approx(wanted, rel=0.05)


def test_border_grows_with_irregularity():
    def perimeter(spec):
        mask = draw_dermoscopy(spec, 3).lesion_mask
        return (mask ^ ndimage.binary_erosion(mask)).sum() / np.sqrt(mask.sum())

    assert perimeter(replace(PLAIN, irregularity=0.9)) > 1.15 * perimeter(PLAIN)


@pytest.mark.slow
def test_strength_zero_leaves_a_structure_out_and_one_shows_it():
    plain = draw_dermoscopy(PLAIN, 4)
    inside = plain.lesion_mask
    for change in ({"network": 1.0}, {"globules": 1.0}, {"black": 1.0}, {"dark": 1.0}):
        changed = draw_dermoscopy(replace(PLAIN, **change), 4)
        assert np.array_equal(changed.lesion_mask, inside)
        difference = changed.pixels.astype(int) - plain.pixels
        assert difference[inside].mean() < -1
        assert np.abs(difference[~ndimage.binary_dilation(inside, iterations=30)]).max() <= 1
    veiled = draw_dermoscopy(replace(PLAIN, veil=1.0), 4)
    gap = np.abs(veiled.pixels[inside].astype(int) - BLUE_GREY).sum(-1)
    assert gap.min() < np.abs(plain.pixels[inside].astype(int) - BLUE_GREY).sum(-1).min()


def test_hairs_cross_the_skin_too():
    bare, hairy = draw_dermoscopy(PLAIN, 4), draw_dermoscopy(replace(PLAIN, hairs=20), 4)
    outside = ~ndimage.binary_dilation(bare.lesion_mask, iterations=20)
    darker = (bare.pixels.astype(int) - hairy.pixels).max(-1) > 40
    assert darker[outside].mean() > 0.002


@pytest.mark.parametrize("skin", SKIN)
def test_skin_has_its_tone(skin):
    case = draw_dermoscopy(replace(PLAIN, skin=skin), 6)
    assert np.median(case.pixels[~case.lesion_mask], axis=0) == pytest.approx(SKIN[skin], abs=12)


def test_unknown_skin_and_sample_raise():
    with pytest.raises(KeyError):
        draw_dermoscopy(replace(PLAIN, skin="green"), 1)
    with pytest.raises(KeyError):
        draw_sample("none")


def test_clouds_are_standardised():
    field = brushes.clouds(np.random.default_rng(0), (60, 80), 10)
    assert field.shape == (60, 80)
    assert field.mean() == pytest.approx(0, abs=1e-4)
    assert field.std() == pytest.approx(1, abs=1e-3)


def test_cell_walls_are_zero_and_cells_positive():
    distance = brushes.cells(np.random.default_rng(0), (60, 80), 10)
    assert distance.min() >= 0
    assert distance.min() < 0.05
    assert 0.5 < distance.max() < 2


def test_smoothstep_by_hand():
    assert brushes.smoothstep(np.array([-1, 0, 0.5, 1, 2.0])).tolist() == [0, 0, 0.5, 1, 1]
