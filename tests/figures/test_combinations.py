"""The gains of reading with both networks are drawn, told and tabled as they were computed."""

from __future__ import annotations

import dataclasses
import math
from dataclasses import replace

import pytest

from core.figures.combinations import (
    describe_gains,
    find_gain,
    plot_gains,
    summarise_gains,
    tabulate_combinations,
)
from core.types import Combination, CombinationTable, Interval, MatchedSensitivity


def interval(value: float, low: float, high: float) -> Interval:
    return Interval(value, low, high, 0.95, 200, "bootstrap by case, 1000")


UNDEFINED = Interval(math.nan, math.nan, math.nan, 0.95, 200, "80 % specificity is not attainable")


def row(name: str, gain: Interval | None, *, problem: str = "", reads: float = 1.0) -> Combination:
    rate = UNDEFINED if problem else interval(0.9, 0.8, 0.95)
    matched = () if gain is None else (MatchedSensitivity("student", rate, gain),)
    share = UNDEFINED if problem else interval(reads, reads, reads)
    return Combination(name, name.title(), {}, problem, rate, rate, rate, rate, share, matched)


def table(*rows: Combination) -> CombinationTable:
    return CombinationTable("specificity", 0.8, 0.25, None, 100, 20, 200, 40, rows)


BETTER, CHANCE = interval(0.05, 0.01, 0.09), interval(0.02, -0.03, 0.06)
STUDENT = row("student", None, reads=0.0)


def test_points_stand_where_the_gains_are_and_fill_when_limits_leave_out_0() -> None:
    drawn = table(STUDENT, row("either", BETTER), row("mean", CHANCE))
    first, second = plot_gains(drawn, against="student").data
    assert (list(first.x), list(first.y)) == ([5.0], ["Either"])
    assert first.x[0] + first.error_x.array[0] == pytest.approx(9.0)
    assert first.x[0] - first.error_x.arrayminus[0] == pytest.approx(1.0)
    assert first.marker.color != second.marker.color
    assert second.marker.color.endswith(",0)")


def test_sentence_names_what_is_better_and_only_that() -> None:
    drawn = table(STUDENT, row("either", BETTER), row("mean", CHANCE), row("cascade", CHANCE, reads=0.2))
    text = summarise_gains(drawn, against="student", noun="melanoma")
    assert "Either (+5.0 (+1.0 to +9.0) points)" in text
    assert "Mean" not in text
    assert "the teacher reads 20.0\u00a0%" in text


def test_sentence_says_that_nothing_is_shown_to_be_better() -> None:
    text = summarise_gains(table(STUDENT, row("mean", CHANCE)), against="student", noun="melanoma")
    assert text.startswith("**No way of combining the two networks is shown to find more melanomas")
    assert "n = 200, 40 melanomas" in text


def test_teacher_alone_being_better_is_not_a_combination() -> None:
    text = summarise_gains(table(row("teacher", BETTER), row("mean", CHANCE)), against="student", noun="x")
    assert text.startswith("**No way of combining")


def test_unattainable_is_told_in_words_everywhere() -> None:
    reason = "80 % specificity is not attainable"
    drawn = table(row("mean", UNDEFINED, problem=reason))
    assert summarise_gains(drawn, against="student", noun="x") == f"Nothing can be compared: {reason}."
    assert len(plot_gains(drawn, against="student").data) == 0
    empty = dataclasses.replace(table(row("mean", UNDEFINED)), positives=0)
    text = summarise_gains(empty, against="student", noun="naevus")
    assert text == "Nothing can be compared: these 200 cases hold no naevus."
    cells = tabulate_combinations(drawn)
    assert cells["Sensitivity"] == cells["Teacher reads"] == [reason]


def test_table_has_a_line_a_strategy_and_says_who_reads() -> None:
    drawn = table(STUDENT, row("either", BETTER), row("cascade", CHANCE, reads=0.2))
    cells = tabulate_combinations(drawn)
    assert cells["Flag by"] == ["Student", "Either", "Cascade"]
    assert cells["Teacher reads"] == ["no case", "every case", "20.0\u00a0% (20.0–20.0)"]
    assert cells["Gain over student alone, same specificity"][0] == "–"


def test_text_twin_holds_every_drawn_gain() -> None:
    drawn = table(STUDENT, row("either", BETTER), row("mean", CHANCE))
    text = describe_gains(drawn, against="student", noun="melanoma")
    assert "Either: +5.0" in text
    assert "Mean: +2.0" in text
    assert "n = 200" in text
    assert find_gain(STUDENT, "student") is None


def test_without_a_false_alarm_nothing_is_gained_over_the_middle_of_an_upright_curve() -> None:
    certain = replace(row("either", BETTER), specificity=interval(1.0, 0.96, 1.0))
    assert find_gain(certain, "student") is None
    text = summarise_gains(table(STUDENT, certain), against="student", noun="malignancy")
    assert text.startswith("Nothing can be compared: no strategy raises a false alarm on these cases")
    beside = summarise_gains(
        table(STUDENT, certain, row("mean", BETTER)), against="student", noun="malignancy"
    )
    assert "Mean (+5.0" in beside
    assert "Either" not in beside
