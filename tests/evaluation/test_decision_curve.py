"""Net benefit is that of dcurves, with and without another prevalence; limits are those of a plain loop."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from dcurves import dca

from core.evaluation.decision_curve import compare_net_benefit, compute_decision_curve, rebase
from core.evaluation.resampling import resample_groups

CUTS = np.array([0.0, 0.05, 0.1, 0.25, 0.5, 0.9])


def draw(seed: int, n: int = 120) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    truth = rng.permutation(np.arange(n) < n // 4)
    prob = np.round(np.clip(rng.normal(0.2 + 0.3 * truth, 0.2), 0, 1), 2)
    return prob, truth, np.repeat(np.arange(n // 2), 2)


@pytest.mark.parametrize("prevalence", [None, 0.02, 0.4])
def test_equals_dcurves(prevalence: float | None) -> None:
    prob, truth, groups = draw(0)
    curve = compute_decision_curve(prob, truth, groups, thresholds=CUTS, prevalence=prevalence, resamples=20)
    frame = pd.DataFrame({"truth": truth, "model": prob})
    found = dca(frame, "truth", ["model"], thresholds=CUTS, prevalence=prevalence)
    for model, ours in (("model", curve.net_benefit), ("all", curve.treat_all), ("none", curve.treat_none)):
        theirs = found[found["model"] == model].sort_values("threshold")["net_benefit"]
        np.testing.assert_allclose(ours, theirs, atol=1e-12)
    assert np.all((curve.low <= curve.net_benefit) & (curve.net_benefit <= curve.high))


def test_by_hand() -> None:
    curve = compute_decision_curve(
        np.array([0.9, 0.3, 0.6, 0.1]),
        np.array([True, True, False, False]),
        np.arange(4),
        thresholds=np.array([0.2, 0.5]),
        resamples=5,
    )
    # at .2: both found, one of two referred needlessly at a quarter each; at .5: one found, one referred at 1
    assert curve.net_benefit.tolist() == pytest.approx([0.5 - 0.25 * 0.25, 0.25 - 0.25])
    assert curve.treat_all.tolist() == pytest.approx([0.5 - 0.5 * 0.25, 0])
    assert curve.method == "bootstrap by case, 5"


def test_limits_are_those_of_a_plain_loop() -> None:
    prob, truth, groups = draw(1)
    other, pi = np.clip(prob + np.random.default_rng(5).normal(0, 0.1, prob.size), 0, 1), 0.1

    def net_benefit(p: np.ndarray, t: np.ndarray) -> np.ndarray:
        flagged = p[:, None] >= CUTS
        return pi * flagged[t].mean(0) - (1 - pi) * flagged[~t].mean(0) * CUTS / (1 - CUTS)

    options = {"thresholds": CUTS, "prevalence": pi, "resamples": 200, "seed": 3}
    chosen = list(resample_groups(groups, truth, resamples=200, seed=3))
    curve = compute_decision_curve(prob, truth, groups, **options)
    draws = np.array([net_benefit(prob[i], truth[i]) for i in chosen])
    expected = np.quantile(draws, [0.025, 0.975], axis=0)
    np.testing.assert_allclose(curve.low, np.minimum(expected[0], curve.net_benefit), atol=1e-12)
    np.testing.assert_allclose(curve.high, np.maximum(expected[1], curve.net_benefit), atol=1e-12)
    draws -= np.array([net_benefit(other[i], truth[i]) for i in chosen])
    expected = np.quantile(draws, [0.025, 0.975], axis=0)
    found = compare_net_benefit(prob, other, truth, groups, **options)
    value = net_benefit(prob, truth) - net_benefit(other, truth)
    assert [interval.value for interval in found] == pytest.approx(value)
    assert [interval.low for interval in found] == pytest.approx(np.minimum(expected[0], value))
    assert [interval.high for interval in found] == pytest.approx(np.maximum(expected[1], value))
    assert found[0].method == "bootstrap by group, 200"


def test_a_network_does_not_differ_from_itself() -> None:
    prob, truth, groups = draw(2)
    for found in compare_net_benefit(prob, prob, truth, groups, thresholds=CUTS, resamples=20):
        assert (found.value, found.low, found.high) == (0, 0, 0)


def test_rebased_probabilities_by_hand_and_there_and_back() -> None:
    # at half and half a probability of .5 is the prior; odds of 1 become odds of 1 to 9
    moved = rebase(np.array([0.0, 0.5, 0.9, 1.0]), measured_at=0.5, prevalence=0.1)
    assert moved.tolist() == pytest.approx([0, 0.1, 0.5, 1])
    prob = draw(4)[0]
    np.testing.assert_allclose(
        rebase(rebase(prob, measured_at=0.2, prevalence=0.01), measured_at=0.01, prevalence=0.2), prob
    )
    with pytest.raises(ValueError, match="prevalence"):
        rebase(prob, measured_at=0.2, prevalence=1.0)


def test_rebasing_makes_a_calibrated_network_worth_its_while_elsewhere() -> None:
    rng = np.random.default_rng(6)
    prob = rng.beta(0.8, 3.0, 40_000)
    truth = rng.random(prob.size) < prob
    moved = rebase(prob, measured_at=float(truth.mean()), prevalence=0.02)
    options = {"thresholds": np.array([0.02, 0.05, 0.1]), "prevalence": 0.02, "resamples": 2}
    before = compute_decision_curve(prob, truth, np.arange(prob.size), **options)
    after = compute_decision_curve(moved, truth, np.arange(prob.size), **options)
    assert np.all(before.net_benefit[1:] < 0) and np.all(after.net_benefit[1:] > 0)
    assert np.all(after.net_benefit > after.treat_all)


@pytest.mark.parametrize(("truth", "words"), [([True, True], "one class"), ([], "no cases")])
def test_one_class_is_a_state(truth: list[bool], words: str) -> None:
    prob, target, groups = np.full(len(truth), 0.4), np.array(truth, dtype=bool), np.arange(len(truth))
    curve = compute_decision_curve(prob, target, groups, thresholds=CUTS)
    assert not curve.defined and np.isnan(curve.net_benefit).all() and words in curve.method
    differences = compare_net_benefit(prob, prob, target, groups, thresholds=CUTS)
    assert len(differences) == len(CUTS) and all(words in found.method for found in differences)


def test_arguments_that_make_no_sense() -> None:
    prob, truth, groups = draw(3)
    with pytest.raises(ValueError, match="below 1"):
        compute_decision_curve(prob, truth, groups, thresholds=np.array([1.0]))
    with pytest.raises(ValueError, match="level"):
        compute_decision_curve(prob, truth, groups, thresholds=CUTS, level=2, resamples=2)
    with pytest.raises(ValueError, match="resamples"):
        compare_net_benefit(prob, prob, truth, groups, thresholds=CUTS, resamples=0)
