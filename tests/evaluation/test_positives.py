"""Both definitions of cancer sensitivity, by hand and against scikit-learn."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import recall_score

from core.evaluation.intervals import wilson_interval
from core.evaluation.positives import describe_positive_calls, pooled_recall, superclass_call
from core.types import FLAG_NOBODY, HeldOut

CLASSES = ("mel", "nv", "bcc")
CANCER = np.array([True, False, True])
# called: mel (right), bcc (a melanoma), nv (a bcc, missed), mel (a naevus)
PROBS = np.array([[0.6, 0.3, 0.1], [0.2, 0.3, 0.5], [0.3, 0.4, 0.3], [0.5, 0.4, 0.1]])
TARGET = np.array([0, 0, 2, 1])


def held_out(probs: np.ndarray, target: np.ndarray, groups: np.ndarray) -> HeldOut:
    codes = np.array(CLASSES)[target]
    return HeldOut(
        title="made up",
        dataset="made up",
        split="test",
        classes=CLASSES,
        positives=("mel", "bcc"),
        image_ids=np.arange(len(target)).astype(str),
        groups=groups,
        target=codes,
        truth=np.isin(codes, ["mel", "bcc"]),
        probs={"student": probs},
        positive_prob={"student": probs[:, CANCER].sum(axis=1)},
        metadata={},
    )


def test_by_hand() -> None:
    assert pooled_recall(PROBS, TARGET, CANCER) == pytest.approx(1 / 3)
    assert superclass_call(PROBS, TARGET, CANCER) == pytest.approx(2 / 3)
    calls = describe_positive_calls(held_out(PROBS, TARGET, np.arange(4)), "student", threshold=0.6)
    assert (calls.pooled_recall.value, calls.superclass_call.value) == pytest.approx((1 / 3, 2 / 3))
    # summed .7, .7, .6 of the cancers and .6 of the naevus; the naevus is called melanoma
    assert (calls.summed_sensitivity.value, calls.summed_specificity.value) == (1, 0)
    assert (calls.superclass_specificity.value, calls.superclass_specificity.n) == (0, 1)
    assert (calls.pooled_recall.low, calls.pooled_recall.high) == wilson_interval(1 / 3, 3)
    assert calls.positives == ("mel", "bcc") and calls.threshold == 0.6


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 2**32 - 1))
def test_both_are_recalls_of_scikit_learn(seed: int) -> None:
    rng = np.random.default_rng(seed)
    probs, target = rng.dirichlet(np.ones(3), 40), rng.integers(0, 3, 40)
    target[:2] = 0, 1
    called = probs.argmax(axis=1)
    pooled = recall_score(target, called, labels=np.flatnonzero(CANCER), average="micro")
    assert pooled_recall(probs, target, CANCER) == pytest.approx(pooled)
    merged = recall_score(CANCER[target], CANCER[called])
    assert superclass_call(probs, target, CANCER) == pytest.approx(merged)
    assert pooled <= merged + 1e-12
    calls = describe_positive_calls(
        held_out(probs, target, np.repeat(np.arange(20), 2)), "student", threshold=0
    )
    assert (calls.pooled_recall.value, calls.superclass_call.value) == pytest.approx((pooled, merged))
    assert "groups" in calls.pooled_recall.method


def test_one_class_makes_them_the_same() -> None:
    melanoma = np.array([True, False, False])
    assert pooled_recall(PROBS, TARGET, melanoma) == superclass_call(PROBS, TARGET, melanoma) == 0.5


def test_no_case_of_the_set_is_undefined() -> None:
    naevi = PROBS[3:], TARGET[3:]
    assert math.isnan(pooled_recall(*naevi, CANCER)) and math.isnan(superclass_call(*naevi, CANCER))
    calls = describe_positive_calls(held_out(*naevi, np.arange(1)), "student", threshold=0.5)
    assert not calls.pooled_recall.defined and calls.pooled_recall.method == "no cases to count"


def test_nobody_flagged_and_no_threshold() -> None:
    cases = held_out(PROBS, TARGET, np.arange(4))
    nobody = describe_positive_calls(cases, "student", threshold=FLAG_NOBODY)
    assert (nobody.summed_sensitivity.value, nobody.summed_specificity.value) == (0, 1)
    without = describe_positive_calls(cases, "student", threshold=None)
    assert without.pooled_recall == nobody.pooled_recall
    assert not without.summed_sensitivity.defined and without.summed_sensitivity.method == "no threshold"


def test_arguments_that_make_no_sense() -> None:
    with pytest.raises(ValueError, match="positives"):
        pooled_recall(PROBS, TARGET, np.array([0, 2]))
    with pytest.raises(ValueError, match="threshold"):
        describe_positive_calls(held_out(PROBS, TARGET, np.arange(4)), "student", threshold=1.5)
