"""Reliability diagrams carry every bin, its limits and its number, and say the same in words."""

from __future__ import annotations

import numpy as np
import pytest

from core.evaluation.reliability import compute_reliability
from core.figures.palette import ROLE_SYMBOLS
from core.figures.reliability import choose_low_end, describe_bin, describe_reliability, plot_reliability

PROB = np.concatenate([np.full(12, 0.05), np.full(4, 0.45), [1.0]])
TRUTH = np.concatenate([np.arange(12) < 3, np.arange(4) < 2, [True]])


@pytest.fixture
def curve():
    return compute_reliability(PROB, TRUTH, np.arange(17), bins=5)


def test_points_carry_bins_limits_and_few_cases(curve) -> None:
    figure = plot_reliability(curve, "student", "melanoma", chosen=2)
    points, bars = figure.data[1], figure.data[2]
    assert list(points.x) == pytest.approx([0.05, 0.45, 1.0])
    assert list(points.y) == pytest.approx([0.25, 0.5, 1.0])
    for at, index in enumerate([0, 2, 4]):
        observed = curve.bins[index].observed
        assert points.error_y.array[at] == pytest.approx(observed.high - observed.value)
        assert points.error_y.arrayminus[at] == pytest.approx(observed.value - observed.low)
    symbol = ROLE_SYMBOLS["student"]
    assert list(points.marker.symbol) == [symbol, f"{symbol}-open", f"{symbol}-open"]
    assert [data[0] for data in points.customdata] == [data[0] for data in bars.customdata] == [0, 2, 4]
    assert list(bars.y) == [12, 4, 1] and list(bars.text) == ["12", "4", "1"]
    assert points.marker.size[1] > points.marker.size[0]
    assert bars.marker.color[1] != bars.marker.color[0]


def test_it_is_square_with_the_diagonal_at_either_end(curve) -> None:
    for end in (1.0, 0.3):
        figure = plot_reliability(curve, "teacher", "melanoma", end=end)
        assert figure.layout.yaxis.scaleanchor == "x"
        assert figure.layout.xaxis.range == figure.layout.yaxis.range
        assert figure.layout.xaxis.range[1] == pytest.approx(end, rel=0.05)
        assert list(figure.data[0].x) == list(figure.data[0].y)


def test_narrow_bars_have_no_number() -> None:
    many = compute_reliability(PROB, TRUTH, np.arange(17), bins=50)
    assert set(plot_reliability(many, "teacher", "melanoma").data[2].text) == {""}
    assert "1" in plot_reliability(many, "teacher", "melanoma", end=0.3).data[2].text


def test_nothing_measured_is_still_a_figure() -> None:
    empty = compute_reliability(np.empty(0), np.empty(0, bool), [], bins=3)
    assert len(plot_reliability(empty, "control", "melanoma").data[1].x) == 0


def test_words_name_every_filled_bin_and_count_the_empty_ones(curve) -> None:
    text = describe_reliability(curve, "student", "melanoma")
    assert "Reliability of the student, share of melanoma in 17 held-out cases" in text
    assert "said 5.0\u00a0%, seen 25.0\u00a0% (8.9–53.2), 12 cases" in text
    assert "2 of 5 bins hold no case." in text
    assert [describe_bin(part) for part in curve.bins] == [
        "0.0 to 20.0\u00a0%: 12 cases",
        "20.0 to 40.0\u00a0%: no cases",
        "40.0 to 60.0\u00a0%: 4 cases",
        "60.0 to 80.0\u00a0%: no cases",
        "80.0 to 100.0\u00a0%: 1 case",
    ]


def test_low_end_shows_three_quarters_of_every_role() -> None:
    low, wide = np.linspace(0, 0.12, 100), np.linspace(0, 0.36, 100)
    assert choose_low_end([low]) == 0.1
    assert choose_low_end([low, wide]) == 0.3
    assert choose_low_end([np.linspace(0, 1, 100)]) is None
