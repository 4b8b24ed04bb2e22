"""Figures at a threshold, by hand: 5 positives, 5 negatives."""

from __future__ import annotations

import math

import numpy as np
import pytest
from sklearn.metrics import accuracy_score, balanced_accuracy_score, precision_score, recall_score

from core.metrics.accuracy import accuracy
from core.metrics.balanced_accuracy import balanced_accuracy
from core.metrics.npv import npv
from core.metrics.ppv import ppv
from core.metrics.sensitivity import sensitivity
from core.metrics.specificity import specificity

PROB = np.array([0.9, 0.8, 0.7, 0.5, 0.2, 0.6, 0.4, 0.3, 0.2, 0.1])
TARGET = np.arange(10) < 5
# at 0.5: flagged positives 4 (.5 itself is flagged), flagged negatives 1


def test_by_hand_with_the_threshold_itself_flagged() -> None:
    assert sensitivity(PROB, TARGET, 0.5) == 4 / 5
    assert specificity(PROB, TARGET, 0.5) == 4 / 5
    assert ppv(PROB, TARGET, 0.5) == 4 / 5
    assert npv(PROB, TARGET, 0.5) == 4 / 5
    assert sensitivity(PROB, TARGET, 0.51) == 3 / 5
    assert ppv(PROB, TARGET, 0.51) == 3 / 4
    assert npv(PROB, TARGET, 0.51) == 4 / 6
    assert balanced_accuracy(PROB, TARGET, 0.51) == pytest.approx((3 / 5 + 4 / 5) / 2)


def test_flag_everything_and_flag_nothing() -> None:
    assert (sensitivity(PROB, TARGET, 0.0), specificity(PROB, TARGET, 0.0)) == (1.0, 0.0)
    assert (sensitivity(PROB, TARGET, 1.0), specificity(PROB, TARGET, 1.0)) == (0.0, 1.0)
    assert math.isnan(npv(PROB, TARGET, 0.0)) and math.isnan(ppv(PROB, TARGET, 1.0))
    assert balanced_accuracy(PROB, TARGET, 0.0) == balanced_accuracy(PROB, TARGET, 1.0) == 0.5


def test_agree_with_scikit_learn() -> None:
    rng = np.random.default_rng(0)
    prob, target = rng.random(200), rng.random(200) < 0.3
    flagged = prob >= 0.4
    assert sensitivity(prob, target, 0.4) == recall_score(target, flagged)
    assert specificity(prob, target, 0.4) == recall_score(~target, ~flagged)
    assert ppv(prob, target, 0.4) == precision_score(target, flagged)
    assert npv(prob, target, 0.4) == precision_score(~target, ~flagged)
    assert balanced_accuracy(prob, target, 0.4) == pytest.approx(balanced_accuracy_score(target, flagged))


def test_accuracy_by_hand_and_against_scikit_learn() -> None:
    probs = np.array([[0.6, 0.3, 0.1], [0.2, 0.2, 0.6], [0.4, 0.4, 0.2], [0.1, 0.8, 0.1]])
    target = np.array([0, 1, 0, 1])  # the tie in row three goes to the first class
    assert accuracy(probs, target) == 3 / 4
    assert accuracy(probs, target) == accuracy_score(target, probs.argmax(axis=1))
