"""What may be said of a difference with limits, and of two of them."""

from __future__ import annotations

import math

import pytest

from core.evaluation.verdict import judge, judge_margin
from core.types import Interval


def limits(low: float, high: float, n: int = 400) -> Interval:
    return Interval((low + high) / 2, low, high, 0.95, n, "test")


@pytest.mark.parametrize(
    ("low", "high", "state"),
    [
        (0.001, 0.05, "better"),
        (0.0, 0.05, "not_worse"),
        (-0.019, 0.03, "not_worse"),
        (-0.019, -0.001, "not_worse"),
        (-0.02, 0.03, "cannot_tell"),
        (-0.06, -0.02, "cannot_tell"),
        (-0.06, -0.021, "worse"),
        (math.nan, math.nan, "undefined"),
    ],
)
def test_states(low, high, state):
    found = judge_margin(limits(low, high), 0.02, "roc_auc")
    assert found.state == state
    assert found.cases_needed is None or state == "cannot_tell"


def test_a_value_without_limits_proves_nothing():
    known = Interval(0.0, math.nan, math.nan, 0.95, 20, "no limits: no spread on these cases")
    assert judge_margin(known, 0.02, "roc_auc").state == "undefined"


def test_cases_needed_by_hand():
    """Standard error .02 on 400 cases, margin .02: (1.96 + .8416)^2 = 7.849 times as many."""
    half = 1.959963985 * 0.02
    found = judge_margin(limits(-half, half), 0.02, "roc_auc")
    assert found.cases_needed == math.ceil(400 * 7.8489)


def test_no_more_cases_are_asked_for_than_were_measured():
    """Limits .02 wide settle a margin of .02 between equal networks; here the student is simply lower."""
    assert judge_margin(limits(-0.025, -0.005), 0.02, "roc_auc").cases_needed is None
    # error e on 400 cases needs 400 (2.8016 e / margin)^2: as many as there are at e = margin / 2.8016
    half = 1.959963985 * 0.02 / 2.801585
    for factor, asked in ((0.999, False), (1.001, True)):
        found = judge_margin(limits(-0.02 - half * factor, -0.02 + half * factor), 0.02, "roc_auc")
        assert found.state == "cannot_tell" and (found.cases_needed is not None) == asked


@pytest.mark.parametrize("margin", [0.0, 1.0, -0.1, math.nan])
def test_margins_are_checked(margin):
    with pytest.raises(ValueError, match="margin"):
        judge_margin(limits(-0.1, 0.1), margin, "roc_auc")


@pytest.mark.parametrize(
    ("auc", "sensitivity", "replace"),
    [
        ((-0.01, 0.01), (-0.04, 0.02), "yes"),
        ((0.01, 0.02), (-0.04, 0.02), "yes"),
        ((-0.01, 0.01), (-0.3, -0.1), "no"),
        ((-0.1, -0.05), (-0.2, 0.2), "no"),
        ((-0.1, 0.05), (-0.04, 0.02), "cannot_tell"),
        ((math.nan, math.nan), (-0.04, 0.02), "undefined"),
        ((math.nan, math.nan), (-0.3, -0.1), "no"),
    ],
)
def test_a_yes_needs_both(auc, sensitivity, replace):
    found = judge(
        judge_margin(limits(*auc), 0.02, "roc_auc"),
        judge_margin(limits(*sensitivity), 0.05, "sensitivity"),
        None,
    )
    assert (found.replace, found.taught) == (replace, "no_control")


@pytest.mark.parametrize(
    ("low", "high", "taught"),
    [
        (0.001, 0.1, "helped"),
        (-0.1, -0.001, "harmed"),
        (0.0, 0.1, "not_shown"),
        (-0.1, 0.02, "not_shown"),
        (-0.1, 0.0, "not_shown"),
        (math.nan, math.nan, "undefined"),
    ],
)
def test_what_the_control_says(low, high, taught):
    passed = judge_margin(limits(-0.01, 0.01), 0.02, "roc_auc")
    assert judge(passed, passed, limits(low, high)).taught == taught
