"""ROC-AUC, PR-AUC and macro AUC: by hand, and against scikit-learn."""

from __future__ import annotations

import math

import numpy as np
import pytest
from sklearn.metrics import average_precision_score, roc_auc_score

from core.metrics.macro_auc import macro_auc
from core.metrics.pr_auc import pr_auc
from core.metrics.roc_auc import roc_auc

PROB = np.array([0.9, 0.8, 0.8, 0.3])
TARGET = np.array([True, False, True, False])


def test_roc_auc_by_hand() -> None:
    # pairs (positive, negative): .9>.8, .9>.3, .8=.8 (half), .8>.3 -> 3.5 of 4
    assert roc_auc(PROB, TARGET) == 0.875


def test_roc_auc_of_constant_probabilities_is_a_half() -> None:
    assert roc_auc(np.full(4, 0.2), TARGET) == 0.5


def test_roc_auc_ignores_a_monotone_change() -> None:
    rng = np.random.default_rng(0)
    prob, target = rng.random(200), rng.random(200) < 0.3
    assert roc_auc(prob**3, target) == pytest.approx(roc_auc(prob, target), abs=1e-12)
    assert roc_auc(1 - prob, target) == pytest.approx(1 - roc_auc(prob, target), abs=1e-12)


def test_pr_auc_by_hand() -> None:
    # threshold .9: recall 1/2, precision 1; threshold .8 (both ties): recall 1, precision 2/3
    assert pr_auc(PROB, TARGET) == pytest.approx(0.5 * 1 + 0.5 * 2 / 3)


def test_pr_auc_of_constant_probabilities_is_the_prevalence() -> None:
    assert pr_auc(np.full(10, 0.4), np.arange(10) < 3) == pytest.approx(0.3)


def test_agree_with_scikit_learn() -> None:
    rng = np.random.default_rng(1)
    prob, target = rng.random(300).round(2), rng.random(300) < 0.2
    assert roc_auc(prob, target) == roc_auc_score(target, prob)
    assert pr_auc(prob, target) == average_precision_score(target, prob)
    probs = rng.dirichlet(np.ones(4), 300)
    codes = rng.integers(0, 4, 300)
    expected = roc_auc_score(codes, probs, multi_class="ovr", average="macro")
    assert macro_auc(probs, codes) == pytest.approx(expected, abs=1e-12)


def test_macro_auc_by_hand() -> None:
    probs = np.array([[0.5, 0.3, 0.2], [0.6, 0.2, 0.2], [0.1, 0.1, 0.8]])
    # class 0: .5 against .6, .1 -> 1/2; class 1: .2 against .3, .1 -> 1/2; class 2: .8 above all -> 1
    assert macro_auc(probs, np.array([0, 1, 2])) == pytest.approx(2 / 3)


def test_macro_auc_is_undefined_when_one_class_is_missing() -> None:
    assert math.isnan(macro_auc(np.full((4, 3), 1 / 3), np.array([0, 0, 1, 1])))


@pytest.mark.parametrize("target", [np.array([0, 1, 3, 2]), np.array([0, 1, -1, 2])])
def test_class_index_out_of_range_is_refused(target: np.ndarray) -> None:
    with pytest.raises(ValueError, match="target"):
        macro_auc(np.full((4, 3), 1 / 3), target)


def test_rows_that_do_not_sum_to_one_are_refused() -> None:
    with pytest.raises(ValueError, match="sum to 1"):
        macro_auc(np.full((2, 3), 0.5), np.array([0, 1]))
