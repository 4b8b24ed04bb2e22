"""Metrics of weighted cases: the metric of the repeated cases, and what scikit-learn makes of the weights."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics as sk

from core.evaluation.weighted import _OF_RANKS, _OF_SUMS, WeightedMetrics, choose_function
from core.evaluation.weighted_ranks import Ranking
from core.metrics.base import METRICS
from core.metrics.sensitivity_at_specificity import sensitivity_at_specificity
from core.metrics.specificity_at_sensitivity import specificity_at_sensitivity

BINARY = tuple(name for name, entry in METRICS if entry.needs != "probs")
OF_CLASSES = tuple(name for name, entry in METRICS if entry.needs == "probs")
WORST_CASE = {
    "specificity_at_95_sensitivity": specificity_at_sensitivity,
    "sensitivity_at_90_specificity": sensitivity_at_specificity,
}
CASES = st.lists(
    st.tuples(st.integers(0, 10), st.booleans(), st.lists(st.integers(0, 3), min_size=3, max_size=3)),
    min_size=1,
    max_size=40,
)


def expected_of(name: str, prob: np.ndarray, target: np.ndarray, threshold: float) -> float:
    if name in WORST_CASE:
        return WORST_CASE[name](prob, target, unattainable=0.0)
    return choose_function(name, threshold)(prob, target)


def test_every_figure_of_a_report_has_a_fast_form() -> None:
    from core.evaluation.report import BINARY as REPORTED
    from core.evaluation.report import EVERY_CLASS

    assert not {*REPORTED, *EVERY_CLASS, "nll"} - {*_OF_SUMS, *_OF_RANKS}
    assert not {*_OF_SUMS, *_OF_RANKS} - set(METRICS.names())


@settings(max_examples=150, deadline=None)
@given(cases=CASES, threshold=st.sampled_from([0.0, 0.1, 0.35, 0.5, 1.0]))
def test_every_binary_metric_is_that_of_the_repeated_cases(
    cases: list[tuple[int, bool, list[int]]], threshold: float
) -> None:
    prob = np.array([level / 10 for level, _, _ in cases])
    target = np.array([positive for _, positive, _ in cases])
    weights = np.array([times for _, _, times in cases], dtype=np.float64).T.copy()
    found = WeightedMetrics(BINARY, prob, target, threshold=threshold)(weights)
    assert tuple(found) == BINARY
    for row, times in enumerate(weights.astype(int)):
        repeated = np.repeat(prob, times), np.repeat(target, times)
        for name in BINARY:
            expected = expected_of(name, *repeated, threshold)
            assert found[name][row] == pytest.approx(expected, nan_ok=True, abs=1e-12), name


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 10_000), n=st.integers(1, 40), classes=st.integers(2, 5))
def test_every_metric_of_all_classes_is_that_of_the_repeated_cases(seed: int, n: int, classes: int) -> None:
    rng = np.random.default_rng(seed)
    probs = np.floor(rng.dirichlet(np.ones(classes), n) * 8) / 8
    probs[:, -1] += 1 - probs.sum(axis=1)
    target, weights = rng.integers(0, classes, n), rng.integers(0, 3, (4, n)).astype(np.float64)
    found = WeightedMetrics(OF_CLASSES, probs, target)(weights)
    for row, times in enumerate(weights.astype(int)):
        for name in OF_CLASSES:
            expected = METRICS.get(name).function(np.repeat(probs, times, axis=0), np.repeat(target, times))
            assert found[name][row] == pytest.approx(expected, nan_ok=True, abs=1e-12), name


@settings(max_examples=80, deadline=None)
@given(seed=st.integers(0, 10_000), levels=st.sampled_from([4, 30, 10**6]))
def test_same_as_scikit_learn_with_any_sample_weights(seed: int, levels: int) -> None:
    rng = np.random.default_rng(seed)
    prob, target = rng.integers(0, levels, 60) / levels, rng.permutation(np.arange(60) < 20)
    weights = rng.gamma(1.0, size=(3, 60))
    names = ("roc_auc", "pr_auc", "brier", "nll", "sensitivity", "ppv", "balanced_accuracy")
    found = WeightedMetrics(names, prob, target, threshold=0.4)(weights)
    flagged = prob >= 0.4
    for row, weight in enumerate(weights):
        theirs = {
            "roc_auc": sk.roc_auc_score(target, prob, sample_weight=weight),
            "pr_auc": sk.average_precision_score(target, prob, sample_weight=weight),
            "brier": sk.brier_score_loss(target, prob, sample_weight=weight),
            "nll": sk.log_loss(target, prob, sample_weight=weight),
            "sensitivity": sk.recall_score(target, flagged, sample_weight=weight),
            "ppv": sk.precision_score(target, flagged, sample_weight=weight),
            "balanced_accuracy": sk.balanced_accuracy_score(target, flagged, sample_weight=weight),
        }
        assert {name: values[row] for name, values in found.items()} == pytest.approx(theirs, abs=1e-12)


def test_by_hand() -> None:
    # positives .2 (twice), .8; negatives .2, .6 (three times): pairs in order 0, ties 2 of 12; .8 beats 4
    prob, target = np.array([0.2, 0.8, 0.2, 0.6]), np.array([True, True, False, False])
    weights = np.array([[2.0, 1.0, 1.0, 3.0], [0.0, 1.0, 0.0, 0.0]])
    names = ("roc_auc", "pr_auc", "sensitivity", "specificity", "ece")
    found = WeightedMetrics(names, prob, target, threshold=0.5)(weights)
    assert found["roc_auc"][0] == pytest.approx((0.5 * 2 + 4) / 12)
    assert found["pr_auc"][0] == pytest.approx((1 / 3) * 1 + (2 / 3) * (3 / 7))
    assert (found["sensitivity"][0], found["specificity"][0]) == (pytest.approx(1 / 3), 0.25)
    # bins of .2 (three cases, two positive), of .6 (three negatives), of .8 (one positive)
    assert found["ece"][0] == pytest.approx((abs(3 * 0.2 - 2) + 3 * 0.6 + 0.2) / 7)
    assert np.isnan([found[name][1] for name in ("roc_auc", "pr_auc", "specificity")]).all()
    assert (found["sensitivity"][1], found["ece"][1]) == (1.0, pytest.approx(0.2))


def test_wrong_requests_are_refused() -> None:
    prob, target = np.linspace(0, 1, 5), np.arange(5) > 2
    with pytest.raises(ValueError, match="same probabilities"):
        WeightedMetrics(("roc_auc", "macro_auc"), prob, target)
    with pytest.raises(ValueError, match="threshold must be given for ppv"):
        WeightedMetrics(("roc_auc", "ppv"), prob, target)
    with pytest.raises(ValueError, match="threshold must lie"):
        WeightedMetrics(("ppv",), prob, target, threshold=1.5)
    with pytest.raises(TypeError, match="bool"):
        WeightedMetrics(("roc_auc",), prob, target.astype(int))


@pytest.mark.parametrize("share", [0.07, 0.55, 0.9, 0.95, 1.0])  # .55 of 100 is 55.00000000000001
def test_rates_at_a_fixed_rate_count_whole_cases(share: float) -> None:
    rng = np.random.default_rng(0)
    prob, target = rng.random(200), np.arange(200) < 100
    ranked = Ranking(prob, target).weigh(np.ones((1, 200)))
    assert ranked.specificity_at(share)[0] == specificity_at_sensitivity(prob, target, share, 0.0)
    assert ranked.sensitivity_at(share)[0] == sensitivity_at_specificity(prob, target, share, 0.0)
