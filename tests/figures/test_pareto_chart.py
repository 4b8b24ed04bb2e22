"""Every network is drawn with its limits; size, role and 8 bits can be told apart without colour."""

from __future__ import annotations

import pytest

from core.figures.pareto_chart import (
    axis_title,
    describe_panel,
    explain_front,
    plot_pareto,
    tabulate_pareto,
    title_panel,
)
from core.figures.wording import NO_BREAK
from core.types import Interval, ParetoPanel, ParetoPoint
from tests.timing_factory import report

AUC = Interval(0.84, 0.80, 0.88, 0.95, 600, "bootstrap")
LOWER = Interval(0.83, 0.79, 0.87, 0.95, 600, "bootstrap")


def panel(*, timed: bool = True, points=None) -> ParetoPanel:
    chosen = points or (
        ParetoPoint("teacher", "float", "Large", 3_290_000_000, 16 * 2**20, report(45), AUC, True),
        ParetoPoint("student", "float", "Small", 220_000_000, 4 * 2**20, report(4.5), LOWER, False),
        ParetoPoint("student", "int8", "Small", 220_000_000, 2**20, report(4.4), LOWER, True),
    )
    return ParetoPanel(
        "melanoma", "Dermoscopy", "isic2017", "ISIC 2017", "roc_auc", "melanoma", 600, 117, "", timed, chosen
    )


def test_marks_limits_and_rings() -> None:
    figure = plot_pareto(panel())
    rings = [trace for trace in figure.data if trace.name == "Pareto front"]
    marks = {trace.name: trace for trace in figure.data if trace.name != "Pareto front"}
    assert len(rings) == 2 and set(marks) == {"Teacher", "Student", "Student, in 8 bits"}
    teacher, student, eight = (marks[name] for name in ("Teacher", "Student", "Student, in 8 bits"))
    assert teacher.marker.size > student.marker.size > eight.marker.size
    assert teacher.marker.symbol == "square" and student.marker.symbol == "circle"
    assert eight.marker.symbol == "circle-open", "8 bits are told by more than colour"
    assert teacher.error_y.array == pytest.approx((0.04,)) and student.x == (4.5,)
    bottom, top = figure.layout.yaxis.range
    assert bottom < 0.79 and top > 0.88
    assert [note.text for note in figure.layout.annotations if "16.0 MiB" in note.text] == [
        "Teacher<br>16.0 MiB"
    ]


def test_work_stands_for_time_until_it_is_measured() -> None:
    untimed = panel(timed=False)
    figure = plot_pareto(untimed)
    assert max(trace.x[0] for trace in figure.data) == pytest.approx(3.29)
    assert "not measured yet" in axis_title(untimed) and "one thread" in axis_title(panel())
    assert "in work, size" in explain_front((untimed,)) and "in time, size" in explain_front((panel(),))


def test_a_network_without_a_figure_is_in_the_table_only() -> None:
    bare = ParetoPoint("student", "int8", "Small", 1, 2**20, None, None, False)
    found = panel(points=(panel().points[0], bare))
    assert {trace.name for trace in plot_pareto(found).data} == {"Pareto front", "Teacher"}
    row = tabulate_pareto((found,))[1]
    assert (row["Time"], row["AUC"], row["Pareto front"]) == ("not measured", "not measured", "–")
    assert not plot_pareto(panel(points=(bare,))).data


def test_words_have_the_cases_their_n_and_every_network() -> None:
    assert title_panel(panel()) == "Dermoscopy: ISIC 2017, n = 600 (117 melanomas)"
    text = describe_panel(panel()).replace(NO_BREAK, " ")
    assert "Network Student, in 8 bits, Time 4.40 ms" in text and "0.840 (0.800–0.880)" in text
