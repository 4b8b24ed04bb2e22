from __future__ import annotations

import numpy as np
import pytest

from core.figures.ct_windows import (
    changed_zones,
    describe_role,
    describe_window_curve,
    plot_window_curve,
    tabulate_named,
)
from core.types import Window, WindowCurve, WindowSensitivity

VALUES = np.array([-600.0, -550, -500, -450, -400])


def curve(axis: str = "centre", **probs: list[float]) -> WindowCurve:
    return WindowCurve(
        axis,
        VALUES,
        -500.0,
        {role: np.array(values) for role, values in probs.items()},
        dict.fromkeys(probs, 0.3),
    )


TWO = curve(student=[0.2, 0.4, 0.5, 0.35, 0.1], teacher=[0.1, 0.1, 0.2, 0.25, 0.25])


@pytest.mark.parametrize(
    ("probs", "words"),
    [
        (
            [0.2, 0.4, 0.5, 0.35, 0.1],
            "stays at or above its threshold of 30.0 % for centres from −550 to −450",
        ),
        ([0.9] * 5, "for all 5 centres tested, −600 to −400 HU."),
        (
            [0.2, 0.2, 0.1, 0.3, 0.1],
            "stays below its threshold of 30.0 % for centres from −600 to −500 HU; above",
        ),
        ([0.2, 0.2, 0.5, 0.1, 0.1], "only for the centre of training, −500 HU"),
    ],
)
def test_how_far_the_window_can_move_in_words(probs, words) -> None:
    said = describe_role(curve(student=probs), "student").replace("\N{NO-BREAK SPACE}", " ")
    assert said.startswith("The student's probability ")
    assert words in said


def test_an_end_of_the_sweep_is_not_called_an_end_of_the_answer() -> None:
    said = describe_role(curve(student=[0.2, 0.2, 0.1, 0.3, 0.1]), "student")
    assert said.endswith("; above that range it does not.")


def test_each_network_gets_its_sentence() -> None:
    said = describe_window_curve(TWO)
    assert said.count("probability stays") == 2 and "The teacher's" in said


def test_grey_begins_halfway_to_the_first_other_answer() -> None:
    assert changed_zones(TWO) == ((-600, -575), (-425, -400))
    assert changed_zones(curve(student=[0.9] * 5)) == ()
    assert changed_zones(curve(student=[0.9, 0.1, 0.9, 0.1, 0.1])) == ((-575, -525), (-475, -400))


def test_the_figure_shows_every_network_its_threshold_and_the_window_of_training() -> None:
    figure = plot_window_curve(TWO, finding_name="malignancy")
    assert [trace.name for trace in figure.data] == ["Student", "Teacher"]
    np.testing.assert_allclose(figure.data[0].y, 100 * TWO.probs["student"])
    shapes = figure.layout.shapes
    assert sum(shape.type == "rect" for shape in shapes) == 2
    assert [shape.y0 for shape in shapes if shape.type == "line" and shape.y0 == shape.y1] == [30, 30]
    assert [shape.x0 for shape in shapes if shape.type == "line" and shape.x0 == shape.x1] == [-500]
    assert "malignancy" in figure.layout.yaxis.title.text


def test_named_windows_in_a_table() -> None:
    windows = (Window("trained", "Window of training", -500, 1500), Window("bone", "Bone window", 400, 1800))
    found = WindowSensitivity(windows, {"student": np.array([0.5, 0.1])}, TWO, TWO, {"student": 0.3}, 9)
    table = {
        key: [c.replace("\N{NO-BREAK SPACE}", " ") for c in cells]
        for key, cells in tabulate_named(found).items()
    }
    assert table == {
        "Window": ["Window of training, used by the networks", "Bone window"],
        "Centre, width": ["−500, 1500 HU", "400, 1800 HU"],
        "Student": ["50.0 %, flagged", "10.0 %, not flagged"],
    }
