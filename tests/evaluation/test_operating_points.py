"""Thresholds chosen on validation data: what they reach, ties, and what cannot be reached."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import roc_curve

from core.errors import DataError
from core.evaluation.intervals import wilson_interval
from core.evaluation.operating_points import (
    choose_operating_points,
    describe_operating_point,
    threshold_of_youden,
)
from core.metrics.sensitivity import sensitivity
from core.metrics.specificity import specificity
from core.types import OperatingPoint


def choose(prob: np.ndarray, target: np.ndarray) -> dict[str, OperatingPoint]:
    points = choose_operating_points(prob, target, np.arange(len(prob)), chosen_on="validation split")
    return {point.name: point for point in points}


def test_by_hand() -> None:
    prob = np.concatenate([np.arange(1, 21) / 25, np.arange(10) / 25])
    target = np.arange(30) < 20
    points = choose(prob, target)
    assert list(points) == ["sensitivity_95", "sensitivity_90", "specificity_90", "youden"]
    # positives at 1/25 .. 20/25, negatives at 0 .. 9/25
    assert points["sensitivity_95"].threshold == 2 / 25  # misses one of 20
    assert points["sensitivity_95"].specificity.value == 2 / 10
    assert points["sensitivity_90"].threshold == 3 / 25
    assert points["specificity_90"].threshold == 9 / 25  # nine of ten negatives are below
    assert points["specificity_90"].sensitivity.value == 12 / 20
    # J grows by 1/10 - 1/20 a step up to 10/25, where every negative is spared: 11 of 20 found, J = .55
    assert points["youden"].threshold == 10 / 25
    low, high = wilson_interval(19 / 20, 20)
    found = points["sensitivity_95"].sensitivity
    assert (found.value, found.low, found.high, found.n) == (0.95, low, high, 20)
    assert points["youden"].chosen_on == "validation split"


@settings(max_examples=80, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), levels=st.integers(3, 50))
def test_every_point_keeps_its_promise(seed: int, levels: int) -> None:
    rng = np.random.default_rng(seed)
    target = rng.permutation(np.arange(80) < rng.integers(5, 60))
    prob = np.round(np.clip(rng.normal(0.4 + 0.3 * target, 0.2), 0, 1) * levels) / levels
    for name, point in choose(prob, target).items():
        found, spared = sensitivity(prob, target, point.threshold), specificity(prob, target, point.threshold)
        assert (point.sensitivity.value, point.specificity.value) == (found, spared)
        assert point.threshold in prob
        assert not (prob >= point.threshold).all()
        if name.startswith("sensitivity_"):
            assert found >= int(name[-2:]) / 100
            assert (
                sensitivity(prob, target, np.nextafter(point.threshold, 2).clip(max=1)) < int(name[-2:]) / 100
                or point.threshold == 1
            )
        if name == "specificity_90":
            assert spared >= 0.9
            lower = prob[prob < point.threshold]
            assert not lower.size or specificity(prob, target, lower.max()) < 0.9
        if name == "youden":
            false_alarms, true_alarms, _ = roc_curve(target, prob, drop_intermediate=False)
            assert found + spared - 1 == pytest.approx((true_alarms - false_alarms).max())


def test_of_equal_youden_thresholds_the_lowest_is_taken() -> None:
    # at .4: 2 of 2 found, 1 of 2 spared; at .8: 1 of 2 found, 2 of 2 spared; both J = .5
    prob, target = np.array([0.4, 0.8, 0.2, 0.6]), np.array([True, True, False, False])
    assert threshold_of_youden(prob, target) == 0.4


def test_what_only_flagging_everything_reaches_is_left_out() -> None:
    prob = np.concatenate([np.full(18, 0.9), np.zeros(2), np.zeros(70), np.full(10, 0.1)])
    points = choose(prob, np.arange(100) < 20)
    assert list(points) == ["sensitivity_90", "specificity_90", "youden"]
    assert points["sensitivity_90"].threshold == 0.9


def test_probabilities_that_do_not_differ_are_refused() -> None:
    with pytest.raises(DataError, match="no threshold"):
        choose(np.full(10, 0.3), np.arange(10) < 3)


@pytest.mark.parametrize("positive", [0, 10])
def test_one_class_is_refused(positive: int) -> None:
    with pytest.raises(DataError, match="positive and negative"):
        choose(np.linspace(0, 1, 10), np.arange(10) < positive)


def test_youden_without_skill_is_undefined() -> None:
    assert math.isnan(threshold_of_youden(np.array([0.1, 0.9]), np.array([True, False])))
    assert math.isnan(threshold_of_youden(np.array([0.1, 0.9]), np.array([True, True])))


def test_groups_widen_the_limits() -> None:
    prob, target = np.tile(np.linspace(0, 1, 20), 3), np.tile(np.arange(20) >= 8, 3)
    single = describe_operating_point("p", 0.5, prob, target, np.arange(60), chosen_on="test")
    lesions = describe_operating_point("p", 0.5, prob, target, np.tile(np.arange(20), 3), chosen_on="test")
    assert single.sensitivity.value == lesions.sensitivity.value == 10 / 12
    assert lesions.sensitivity.low < single.sensitivity.low
    with pytest.raises(ValueError, match="threshold"):
        describe_operating_point("p", 1.2, prob, target, np.arange(60), chosen_on="test")
