"""Bands against the number of bins, and curves before and after a map."""

from __future__ import annotations

import numpy as np
import pytest

from core.evaluation.ece_by_bins import compute_ece_by_bins
from core.evaluation.reliability import compute_reliability
from core.figures.calibration import (
    describe_before_after,
    describe_ece_by_bins,
    plot_before_after,
    plot_ece_by_bins,
)
from core.figures.palette import ROLE_COLOURS, ROLE_DASHES

RNG = np.random.default_rng(0)
PROB = RNG.random(80)
TRUTH = RNG.random(80) < PROB


@pytest.fixture
def found():
    return compute_ece_by_bins(PROB, TRUTH, np.arange(80), choices=(5, 10, 20), resamples=40)


def test_both_bands_and_the_line_are_drawn(found) -> None:
    figure = plot_ece_by_bins(found, "control", bins=10, top=0.4)
    traces = {trace.name: trace for trace in figure.data}
    assert list(traces["measured"].y) == pytest.approx(list(found.ece))
    assert traces["measured"].line.color == ROLE_COLOURS["control"]
    assert traces["measured"].line.dash == ROLE_DASHES["control"]
    assert list(traces["limits"].y) == pytest.approx(list(found.high))
    assert list(traces["limits, lower edge"].y) == pytest.approx(list(found.low))
    assert list(traces["chance alone"].y) == pytest.approx(list(found.chance_high))
    assert list(traces["chance alone, lower edge"].y) == pytest.approx(list(found.chance_low))
    assert figure.layout.shapes[0].x0 == 10
    assert tuple(figure.layout.yaxis.range) == (0, 0.4)


def test_words_for_the_bands(found) -> None:
    text = describe_ece_by_bins(found, "teacher")
    assert text.startswith("Calibration error of the teacher by number of bins, 80 held-out cases: 5 bins ")
    assert "20 bins" in text and "by chance alone" in text


def test_before_and_after_share_a_square() -> None:
    before = compute_reliability(PROB, TRUTH, np.arange(80), bins=5)
    after = compute_reliability(PROB**2, TRUTH, np.arange(80), bins=5)
    figure = plot_before_after(before, after, "student", "Platt scaling")
    assert [trace.name for trace in figure.data[1:]] == ["As shipped", "Platt scaling"]
    assert list(figure.data[2].x) == pytest.approx([part.mean_prob for part in after.bins if part.n])
    assert figure.data[2].line.color == ROLE_COLOURS["student"] != figure.data[1].line.color
    assert figure.data[1].marker.symbol != figure.data[2].marker.symbol
    assert figure.layout.xaxis.range == figure.layout.yaxis.range
    text = describe_before_after(before, after, "student", "Platt scaling")
    assert "As shipped: said" in text and "Platt scaling: said" in text
