from __future__ import annotations

import numpy as np
import pytest

from core.intake.samples import list_samples, open_sample
from core.intake.synthetic_ct import PIXEL_MM, SAMPLES, SIDE, draw_sample, draw_slice
from core.modalities.ct import TRAINED_WINDOW
from core.types import Case

CLEAR, NODULE = SAMPLES["clear"], SAMPLES["nodule"]


@pytest.fixture(scope="module")
def drawn() -> dict[str, Case]:
    return {name: draw_sample(name) for name in SAMPLES}


def at(case: Case, right: float, down: float, radius: int = 2) -> float:
    """Median Hounsfield units around a place in millimetres from the middle."""
    row, column = (round(place / PIXEL_MM + (SIDE - 1) / 2) for place in (down, right))
    return float(
        np.median(case.hounsfield[row - radius : row + radius + 1, column - radius : column + radius + 1])
    )


@pytest.mark.parametrize("name", SAMPLES)
def test_a_slice_says_what_it_is_and_cannot_be_written_to(drawn, name) -> None:
    case = drawn[name]
    assert case.generated and "not a scan" in case.notes[0] and case.title == SAMPLES[name].title
    assert case.hounsfield.dtype == np.int16 and case.hounsfield.shape == (SIDE, SIDE)
    assert case.window == TRAINED_WINDOW
    np.testing.assert_array_equal(case.pixels, TRAINED_WINDOW.apply(case.hounsfield))
    for values in (case.pixels, case.hounsfield, case.lesion_mask):
        with pytest.raises(ValueError, match="read-only"):
            values[0, 0] = 1


@pytest.mark.parametrize(
    ("right", "down", "low", "high"),
    [
        (-170, -120, -1024, -960),  # air around the body
        (-70, 40, -920, -760),  # lung
        (0, 105, -160, -40),  # fat under the skin
        (24, 28, 10, 80),  # descending aorta
        (0, 46, 120, 280),  # marrow of the vertebra
        (-15, 4, -1024, -900),  # right main bronchus
    ],
)
def test_tissues_have_their_attenuation(drawn, right, down, low, high) -> None:
    assert low <= at(drawn["clear"], right, down) <= high


def test_bone_is_denser_than_any_window_but_its_own_shows(drawn) -> None:
    values = drawn["clear"].hounsfield
    assert 500 < values.max() < 1300
    assert values.min() >= -1024


def test_the_nodule_is_where_its_mask_says_and_nowhere_in_the_other_variant(drawn) -> None:
    with_it, without = drawn["nodule"], drawn["clear"]
    spec = NODULE.nodule
    assert not without.lesion_mask.any()
    rows, columns = np.nonzero(with_it.lesion_mask)
    middle = (SIDE - 1) / 2
    assert (columns.mean() - middle) * PIXEL_MM == pytest.approx(spec.right, abs=2)
    assert (rows.mean() - middle) * PIXEL_MM == pytest.approx(spec.down, abs=2)
    area = with_it.lesion_mask.sum() * PIXEL_MM**2
    assert np.pi * (0.8 * spec.radius) ** 2 < area < np.pi * (1.4 * spec.radius) ** 2
    assert 0 < at(with_it, spec.right, spec.down) < 80
    assert at(without, spec.right, spec.down) < -600
    changed = np.abs(with_it.hounsfield.astype(int) - without.hounsfield) > 30
    reach = (spec.radius + spec.rays) / PIXEL_MM + 4
    rows, columns = np.nonzero(changed)
    far = np.hypot(columns - middle - spec.right / PIXEL_MM, rows - middle - spec.down / PIXEL_MM)
    assert changed.any() and far.max() < reach


def test_the_same_seed_draws_the_same_slice_and_another_seed_another() -> None:
    first, again, other = (draw_slice(None, seed) for seed in (3, 3, 4))
    np.testing.assert_array_equal(first.hounsfield, again.hounsfield)
    assert first.case_id != again.case_id
    assert (first.hounsfield != other.hounsfield).mean() > 0.3


def test_they_are_the_samples_of_computed_tomography() -> None:
    assert tuple(list_samples("ct")) == tuple(SAMPLES)
    case = open_sample("ct", "clear")
    assert case.modality == "ct" and case.title == CLEAR.title == list_samples("ct")["clear"].title
