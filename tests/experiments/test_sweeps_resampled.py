"""Figures over seeds and their paired differences, against scikit-learn and worked by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest
from sklearn.metrics import average_precision_score, roc_auc_score

from core.experiments.sweeps.resampled import Resampled

COUNT = 120
TRUTH = np.arange(COUNT) % 4 == 0
TARGET = ["mel" if truth else "nv" for truth in TRUTH]
GROUPS = [f"g{place // 2}" for place in range(COUNT)]


def log_odds(skill: float, seed: int):
    return np.random.default_rng(seed).normal(size=COUNT) + skill * TRUTH


def resample(**rows: list) -> Resampled:
    found = Resampled(TARGET, TRUTH, GROUPS, resamples=200)
    for row, runs in rows.items():
        for seed, values in enumerate(runs):
            found.add(row, seed, values)
    return found


def test_figures_are_scikit_learns_averaged_over_seeds():
    runs = [log_odds(1.5, seed) for seed in range(3)]
    figures = resample(a=runs).figures("a")
    for name, score in (("roc_auc", roc_auc_score), ("pr_auc", average_precision_score)):
        expected = [score(TRUTH, values) for values in runs]
        assert figures[name].by_seed == pytest.approx(expected)
        interval = figures[name].interval
        assert interval.value == pytest.approx(np.mean(expected))
        assert interval.low < interval.value < interval.high
        assert interval.n == COUNT
        assert interval.method == "bootstrap of groups and of 3 seeds, 200"


def test_calibration_error_by_hand():
    """All probabilities are 0.5, a quarter is positive."""
    figures = resample(a=[np.zeros(COUNT)]).figures("a")
    assert figures["ece"].interval.value == pytest.approx(0.25)
    assert figures["ece"].interval.method == "bootstrap of groups, one seed, 200"


def test_ties_at_the_bottom_are_a_state_and_not_a_number():
    """A tenth of the positives shares the lowest answer: finding 95 % of them flags every case."""
    values = log_odds(1.0, 0)
    values[np.flatnonzero(TRUTH)[:3]] = values.min()
    figure = resample(a=[log_odds(1.0, 1), values]).figures("a")["specificity_at_95_sensitivity"]
    assert not figure.interval.defined
    assert "unattainable" in figure.interval.method
    assert figure.by_seed[0] > 0 and math.isnan(figure.by_seed[1])


def test_a_row_minus_itself_is_zero_without_width():
    runs = [log_odds(1.0, seed) for seed in range(2)]
    seeds, figures = resample(a=runs, b=runs).difference("a", "b")
    assert seeds == (0, 1)
    for figure in figures.values():
        assert (figure.interval.value, figure.interval.low, figure.interval.high) == (0, 0, 0)


def test_differences_are_paired_and_have_a_sign():
    better, worse = [log_odds(3, seed) for seed in range(3)], [log_odds(0.5, seed) for seed in range(3)]
    resampled = resample(a=better, b=worse)
    _, figures = resampled.difference("a", "b")
    found = figures["roc_auc"].interval
    assert found.low > 0
    one, two = (resampled.figures(row)["roc_auc"].interval for row in "ab")
    assert found.value == pytest.approx(one.value - two.value)
    width = math.hypot(one.high - one.low, two.high - two.low)
    assert found.high - found.low < width  # the noise of the same cases and seeds cancels


def test_one_run_is_compared_with_every_seed():
    runs = [log_odds(1.0, seed) for seed in range(3)]
    resampled = resample(a=runs, teacher=[log_odds(2.0, 9)])
    seeds, figures = resampled.difference("a", "teacher")
    assert seeds == (0, 1, 2)
    expected = np.mean([roc_auc_score(TRUTH, run) for run in runs]) - roc_auc_score(TRUTH, log_odds(2.0, 9))
    assert figures["roc_auc"].interval.value == pytest.approx(expected)


def test_only_seeds_that_both_have_are_compared():
    resampled = resample(a=[log_odds(1, 0), log_odds(1, 1)])
    resampled.add("b", 1, log_odds(2, 1))
    resampled.add("b", 2, log_odds(2, 2))
    seeds, _ = resampled.difference("a", "b")
    assert seeds == (1,)
    assert resampled.difference("a", "nobody") == ((), {})
    assert resampled.figures("nobody") == {}
