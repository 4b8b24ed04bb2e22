"""Equal-mass, class-wise and debiased calibration errors."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.calibration import calibration_curve

from core.metrics.ece import ece
from core.metrics.ece_classwise import ece_classwise
from core.metrics.ece_debiased import ece_debiased
from core.metrics.ece_equal_mass import compute_mass_index, ece_equal_mass


def draw(n: int, seed: int, power: float = 2.0) -> tuple[np.ndarray, np.ndarray]:
    """Probabilities that are right: the truth is drawn from them; mostly small ones."""
    rng = np.random.default_rng(seed)
    prob = rng.random(n) ** power
    return prob, rng.random(n) < prob


def test_equal_mass_by_hand() -> None:
    # two bins of two: (.1, .2) none positive, gap .15; (.3, .9) both positive, gap .4
    prob, target = np.array([0.9, 0.1, 0.3, 0.2]), np.array([True, False, True, False])
    assert ece_equal_mass(prob, target, bins=2) == pytest.approx((2 * 0.15 + 2 * 0.4) / 4)


def test_equal_mass_agrees_with_scikit_learn() -> None:
    prob, target = draw(400, 0)
    bins = 8
    observed, said = calibration_curve(target, prob, n_bins=bins, strategy="quantile")
    assert ece_equal_mass(prob, target, bins) == pytest.approx(np.abs(observed - said).mean(), abs=1e-12)


def test_ties_are_never_parted() -> None:
    prob = np.array([0.2] * 5 + [0.1, 0.6, 0.7])
    assert compute_mass_index(prob, 4).tolist() == [0, 0, 0, 0, 0, 0, 3, 3]
    assert compute_mass_index(np.full(6, 0.3), 4).tolist() == [0] * 6
    assert compute_mass_index(np.array([1.0]), 15).tolist() == [0]


@given(values=st.lists(st.sampled_from([0.0, 0.1, 0.25, 0.5, 0.9, 1.0]), min_size=1, max_size=40))
def test_equal_probabilities_share_a_bin_and_order_is_kept(values: list[float]) -> None:
    prob = np.array(values)
    index = compute_mass_index(prob, 7)
    assert index.min() >= 0 and index.max() < 7
    assert all(len(set(index[prob == value])) == 1 for value in values)
    assert (np.diff(index[np.argsort(prob, kind="stable")]) >= 0).all()


def test_classwise_by_hand() -> None:
    probs = np.array([[0.8, 0.2, 0.0], [0.3, 0.7, 0.0]])
    # class 0: gaps .2 (bin of .8) and .3; class 1: .2 and .3; class 2 has no case and probability 0
    assert ece_classwise(probs, np.array([0, 1])) == pytest.approx((0.25 + 0.25 + 0.0) / 3)


def test_classwise_of_two_classes_is_the_mean_of_both_sides() -> None:
    prob, target = draw(300, 1)
    both = ece_classwise(np.stack([1 - prob, prob], axis=1), target.astype(int))
    assert both == pytest.approx((ece(prob, target) + ece(1 - prob, ~target)) / 2)


def test_debiased_by_hand() -> None:
    # one bin of four: gap .6 - .25; the share's variance is .25 * .75 / 3
    prob, target = np.full(4, 0.6), np.array([True, False, False, False])
    assert ece_debiased(prob, target) == pytest.approx(math.sqrt(0.35**2 - 0.25 * 0.75 / 3))


def test_debiased_is_clipped_at_zero_and_undefined_where_no_bin_has_two_cases() -> None:
    assert ece_debiased(np.full(4, 0.5), np.array([True, True, False, False])) == 0
    assert math.isnan(ece_debiased(np.array([0.5]), np.array([True])))


def test_debiasing_takes_away_most_of_what_chance_adds() -> None:
    plain, debiased = [], []
    for seed in range(200):
        prob, target = draw(300, seed, power=1.0)
        index = compute_mass_index(prob, 15)
        gaps = np.bincount(index, weights=prob - target) / np.bincount(index)
        plain.append(float(np.mean(gaps**2)))
        debiased.append(ece_debiased(prob, target) ** 2)
    # clipping keeps the mean of the debiased ones above 0
    assert np.mean(debiased) < 0.35 * np.mean(plain)


def test_debiased_finds_a_known_error() -> None:
    rng = np.random.default_rng(3)
    prob = rng.uniform(0.2, 0.8, 40_000)
    assert ece_debiased(prob, rng.random(prob.size) < prob - 0.1) == pytest.approx(0.1, abs=0.01)


@pytest.mark.parametrize("metric", [ece_equal_mass, ece_debiased])
def test_perfect_calibration_tends_to_zero(metric) -> None:
    assert metric(*draw(100_000, 4)) < 0.01


@pytest.mark.parametrize("metric", [ece_equal_mass, ece_debiased])
def test_bins_below_one_are_refused(metric) -> None:
    with pytest.raises(ValueError, match="bins"):
        metric(np.array([0.5]), np.array([True]), bins=0)
