"""The cheapest threshold, found by looking at all of them, and the two ends where no network is needed."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.evaluation.costs import choose_lowest_cost, compute_cost_curve, compute_theoretical_threshold
from core.evaluation.thresholds import compute_threshold_table
from core.types import FLAG_EVERYONE, FLAG_NOBODY, ThresholdChoice

PROB = np.array([0.9, 0.6, 0.6, 0.2, 0.1])
TRUTH = np.array([True, True, False, False, False])


def choose(prob: np.ndarray, truth: np.ndarray, **options: float) -> ThresholdChoice:
    return choose_lowest_cost(prob, truth, np.arange(len(prob)), chosen_on="validation", **options)


def test_by_hand() -> None:
    table = compute_threshold_table(PROB, TRUTH, np.arange(5), prevalence=0.1)
    curve = compute_cost_curve(table, cost_ratio=9)
    # 100 of 1,000 have it: a threshold of .6 misses none and refers 300 of 900, one of .9 misses 50 at 9 each
    assert curve.cost_per_1000.tolist() == pytest.approx([900, 600, 300, 450, 900])
    assert (curve.everyone, curve.nobody, curve.theoretical_threshold) == pytest.approx((900, 900, 0.1))
    assert np.all((curve.low <= curve.cost_per_1000) & (curve.cost_per_1000 <= curve.high))
    choice = choose(PROB, TRUTH, prevalence=0.1, cost_ratio=9)
    assert (choice.state, choice.threshold, choice.tied) == ("chosen", 0.6, 2)
    assert "2 cases (1 positive) share the probability 0.6" in choice.words
    assert "300 needless referrals for every 1,000 (everyone flagged 900, nobody 900)" in choice.words
    # 40 % of these cases are positive: odds of 1 to 9, times 2 to 3, times 9
    assert "calibrated on these cases would put it at 0.4." in choice.words
    assert choice.point is not None and choice.point.sensitivity.value == 1


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1),
    ratio=st.floats(0.01, 500),
    prevalence=st.floats(0.001, 0.9),
    levels=st.integers(1, 30),
)
def test_nothing_is_cheaper(seed: int, ratio: float, prevalence: float, levels: int) -> None:
    rng = np.random.default_rng(seed)
    truth = rng.permutation(np.arange(40) < 10)
    prob = np.round(np.clip(rng.normal(0.3 + 0.3 * truth, 0.3), 0, 1) * levels) / levels

    def cost(threshold: float) -> float:
        missed, referred = np.mean(prob[truth] < threshold), np.mean(prob[~truth] >= threshold)
        return 1000 * float(ratio * prevalence * missed + (1 - prevalence) * referred)

    choice = choose(prob, truth, cost_ratio=ratio, prevalence=prevalence)
    every = [FLAG_EVERYONE, *np.unique(prob), FLAG_NOBODY]
    assert cost(choice.threshold) <= min(map(cost, every)) + 1e-6
    if choice.state == "chosen":
        assert 0 < np.mean(prob >= choice.threshold) < 1
    else:
        assert choice.point is None and choice.state in ("flag_everyone", "flag_nobody")


def test_a_threshold_as_dear_as_flagging_everyone_is_none() -> None:
    """Positives .2 and .8, negatives .2 twice, a miss as dear as two referrals: 500 either way."""
    prob, truth = np.array([0.2, 0.8, 0.2, 0.2]), np.array([True, True, False, False])
    choice = choose(prob, truth, cost_ratio=2)
    assert (choice.state, choice.point) == ("flag_everyone", None)
    assert choose(prob, truth, cost_ratio=1.999).threshold == 0.8


def test_both_ends_are_said_in_words() -> None:
    everyone = choose(PROB, ~TRUTH, cost_ratio=1000)
    assert (everyone.state, everyone.threshold) == ("flag_everyone", FLAG_EVERYONE)
    assert everyone.words.startswith("Flagging everyone is cheapest, with a miss as dear as 1000 referrals")
    nobody = choose(PROB, ~TRUTH, cost_ratio=0.001)
    assert (nobody.state, nobody.threshold) == ("flag_nobody", FLAG_NOBODY)
    assert "nobody is cheapest" in nobody.words


def test_dearer_misses_never_raise_the_threshold() -> None:
    rng = np.random.default_rng(1)
    truth = np.arange(200) < 60
    prob = np.clip(rng.normal(0.3 + 0.3 * truth, 0.2), 0, 1)
    found = [choose(prob, truth, cost_ratio=ratio).threshold for ratio in (0.1, 1, 5, 20, 100, 1000)]
    assert found == sorted(found, reverse=True)


def test_calibrated_probabilities_meet_the_theory() -> None:
    rng = np.random.default_rng(2)
    prob = rng.beta(0.8, 3, 60_000)
    truth = rng.random(prob.size) < prob
    assert choose(prob, truth, cost_ratio=4).threshold == pytest.approx(0.2, abs=0.03)
    shifted = compute_theoretical_threshold(4, calibrated_at=float(truth.mean()), prevalence=0.02)
    assert choose(prob, truth, cost_ratio=4, prevalence=0.02).threshold == pytest.approx(shifted, abs=0.06)
    assert compute_theoretical_threshold(19) == pytest.approx(0.05)
    assert compute_theoretical_threshold(4, calibrated_at=0.3, prevalence=0.3) == pytest.approx(0.2)


def test_one_class_has_no_cheapest_threshold() -> None:
    choice = choose(PROB, np.ones(5, dtype=bool), cost_ratio=5)
    assert choice.state == "unattainable" and np.isnan(choice.threshold)
    assert choice.words == "No cost can be weighed: 5 cases, 5 of them positive."


@pytest.mark.parametrize("ratio", [0, -1, float("inf"), float("nan")])
def test_a_ratio_that_is_none_is_refused(ratio: float) -> None:
    with pytest.raises(ValueError, match="cost_ratio"):
        choose(PROB, TRUTH, cost_ratio=ratio)
    with pytest.raises(ValueError, match="prevalence"):
        compute_theoretical_threshold(2, calibrated_at=0.2, prevalence=0)
