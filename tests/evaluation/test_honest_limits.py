"""Limits that a bootstrap would give, and that would say more than the cases do."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest
from scipy.special import expit

from core.evaluation.calibration_figures import draw_figures, read_intervals
from core.evaluation.combinations import compare_combinations
from core.evaluation.comparison import paired_difference, paired_differences, paired_ratio
from core.evaluation.decision_curve import compare_net_benefit, compute_decision_curve
from core.evaluation.estimates import evaluate_metrics
from core.evaluation.intervals import TOO_FEW_GROUPS, has_too_few_groups
from core.evaluation.overall_calibration import compute_overall_calibration
from core.evaluation.resampling import resample_metrics
from core.metrics.ece import ece
from tests.evaluation.cases_factory import make_held_out

N = 60
PROB = np.random.default_rng(0).random(N)
OTHER = np.random.default_rng(1).random(N)
ONE = np.arange(N) == 7
LESION = np.where(np.arange(N) < 5, 0, np.arange(N))  # five images of one lesion


def is_without_limits(interval) -> bool:
    return interval.defined and math.isnan(interval.low) and interval.method == TOO_FEW_GROUPS


def test_groups_of_a_class_are_counted() -> None:
    truth = np.arange(6) < 3
    assert has_too_few_groups(np.array([0, 0, 0, 1, 2, 3]), truth)
    assert has_too_few_groups(np.array([1, 2, 3, 0, 0, 0]), truth)
    assert not has_too_few_groups(np.array([0, 0, 1, 0, 0, 1]), truth)
    assert not has_too_few_groups(np.arange(6), np.zeros(6, dtype=bool))


@pytest.mark.parametrize(
    ("truth", "groups"),
    [(ONE, np.arange(N)), (~ONE, np.arange(N)), (np.arange(N) < 5, LESION)],
    ids=["one positive", "one negative", "one lesion"],
)
def test_one_case_of_a_class_gives_no_bootstrap_limits(truth, groups) -> None:
    """Every resample holds it, so the limits would take what happened to it for certain."""
    names = ("roc_auc", "pr_auc", "ece", "brier")
    for found in (
        evaluate_metrics(names, PROB, truth, groups, resamples=20),
        paired_differences(names, PROB, OTHER, truth, groups, resamples=20),
    ):
        assert all(is_without_limits(found[name]) for name in names)
    curve = compute_decision_curve(PROB, truth, groups, thresholds=np.array([0.1, 0.5]), resamples=20)
    assert np.isnan(curve.low).all() and np.isnan(curve.high).all() and curve.method == TOO_FEW_GROUPS
    assert np.isfinite(curve.net_benefit).all() and curve.defined
    gain = compare_net_benefit(PROB, OTHER, truth, groups, thresholds=np.array([0.5]), resamples=20)
    assert is_without_limits(gain[0])


def test_two_groups_of_a_class_are_enough_for_limits() -> None:
    two = np.isin(np.arange(N), (7, 30))
    assert np.isfinite(evaluate_metrics(("roc_auc",), PROB, two, np.arange(N), resamples=20)["roc_auc"].low)
    curve = compute_decision_curve(PROB, two, np.arange(N), thresholds=np.array([0.5]), resamples=20)
    assert np.isfinite(curve.low).all()


def test_a_rare_class_does_not_hold_up_figures_that_do_not_need_it() -> None:
    probs = np.random.default_rng(0).dirichlet([2, 2, 1], size=30)
    code = np.append(np.arange(29) % 2, 2)
    found = evaluate_metrics(("macro_auc", "ece_classwise"), probs, code, np.arange(30), resamples=20)
    assert is_without_limits(found["macro_auc"])
    assert math.isfinite(found["ece_classwise"].low)


def test_calibration_and_combinations_with_one_positive_lesion() -> None:
    whole = make_held_out(90)
    one = dataclasses.replace(whole, groups=np.where(whole.truth, 0, whole.groups))
    drawn = draw_figures(one.probs["student"], one.positive_prob["student"], one, resamples=20)
    assert all(is_without_limits(interval) for interval in read_intervals(drawn, one).values())
    overall = compute_overall_calibration(one.positive_prob["student"], one.truth, one.groups)
    assert is_without_limits(overall.intercept) and is_without_limits(overall.slope)
    table = compare_combinations(whole, one, target=0.8, resamples=20)
    rows = [match for row in table.rows for match in row.matched]
    assert rows and all(is_without_limits(match.difference) for match in rows)


def test_a_difference_of_calibration_errors_has_the_wider_of_both_limits() -> None:
    truth = np.random.default_rng(2).random(N) < PROB
    options = {"resamples": 80, "seed": 4}
    a, b = (resample_metrics(("ece",), p, truth, np.arange(N), **options)["ece"] for p in (PROB, OTHER))
    low, high = np.quantile(a - b, [0.025, 0.975])
    value = ece(PROB, truth) - ece(OTHER, truth)
    found = paired_difference("ece", PROB, OTHER, truth, np.arange(N), **options)
    low, high = min(low, 2 * value - high), max(high, 2 * value - low)
    assert (found.low, found.high) == pytest.approx((low, high), abs=1e-12)
    brier = paired_difference("brier", PROB, OTHER, truth, np.arange(N), **options)
    draws = [resample_metrics(("brier",), p, truth, np.arange(N), **options)["brier"] for p in (PROB, OTHER)]
    assert (brier.low, brier.high) == pytest.approx(np.quantile(draws[0] - draws[1], [0.025, 0.975]))


def test_draws_of_the_debiased_error_are_centred_on_its_square() -> None:
    """A resample adds its own chance; without the shift the draws lie too high."""
    cases = make_held_out(240)
    drawn = draw_figures(cases.probs["student"], cases.positive_prob["student"] ** 3, cases, resamples=300)
    found = drawn["ece_debiased"]
    assert found.value > 0.1
    assert np.mean(found.draws**2) == pytest.approx(found.value**2, rel=1e-9)


def test_a_ratio_of_calibration_errors_has_no_limits() -> None:
    truth = np.random.default_rng(2).random(N) < PROB
    kept = paired_ratio("ece", PROB, OTHER, truth, np.arange(N), resamples=20)
    assert kept.value == pytest.approx(ece(PROB, truth) / ece(OTHER, truth))
    assert math.isnan(kept.low) and math.isnan(kept.high) and kept.method.startswith("no limits")
    assert math.isfinite(paired_ratio("brier", PROB, OTHER, truth, np.arange(N), resamples=20).low)


def test_a_calibrated_student_s_gain_is_held_by_its_limits() -> None:
    """True errors 0 and about .11. Percentile limits hold the difference in 3 % of studies."""
    rng = np.random.default_rng(5)

    def draw(n):
        odds = rng.normal(size=n) * 1.5 - 1.6
        return expit(odds), expit(2.5 * odds), rng.random(n) < expit(odds)

    student, teacher, truth = draw(400_000)
    true = ece(student, truth) - ece(teacher, truth)
    held = 0
    for seed in range(60):
        case = (*draw(1500), np.arange(1500))
        found = paired_difference("ece", *case, resamples=60, seed=seed)
        held += found.low <= true <= found.high
    assert held >= 30


def test_equally_calibrated_networks_are_seldom_called_different() -> None:
    """Two calibrated views of the same cases: mirrored limits alone see a difference in one study of nine."""
    rng = np.random.default_rng(6)
    # with two signs of three values each, the share of positives given one of them is known
    signs = np.array([0.04, 0.12, 0.24])
    called = 0
    for seed in range(80):
        first, second = rng.integers(0, 3, (2, 200))
        truth = rng.random(200) < signs[first] + signs[second]
        student, teacher = (signs[seen] + signs.mean() for seen in (first, second))
        found = paired_difference("ece", student, teacher, truth, np.arange(200), resamples=80, seed=seed)
        called += found.low > 0 or found.high < 0
    assert called <= 4


def test_a_map_s_change_of_a_calibration_error_has_the_wider_of_both_limits() -> None:
    cases = make_held_out(120)
    first, second = (
        draw_figures(cases.probs[role], cases.positive_prob[role], cases, resamples=80)
        for role in ("student", "teacher")
    )
    for name in ("ece", "ece_equal_mass", "ece_classwise"):
        change = first[name].minus(second[name])
        low, high = np.quantile(first[name].draws - second[name].draws, [0.025, 0.975])
        value = first[name].value - second[name].value
        found = read_intervals({name: change}, cases)[name]
        assert found.low == pytest.approx(min(low, 2 * value - high))
        assert found.high == pytest.approx(max(high, 2 * value - low))
    brier = first["brier"].minus(second["brier"])
    assert read_intervals({"brier": brier}, cases)["brier"].low == pytest.approx(
        np.quantile(brier.draws, 0.025)
    )
