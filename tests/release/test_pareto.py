"""What no other network beats is marked, and a figure is the card's."""

from __future__ import annotations

import pytest

from core.errors import ConfigError
from core.release import pareto
from core.release.pareto import build_panel, mark_front, time_served
from core.types import Interval, ParetoPoint
from tests.timing_factory import limits, report


def point(role="student", *, ms=None, macs=100, size=100, auc=0.8, precision="float") -> ParetoPoint:
    figure = None if auc is None else Interval(auc, auc - 0.1, auc + 0.1, 0.95, 100, "bootstrap")
    latency = None if ms is None else report(ms)
    return ParetoPoint(role, precision, role, macs, size, latency, figure, False)


def front(*points: ParetoPoint, timed: bool) -> list[bool]:
    return [one.on_front for one in mark_front(points, timed=timed)]


@pytest.mark.parametrize(
    ("other", "on_front"),
    [
        ({"ms": 20, "size": 200, "auc": 0.7}, False),  # worse in all three
        ({"ms": 20, "size": 200, "auc": 0.9}, True),  # dearer, better
        ({"ms": 5, "size": 200, "auc": 0.7}, True),  # quicker alone
        ({"ms": 20, "size": 50, "auc": 0.7}, True),  # smaller alone
        ({"ms": 10, "size": 100, "auc": 0.7}, False),  # alike in two, worse in one
        ({"ms": 9.8, "size": 200, "auc": 0.8}, False),  # 2 % quicker is alike
        ({"ms": 10, "size": 100, "auc": 0.8}, True),  # the same: neither beats
        ({"ms": 1, "size": 1, "auc": None}, False),  # without a figure
    ],
)
def test_a_front_by_hand(other, on_front) -> None:
    first = point(ms=10)
    assert front(first, point("second_student", **other), timed=True) == [True, on_front]


def test_what_everything_beats_is_beaten_also_when_the_better_ones_differ() -> None:
    points = (point(ms=10, auc=0.9), point(ms=1, auc=0.7, size=10), point(ms=11, auc=0.6, size=110))
    assert front(*points, timed=True) == [True, True, False]


def test_work_stands_for_time_until_it_is_measured() -> None:
    slow, quick = point(ms=50, macs=10), point(ms=5, macs=90)
    assert front(slow, quick, timed=False) == [True, False]
    assert front(slow, quick, timed=True) == [False, True]


def test_the_panel_is_of_the_largest_set_or_the_one_asked_for(pair) -> None:
    panel = build_panel(pair)
    assert (panel.dataset, panel.n, panel.positives, panel.positive) == (
        "isic2017_test",
        600,
        117,
        "melanoma",
    )
    teacher, student = panel.points
    assert teacher.figure.value == 0.86 and student.figure.low == pytest.approx(0.80)
    assert not panel.timed and teacher.latency is None and panel.notes == ()
    assert student.on_front and teacher.on_front, "the one costs less, the other reads better"
    assert build_panel(pair, dataset="isic2017_test") == panel
    with pytest.raises(ConfigError, match="reports nothing on it"):
        build_panel(pair, dataset="ph2")


def test_times_are_of_the_networks_as_they_are_served(pair) -> None:
    told = []
    times = time_served(pair, runs=5, settle_s=0, on_progress=lambda share, words: told.append(share))
    assert [(time.network, time.runtime, time.report.threads) for time in times.times] == [
        ("teacher", "onnxruntime", 1),
        ("student", "onnxruntime", 1),
    ]
    panel = build_panel(pair, times=times)
    assert panel.timed and all(point.latency.n == 5 for point in panel.points) and told[-1] == 1


def with_8_bits(monkeypatch, pair, drift):  # type: ignore[no-untyped-def]
    monkeypatch.setattr(
        type(pair), "precisions", lambda _, role: ("float", "int8") if role == "student" else ("float",)
    )
    moved = type("Drift", (), {"auc": limits(drift or 0.0)})
    made = None if drift is None else type("Report", (), {"sets": {"isic2017_test": moved}})
    monkeypatch.setattr(pareto, "read_int8_report", lambda pair, role: made)


def test_8_bits_have_the_float_figure_moved_by_their_difference(pair, monkeypatch) -> None:
    with_8_bits(monkeypatch, pair, -0.01)
    found = build_panel(pair).points[2]
    assert (found.role, found.precision) == ("student", "int8")
    assert (found.figure.value, found.figure.low, found.figure.high) == pytest.approx((0.83, 0.79, 0.86))
    assert found.figure.n == 600 and "moved by the difference" in found.figure.method


def test_8_bits_without_a_report_are_left_out_and_a_note_says_so(pair, monkeypatch) -> None:
    with_8_bits(monkeypatch, pair, None)
    panel = build_panel(pair)
    assert panel.points[2].figure is None and not panel.points[2].on_front
    assert "student in 8 bits was not measured" in panel.notes[0]


def test_a_card_without_reports_says_that_nothing_is_known(pair) -> None:
    bare = type(pair)(pair.card.model_copy(update={"reports": {}}), pair.folder)
    panel = build_panel(bare)
    assert (panel.dataset, panel.n) == (
        "",
        0,
    ) and "nothing says what these networks are worth" in panel.notes[0]
    assert not any(point.on_front for point in panel.points)
