"""Medians: by hand, against numpy on repeated cases, against a plain bootstrap, and their refusals."""

from __future__ import annotations

import numpy as np
import pytest

from core.evaluation.medians import TOO_FEW, median_interval, weigh_median
from core.evaluation.resampling import resample_groups


def test_worked_by_hand():
    values = np.array([5.0, 1.0, 3.0])
    weights = np.array([[1, 1, 1], [1, 1, 0], [0, 3, 0], [2, 1, 1], [0, 2, 2.0]])
    assert weigh_median(values, weights).tolist() == [3.0, 3.0, 1.0, 4.0, 2.0]


def test_it_is_the_median_of_the_repeated_cases():
    rng = np.random.default_rng(3)
    values = rng.integers(0, 6, 15).astype(float)
    weights = rng.integers(0, 4, (50, 15)).astype(float)
    weights[:, 0] += 1
    expected = [np.median(np.repeat(values, row.astype(int))) for row in weights]
    assert weigh_median(values, weights).tolist() == expected


def test_limits_are_those_of_a_bootstrap_by_group():
    rng = np.random.default_rng(5)
    values, groups = rng.normal(size=41), rng.integers(0, 17, 41)
    found = median_interval(values, groups, resamples=400, seed=2)
    one_stratum = np.zeros(41, int)
    draws = [
        np.median(values[cases]) for cases in resample_groups(groups, one_stratum, resamples=400, seed=2)
    ]
    assert found.value == np.median(values)
    assert (found.low, found.high) == pytest.approx(tuple(np.quantile(draws, [0.025, 0.975])))
    assert (found.n, found.method) == (41, "bootstrap by group, 400")
    assert median_interval(values, groups, resamples=400, seed=2) == found


def test_images_of_one_lesion_are_one_piece_of_evidence():
    values = np.random.default_rng(1).normal(size=20)
    alone = median_interval(values, np.arange(20), resamples=500)
    thrice = median_interval(np.repeat(values, 3), np.repeat(np.arange(20), 3), resamples=500)
    assert (thrice.low, thrice.high) == (alone.low, alone.high) and thrice.n == 60


def test_what_could_not_be_measured_is_left_out():
    found = median_interval([np.nan, 1.0, 2.0, 9.0], ["a", "b", "c", "d"])
    assert (found.value, found.n) == (2.0, 3)
    nothing = median_interval([np.nan, np.nan], ["a", "b"])
    assert not nothing.defined and nothing.n == 0 and "no case" in nothing.method
    assert not median_interval([], []).defined


def test_too_few_groups_have_no_limits():
    """Of five groups the smallest and the largest value enclose the median in 1 - 2 / 32 = 94 % of draws."""
    five = median_interval([1.0, 2.0, 4.0, 5.0, 6.0, 7.0], list("abcdee"))
    assert five.value == 4.5 and np.isnan(five.low) and np.isnan(five.high) and five.method == TOO_FEW
    assert np.isfinite(median_interval([1.0, 2.0, 4.0, 5.0, 6.0, 7.0], list("abcdef")).low)


def test_limits_never_leave_what_was_measured_and_refusals_say_why():
    found = median_interval([0.9, 1.0, 1.0, 0.8, 0.9, 0.9], list("abcdef"))
    assert found.high <= 1.0 and found.low >= 0.8
    with pytest.raises(ValueError, match=r"must be \(N,\)"):
        median_interval([1.0], ["a", "b"])
    with pytest.raises(ValueError, match="finite or NaN"):
        median_interval([1.0, np.inf], ["a", "b"])
