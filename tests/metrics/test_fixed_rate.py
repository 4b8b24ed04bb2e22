"""Specificity at a sensitivity and its mirror image, also where they cannot be reached."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import roc_curve

from core.metrics.roc_auc import roc_auc
from core.metrics.sensitivity import sensitivity
from core.metrics.sensitivity_at_specificity import sensitivity_at_specificity, threshold_at_specificity
from core.metrics.specificity import specificity
from core.metrics.specificity_at_sensitivity import specificity_at_sensitivity, threshold_at_sensitivity


def test_by_hand() -> None:
    prob = np.concatenate([np.arange(1, 21) / 21, [0.01, 0.05, 0.06, 0.5]])
    target = np.arange(24) < 20
    # 95 % of 20 positives is 19: the one at 1/21 = .0476 may be missed, the threshold is 2/21 = .095
    assert threshold_at_sensitivity(prob, target, 0.95) == 2 / 21
    assert specificity_at_sensitivity(prob, target) == 3 / 4
    # 90 % of 4 negatives is all four: the lowest probability above .5 is 11/21; ten positives reach it
    assert threshold_at_specificity(prob, target, 0.9) == 11 / 21
    assert sensitivity_at_specificity(prob, target) == 10 / 20


def test_ties_at_the_threshold_are_all_flagged() -> None:
    prob = np.array([0.9, 0.5, 0.5, 0.5, 0.1])
    target = np.array([True, True, True, False, False])
    assert specificity_at_sensitivity(prob, target, 0.5) == 0.5
    assert sensitivity(prob, target, threshold_at_sensitivity(prob, target, 0.5)) == 1.0


def saturated() -> tuple[np.ndarray, np.ndarray]:
    """High AUC, but one positive in ten sits with most negatives at exactly 0."""
    prob = np.concatenate([np.full(18, 0.9), np.zeros(2), np.zeros(70), np.full(10, 0.1)])
    return prob, np.arange(100) < 20


def test_a_tie_at_the_bottom_is_unattainable_and_not_a_silent_zero() -> None:
    prob, target = saturated()
    assert roc_auc(prob, target) > 0.92
    assert math.isnan(specificity_at_sensitivity(prob, target, 0.95))
    assert math.isnan(threshold_at_sensitivity(prob, target, 0.95))
    assert specificity_at_sensitivity(prob, target, 0.95, unattainable=0.0) == 0.0
    assert specificity_at_sensitivity(prob, target, 0.9) == 1.0


def test_a_true_zero_is_still_a_number() -> None:
    # the threshold .2 misses the positive at .1, so it does not flag everything; every negative is above it
    prob = np.concatenate([[0.1], np.full(19, 0.2), np.full(5, 0.3)])
    assert specificity_at_sensitivity(prob, np.arange(25) < 20) == 0.0


def test_a_tie_at_the_top_makes_a_specificity_unattainable() -> None:
    prob = np.array([1.0, 1.0, 1.0, 0.2, 0.1])
    target = np.array([True, True, False, False, False])
    assert math.isnan(sensitivity_at_specificity(prob, target))
    assert sensitivity_at_specificity(prob, target, unattainable=0.0) == 0.0
    assert sensitivity_at_specificity(prob, target, 0.6) == 1.0


def test_unattainable_value_is_not_used_for_a_single_class() -> None:
    prob = np.array([0.1, 0.2])
    for only in (np.ones(2, dtype=bool), np.zeros(2, dtype=bool)):
        assert math.isnan(specificity_at_sensitivity(prob, only, unattainable=0.0))
        assert math.isnan(sensitivity_at_specificity(prob, only, unattainable=0.0))


@pytest.mark.parametrize("share", [0.0, -0.1, 1.1, math.nan])
def test_a_share_outside_its_range_is_refused(share: float) -> None:
    prob, target = saturated()
    with pytest.raises(ValueError, match="sensitivity"):
        specificity_at_sensitivity(prob, target, share)
    with pytest.raises(ValueError, match="specificity"):
        sensitivity_at_specificity(prob, target, share)


@settings(max_examples=80, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), levels=st.integers(2, 30), share=st.floats(0.05, 1))
def test_best_point_of_the_roc_curve(seed: int, levels: int, share: float) -> None:
    rng = np.random.default_rng(seed)
    target = rng.permutation(np.arange(40) < rng.integers(1, 40))
    prob = np.clip((rng.random(40) + 0.5 * target) / 1.5, 0, 1)
    prob = np.round(prob * levels) / levels
    false_alarms, found, _ = roc_curve(target, prob, drop_intermediate=False)
    interior = slice(0, -1)  # the last point flags everything
    reaching = (1 - false_alarms)[interior][found[interior] >= share - 1e-9]
    expected = reaching.max() if reaching.size else math.nan
    assert specificity_at_sensitivity(prob, target, share) == pytest.approx(expected, nan_ok=True)
    interior = slice(1, None)  # the first point flags nothing
    reaching = found[interior][(1 - false_alarms)[interior] >= share - 1e-9]
    expected = reaching.max() if reaching.size else math.nan
    assert sensitivity_at_specificity(prob, target, share) == pytest.approx(expected, nan_ok=True)


def test_threshold_gives_back_the_figure() -> None:
    rng = np.random.default_rng(3)
    target = rng.random(400) < 0.2
    prob = np.clip(rng.normal(0.3 + 0.3 * target, 0.2), 0, 1)
    at = threshold_at_sensitivity(prob, target, 0.95)
    assert sensitivity(prob, target, at) >= 0.95
    assert specificity(prob, target, at) == specificity_at_sensitivity(prob, target)
    assert sensitivity(prob, target, np.nextafter(at, 1)) < 0.95
