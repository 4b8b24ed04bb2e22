"""Calibration in the large, Cox's slope, and the logistic fit behind them."""

from __future__ import annotations

import math

import numpy as np
import pytest
import statsmodels.api as sm
from scipy.optimize import brentq
from scipy.special import expit, logit
from sklearn.linear_model import LogisticRegression

from core.evaluation.logistic import fit_logistic, safe_logit
from core.evaluation.overall_calibration import compute_overall_calibration


def draw(
    n: int = 600, seed: int = 0, slope: float = 1.0, shift: float = 0.0
) -> tuple[np.ndarray, np.ndarray]:
    """Probabilities, and a truth whose log odds are shift + slope * theirs."""
    rng = np.random.default_rng(seed)
    odds = rng.normal(-1, 1.5, n)
    return expit(odds), rng.random(n) < expit(shift + slope * odds)


def test_agrees_with_statsmodels_clustered() -> None:
    prob, truth = draw(seed=1, slope=0.7, shift=0.4)
    groups = np.arange(prob.size) // 3
    found = compute_overall_calibration(prob, truth, groups)
    options = {"cov_type": "cluster", "cov_kwds": {"groups": groups, "use_correction": False}}
    cox = sm.Logit(truth.astype(float), sm.add_constant(logit(prob))).fit(disp=0, **options)
    assert found.slope.value == pytest.approx(cox.params[1], rel=1e-6)
    assert (found.slope.low, found.slope.high) == pytest.approx(tuple(cox.conf_int()[1]), rel=1e-5)
    family = sm.families.Binomial()
    large = sm.GLM(truth.astype(float), np.ones(prob.size), family=family, offset=logit(prob)).fit(**options)
    assert found.intercept.value == pytest.approx(large.params[0], rel=1e-6)
    assert (found.intercept.low, found.intercept.high) == pytest.approx(tuple(large.conf_int()[0]), rel=1e-5)
    assert found.slope.method == "Wald, robust, 200 groups"


def test_fit_agrees_with_scikit_learn() -> None:
    prob, truth = draw(seed=2)
    x = safe_logit(prob)
    fit = fit_logistic(np.column_stack([np.ones(x.size), x]), truth)
    model = LogisticRegression(penalty=None, tol=1e-10).fit(x[:, None], truth)
    assert fit is not None
    assert fit.coefficients == pytest.approx([model.intercept_[0], model.coef_[0, 0]], abs=1e-4)


@pytest.mark.parametrize("slope", [0.5, 1.0, 2.0])
@pytest.mark.parametrize("shift", [-0.5, 0.0])
def test_a_known_slope_and_shift_are_found(slope, shift) -> None:
    prob, truth = draw(60_000, 3, slope, shift)
    found = compute_overall_calibration(prob, truth, np.arange(prob.size))
    assert found.slope.value == pytest.approx(slope, abs=0.05)
    if slope == 1:
        assert found.intercept.value == pytest.approx(shift, abs=0.05)


def test_intercept_by_hand() -> None:
    # with one probability for all, the intercept is the difference of the two log odds
    found = compute_overall_calibration(np.full(10, 0.2), np.arange(10) < 5, np.arange(10))
    assert found.intercept.value == pytest.approx(logit(0.5) - logit(0.2))
    assert not found.slope.defined and "all equal" in found.slope.method


def test_one_class_and_no_cases_are_states_with_words() -> None:
    one = compute_overall_calibration(np.array([0.2, 0.4]), np.array([True, True]), [1, 2])
    assert one.mean_prob == pytest.approx(0.3) and one.observed.value == 1
    assert not one.slope.defined and "one class" in one.slope.method
    none = compute_overall_calibration(np.empty(0), np.empty(0, bool), [])
    assert math.isnan(none.mean_prob) and "no cases" in none.intercept.method


def test_perfect_separation_has_no_slope() -> None:
    found = compute_overall_calibration(
        np.array([0.1, 0.2, 0.7, 0.9]), np.array([False, False, True, True]), range(4)
    )
    assert not found.slope.defined and "separate" in found.slope.method


def test_zero_and_one_have_a_logit() -> None:
    found = compute_overall_calibration(
        np.array([0.0, 0.3, 0.6, 1.0, 0.5]), np.array([False, True, False, True, True]), range(5)
    )
    assert math.isfinite(found.slope.value)


@pytest.mark.parametrize("saturated", [0.05, 0.5, 0.9, 1.0])
def test_saturated_probabilities_have_an_intercept(saturated) -> None:
    """The root of "as many said as seen", found without derivatives; the likelihood is nearly flat here."""
    for seed in range(12):
        rng = np.random.default_rng(seed)
        prob = rng.random(120)
        extreme = rng.random(120) < saturated
        prob[extreme] = rng.integers(0, 2, extreme.sum())
        truth = rng.random(120) < 0.3
        odds = safe_logit(prob)

        def surplus(shift, odds=odds, truth=truth):
            return expit(shift + odds).sum() - truth.sum()

        found = compute_overall_calibration(prob, truth, np.arange(120)).intercept
        assert found.value == pytest.approx(brentq(surplus, -80, 80, xtol=1e-10), abs=1e-5)
