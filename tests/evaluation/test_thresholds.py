"""Every threshold at once: counts, figures and limits, against scikit-learn, statsmodels and by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import confusion_matrix
from statsmodels.stats.proportion import proportion_confint

from core.evaluation.thresholds import compute_threshold_table
from core.types import FIGURES, FLAG_NOBODY, ThresholdTable


def draw(seed: int, n: int = 80, levels: int = 1000) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    truth = rng.permutation(np.arange(n) < n // 4)
    return np.round(np.clip(rng.normal(0.3 + 0.3 * truth, 0.2), 0, 1) * levels) / levels, truth


def tabulate(prob, truth, **options) -> ThresholdTable:  # type: ignore[no-untyped-def]
    return compute_threshold_table(np.asarray(prob), np.asarray(truth), np.arange(len(prob)), **options)


def test_by_hand() -> None:
    table = tabulate([0.9, 0.6, 0.6, 0.2, 0.1], [True, True, False, False, False], prevalence=0.1)
    assert table.thresholds.tolist() == [0.1, 0.2, 0.6, 0.9, FLAG_NOBODY]
    assert table.true_positives.tolist() == [2, 2, 2, 1, 0]
    assert table.false_positives.tolist() == [3, 2, 1, 0, 0]
    row = table.row_of(0.5)
    assert table.thresholds[row] == 0.6 and table.row_of(0.6) == row and table.row_of(1.0) == 4
    # at 10 %: 100 people with the finding, all found; 300 of the 900 others flagged
    assert table.flagged_per_1000[row] == pytest.approx(400)
    assert table.ppv[row] == pytest.approx(100 / 400) and table.npv[row] == 1
    assert table.missed_per_1000.tolist() == pytest.approx([0, 0, 0, 50, 100])
    assert table.npv[3] == pytest.approx(900 / 950)
    assert (table.own_prevalence, table.prevalence) == (False, 0.1)


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), threshold=st.floats(0, 1), levels=st.integers(1, 30))
def test_counts_are_those_of_scikit_learn(seed: int, threshold: float, levels: int) -> None:
    prob, truth = draw(seed, levels=levels)
    given_table = tabulate(prob, truth, thresholds=np.array([threshold]))
    every = tabulate(prob, truth)
    for table, row in ((given_table, 0), (every, every.row_of(threshold))):
        (tn, fp), (fn, tp) = confusion_matrix(truth, prob >= threshold, labels=[False, True])
        found = (table.true_negatives, table.false_positives, table.false_negatives, table.true_positives)
        assert [column[row] for column in found] == [tn, fp, fn, tp]
    if tp + fp:
        assert given_table.ppv[0] == pytest.approx(tp / (tp + fp))
    if tn + fn:
        assert given_table.npv[0] == pytest.approx(tn / (tn + fn))
    assert given_table.flagged_per_1000[0] == pytest.approx(1000 * (tp + fp) / len(prob))


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1),
    n=st.integers(4, 60),
    levels=st.integers(1, 40),
    prevalence=st.floats(1e-4, 0.9999),
)
def test_limits_stay_in_bounds_and_around_the_value(
    seed: int, n: int, levels: int, prevalence: float
) -> None:
    table = tabulate(*draw(seed, n, levels), prevalence=prevalence)
    assert np.all(np.diff(table.sensitivity) <= 0) and np.all(np.diff(table.specificity) >= 0)
    counts = (table.true_positives, table.false_positives, table.false_negatives, table.true_negatives)
    assert np.all(sum(counts) == n)
    for figure in FIGURES:
        value, low, high = table.values(figure)
        defined = np.isfinite(value)
        top = 1000 if figure.endswith("1000") else 1
        assert np.array_equal(defined, np.isfinite(low)) and np.array_equal(defined, np.isfinite(high))
        assert np.all((low >= 0) & (low <= value) & (value <= high) & (high <= top) | ~defined)
        for row in np.flatnonzero(~defined):
            assert table.interval(figure, row).method == table.explain_undefined(figure, row) != ""
    undefined = np.isnan(table.ppv)
    np.testing.assert_array_equal(undefined, table.thresholds == FLAG_NOBODY)
    np.testing.assert_array_equal(np.isnan(table.npv), np.arange(len(undefined)) == 0)


def test_limits_are_wilson_of_statsmodels() -> None:
    prob, truth = draw(3)
    table = tabulate(prob, truth, level=0.9, prevalence=0.02)
    low, high = proportion_confint(table.true_positives, truth.sum(), alpha=0.1, method="wilson")
    np.testing.assert_allclose(table.sensitivity_low, np.clip(low, 0, 1), atol=1e-12)
    np.testing.assert_allclose(table.sensitivity_high, np.clip(high, 0, 1), atol=1e-12)
    np.testing.assert_allclose(table.missed_per_1000_low, 20 * (1 - table.sensitivity_high))
    low, high = proportion_confint(table.true_negatives, (~truth).sum(), alpha=0.1, method="wilson")
    np.testing.assert_allclose(table.specificity_low, np.clip(low, 0, 1), atol=1e-12)
    np.testing.assert_allclose(table.specificity_high, np.clip(high, 0, 1), atol=1e-12)


def test_groups_are_the_observations() -> None:
    prob, truth = draw(4)
    single = tabulate(prob, truth)
    doubled = compute_threshold_table(np.tile(prob, 2), np.tile(truth, 2), np.tile(np.arange(80), 2))
    np.testing.assert_array_equal(doubled.ppv_low, single.ppv_low)
    np.testing.assert_array_equal(doubled.sensitivity_high, single.sensitivity_high)
    assert doubled.interval("sensitivity", 3).method == "Wilson, 20 groups"
    assert doubled.interval("specificity", 3).n == 120


def test_predictive_values_hold_what_their_limits_promise() -> None:
    """800 simulated studies a row; binomial noise of a coverage of .95 is about .008."""
    rng = np.random.default_rng(0)
    for positives, prevalence, sensitivity, specificity in (
        (30, 0.02, 0.9, 0.8),
        (100, 0.2, 0.8, 0.95),
        (300, 0.01, 0.95, 0.6),
    ):
        negatives, covered = 4 * positives, {"ppv": 0, "npv": 0, "flagged_per_1000": 0}
        found = prevalence * sensitivity, (1 - prevalence) * (1 - specificity)
        truth_of = {
            "ppv": found[0] / sum(found),
            "npv": 1 / (1 + prevalence * (1 - sensitivity) / ((1 - prevalence) * specificity)),
            "flagged_per_1000": 1000 * sum(found),
        }
        truth = np.arange(positives + negatives) < positives
        for _ in range(800):
            hit = rng.random(truth.size) < np.where(truth, sensitivity, 1 - specificity)
            table = tabulate(hit * 0.8, truth, thresholds=np.array([0.5]), prevalence=prevalence)
            for name in covered:
                _, low, high = table.values(name)
                covered[name] += low[0] <= truth_of[name] <= high[0]
        assert all(0.925 <= count / 800 <= 0.985 for count in covered.values()), covered


@pytest.mark.parametrize(
    ("prob", "truth", "figure", "words"),
    [
        ([0.2, 0.4], [False, False], "sensitivity", "no case is positive"),
        ([0.2, 0.4], [False, False], "ppv", "no case is positive"),
        ([0.2, 0.4], [True, True], "specificity", "every case is positive"),
        ([0.2, 0.4], [True, True], "flagged_per_1000", "every case is positive"),
        ([0.2, 0.4], [True, False], "ppv", "no case is flagged at this threshold"),
        ([], [], "npv", "no cases"),
    ],
)
def test_what_is_undefined_says_why(prob, truth, figure, words) -> None:  # type: ignore[no-untyped-def]
    table = tabulate(prob, np.array(truth, dtype=bool))
    found = table.interval(figure, len(table.thresholds) - 1)
    assert not found.defined and found.method == words


def test_one_class_keeps_what_it_has() -> None:
    table = tabulate([0.2, 0.4], [False, False])
    assert table.specificity.tolist() == [0, 0.5, 1]
    assert table.interval("specificity", 1).defined


def test_equal_probabilities_leave_everyone_or_nobody() -> None:
    table = tabulate(np.full(4, 0.3), [True, False, False, False])
    assert table.thresholds.tolist() == [0.3, FLAG_NOBODY]
    assert table.sensitivity.tolist() == [1, 0] and table.specificity.tolist() == [0, 1]
    assert table.explain_undefined("npv", 0) == "every case is flagged here"


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"thresholds": np.array([0.5, 0.2])}, "ascending"),
        ({"thresholds": np.array([np.nan])}, "thresholds"),
        ({"thresholds": np.array([])}, "thresholds"),
        ({"prevalence": 0.0}, "prevalence"),
        ({"prevalence": 1.0}, "prevalence"),
        ({"level": 1.0}, "level"),
    ],
)
def test_arguments_that_make_no_sense(options, words) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(ValueError, match=words):
        tabulate([0.2, 0.4], [True, False], **options)
    with pytest.raises(ValueError, match="groups"):
        compute_threshold_table(np.array([0.2]), np.array([True]), np.arange(2))
