"""The forest plot draws what the records say, and says in words what it draws."""

from __future__ import annotations

import math

import pytest

from core.evaluation.compare import compare_networks
from core.evaluation.subgroups import compare_subgroups
from core.figures.comparison import (
    METRIC_NAMES,
    ForestRow,
    describe_forest,
    list_differences,
    list_subgroups,
    plot_forest,
    turn,
)
from core.types import Interval
from tests.evaluation.cases_factory import make_held_out, make_points


@pytest.fixture(scope="module")
def comparison():
    return compare_networks(make_held_out(), make_points(), resamples=30)


def test_lines_are_the_record_s(comparison):
    rows = list_differences(comparison)
    assert [row.head for row in rows if row.head] == list(METRIC_NAMES.values())
    assert [row.label for row in rows] == ["against teacher", "against control"] * len(METRIC_NAMES)
    assert rows[0].difference == comparison.aucs["teacher"].difference
    assert [row.margin for row in rows if row.margin is not None] == [0.02, 0.05]
    ece = next(entry for entry in comparison.differences if entry.metric == "ece")
    assert rows[8].difference.value == -ece.difference.value
    assert rows[8].difference.low == -ece.difference.high


def test_turning_twice_changes_nothing():
    given = Interval(-0.01, -0.03, 0.02, 0.95, 100, "test")
    assert turn(turn(given)) == given


def test_every_line_is_drawn_with_its_limits(comparison):
    rows = list_differences(comparison)
    figure = plot_forest(rows)
    drawn = {trace.name: trace for trace in figure.data}
    for against in ("teacher", "control"):
        trace = drawn[f"against {against}"]
        expected = [row.difference for row in rows if row.against == against]
        assert list(trace.x) == [interval.value for interval in expected]
        for index, interval in enumerate(expected):
            assert trace.x[index] + trace.error_x.array[index] == pytest.approx(interval.high)
            assert trace.x[index] - trace.error_x.arrayminus[index] == pytest.approx(interval.low)
    low, high = figure.layout.xaxis.range
    assert low < min(row.difference.low for row in rows) and high > max(row.difference.high for row in rows)
    shaded = [shape for shape in figure.layout.shapes if shape.name == "tolerated"]
    assert [(shape.x0, shape.x1) for shape in shaded] == [(-0.02, 0), (-0.05, 0)]
    written = {note.text for note in figure.layout.annotations}
    assert {"◀ student worse", "student better ▶", "<b>AUC</b>", rows[0].text} <= written
    assert drawn["against teacher"].marker.symbol != drawn["against control"].marker.symbol


def test_subgroups_keep_their_guard():
    parts = compare_subgroups(make_held_out(240), make_points())
    rows = list_subgroups(parts, {"nv": "naevus"}, 0.02)
    assert [row.head for row in rows if row.head] == ["Age", "Sex", "Against one other finding"]
    few = [row for row in rows if row.text == "too few"]
    assert {row.label for row in few} == {"female · 80 (0)", "male · 80 (80)", "not recorded · 80 (0)"}
    assert all(row.margin is None for row in few)
    assert "naevus · 160 (80)" in [row.label for row in rows]
    figure = plot_forest(rows)
    assert len(figure.data[0].x) == len(rows) - len(few)


def test_a_value_without_limits_and_no_value_at_all():
    bare = Interval(0.0, math.nan, math.nan, 0.95, 20, "no limits: no spread on these cases")
    nothing = Interval(math.nan, math.nan, math.nan, 0.95, 0, "undefined: one class only")
    rows = (ForestRow("AUC", "against teacher", bare, margin=0.02), ForestRow("", "against control", nothing))
    figure = plot_forest(rows)
    assert list(figure.data[0].x) == [0.0] and list(figure.data[0].error_x.array) == [0.0]
    assert rows[1].text == "too few or undefined"
    assert all(math.isfinite(end) for end in figure.layout.xaxis.range)
    text = describe_forest(rows, "Differences on made-up cases")
    assert "AUC, against teacher: 0.000 (no limits" in text and "AUC, against control: too few" in text


def test_words_name_every_line(comparison):
    rows = list_differences(comparison)
    text = describe_forest(rows, "Paired differences on made-up cases")
    assert text.startswith("Paired differences on made-up cases. Right of 0 favours the student.")
    assert all(row.text in text for row in rows)
