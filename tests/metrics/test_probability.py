"""ECE, Brier score and negative log likelihood."""

from __future__ import annotations

import math

import numpy as np
import pytest
from sklearn.metrics import brier_score_loss, log_loss

from core.metrics.brier import brier
from core.metrics.ece import compute_bin_index, ece
from core.metrics.nll import SMALLEST, nll


def test_ece_by_hand() -> None:
    # five bins of .2: (.1, .15) one positive of two; (.5) positive; (.9, .95) both negative
    prob = np.array([0.1, 0.15, 0.5, 0.9, 0.95])
    target = np.array([False, True, True, False, False])
    expected = (2 * abs(0.125 - 0.5) + 1 * abs(0.5 - 1) + 2 * abs(0.925 - 0)) / 5
    assert ece(prob, target, bins=5) == pytest.approx(expected)


def test_ece_with_one_bin_is_the_gap_of_the_means() -> None:
    assert ece(np.array([0.2, 0.4, 0.9]), np.array([False, True, True]), bins=1) == pytest.approx(2 / 3 - 0.5)


def test_ece_is_zero_when_every_bin_holds_its_own_share() -> None:
    prob = np.repeat([0.25, 0.75], 8)
    target = np.concatenate([np.arange(8) < 2, np.arange(8) < 6])
    assert ece(prob, target) == pytest.approx(0, abs=1e-15)


def test_ece_tells_positive_probability_from_confidence() -> None:
    # always .1 and nothing positive: the confidence in the right class is .9, the probability is .1 off
    assert ece(np.full(10, 0.1), np.zeros(10, dtype=bool)) == pytest.approx(0.1)


def test_bins_are_closed_below_and_one_belongs_to_the_last() -> None:
    assert compute_bin_index(np.array([0.0, 0.2, 0.19999, 0.8, 1.0]), 5).tolist() == [0, 1, 0, 4, 4]
    with pytest.raises(ValueError, match="bins"):
        ece(np.array([0.5]), np.array([True]), bins=0)


def test_one_shares_the_bin_of_values_just_below_it() -> None:
    # with a bin of its own for 1.0 the gaps .05 and 0.5 would be added, together they cancel in part
    prob, target = np.array([0.98, 1.0]), np.array([True, False])
    assert ece(prob, target) == pytest.approx(abs(0.99 - 0.5))


def test_brier_and_nll_by_hand() -> None:
    prob, target = np.array([0.8, 0.5]), np.array([True, False])
    assert brier(prob, target) == pytest.approx((0.2**2 + 0.5**2) / 2)
    assert nll(prob, target) == pytest.approx(-(math.log(0.8) + math.log(0.5)) / 2)


def test_a_sure_miss_costs_a_finite_amount() -> None:
    assert nll(np.array([0.0]), np.array([True])) == pytest.approx(-math.log(SMALLEST))
    assert nll(np.array([1.0]), np.array([False])) == pytest.approx(-math.log(SMALLEST))


def test_agree_with_scikit_learn() -> None:
    rng = np.random.default_rng(0)
    prob, target = rng.random(300), rng.random(300) < 0.4
    assert brier(prob, target) == pytest.approx(brier_score_loss(target, prob))
    assert nll(prob, target) == pytest.approx(log_loss(target, prob))


def test_perfect_calibration_tends_to_zero_ece() -> None:
    rng = np.random.default_rng(1)
    prob = rng.random(200_000)
    assert ece(prob, rng.random(prob.size) < prob) < 0.01
