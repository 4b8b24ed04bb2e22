"""Reliability curves and the parts of the Brier score."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest
from sklearn.calibration import calibration_curve

from core.evaluation.reliability import compute_reliability, decompose_brier, observe_range
from core.metrics.brier import brier
from core.metrics.ece import ece
from core.metrics.ece_equal_mass import ece_equal_mass

PROB = np.array([0.05, 0.15, 0.1, 0.55, 0.95, 1.0])
TRUTH = np.array([False, True, False, True, True, False])
cases = st.integers(1, 60).flatmap(
    lambda n: st.tuples(
        st.lists(st.sampled_from([0.0, 0.1, 0.2, 1 / 3, 0.5, 0.75, 0.999, 1.0]), min_size=n, max_size=n),
        st.lists(st.booleans(), min_size=n, max_size=n),
    )
)
binnings = pytest.mark.parametrize("binning", ["width", "mass"])


def draw(n: int = 500, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    prob = rng.random(n) ** 2
    return prob, rng.random(n) < prob


def test_bins_by_hand() -> None:
    curve = compute_reliability(PROB, TRUTH, np.arange(6), bins=5)
    assert [part.n for part in curve.bins] == [3, 0, 1, 0, 2]
    assert curve.bins[0].mean_prob == pytest.approx(0.1)
    assert curve.bins[0].observed.value == pytest.approx(1 / 3)
    assert curve.bins[0].cases.tolist() == [0, 2, 1]
    assert curve.bins[4].cases.tolist() == [4, 5]
    limits = binomtest(1, 3).proportion_ci(method="wilson")
    assert (curve.bins[0].observed.low, curve.bins[0].observed.high) == pytest.approx(tuple(limits))
    assert [part.low for part in curve.bins] == pytest.approx([0, 0.2, 0.4, 0.6, 0.8])
    assert [part.state for part in curve.bins] == ["few", "empty", "few", "empty", "few"]
    assert math.isnan(curve.bins[1].mean_prob) and not curve.bins[1].observed.defined


def test_a_bin_of_ten_is_enough() -> None:
    ten = compute_reliability(np.full(10, 0.5), np.arange(10) < 5, np.arange(10), bins=1)
    assert ten.bins[0].state == "ok"


def test_limits_count_groups_not_cases() -> None:
    prob, truth = np.full(40, 0.3), np.arange(40) < 12
    alone = compute_reliability(prob, truth, np.arange(40), bins=1).bins[0].observed
    pairs = compute_reliability(prob, truth, np.arange(40) // 2, bins=1).bins[0].observed
    assert pairs.high - pairs.low > alone.high - alone.low
    assert pairs.method == "Wilson, 20 groups"


@pytest.mark.parametrize(("binning", "strategy"), [("width", "uniform"), ("mass", "quantile")])
def test_curve_agrees_with_scikit_learn(binning, strategy) -> None:
    prob, truth = draw()
    observed, said = calibration_curve(truth, prob, n_bins=10, strategy=strategy)
    curve = compute_reliability(prob, truth, np.arange(prob.size), bins=10, binning=binning)
    filled = [part for part in curve.bins if part.n]
    assert [part.observed.value for part in filled] == pytest.approx(list(observed))
    assert [part.mean_prob for part in filled] == pytest.approx(list(said))


def test_empty_equal_mass_bins_have_no_width_and_edges_meet() -> None:
    curve = compute_reliability(
        np.array([0.2] * 5 + [0.1, 0.6, 1.0]), np.ones(8, bool), range(8), bins=4, binning="mass"
    )
    assert [part.n for part in curve.bins] == [6, 0, 0, 2]
    assert [(part.low, part.high) for part in curve.bins] == [(0, 0.6), (0.6, 0.6), (0.6, 0.6), (0.6, 1)]


@binnings
@given(drawn=cases, bins=st.integers(1, 20))
def test_every_case_is_in_one_bin_and_within_its_edges(binning, drawn, bins) -> None:
    prob, truth = np.array(drawn[0]), np.array(drawn[1])
    curve = compute_reliability(prob, truth, np.arange(prob.size), bins=bins, binning=binning)
    assert len(curve.bins) == bins and curve.n == prob.size
    assert sorted(np.concatenate([part.cases for part in curve.bins]).tolist()) == list(range(prob.size))
    for part in curve.bins:
        assert (prob[part.cases] >= part.low - 1e-12).all() and (prob[part.cases] <= part.high + 1e-12).all()
        assert part.n == 0 or 0 <= part.observed.low <= part.observed.value <= part.observed.high <= 1
    assert curve.bins[0].low == 0 and curve.bins[-1].high == 1


@binnings
def test_curve_gives_the_metric(binning) -> None:
    prob, truth = draw()
    metric = ece if binning == "width" else ece_equal_mass
    curve = compute_reliability(prob, truth, np.arange(prob.size), bins=12, binning=binning)
    gaps = [part.n * abs(part.mean_prob - part.observed.value) for part in curve.bins if part.n]
    assert sum(gaps) / prob.size == pytest.approx(metric(prob, truth, 12))


@binnings
@given(drawn=cases, bins=st.integers(1, 20))
def test_brier_parts_add_up(binning, drawn, bins) -> None:
    prob, truth = np.array(drawn[0]), np.array(drawn[1])
    parts = decompose_brier(prob, truth, bins=bins, binning=binning)
    total = parts.reliability - parts.resolution + parts.uncertainty + parts.variance - parts.covariance
    assert total == pytest.approx(brier(prob, truth), abs=1e-12)
    assert parts.score == pytest.approx(brier(prob, truth), abs=1e-15)
    assert min(parts.reliability, parts.resolution, parts.variance) >= 0


def test_brier_parts_by_hand() -> None:
    # .2 three times with one positive, .8 once and positive: Murphy's three terms alone
    parts = decompose_brier(np.array([0.2, 0.2, 0.2, 0.8]), np.array([True, False, False, True]), bins=2)
    assert parts.reliability == pytest.approx((3 * (0.2 - 1 / 3) ** 2 + (0.8 - 1) ** 2) / 4)
    assert parts.resolution == pytest.approx((3 * (1 / 3 - 0.5) ** 2 + (1 - 0.5) ** 2) / 4)
    assert parts.uncertainty == 0.25
    assert (parts.variance, parts.covariance) == pytest.approx((0, 0))


def test_no_cases_have_no_parts_and_only_empty_bins() -> None:
    nothing = np.empty(0)
    assert math.isnan(decompose_brier(nothing, nothing.astype(bool)).score)
    curve = compute_reliability(nothing, nothing.astype(bool), nothing, bins=3, binning="mass")
    assert [part.state for part in curve.bins] == ["empty"] * 3


@pytest.mark.parametrize(
    "function", [decompose_brier, lambda p, t, **k: compute_reliability(p, t, range(6), **k)]
)
def test_unknown_binning_and_no_bins_are_refused(function) -> None:
    with pytest.raises(ValueError, match="binning"):
        function(PROB, TRUTH, binning="square")
    with pytest.raises(ValueError, match="bins"):
        function(PROB, TRUTH, bins=0)


def test_a_range_is_closed_on_both_sides() -> None:
    found = observe_range(PROB, TRUTH, np.arange(6), low=0.1, high=1.0)
    assert found.cases.tolist() == [2, 1, 3, 4, 5]
    assert found.observed.value == pytest.approx(3 / 5) and found.mean_prob == pytest.approx(0.55)
    empty = observe_range(PROB, TRUTH, np.arange(6), low=0.6, high=0.7)
    assert empty.state == "empty" and not empty.observed.defined
    with pytest.raises(ValueError, match="low and high"):
        observe_range(PROB, TRUTH, np.arange(6), low=0.5, high=0.2)
