"""Every state of a comparison has its own words, and the figures in them are the record's."""

from __future__ import annotations

import dataclasses
import math

import pytest

from core.figures import comparison_wording as words
from core.figures.wording import in_points, signed, signed_with_limits
from core.types import (
    AucComparison,
    CalibrationComparison,
    ChangedCases,
    Comparison,
    FoundTable,
    Interval,
    NonInferiority,
    Verdict,
)


def interval(value: float, low: float, high: float, method: str = "test") -> Interval:
    return Interval(value, low, high, 0.95, 400, method)


NOTHING = interval(math.nan, math.nan, math.nan, "undefined: one class only")


def comparison(*, auc="not_worse", sensitivity="not_worse", replace="yes", taught="not_shown", **changes):
    verdict = Verdict(
        replace,
        taught,
        NonInferiority("roc_auc", 0.02, interval(-0.007, -0.017, 0.012), auc),
        NonInferiority("sensitivity", 0.05, interval(0.017, -0.04, 0.074), sensitivity),
        interval(0.01, -0.009, 0.029),
    )
    verdict = dataclasses.replace(verdict, **changes)
    return Comparison("x", "ISIC 2017", 1600, 117, 596, {}, {}, {}, (), verdict)


def test_the_sentence():
    assert words.describe_verdict(comparison(), "melanoma") == (
        "On ISIC 2017 (n = 1,600, 117 with melanoma) the student may replace its teacher within the margins "
        "set: its AUC is not worse by more than 0.02 (student − teacher = −0.007, limits −0.017 to +0.012), "
        "and its sensitivity is not worse by more than 5 points (+1.7 points, limits −4.0 to +7.4); the "
        "teacher's lessons are not shown to have helped (student − control = +0.010, limits −0.009 to "
        "+0.029)."
    )


@pytest.mark.parametrize("replace", ["yes", "no", "cannot_tell", "undefined"])
def test_every_answer_has_words(replace):
    assert words.HEADLINES[replace] and words.SHORT[replace]
    assert len({words.describe_verdict(comparison(replace=r), "x") for r in words.HEADLINES}) == 4


@pytest.mark.parametrize(
    ("state", "auc", "sensitivity"),
    [
        ("better", "its AUC is higher", "its sensitivity is higher"),
        ("worse", "lower by more than 0.02", "lower by more than 5 points"),
        ("cannot_tell", "more than 0.02 in AUC is not ruled out", "5 points of sensitivity is not ruled out"),
        ("undefined", "its AUC cannot be compared", "its sensitivity cannot be compared"),
    ],
)
def test_every_state_has_words(state, auc, sensitivity):
    sentence = words.describe_verdict(comparison(auc=state, sensitivity=state), "melanoma")
    assert auc in sentence and sensitivity in sentence


def test_a_measurable_loss_is_said_even_inside_the_margin():
    loss = interval(-0.01, -0.015, -0.005)
    inside = NonInferiority("roc_auc", 0.02, loss, "not_worse")
    assert "a little lower, but not worse by more than" in words.describe_verdict(
        with_auc(inside), "melanoma"
    )
    open_ended = NonInferiority("roc_auc", 0.01, loss, "cannot_tell")
    assert "its AUC is lower, and a loss of more than 0.01" in words.describe_verdict(
        with_auc(open_ended), "melanoma"
    )


def with_auc(test: NonInferiority) -> Comparison:
    base = comparison()
    return dataclasses.replace(base, verdict=dataclasses.replace(base.verdict, auc=test))


def test_a_shown_loss_of_specificity_is_not_left_out():
    def with_specificity(difference: Interval) -> Comparison:
        table = FoundTable("negatives", 236, 17, 45, 185, 483, difference, 0.0005, 0.0003)
        return dataclasses.replace(comparison(), tables={"teacher": (table, table, table)})

    text = words.describe_price(with_specificity(interval(-0.058, -0.09, -0.026)))
    assert text.endswith("flags more of the others: specificity −5.8 points, limits −9.0 to −2.6.")
    assert words.describe_price(with_specificity(interval(-0.01, -0.05, 0.03))) == ""
    assert words.describe_price(with_specificity(NOTHING)) == words.describe_price(comparison()) == ""


def test_identical_networks_and_no_control():
    same = NonInferiority("roc_auc", 0.02, interval(0, 0, 0, "identical rankings"), "not_worse")
    found = comparison()
    verdict = dataclasses.replace(found.verdict, auc=same, taught="no_control", control_difference=None)
    sentence = words.describe_verdict(dataclasses.replace(found, verdict=verdict), "melanoma")
    assert "exactly the same order" in sentence and "no control was measured" in sentence


@pytest.mark.parametrize(
    ("taught", "text"),
    [("helped", "lessons helped"), ("harmed", "better without"), ("undefined", "is undefined")],
)
def test_what_the_lessons_were_worth(taught, text):
    assert text in words.describe_verdict(comparison(taught=taught), "melanoma")


@pytest.mark.parametrize(
    ("name", "title"),
    [
        ("sensitivity_95", "Catch at least 95 of 100 with skin cancer"),
        ("specificity_90", "Leave alone at least 90 of 100 of the others"),
        ("youden", "Balance misses and false alarms"),
        ("lowest_cost", "Lowest cost"),
    ],
)
def test_aims(name, title):
    assert words.title_aim(name, "skin cancer") == title


def test_cases_needed_are_rounded():
    found = comparison().verdict
    assert words.describe_needed(found, "melanoma") == ""
    auc = dataclasses.replace(found.auc, state="cannot_tell", cases_needed=1142)
    sensitivity = dataclasses.replace(found.sensitivity, state="cannot_tell", cases_needed=296)
    text = words.describe_needed(dataclasses.replace(found, auc=auc, sensitivity=sensitivity), "melanoma")
    assert "about 1,100 cases of this mixture" in text and "about 300 cases with melanoma" in text


@pytest.mark.parametrize(
    ("value", "text"), [(0.0104, "+0.010"), (-0.0066, "−0.007"), (-0.0001, "0.000"), (0.0, "0.000")]
)
def test_signs(value, text):
    assert signed(value) == text


def test_figures_with_and_without_limits():
    assert signed_with_limits(interval(-0.007, -0.027, 0.012)) == "−0.007 (−0.027 to +0.012)"
    assert in_points(interval(0.017, -0.04, 0.074)) == "+1.7 points (−4.0 to +7.4)"
    assert signed_with_limits(NOTHING) == "undefined: one class only"
    bare = interval(0.0, math.nan, math.nan, "no limits: no spread on these cases")
    assert signed_with_limits(bare) == "0.000 (no limits: no spread on these cases)"


@pytest.mark.parametrize(
    ("p", "text"),
    [(0.45042, "p = 0.45"), (0.0391, "p = 0.039"), (0.0002, "p < 0.001"), (math.nan, "p undefined")],
)
def test_p_values(p, text):
    assert words.p_value(p) == text


def test_two_areas():
    area, difference = interval(0.83, 0.79, 0.87), interval(-0.007, -0.027, 0.012)
    ok = AucComparison(area, area, difference, -0.7, 0.45, "ok")
    assert words.describe_auc(ok, "teacher").endswith(
        "difference −0.007 (−0.027 to +0.012), p = 0.45 (DeLong)."
    )
    assert "rank every case alike" in words.describe_auc(
        dataclasses.replace(ok, state="identical"), "teacher"
    )
    undefined = AucComparison(NOTHING, NOTHING, NOTHING, math.nan, math.nan, "undefined")
    assert words.describe_auc(undefined, "teacher") == "AUC: undefined: one class only."
    assert "p =" not in words.describe_auc(dataclasses.replace(ok, state="no_limits"), "control")


def test_who_found_what():
    table = FoundTable("positives", 97, 6, 4, 10, 117, interval(0.017, -0.04, 0.074), 0.75, 0.55)
    text = words.describe_found(table, "finds")
    assert text.startswith("The student finds 103 of 117, the teacher 101: +1.7 points (−4.0 to +7.4);")
    assert "groups" not in text
    assert "116 groups" in words.describe_found(dataclasses.replace(table, groups=116), "finds")
    empty = FoundTable("positives", 0, 0, 0, 0, 0, NOTHING, math.nan, math.nan)
    assert words.describe_found(empty, "finds") == "No such cases."


def test_changes_per_thousand():
    changes = ChangedCases((), interval(3.3, -8.0, 14.6), interval(-50.0, -112.0, 14.0))
    assert words.describe_changes(changes, "melanoma") == (
        "In 1,000 cases of this mixture the student finds 3 more with melanoma (limits −8 to +15) than its "
        "teacher, and raises 50 fewer false alarms (limits −112 to +14) than its teacher."
    )
    even = ChangedCases((), interval(0.0, -18.0, 18.0), NOTHING)
    text = words.describe_changes(even, "melanoma")
    assert "finds as many with melanoma (limits −18 to +18) as its teacher" in text
    assert "an unknown number of false alarms" in text


def test_nothing_is_said_of_cases_that_are_not_there():
    changes = ChangedCases((), interval(0.0, -27.0, 27.0), interval(-20.0, -74.0, 35.0))
    text = words.describe_changes(changes, "naevus", positives=0, negatives=100)
    assert text.startswith("In 1,000 such cases, none of them with naevus, the student raises 20 fewer")
    assert "finds" not in text
    assert "alarms" not in words.describe_changes(changes, "naevus", positives=100, negatives=0)


def test_no_limits_are_told_in_words():
    changes = ChangedCases((), interval(3.0, math.nan, math.nan, "no limits: one group"), NOTHING)
    assert "3 more with naevus (no limits: one group) than" in words.describe_changes(changes, "naevus")


def rows(before: Interval, after: Interval) -> tuple[CalibrationComparison, ...]:
    return (
        CalibrationComparison("brier", "as_trained", {}, {"teacher": before}),
        CalibrationComparison("brier", "scaled", {}, {"teacher": after}),
    )


def test_a_claim_that_does_not_survive_is_told_so():
    better, open_ended = interval(-0.05, -0.07, -0.02), interval(0.001, -0.01, 0.012)
    text = words.describe_fairness(rows(better, open_ended))
    assert "As trained, the student's probabilities are closer" in text
    assert "its probabilities are not shown to be closer" in text
    assert words.describe_fairness(rows(better, better)).startswith("Both as trained and after")
    assert "further" in words.describe_fairness(rows(interval(0.05, 0.02, 0.07), better))
    assert words.describe_fairness(rows(NOTHING, better)) == "Calibration cannot be compared on these cases."
    assert words.describe_fairness(()) == "Calibration cannot be compared on these cases."


@pytest.mark.parametrize(("positives", "said"), [(0, False), (29, True), (30, False)])
def test_few_positive_cases_are_said(positives: int, said: bool) -> None:
    text = words.describe_few(dataclasses.replace(comparison(), positives=positives), "melanoma")
    assert bool(text) == said
    assert not said or "29 melanomas" in text
