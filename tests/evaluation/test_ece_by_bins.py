"""ECE against the number of bins, with both bands."""

from __future__ import annotations

import numpy as np
import pytest

from core.evaluation.ece_by_bins import compute_ece_by_bins
from core.metrics.ece import ece
from core.metrics.ece_equal_mass import ece_equal_mass
from tests.evaluation.slow_bootstrap import bootstrap_interval


def draw(n: int, seed: int = 0, shift: float = 0.0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    prob = 0.2 + 0.6 * rng.random(n)
    return prob, rng.random(n) < prob + shift


@pytest.mark.parametrize(("binning", "metric"), [("width", ece), ("mass", ece_equal_mass)])
def test_values_are_the_metric_s(binning, metric) -> None:
    prob, truth = draw(200)
    found = compute_ece_by_bins(
        prob, truth, np.arange(200), binning=binning, choices=(1, 7, 15), resamples=20
    )
    assert found.ece == pytest.approx([metric(prob, truth, bins) for bins in (1, 7, 15)], abs=1e-12)
    assert found.bins.tolist() == [1, 7, 15] and found.n == 200


def test_limits_are_those_of_the_bootstrap() -> None:
    prob, truth = draw(150, 1)
    groups = np.arange(150) // 2
    found = compute_ece_by_bins(prob, truth, groups, choices=(15,), resamples=200, seed=5)
    slow = bootstrap_interval(
        ece, (prob, truth), groups=groups, strata=truth, seed=5, resamples=200, bounds=(0, 1), limits="basic"
    )
    assert (found.low[0], found.high[0]) == pytest.approx((slow.low, slow.high), abs=1e-12)


def test_a_calibrated_network_lies_in_the_band_of_chance_and_a_wrong_one_above() -> None:
    right = compute_ece_by_bins(*draw(400, 2), np.arange(400), resamples=300)
    assert (right.ece <= right.chance_high).mean() > 0.9
    wrong = compute_ece_by_bins(*draw(400, 2, shift=0.2), np.arange(400), resamples=300)
    assert (wrong.ece > wrong.chance_high).all()
    assert (right.chance_low <= right.chance_mid).all() and (right.chance_mid <= right.chance_high).all()


def test_chance_adds_more_with_more_bins_and_fewer_cases() -> None:
    few = compute_ece_by_bins(*draw(100), np.arange(100), choices=(5, 50), resamples=200)
    many = compute_ece_by_bins(*draw(10_000), np.arange(10_000), choices=(5, 50), resamples=50)
    assert few.chance_mid[1] > few.chance_mid[0]
    assert (many.chance_mid < few.chance_mid / 5).all()


@pytest.mark.parametrize("binning", ["width", "mass"])
def test_chance_band_covers_as_it_says(binning) -> None:
    rng = np.random.default_rng(7)
    prob = rng.random(150) ** 2
    inside = 0
    for seed in range(200):
        truth = rng.random(150) < prob
        band = compute_ece_by_bins(
            prob, truth, np.arange(150), binning=binning, choices=(12,), resamples=200, seed=seed
        )
        inside += band.chance_low[0] <= band.ece[0] <= band.chance_high[0]
    assert 0.89 < inside / 200 < 0.995


def test_chance_band_covers_as_it_says_where_images_of_a_lesion_turn_out_alike() -> None:
    """Four images a lesion; a band of independent cases holds a calibrated network in 13 % of studies."""
    rng = np.random.default_rng(8)
    lesion = np.repeat(np.arange(40), 4)
    prob = np.repeat(rng.random(40), 4)
    inside = 0
    for seed in range(150):
        truth = rng.random(40)[lesion] < prob
        band = compute_ece_by_bins(prob, truth, lesion, choices=(10,), resamples=150, seed=seed)
        inside += band.chance_low[0] <= band.ece[0] <= band.chance_high[0]
    assert inside / 150 > 0.89


def test_chance_band_is_the_binomial_one_with_one_bin() -> None:
    """Fifty cases of probability .3: the gap is |k / 50 - .3| with k binomial."""
    band = compute_ece_by_bins(
        np.full(50, 0.3), np.arange(50) < 15, np.arange(50), choices=(1,), resamples=4000
    )
    gaps = np.abs(np.random.default_rng(0).binomial(50, 0.3, 200_000) / 50 - 0.3)
    expected = np.quantile(gaps, [0.025, 0.5, 0.975])
    assert (band.chance_low[0], band.chance_mid[0], band.chance_high[0]) == pytest.approx(expected, abs=1e-9)


def test_one_case_and_one_class_are_no_trouble() -> None:
    one = compute_ece_by_bins(np.array([1.0]), np.array([False]), ["a"], resamples=5)
    assert one.ece == pytest.approx(np.ones(46))
    same = compute_ece_by_bins(np.full(20, 0.3), np.zeros(20, bool), range(20), resamples=5)
    assert same.ece == pytest.approx(np.full(46, 0.3)) and same.low == pytest.approx(same.high)


def test_nothing_to_measure_is_refused() -> None:
    with pytest.raises(ValueError, match="empty"):
        compute_ece_by_bins(np.empty(0), np.empty(0, bool), [])
    with pytest.raises(ValueError, match="bins"):
        compute_ece_by_bins(*draw(10), range(10), choices=(0,), resamples=5)
