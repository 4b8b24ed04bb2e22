"""Areas, their limits and their differences, against the definition, other implementations and print."""

from __future__ import annotations

import math

import numpy as np
import pytest
from confidenceinterval import roc_auc_score as delong_reference
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm
from sklearn.metrics import roc_auc_score

from core.evaluation.comparison import paired_difference
from core.evaluation.delong import auc_interval, compare_auc, place

OVARIAN = """
3.0 5.8 10 0  3.2 6.3 5 1  3.9 6.8 3 1  2.8 4.8 6 0  3.2 5.8 3 1  0.9 4.0 5 0  2.5 5.7 8 0  1.6 5.6 5 1
3.8 5.7 5 1   3.7 6.7 6 1  3.2 5.4 4 1  3.8 6.6 6 1  4.1 6.6 5 1  3.6 5.7 5 1  4.3 7.0 4 1  3.6 6.7 4 0
2.3 4.4 6 1   4.2 7.6 4 0  4.0 6.6 6 0  3.5 5.8 6 1  3.8 6.8 7 1  3.0 4.7 8 0  4.5 7.4 5 1  3.7 7.4 5 1
3.1 6.6 6 1   4.1 8.2 6 1  4.3 7.0 5 1  4.3 6.5 4 1  3.2 5.1 5 1  2.6 4.7 6 1  3.3 6.8 6 0  1.7 4.0 7 0
3.7 6.1 5 1   3.3 6.3 7 1  4.2 7.7 6 1  3.5 6.2 5 1  2.9 5.7 9 0  2.1 4.8 7 1  2.8 6.2 8 0  4.0 7.0 7 1
3.3 5.7 6 1   3.7 6.9 5 1  3.6 6.6 5 1
"""
"""Ovarian cancer, 43 complete cases of DeLong et al. 1988, as the SAS/STAT user's guide prints them (LOGISTIC
procedure, "Comparing receiver operating characteristic curves"): albumin, total protein, K-G score, outcome.
"""


def ovarian() -> tuple[dict[str, np.ndarray], np.ndarray]:
    table = np.array(OVARIAN.split(), dtype=float).reshape(-1, 4)
    scores = {"albumin": table[:, 0] / 10, "protein": table[:, 1] / 10, "kg": 1 - table[:, 2] / 10}
    return scores, table[:, 3] == 1


def naive_components(prob: np.ndarray, truth: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Every positive against every negative, by definition."""
    positive, negative = prob[truth][:, None], prob[~truth][None, :]
    wins = (positive > negative) + 0.5 * (positive == negative)
    return wins.mean(axis=1), wins.mean(axis=0)


def naive_variance(first: np.ndarray, second: np.ndarray, truth: np.ndarray) -> float:
    """DeLong et al. 1988, eq. 4 to 6, for the contrast (1, -1)."""
    (v10, v01), (w10, w01) = naive_components(first, truth), naive_components(second, truth)
    of_positives = np.cov(np.stack([v10, w10]))
    of_negatives = np.cov(np.stack([v01, w01]))
    covariance = of_positives / v10.size + of_negatives / v01.size
    return float(covariance[0, 0] + covariance[1, 1] - 2 * covariance[0, 1])


def simulate(rng: np.random.Generator, n: int, *, shift: tuple[float, float], shared: float = 0.7):
    """Two correlated scores; the true areas are Phi(shift / sqrt 2)."""
    truth = np.arange(n) < n // 3
    common = rng.normal(size=n)
    scores = [
        shared * common + math.sqrt(1 - shared**2) * rng.normal(size=n) + step * truth for step in shift
    ]
    return norm.cdf(scores[0]), norm.cdf(scores[1]), truth


@pytest.mark.parametrize(
    ("name", "area", "error", "low", "high"),
    [
        ("albumin", 0.7366, 0.0927, 0.5549, 0.9182),
        ("kg", 0.7258, 0.1028, 0.5243, 0.9273),
        ("protein", 0.6478, 0.1000, 0.4518, 0.8439),
    ],
)
def test_single_areas_of_the_ovarian_data(name, area, error, low, high):
    scores, truth = ovarian()
    assert (truth.size, int(truth.sum())) == (43, 31)
    found = auc_interval(scores[name], truth, np.arange(43))
    assert found.value == pytest.approx(area, abs=5e-5)
    assert (found.high - found.low) / (2 * norm.ppf(0.975)) == pytest.approx(error, abs=5e-5)
    assert (found.low, found.high) == pytest.approx((low, high), abs=5e-5)


@pytest.mark.parametrize(
    ("name", "difference", "low", "high", "chi_square", "p"),
    [
        ("albumin", 0.0108, -0.1761, 0.1976, 0.0127, 0.9102),
        ("protein", -0.0780, -0.2830, 0.1271, 0.5554, 0.4561),
    ],
)
def test_contrasts_of_the_ovarian_data(name, difference, low, high, chi_square, p):
    scores, truth = ovarian()
    found = compare_auc(scores[name], scores["kg"], truth, np.arange(43))
    limits = found.difference
    assert (limits.value, limits.low, limits.high) == pytest.approx((difference, low, high), abs=6e-5)
    assert (found.z**2, found.p) == pytest.approx((chi_square, p), abs=6e-5)
    assert found.state == "ok" and limits.method == "DeLong"


@pytest.mark.parametrize("ties", [False, True])
def test_equals_the_definition(ties):
    first, second, truth = simulate(np.random.default_rng(0), 211, shift=(1.2, 0.9))
    if ties:
        first, second = first.round(1), second.round(1)
    found = compare_auc(first, second, truth, np.arange(truth.size))
    error = math.sqrt(naive_variance(first, second, truth))
    assert (found.difference.high - found.difference.low) / 2 == pytest.approx(1.959964 * error, rel=1e-6)
    assert found.z == pytest.approx(found.difference.value / error)
    for interval, prob in ((found.first, first), (found.second, second)):
        assert interval.value == pytest.approx(roc_auc_score(truth, prob))
    placed = place(first, truth)
    np.testing.assert_allclose(placed[truth], naive_components(first, truth)[0])
    np.testing.assert_allclose(placed[~truth], naive_components(first, truth)[1])


def test_a_single_area_equals_confidenceinterval():
    first, _, truth = simulate(np.random.default_rng(1), 180, shift=(1.1, 1.1))
    first = first.round(2)
    value, (low, high) = delong_reference(truth.astype(int).tolist(), first.tolist())
    found = auc_interval(first, truth, np.arange(truth.size))
    assert (found.value, found.low, found.high) == pytest.approx((value, low, high), abs=1e-6)  # float32


def test_groups_by_the_formula_of_obuchowski():
    """Four groups, sums by hand: groups of both classes share, so the covariance of the kinds counts too."""
    prob = np.array([0.9, 0.4, 0.8, 0.3, 0.6, 0.5, 0.7, 0.2])
    truth = np.array([1, 0, 1, 0, 1, 0, 0, 1], dtype=bool)
    groups = np.array(["a", "a", "b", "b", "c", "c", "d", "d"])
    v10, v01 = naive_components(prob, truth)
    area = v10.mean()
    x, y = v10 - area, v01 - area  # one positive and one negative a group, both in order of the groups
    variance = 4 / 3 * ((x**2).sum() / 16 + (y**2).sum() / 16 + 2 * (x * y).sum() / 16)
    found = auc_interval(prob, truth, groups, level=0.5)
    assert found.value == pytest.approx(area)
    assert found.high - found.value == pytest.approx(norm.ppf(0.75) * math.sqrt(variance))
    assert found.method == "DeLong, groups as units"


def test_copies_of_a_case_add_no_certainty():
    first, second, truth = simulate(np.random.default_rng(2), 90, shift=(1.0, 0.6))
    once = compare_auc(first, second, truth, np.arange(90)).difference
    twice = [np.repeat(array, 2) for array in (first, second, truth, np.arange(90))]
    grouped = compare_auc(*twice).difference
    assert (grouped.value, grouped.low, grouped.high) == pytest.approx((once.value, once.low, once.high))
    naive = compare_auc(*twice[:3], np.arange(180)).difference
    assert naive.high - naive.low < 0.8 * (grouped.high - grouped.low)


def test_agrees_with_the_grouped_bootstrap():
    rng = np.random.default_rng(3)
    first, second, truth = simulate(rng, 300, shift=(1.3, 1.0))
    groups = np.arange(300) // 2
    found = compare_auc(first, second, truth, groups).difference
    resampled = paired_difference("roc_auc", first, second, truth, groups, resamples=600)
    assert (found.low, found.high) == pytest.approx((resampled.low, resampled.high), abs=0.012)


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 20), st.integers(0, 20), st.booleans()), min_size=4, max_size=40),
    st.integers(1, 4),
)
def test_properties(rows, power):
    first = np.array([row[0] for row in rows]) / 20
    second = np.array([row[1] for row in rows]) / 20
    truth = np.array([row[2] for row in rows])
    groups = np.arange(truth.size) // 2
    found = compare_auc(first, second, truth, groups)
    if truth.all() or not truth.any():
        assert found.state == "undefined" and not found.difference.defined
        return
    bent = compare_auc(first**power, second / 2, truth, groups)
    swapped = compare_auc(second, first, truth, groups)
    assert bent.difference.value == pytest.approx(found.difference.value, abs=1e-12)
    assert swapped.difference.value == pytest.approx(-found.difference.value, abs=1e-12)
    assert swapped.state == found.state == bent.state
    for area, prob in ((found.first, first), (found.second, second)):
        assert area.value == pytest.approx(roc_auc_score(truth, prob))
        assert math.isnan(area.low) or 0 <= area.low <= area.value <= area.high <= 1
    if found.state == "ok":
        limits = found.difference
        assert -1 <= limits.low <= limits.value <= limits.high <= 1 and 0 <= found.p <= 1
        assert bent.difference.low == pytest.approx(limits.low, abs=1e-9)
        assert swapped.difference.high == pytest.approx(-limits.low, abs=1e-9)


def test_identical_networks_are_a_state():
    first, _, truth = simulate(np.random.default_rng(4), 60, shift=(1.0, 1.0))
    found = compare_auc(first, first**3, truth, np.arange(60))
    limits = found.difference
    assert (found.state, found.z, found.p) == ("identical", 0.0, 1.0)
    assert (limits.value, limits.low, limits.high, limits.method) == (0, 0, 0, "identical rankings")


def test_perfect_areas_have_no_limits_and_say_so():
    truth = np.array([1, 1, 0, 0], dtype=bool)
    found = compare_auc(np.array([0.9, 0.8, 0.2, 0.1]), np.array([0.8, 0.9, 0.1, 0.2]), truth, [0, 1, 2, 3])
    assert found.state == "no_limits" and found.first.value == 1 and found.difference.value == 0
    assert math.isnan(found.difference.low) and "no spread" in found.difference.method


def test_one_group_of_positives_has_no_limits():
    truth = np.array([1, 1, 0, 0, 0], dtype=bool)
    prob = np.array([0.9, 0.3, 0.2, 0.5, 0.1])
    found = compare_auc(prob, prob[::-1].copy(), truth, ["a", "a", "b", "c", "d"])
    assert found.state == "no_limits" and found.first.defined and math.isnan(found.first.low)
    assert "fewer than two groups" in found.first.method


@pytest.mark.parametrize("count", [0, 5])
def test_one_class_or_none_is_undefined(count):
    prob = np.linspace(0, 1, count)
    found = compare_auc(prob, prob, np.ones(count, dtype=bool), np.arange(count))
    assert found.state == "undefined" and not found.first.defined and math.isnan(found.p)
    assert found.difference.method == ("undefined: one class only" if count else "undefined: no cases")


def test_arguments_are_checked():
    truth = np.array([True, False])
    with pytest.raises(ValueError, match="groups must be"):
        compare_auc(np.array([0.1, 0.2]), np.array([0.1, 0.2]), truth, [0])
    with pytest.raises(ValueError, match="level"):
        auc_interval(np.array([0.1, 0.2]), truth, [0, 1], level=1.0)
    with pytest.raises(TypeError, match="bool"):
        auc_interval(np.array([0.1, 0.2]), np.array([1, 0]), [0, 1])


def test_limits_cover_the_true_difference():
    """400 studies of 150 cases in groups of up to 2; a true coverage of 95 % is seen above 91.5 %."""
    rng = np.random.default_rng(5)
    shift = (1.3, 1.0)
    true = norm.cdf(shift[0] / math.sqrt(2)) - norm.cdf(shift[1] / math.sqrt(2))
    held = 0
    for _ in range(400):
        first, second, truth = simulate(rng, 150, shift=shift)
        limits = compare_auc(first, second, truth, rng.integers(0, 120, 150)).difference
        held += limits.low <= true <= limits.high
    assert 0.915 <= held / 400 <= 0.985


def test_limits_cover_where_cases_of_a_group_resemble_each_other():
    """Groups of three of one class that share most of what each network sees in them; by case the limits are
    too narrow."""
    rng = np.random.default_rng(6)
    groups = np.repeat(np.arange(60), 3)
    truth = np.repeat(np.arange(60) < 24, 3)
    held = {"groups": 0, "cases": 0}
    for _ in range(300):
        seen = rng.normal(size=(2, 60))[:, groups] * 0.9 + rng.normal(size=(2, 180)) * math.sqrt(1 - 0.81)
        first, second = norm.cdf(seen[0] + 1.2 * truth), norm.cdf(seen[1] + 1.2 * truth)
        for unit, of in (("groups", groups), ("cases", np.arange(180))):
            limits = compare_auc(first, second, truth, of).difference
            held[unit] += limits.low <= 0 <= limits.high
    assert 0.9 <= held["groups"] / 300 <= 0.99 and held["cases"] / 300 < 0.85
