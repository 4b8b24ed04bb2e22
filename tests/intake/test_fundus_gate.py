"""The gate for fundus photographs: a real eye passes; what is dark, blurred, cut or no eye does not."""

from __future__ import annotations

import math
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from scipy import ndimage

from core.errors import QualityError
from core.intake import fundus_gate
from core.intake.fundus_gate import assess_fundus, describe_signature, weigh_signature
from core.intake.fundus_measures import measure_fundus
from core.intake.quality import assess_quality, require_readable
from core.intake.samples import read_retina
from core.intake.synthetic import SAMPLES, draw_sample
from core.types import Case, QualityMeasure, QualityVerdict


@pytest.fixture(scope="module")
def eye() -> Case:
    """The photograph that comes with scikit-image, at a third of its size."""
    case = read_retina()
    return replace(case, pixels=np.asarray(Image.fromarray(case.pixels).resize((470, 470))))


def blur(pixels: np.ndarray, share: float) -> np.ndarray:
    sigma = share * pixels.shape[1]
    return ndimage.gaussian_filter(pixels.astype(np.float32), (sigma, sigma, 0)).astype(np.uint8)


def brighten(pixels: np.ndarray, gain: float) -> np.ndarray:
    return np.clip(pixels * gain, 0, 255).astype(np.uint8)


def disc(colour: tuple[int, int, int]) -> np.ndarray:
    rows, columns = np.mgrid[-1:1:300j, -1:1:300j]
    return ((np.hypot(rows, columns) < 0.95)[..., None] * np.array(colour)).astype(np.uint8)


def test_a_real_eye_is_gradable_at_any_size(eye) -> None:
    for pixels in (
        read_retina().pixels,
        eye.pixels,
        np.asarray(Image.fromarray(eye.pixels).resize((224, 224))),
    ):
        verdict = assess_fundus(pixels)
        assert (verdict.state, verdict.reasons) == ("gradable", ())
        assert all(measure.inside for measure in verdict.measures)


def test_a_cameras_own_cut_is_gradable(eye) -> None:
    side = eye.pixels.shape[0]
    edge = round(0.14 * side)
    assert assess_fundus(eye.pixels[edge : side - edge]).state == "gradable"
    inner = round(0.1 * side)
    fills_the_frame = eye.pixels[inner : side - inner, inner : side - inner]
    assert assess_fundus(np.ascontiguousarray(fills_the_frame)).readable


@pytest.mark.parametrize("turns", range(4))
def test_each_fault_is_named_with_what_to_do_whichever_way_the_eye_is_turned(eye, turns) -> None:
    pixels = np.ascontiguousarray(np.rot90(eye.pixels, turns))
    half = pixels.shape[1] // 2
    for changed, word in (
        (pixels * 0.2, "Too dark"),
        (brighten(pixels, 2.5), "Too bright"),
        (blur(pixels, 0.02), "Blurred"),
        (pixels[:, half:], "cut off"),
        (pixels[:half], "cut off"),
        (pixels[::6, ::6], "Too few pixels"),
    ):
        verdict = assess_fundus(np.ascontiguousarray(changed).astype(np.uint8))
        assert verdict.state == "ungradable", word
        assert any(word in sentence for sentence in verdict.reasons), (word, verdict.reasons)
        assert all("retake" in sentence or "upload" in sentence for sentence in verdict.reasons)
        assert not all(measure.inside for measure in verdict.measures)


def test_between_the_two_bounds_it_is_read_with_a_warning(eye) -> None:
    verdict = assess_fundus((eye.pixels * 0.34).astype(np.uint8))
    assert verdict.state == "doubtful"
    assert verdict.readable
    assert verdict.reasons == ("Rather dark: small lesions may not show. Retake with more light if you can.",)


def test_other_pictures_are_foreign_and_the_evidence_is_said(eye) -> None:
    grey = np.repeat(eye.pixels.mean(-1, keepdims=True), 3, -1).astype(np.uint8)
    page = np.full((400, 300, 3), 250, np.uint8)
    page[20:380:12, 30:270] = 20
    cases = [(draw_sample(name).pixels, "dark surround") for name in SAMPLES]
    cases += [
        (grey, "colours"),
        (eye.pixels[..., ::-1], "colours"),
        (page, "colours"),
        (page, "dark surround"),
    ]
    for pixels, word in cases:
        verdict = assess_fundus(np.ascontiguousarray(pixels))
        assert verdict.state == "foreign"
        assert not verdict.readable
        assert any(word in sentence for sentence in verdict.reasons), (word, verdict.reasons)
        assert verdict.reasons[0] == "This does not look like a colour photograph of the retina."


@pytest.mark.parametrize(
    "name", ["astronaut", "coffee", "rocket", "page", "chelsea", "microaneurysms", "moon"]
)
def test_pictures_of_scikit_image_are_foreign(name) -> None:
    import skimage.data

    pixels = getattr(skimage.data, name)()
    pixels = pixels if pixels.ndim == 3 else np.repeat(pixels[..., None], 3, -1)
    assert assess_fundus(pixels).state == "foreign"


def test_a_dark_surround_is_not_missed_where_there_is_one() -> None:
    verdict = assess_fundus(disc((60, 120, 70)))
    assert verdict.state == "foreign"
    assert not any("dark surround" in sentence for sentence in verdict.reasons)


@pytest.mark.parametrize(
    "pixels",
    [
        np.zeros((300, 300, 3), np.uint8),
        np.full((300, 300, 3), 255, np.uint8),
        np.pad(np.full((1, 300, 3), 255, np.uint8), ((150, 150), (0, 0), (0, 0))),
        np.full((1, 1, 3), 90, np.uint8),
        np.zeros((1, 4000, 3), np.uint8),
        np.zeros((4000, 2, 3), np.uint8),
        np.random.default_rng(0).integers(0, 256, (64, 400, 3), np.uint8),
        disc((200, 90, 30)),
        disc((1, 0, 0)),
    ],
    ids=["black", "white", "line", "one pixel", "row", "columns", "noise", "flat disc", "almost black disc"],
)
def test_hostile_pictures_are_refused_with_finite_measures(pixels) -> None:
    verdict = assess_fundus(pixels)
    assert verdict.state in ("ungradable", "foreign")
    assert verdict.reasons
    assert all(math.isfinite(measure.value) for measure in verdict.measures)


def test_a_huge_picture_of_noise_is_measured_small() -> None:
    small = np.random.default_rng(1).integers(0, 256, (90, 110, 3), np.uint8)
    huge = np.repeat(np.repeat(small, 40, 0), 40, 1)
    assert assess_fundus(huge).state == "foreign"


def test_measures_hardly_depend_on_resolution(eye) -> None:
    one, two = asdict(measure_fundus(read_retina().pixels)), asdict(measure_fundus(eye.pixels))
    for name in ("brightness", "green", "green_red", "blue_red", "centre", "texture", "detail"):
        assert two[name] == pytest.approx(one[name], rel=0.1), name


def test_measures_of_a_flat_disc_by_hand() -> None:
    found = measure_fundus(disc((200, 100, 50)))
    assert found.brightness == pytest.approx(0.299 * 200 + 0.587 * 100 + 0.114 * 50, abs=0.5)
    assert found.green_red == 0.5
    assert found.blue_red == 0.25
    assert found.corner == 0
    assert found.centre == pytest.approx(1, abs=0.01)
    assert found.off_centre == pytest.approx(0, abs=0.02)


def test_centre_of_a_disc_cut_at_the_left_by_hand() -> None:
    """A disc of diameter d without its left 30 % has its centre at 0.2 d of the 0.7 d that are left."""
    whole = disc((200, 100, 50))
    columns = np.flatnonzero(whole.any(axis=(0, 2)))
    cut = whole[:, columns[0] + round(0.3 * len(columns)) :]
    assert measure_fundus(np.ascontiguousarray(cut)).off_centre == pytest.approx(0.5 - 0.2 / 0.7, abs=0.03)


def test_the_mean_photograph_adds_nothing_to_the_log_odds() -> None:
    assert weigh_signature(np.array(fundus_gate.MEANS)) == pytest.approx(np.zeros(7))


def test_likeness_by_hand(eye) -> None:
    signature = describe_signature(measure_fundus(eye.pixels))
    total = fundus_gate.INTERCEPT
    for value, mean, deviation, linear, squared in zip(
        signature,
        fundus_gate.MEANS,
        fundus_gate.DEVIATIONS,
        fundus_gate.LINEAR,
        fundus_gate.SQUARED,
        strict=True,
    ):
        z = max(min((value - mean) / deviation, 6), -6)
        total += linear * z + squared * z * z
    assert assess_fundus(eye.pixels).measures[-1].value == pytest.approx(total)


def test_refusal_is_one_error_with_reasons_and_what_to_do(eye) -> None:
    dark = replace(eye, pixels=(eye.pixels * 0.2).astype(np.uint8), title="x.png")
    with pytest.raises(QualityError, match=r"x\.png: ungradable: too dark") as caught:
        require_readable(dark)
    assert caught.value.remedy == "Retake with more light, or with a wider pupil"
    with pytest.raises(
        QualityError, match="this does not look like a colour photograph of the retina"
    ) as caught:
        require_readable(replace(draw_sample("regular"), modality="fundus"))
    assert caught.value.remedy == "Upload a fundus photograph in colour"
    assert require_readable(eye) == assess_quality(eye)


def test_records() -> None:
    assert QualityMeasure("x", 1.0, low=1.0, high=1.0).inside
    assert not QualityMeasure("x", 0.9, low=1.0).inside
    assert not QualityMeasure("x", math.nan, low=1.0).inside
    states = ("gradable", "doubtful", "ungradable", "foreign")
    assert [QualityVerdict(state).readable for state in states] == [True, True, False, False]


def sample_of(folder: Path, pattern: str, count: int) -> list[np.ndarray]:
    files = sorted(folder.glob(pattern))
    assert files, pattern
    return [np.asarray(Image.open(path).convert("RGB")) for path in files[:: max(len(files) // count, 1)]]


@pytest.mark.slow
@pytest.mark.realdata
def test_real_sets(data_dir) -> None:
    """One in a hundred or so of real fundus photographs is refused, and nearly everything else."""
    eyes = sample_of(data_dir, "aptos2019/train_images/*", 300)
    assert sum(not assess_fundus(pixels).readable for pixels in eyes) <= 0.03 * len(eyes)
    drive = sample_of(data_dir, "drive/*/images/*", 40)
    assert sum(not assess_fundus(pixels).readable for pixels in drive) <= 1
    for pattern in (
        "isic2017/ISIC-2017_Test_v2_Data/*.jpg",
        "isic2018_task3/*/*.jpg",
        "ph2/images/*.jpg",
        "iq_othnccd/*/*.jpg",
    ):
        others = sample_of(data_dir, pattern, 60)
        assert sum(assess_fundus(pixels).readable for pixels in others) <= 0.02 * len(others), pattern
    blurred = [blur(pixels, 0.015) for pixels in eyes[::10]]
    assert sum(not assess_fundus(pixels).readable for pixels in blurred) >= 0.95 * len(blurred)
    dark = [(pixels * 0.2).astype(np.uint8) for pixels in eyes[::10]]
    assert all(not assess_fundus(pixels).readable for pixels in dark)
