"""Sensitivity at matched specificity: by hand, against numpy's interpolation, and in every resample."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import roc_curve

from core.evaluation.matched import WeightedRoc, match_specificity, read_sensitivity
from core.evaluation.resampling import resample_groups


def draw(seed: int, n: int = 60, levels: int = 12) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    truth = rng.permutation(np.arange(n) < n // 3)
    return np.round(np.clip(rng.normal(0.3 + 0.3 * truth, 0.25), 0, 1) * levels) / levels, truth


def read(prob: np.ndarray, truth: np.ndarray, alarms: float) -> float:
    curve = WeightedRoc(prob, truth).running_counts(np.ones((1, prob.size)))
    return float(read_sensitivity(*curve, np.array([alarms]))[0])


def test_by_hand() -> None:
    # from the top: a positive, a tie of one of each, a positive, a negative
    prob = np.array([0.9, 0.7, 0.7, 0.4, 0.1])
    truth = np.array([True, True, False, True, False])
    assert read(prob, truth, 0) == pytest.approx(1 / 6)  # straight up from 0 to 1/3: the middle
    assert read(prob, truth, 0.5) == pytest.approx(0.5)  # half way along the tie, from 1/3 to 2/3
    assert read(prob, truth, 1) == pytest.approx(5 / 6)  # straight up from 2/3 to 1
    assert read(prob, truth, 2) == 1


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), levels=st.integers(1, 40), share=st.floats(0, 1))
def test_is_the_line_between_points_of_scikit_learn(seed: int, levels: int, share: float) -> None:
    prob, truth = draw(seed, levels=levels)
    x, y, _ = roc_curve(truth, prob, drop_intermediate=False)
    upper = dict(zip(x, y, strict=True))  # of points above each other the upper one
    lower = dict(zip(x[::-1], y[::-1], strict=True))
    alarms = share * np.count_nonzero(~truth)
    at = alarms / np.count_nonzero(~truth)
    if at in upper:
        assert read(prob, truth, alarms) == pytest.approx((upper[at] + lower[at]) / 2)
        return
    left, right = max(a for a in upper if a < at), min(a for a in upper if a > at)
    expected = upper[left] + (at - left) / (right - left) * (lower[right] - upper[left])
    assert read(prob, truth, alarms) == pytest.approx(expected, abs=1e-9)


def test_every_resample_is_matched_anew() -> None:
    (prob, truth), groups = draw(1), np.repeat(np.arange(30), 2)
    other = np.clip(prob + np.random.default_rng(9).normal(0, 0.2, 60), 0, 1)
    flags = other >= 0.5
    found = match_specificity({"strategy": flags}, {"network": prob}, truth, groups, resamples=60, seed=4)[
        "strategy", "network"
    ]
    chosen = [np.arange(60), *resample_groups(groups, truth, resamples=60, seed=4)]
    single = [read(prob[i], truth[i], np.count_nonzero(flags[i] & ~truth[i])) for i in chosen]
    np.testing.assert_allclose(found.single, single, atol=1e-12)
    gain = [flags[i][truth[i]].mean() - s for i, s in zip(chosen, single, strict=True)]
    np.testing.assert_allclose(found.gain, gain, atol=1e-12)


def test_a_network_gains_nothing_over_one_that_is_as_good() -> None:
    """300 studies of two networks of equal skill; the mean gain is 0 within four standard errors."""
    rng = np.random.default_rng(0)
    truth = np.arange(150) < 50
    gains = []
    for seed in range(300):
        first, second = (1 / (1 + np.exp(-rng.normal(1.5 * truth, 1.0))) for _ in range(2))
        found = match_specificity(
            {"flags": first >= 0.7}, {"other": second}, truth, np.arange(150), resamples=1, seed=seed
        )
        gains.append(found["flags", "other"].gain[0])
    assert abs(np.mean(gains)) < 4 * np.std(gains) / np.sqrt(300) < 0.03
