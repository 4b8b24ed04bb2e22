"""The quality gate: silent on what it should know, outspoken on what it should not."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PIL import Image, ImageDraw
from scipy import ndimage

from core.intake.quality import (
    _laplacian,
    _over_channels,
    assess_quality,
    measure_quality,
    require_readable,
)
from core.intake.synthetic import draw_sample
from core.types import Case, QualityVerdict


@pytest.fixture(scope="module")
def good():
    return draw_sample("regular")


def with_pixels(case: Case, pixels: np.ndarray) -> Case:
    return replace(case, pixels=np.clip(pixels, 0, 255).astype(np.uint8))


def screenshot() -> np.ndarray:
    page = Image.new("RGB", (800, 600), "white")
    draw = ImageDraw.Draw(page)
    for row in range(20, 580, 18):
        draw.text((30, row), "Dear colleague, thank you for referring this patient " * 2, fill="black")
    return np.asarray(page)


def eye() -> np.ndarray:
    """Like the back of an eye: an orange disc on black."""
    rows, columns = np.mgrid[-1:1:400j, -1:1:400j]
    grain = np.random.default_rng(0).normal(0, 8, (400, 400, 1))
    disc = (np.hypot(rows, columns) < 0.95)[..., None] * (np.array([190, 95, 35]) + grain)
    return np.clip(disc, 0, 255)


def test_good_picture_has_no_warning(good):
    verdict = assess_quality(good)
    assert (verdict.state, verdict.reasons) == ("gradable", ())
    assert all(measure.inside for measure in verdict.measures)


def test_each_fault_is_named(good):
    pixels = good.pixels.astype(float)
    grey = np.repeat(pixels.mean(-1, keepdims=True), 3, -1)
    for changed, word in (
        (pixels * 0.3, "dark"),
        (255 - (255 - pixels) * 0.15, "bright"),
        (ndimage.gaussian_filter(pixels, (8, 8, 0)), "blurred"),
        (grey, "colour"),
        (pixels[..., ::-1] * [0.6, 1, 1], "not those of skin"),
    ):
        verdict = assess_quality(with_pixels(good, changed))
        assert any(word in sentence for sentence in verdict.reasons), (word, verdict)
        assert verdict.state == "doubtful"
        assert verdict.readable


@pytest.mark.parametrize(("draw", "word"), [(screenshot, "colour"), (eye, "skin")])
def test_other_pictures_are_noticed(good, draw, word):
    verdict = assess_quality(with_pixels(good, draw()))
    assert any(word in sentence for sentence in verdict.reasons)
    assert require_readable(with_pixels(good, draw())) == verdict


def test_modality_without_thresholds_has_no_warning(good):
    black = replace(good, modality="none", pixels=np.zeros((64, 64, 3), np.uint8))
    assert assess_quality(black) == QualityVerdict("gradable")


def test_measures_by_hand():
    pixels = np.zeros((256, 256, 3), np.uint8)
    pixels[:] = (200, 100, 50)
    found = measure_quality(pixels)
    assert found.brightness == pytest.approx(0.299 * 200 + 0.587 * 100 + 0.114 * 50, abs=1e-3)
    assert found.sharpness == pytest.approx(0, abs=1e-6)
    assert found.colourfulness == 150
    assert found.blueness == 0.25


def test_sharpness_of_a_checkerboard_by_hand():
    board = (np.indices((256, 256)).sum(0) % 2 * 100).astype(np.uint8)
    found = measure_quality(np.repeat(board[..., None], 3, -1))
    assert found.sharpness == pytest.approx(400**2, rel=0.02)


def test_measures_hardly_depend_on_resolution(good):
    large = np.asarray(Image.fromarray(good.pixels).resize((2400, 1800), Image.Resampling.BICUBIC))
    one, two = measure_quality(good.pixels), measure_quality(large)
    assert two.brightness == pytest.approx(one.brightness, abs=1)
    assert two.sharpness == pytest.approx(one.sharpness, rel=0.15)
    assert two.colourfulness == pytest.approx(one.colourfulness, abs=1)


@pytest.mark.slow
@pytest.mark.realdata
def test_few_real_photographs_are_warned_of_and_blurred_ones_are(good, data_dir):
    files = sorted((data_dir / "isic2017" / "ISIC-2017_Validation_Data").glob("*.jpg"))
    assert len(files) == 150
    warned = blurred = 0
    for file in files:
        pixels = np.asarray(Image.open(file).convert("RGB"))
        warned += bool(assess_quality(with_pixels(good, pixels)).reasons)
        soft = ndimage.gaussian_filter(pixels.astype(float), (3, 3, 0))
        blurred += "The picture is blurred." in assess_quality(with_pixels(good, soft)).reasons
    assert warned < 0.05 * len(files)
    assert blurred > 0.95 * len(files)


@pytest.mark.parametrize("shape", [(3, 4), (37, 50), (192, 256)])
def test_the_laplacian_is_that_of_scipy_to_the_last_bit(shape):
    luma = np.random.default_rng(0).uniform(0, 255, shape).astype(np.float32)
    assert np.array_equal(_laplacian(luma), ndimage.laplace(luma))
    assert _laplacian(luma).dtype == np.float32


def test_channels_are_compared_as_numpy_does():
    small = np.random.default_rng(0).uniform(0, 255, (20, 30, 3)).astype(np.float32)
    assert np.array_equal(_over_channels(np.maximum, small), small.max(-1))
    assert np.array_equal(_over_channels(np.minimum, small), small.min(-1))
