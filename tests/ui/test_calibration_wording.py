"""Every sentence and cell of the page about calibration."""

from __future__ import annotations

import math

import numpy as np
import pytest

from core.evaluation.overall_calibration import compute_overall_calibration
from core.evaluation.recalibration import compare_maps
from core.evaluation.reliability import compute_reliability, decompose_brier, observe_range
from core.types import CalibrationMap, EceByBins, Interval, OverallCalibration, Recalibration
from core.ui import calibration_tables as tables
from core.ui import calibration_wording as wording
from tests.held_out_factory import draw_cases

NAN = math.nan
SEEN = Interval(0.195, 0.165, 0.229, 0.95, 600, "Wilson")


def interval(value: float, low: float, high: float) -> Interval:
    return Interval(value, low, high, 0.95, 600, "bootstrap")


def test_the_first_sentence() -> None:
    prob = np.concatenate([np.full(100, 0.2), np.full(50, 0.9)])
    truth = np.concatenate([np.arange(100) < 23, np.ones(50, bool)])
    part = observe_range(prob, truth, np.arange(150), low=0.1, high=0.3)
    sentence = wording.describe_share(part, "student", "melanoma")
    assert sentence == "When the student says about 20\u00a0%, 23 of 100 such cases turn out to be melanoma."
    basis = wording.describe_basis(part)
    assert basis == "95\u00a0% limits 16 to 32 of 100; n = 100 cases given 10 to 30\u00a0%"


def test_few_cases_are_said_and_counted() -> None:
    few = observe_range(np.array([0.2, 0.25]), np.array([True, False]), [1, 2], low=0.1, high=0.3)
    assert "1 of 2 such cases" in wording.describe_share(few, "teacher", "melanoma")
    assert wording.describe_basis(few).endswith("few cases, read with care")
    ninety = observe_range(np.full(90, 0.2), np.arange(90) < 30, range(90), low=0.1, high=0.3)
    assert "30 of 90 such cases" in wording.describe_share(ninety, "teacher", "melanoma")


@pytest.mark.parametrize(
    ("intercept", "slope", "words"),
    [
        ((0.3, 0.1, 0.5), (1.0, 0.8, 1.2), "probabilities are too low, beyond"),
        ((-0.3, -0.5, -0.1), (0.5, 0.3, 0.7), "too high and too extreme, beyond"),
        ((0.0, -0.2, 0.2), (1.6, 1.2, 2.0), "too timid, beyond"),
        ((0.1, -0.2, 0.4), (0.9, 0.7, 1.1), "no sign that its probabilities are too high"),
        ((0.1, -0.2, 0.4), (NAN, NAN, NAN), "no sign"),
    ],
)
def test_overall_judgement(intercept, slope, words) -> None:
    found = OverallCalibration(0.162, SEEN, interval(*intercept), interval(*slope))
    sentence = wording.judge_overall(found, "student", "melanoma")
    assert sentence.startswith(
        "Over all cases the student says 16.2\u00a0% on average, and 19.5\u00a0% (16.5–22.9) are"
    )
    assert words in sentence


def test_one_class_is_said_in_words() -> None:
    found = compute_overall_calibration(np.array([0.2, 0.3]), np.array([False, False]), [1, 2])
    sentence = wording.judge_overall(found, "student", "melanoma")
    assert sentence.endswith("more cannot be said, as all cases are of one kind.")


@pytest.mark.parametrize(
    ("ece", "words"), [(0.04, "within what chance explains"), (0.06, "more than chance")]
)
def test_gap_against_chance(ece, words) -> None:
    one = np.array([0.01]), np.array([0.05])
    found = EceByBins(
        np.array([15]),
        np.array([ece]),
        *one,
        np.array([0.022]),
        one[1],
        np.array([0.052]),
        "width",
        0.95,
        600,
        9,
    )
    sentence = wording.judge_ece(found, 15, "teacher")
    assert "with 15 bins" in sentence and "2.2 to 5.2" in sentence and words in sentence


def recalibration(method: str, parameters: dict, change: Interval, n: int = 497) -> Recalibration:
    fitted = CalibrationMap(method, parameters, (), ("mel",), n, 84 if n else 0)
    return Recalibration(fitted, np.empty(0), {}, {"ece": change})


def test_what_a_map_does() -> None:
    lower = recalibration("platt", {}, interval(-0.013, -0.030, -0.002))
    assert wording.judge_map(lower, "platt", "student", "melanoma") == (
        "Platt scaling, fitted on 497 validation cases (84 with melanoma), lowers the student's average gap "
        "by 1.3 points (95\u00a0% limits −3.0 to −0.2), beyond chance."
    )
    one_group = Interval(-0.013, float("nan"), float("nan"), 0.95, 600, "no limits: one group only")
    assert wording.judge_map(recalibration("platt", {}, one_group), "platt", "student", "x").endswith(
        "average gap by 1.3 points (no limits: one group only)."
    )
    raised = recalibration("isotonic", {}, interval(0.01, -0.01, 0.03))
    assert "raises the student's average gap by 1.0 points" in wording.judge_map(
        raised, "isotonic", "student", "melanoma"
    )
    assert "may be chance" in wording.judge_map(raised, "isotonic", "student", "melanoma")
    same = recalibration("platt", {}, interval(0.0, 0.0, 0.0))
    assert "leaves" in wording.judge_map(same, "platt", "student", "melanoma")


def test_a_temperature_of_one_and_the_card_s_own() -> None:
    again = recalibration("temperature", {"temperature": 1.0004}, interval(0, 0, 0))
    assert "already ships" in wording.judge_map(again, "temperature", "student", "melanoma")
    back = recalibration("as_trained", {"temperature": 1.27}, interval(0.02, 0.01, 0.03), n=0)
    assert wording.judge_map(back, "as_trained", "teacher", "melanoma").startswith(
        "Taking the pair's own temperature back raises the teacher's"
    )


def test_an_undefined_change_is_said() -> None:
    nothing = recalibration("platt", {}, Interval(NAN, NAN, NAN, 0.95, 5, "undefined: too few cases"))
    assert wording.judge_map(nothing, "platt", "student", "melanoma").endswith("too few cases.")


def test_ties_are_told_where_there_are_many() -> None:
    assert wording.describe_ties(598, 400, 600) is None
    assert "only 21 different probabilities (before: 598)" in wording.describe_ties(598, 21, 600)


def test_tables_hold_every_figure_of_every_role() -> None:
    cases, validation = draw_cases(80, 1), draw_cases(80, 2, split="val")
    results = {role: compare_maps(validation, cases, role, resamples=20) for role in cases.roles}
    figures = {role: found["as_shipped"].figures for role, found in results.items()}
    overall = {
        role: compute_overall_calibration(cases.positive_prob[role], cases.truth, cases.groups)
        for role in cases.roles
    }
    parts = {role: decompose_brier(cases.positive_prob[role], cases.truth) for role in cases.roles}
    first = tables.tabulate_overall(overall, figures, "ece_equal_mass")
    assert list(first) == ["", "Teacher", "Student", "Control"]
    assert "Average gap, bins of equally many cases" in first[""]
    more = tables.tabulate_more(figures, parts, "ece_equal_mass")
    assert "Average gap, bins of equal width (ECE)" in more[""]
    assert "Average gap, bins of equally many cases" not in more[""]
    change = tables.tabulate_map(results["student"]["as_shipped"], results["student"]["isotonic"], "isotonic")
    assert list(change) == ["", "As shipped", "Isotonic", "Change"]
    for table in (first, more, change):
        assert len({len(column) for column in table.values()}) == 1
        assert not any("nan" in cell.lower() for column in table.values() for cell in column)


def test_cases_of_a_bin_are_listed_the_most_probable_first() -> None:
    cases = draw_cases(60)
    curve = compute_reliability(cases.positive_prob["student"], cases.truth, cases.groups, bins=4)
    table = tables.tabulate_cases(curve.bins[0], cases, "student", {"mel": "Melanoma", "nv": "Naevus"})
    assert list(table.columns) == ["Image", "Truth", "Positive", "Student", "Teacher", "Control"]
    assert len(table) == curve.bins[0].n
    assert table["Student"].is_monotonic_decreasing
    first = cases.image_ids.tolist().index(table["Image"][0])
    assert table["Teacher"][0] == pytest.approx(100 * cases.positive_prob["teacher"][first])
    assert set(table["Truth"]) <= {"Melanoma", "Naevus", "bkl"}
    assert (table["Positive"] == "yes").sum() == cases.truth[curve.bins[0].cases].sum()


def test_numbers_have_a_true_minus_and_no_negative_zero() -> None:
    assert wording.show_number(-1.26, 1) == "−1.3"
    assert wording.show_number(-0.0004, 2) == "0.00"
