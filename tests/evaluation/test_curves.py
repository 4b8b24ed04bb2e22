"""Points of the ROC and the precision-recall curve are scikit-learn's; thinning does not move the curve."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import auc, precision_recall_curve, roc_auc_score, roc_curve

from core.evaluation.curves import MOST_POINTS, compute_pr_points, compute_roc_points
from core.evaluation.thresholds import compute_threshold_table


def draw(seed: int, n: int, levels: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    truth = rng.permutation(np.arange(n) < n // 3)
    return np.round(np.clip(rng.normal(0.35 + 0.25 * truth, 0.2), 0, 1) * levels) / levels, truth


def tabulate(prob, truth, **options):  # type: ignore[no-untyped-def]
    return compute_threshold_table(prob, truth, np.arange(len(prob)), **options)


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), levels=st.integers(1, 60))
def test_points_are_those_of_scikit_learn(seed: int, levels: int) -> None:
    prob, truth = draw(seed, 60, levels)
    table = tabulate(prob, truth)
    roc = compute_roc_points(table)
    x, y, cuts = roc_curve(truth, prob, drop_intermediate=False)
    every = {(round(a, 9), round(b, 9)): t for a, b, t in zip(x[1:], y[1:], cuts[1:], strict=True)}
    assert (roc.x[0], roc.y[0], roc.x[-1], roc.y[-1]) == (0, 0, 1, 1)
    for a, b, t in zip(roc.x[1:], roc.y[1:], roc.thresholds[1:], strict=True):
        assert every[round(a, 9), round(b, 9)] == t
    assert auc(roc.x, roc.y) == pytest.approx(roc_auc_score(truth, prob))
    pr = compute_pr_points(table)
    precision, recall, cuts = precision_recall_curve(truth, prob)
    np.testing.assert_allclose(pr.x, recall[:-1][::-1])
    np.testing.assert_allclose(pr.y, precision[:-1][::-1])
    np.testing.assert_array_equal(pr.thresholds, cuts[::-1])


def test_thinning_leaves_the_curve_where_it_is() -> None:
    table = tabulate(*draw(0, 6000, 10**9))
    for compute in (compute_roc_points, compute_pr_points):
        full, few = compute(table, most=10**6), compute(table)
        assert len(few.x) <= MOST_POINTS < len(full.x)
        assert (few.thresholds[0], few.thresholds[-1]) == (full.thresholds[0], full.thresholds[-1])
        assert set(zip(few.x, few.y, strict=True)) <= set(zip(full.x, full.y, strict=True))
        settled = full.x > 0.05  # the first few flagged cases make precision jump
        between = np.interp(full.x[settled], few.x, few.y)
        assert np.abs(between - full.y[settled]).max() < 0.012


def test_precision_is_stated_at_the_prevalence() -> None:
    prob, truth = np.array([0.9, 0.6, 0.6, 0.1]), np.array([True, True, False, False])
    points = compute_pr_points(tabulate(prob, truth, prevalence=0.1))
    assert points.x.tolist() == [0.5, 1, 1]
    assert points.y.tolist() == pytest.approx([1, 0.1 / (0.1 + 0.9 * 0.5), 0.1])


def test_one_class_has_no_points() -> None:
    table = tabulate(np.array([0.2, 0.7]), np.array([True, True]))
    assert not compute_roc_points(table).x.size and not compute_pr_points(table).x.size
    with pytest.raises(ValueError, match="most"):
        compute_roc_points(table, most=1)
