"""F1 averages, quadratic kappa and the grade error: by hand, and as scikit-learn has them."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics as sk

from core.metrics.base import METRICS
from core.metrics.confusion import average_f1, count_confusion, f1_by_class, weigh_f1, weigh_kappa
from core.metrics.macro_f1 import macro_f1
from core.metrics.macro_recall import macro_recall
from core.metrics.mean_absolute_grade_error import mean_absolute_grade_error
from core.metrics.quadratic_kappa import quadratic_kappa
from core.metrics.weighted_f1 import weighted_f1

HAND = np.array([[4.0, 1.0, 0.0], [2.0, 2.0, 0.0], [1.0, 1.0, 1.0]])
"""Twelve cases of three grades, rows the truth."""


def spread(counts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Probabilities and truth of which ``counts`` is the confusion matrix."""
    rows, columns = np.indices(counts.shape)
    times = counts.astype(int).ravel()
    return np.eye(len(counts))[np.repeat(columns.ravel(), times)], np.repeat(rows.ravel(), times)


def test_by_hand() -> None:
    probs, target = spread(HAND)
    assert (count_confusion(probs, target) == HAND).all()
    # hits 4, 2, 1; cases 5, 4, 3; calls 7, 4, 1
    f1 = [8 / 12, 4 / 8, 2 / 4]
    assert f1_by_class(HAND) == pytest.approx(f1)
    assert macro_f1(probs, target) == pytest.approx(sum(f1) / 3)
    assert macro_recall(probs, target) == pytest.approx((4 / 5 + 2 / 4 + 1 / 3) / 3)
    assert weighted_f1(probs, target) == pytest.approx((5 * f1[0] + 4 * f1[1] + 3 * f1[2]) / 12)
    # squared distances: 1 + 2 + 1 * 4 + 1 = 8; by chance (5, 4, 3) x (7, 4, 1) / 12
    chance = (5 * (4 + 4 * 1) + 4 * (7 + 1) + 3 * (4 * 7 + 4)) / 12
    assert quadratic_kappa(probs, target) == pytest.approx(1 - 8 / chance)
    assert mean_absolute_grade_error(probs, target) == pytest.approx((1 + 2 + 2 + 1) / 12)


@settings(max_examples=100, deadline=None)
@given(seed=st.integers(0, 10_000), classes=st.integers(2, 6), n=st.integers(1, 80))
def test_same_as_scikit_learn(seed: int, classes: int, n: int) -> None:
    rng = np.random.default_rng(seed)
    probs, target = rng.dirichlet(np.ones(classes), n), rng.integers(0, classes, n)
    called, labels = probs.argmax(axis=1), np.arange(classes)
    assert (count_confusion(probs, target) == sk.confusion_matrix(target, called, labels=labels)).all()
    theirs = sk.f1_score(target, called, average="weighted", labels=labels, zero_division=0)
    assert weighted_f1(probs, target) == pytest.approx(theirs)
    if len(np.unique(target)) == classes:
        theirs = sk.f1_score(target, called, average="macro", labels=labels, zero_division=0)
        assert macro_f1(probs, target) == pytest.approx(theirs)
        assert macro_recall(probs, target) == pytest.approx(sk.balanced_accuracy_score(target, called))
    else:
        assert math.isnan(macro_recall(probs, target))
        assert math.isnan(macro_f1(probs, target))
    if len(np.unique([*target, *called])) > 1:
        theirs = sk.cohen_kappa_score(target, called, weights="quadratic", labels=labels)
        assert quadratic_kappa(probs, target) == pytest.approx(theirs, abs=1e-12)
    assert mean_absolute_grade_error(probs, target) == pytest.approx(sk.mean_absolute_error(target, called))


def test_without_a_value() -> None:
    same = np.array([[3.0, 0.0], [0.0, 0.0]])
    assert math.isnan(weigh_kappa(same)) and math.isnan(average_f1(same))
    assert weigh_f1(same) == 1
    assert np.isnan(f1_by_class(same)).tolist() == [False, True]


def test_a_class_that_is_never_found_has_an_f1_of_0() -> None:
    counts = np.array([[5.0, 0.0], [2.0, 0.0]])
    assert f1_by_class(counts)[1] == 0
    assert average_f1(counts) == pytest.approx(10 / 12 / 2)


def test_kappa_reverses_sign_with_the_grades() -> None:
    upside_down = np.array([[0.0, 0.0, 4.0], [0.0, 4.0, 0.0], [4.0, 0.0, 0.0]])
    assert weigh_kappa(upside_down) == pytest.approx(-1)
    assert weigh_kappa(np.full((3, 3), 2.0)) == pytest.approx(0)


def test_only_metrics_of_grades_ask_for_grades() -> None:
    ordinal = {name for name, entry in METRICS if entry.scale == "ordinal"}
    assert ordinal == {"quadratic_kappa", "mean_absolute_grade_error"}
