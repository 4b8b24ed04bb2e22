"""Active area, evidence and what lies outside the disc, by hand; the small fundus pair end to end."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from core.errors import ConfigError
from core.release import activation
from core.release.activation import (
    choose_samples,
    find_lit,
    judge_growth,
    measure_activation,
    measure_map,
    share_of_cells,
)
from core.types import Heatmap, Interval, Sample
from tests.fundus_pair import fundus_pixels

CODES = ("no_dr", "mild", "moderate", "severe", "proliferative")


def heatmap(values, peak: float = 1.0) -> Heatmap:
    array = np.asarray(values, dtype=np.float32)
    return Heatmap(array, peak, "logit", "gradcam", "layer", "mild", "ok" if array.any() else "no_evidence")


def samples(count: int) -> list[Sample]:
    return [Sample(f"eye{n}", "aptos2019", "", CODES[n % 5], f"group{n}") for n in range(count)]


def test_a_map_worked_by_hand():
    dark = np.array([[1.0, 0, 0, 0], [0.5, 0, 0, 1]])
    found = measure_map(heatmap([[1, 0.49, 0, 0], [0.5, 0.8, 0.2, 0]], peak=4.0), dark)
    assert found.area == pytest.approx(3 / 8)
    assert found.evidence == pytest.approx(4 * 2.99 / 8)
    assert found.outside == pytest.approx((1 + 0.5 + 0) / 3)


def test_a_stronger_map_of_the_same_shape_has_the_same_area_and_more_evidence():
    shape, dark = [[1, 0.1], [0.2, 0.6]], np.zeros((2, 2))
    weak, strong = (measure_map(heatmap(shape, peak), dark) for peak in (1.0, 3.0))
    assert weak.area == strong.area and strong.evidence == pytest.approx(3 * weak.evidence)


def test_a_map_without_evidence_has_no_area():
    found = measure_map(heatmap([[0, 0], [0, 0]], peak=0.0), np.zeros((2, 2)))
    assert np.isnan(found.area) and np.isnan(found.outside) and found.evidence == 0


def test_lit_is_the_disc_with_its_dark_spots():
    rows, columns = np.mgrid[:200, :200] - 99.5
    disc = rows**2 + columns**2 < 99**2
    frame = np.where(disc[..., None], np.uint8(120), np.uint8(2)).repeat(3, axis=2)
    frame[90:110, 90:110] = 0
    assert find_lit(frame).mean() == pytest.approx(np.pi / 4, abs=0.02)
    assert find_lit(np.full((50, 60, 3), 90, np.uint8)).all()
    assert find_lit(frame.repeat(3, axis=0)).shape == (256, 85)


def test_cells_are_averaged_by_area():
    mask = np.zeros((4, 6), dtype=bool)
    mask[:2, :2] = True
    mask[3, 5] = True
    assert share_of_cells(mask, (2, 3)) == pytest.approx(np.array([[1, 0, 0], [0, 0, 0.25]]))


@pytest.mark.parametrize(
    ("low", "high", "words"),
    [
        (0.01, 0.3, "supported"),
        (-0.3, -0.01, "contradicted"),
        (-0.1, 0.2, "cannot_tell"),
        (0.0, 0.2, "cannot_tell"),
        (np.nan, np.nan, "cannot_tell"),
    ],
)
def test_verdict_follows_the_limits(low, high, words):
    assert judge_growth(Interval(0.1, low, high, 0.95, 9, "bootstrap")) == words


def test_correlations_medians_and_counts_of_known_maps(fundus_pair, monkeypatch):
    """Grade g lights g + 1 cells of five, the last photograph of grade 0 none; evidence falls with grade."""
    eyes = samples(20)

    def explained(pair, role, network, case, *, class_code):
        number = int(case.case_id.removeprefix("eye"))
        grade, values = number % 5, np.zeros((1, 5))
        if number != 15:
            values[0, : grade + 1] = 1
        return heatmap(values, peak=100.0 / (grade + 1) ** 2 if number != 15 else 0.0)

    monkeypatch.setattr(activation, "explain_case", explained)
    found = measure_activation(fundus_pair, eyes, load=lambda _: fundus_pixels(0), resamples=50)["student"]
    assert found.cells == (1, 5) and found.without_evidence == 1
    assert found.area.value == pytest.approx(1) and found.area.n == 19
    assert found.area_verdict == "supported"
    assert found.evidence.value == pytest.approx(
        stats.spearmanr([0 if n == 15 else 100 / (n % 5 + 1) for n in range(20)], [n % 5 for n in range(20)])[
            0
        ]
    )
    assert found.evidence.n == 20
    assert [grade.area for grade in found.by_grade] == pytest.approx([0.2, 0.4, 0.6, 0.8, 1])
    assert [grade.evidence for grade in found.by_grade] == pytest.approx([20, 10, 100 / 15, 5, 4])
    assert [(grade.code, grade.n) for grade in found.by_grade] == [(code, 4) for code in CODES]


def test_the_class_explained_is_the_one_the_network_calls(fundus_pair, monkeypatch):
    asked = []
    probs = np.array([[0.4, 0.0, 0.0, 0.3, 0.3]])  # the most probable grade is 0, the expected one 2.1

    def explained(pair, role, network, case, *, class_code):
        asked.append((role, class_code))
        return heatmap([[1, 0]])

    monkeypatch.setattr(activation, "explain_case", explained)
    monkeypatch.setattr("core.predict.Predictor.compute_probs", lambda self, images: probs)
    measure_activation(fundus_pair, samples(1), load=lambda _: fundus_pixels(0), resamples=20)
    assert asked == [("teacher", "no_dr"), ("student", "no_dr")]


def test_the_small_fundus_pair_end_to_end(fundus_pair):
    eyes = samples(10)
    found = measure_activation(
        fundus_pair, eyes, load=lambda sample: fundus_pixels(int(sample.image_id[3:])), resamples=50
    )
    assert set(found) == {"teacher", "student"}
    for role in found.values():
        assert -1 <= role.evidence.low <= role.evidence.value <= role.evidence.high <= 1
        assert all(entry.n == 2 for entry in role.by_grade)
        assert 0 < role.outside_of_frame < 0.4
        assert role.cells == (2, 2)


def test_grades_are_needed(pair, tmp_path):
    for call in (
        lambda: measure_activation(pair, samples(1)),
        lambda: choose_samples(pair, dataset="isic2017", root=tmp_path),
    ):
        with pytest.raises(ConfigError, match="are no grades"):
            call()


def test_no_samples_are_refused(fundus_pair):
    with pytest.raises(ValueError, match="samples"):
        measure_activation(fundus_pair, [])
