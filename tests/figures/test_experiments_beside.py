"""Printed and measured figures on one scale, told apart by symbol; what is missing is said."""

from __future__ import annotations

from core.figures.comparison import ForestRow, describe_forest, plot_forest
from core.figures.experiments_beside import BesideRow, describe_beside, plot_beside
from tests.experiments_factory import interval

ROWS = (
    BesideRow("A", interval(0.8), 0.92),
    BesideRow("B", None, 0.9),
    BesideRow("C", interval(0.7), None),
)


def test_dots_for_measured_and_diamonds_for_printed() -> None:
    figure = plot_beside(ROWS, "AUC")
    marks = {trace.name: (trace.x[0], trace.marker.symbol) for trace in figure.data}
    assert marks == {
        "A, here": (0.8, "circle"),
        "A, printed": (0.92, "diamond-open"),
        "B, printed": (0.9, "diamond-open"),
        "C, here": (0.7, "circle"),
    }
    low, high = figure.layout.xaxis.range
    assert low < 0.68 and high > 0.92
    texts = [note.text for note in figure.layout.annotations]
    assert "◇ 0.920   ● 0.800 (0.780–0.820)" in texts and "◇ 0.900   ● not run here" in texts


def test_the_words() -> None:
    told = describe_beside(ROWS, "AUC")
    assert "B: printed 0.900, here not run here" in told and "C: printed nothing, here 0.700" in told


def test_a_forest_may_be_about_something_else_than_a_student() -> None:
    rows = (ForestRow("", "one − other", interval(0.1)),)
    texts = [note.text for note in plot_forest(rows, ends=("◀ lower", "higher ▶")).layout.annotations]
    assert {"◀ lower", "higher ▶"} <= set(texts) and not any("student" in text for text in texts)
    told = describe_forest(rows, "Differences", right="is higher")
    assert "Right of 0 is higher. one − other: +0.100" in told
