"""Temperature scaling: known answers on simulated data, and what it must not change."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import softmax
from sklearn.linear_model import LogisticRegression

from core.errors import DataError
from core.evaluation.calibration import TEMPERATURE_BOUNDS, fit_class_biases, fit_temperature
from core.metrics.ece import ece
from core.predict import compute_probs


def simulate(n: int = 20_000, classes: int = 4) -> tuple[np.ndarray, np.ndarray]:
    """Logits whose softmax is the true probability of each class, and classes drawn from it."""
    rng = np.random.default_rng(0)
    logits = rng.normal(scale=1.5, size=(n, classes))
    reached = softmax(logits, axis=1).cumsum(axis=1)
    return logits, (rng.random((n, 1)) > reached[:, :-1]).sum(axis=1)


def test_perfect_calibration_gives_one() -> None:
    assert fit_temperature(*simulate()) == pytest.approx(1, abs=0.03)


@pytest.mark.parametrize("factor", [0.25, 3.0])
def test_scaled_logits_give_back_the_factor(factor: float) -> None:
    logits, target = simulate()
    fitted = fit_temperature(logits * factor, target)
    assert fitted / factor == pytest.approx(fit_temperature(logits, target), rel=1e-4)


def test_fit_is_the_minimum_on_a_grid() -> None:
    logits, target = simulate(500)
    logits = logits * 2.5

    def loss(temperature: float) -> float:
        return -np.log(compute_probs(logits, temperature)[np.arange(500), target]).mean()

    best = loss(fit_temperature(logits, target))
    assert all(best <= loss(temperature) + 1e-12 for temperature in np.geomspace(0.1, 10, 200))


def test_scaling_lowers_the_calibration_error_of_an_overconfident_network() -> None:
    logits, target = simulate()
    sure = logits * 4
    before = ece(compute_probs(sure, 1)[:, 0], target == 0)
    after = ece(compute_probs(sure, fit_temperature(sure, target))[:, 0], target == 0)
    assert before > 0.1 and after < 0.02


def test_by_hand() -> None:
    # logits (2 ln 3, 0) at temperature 2: (ln 3, 0), that is 3 : 1
    probs = compute_probs(np.array([[2 * math.log(3), 0]]), 2)
    assert probs == pytest.approx(np.array([[0.75, 0.25]]))
    # two cases at logit gap 1, three of four right: the gap becomes ln 3, so the temperature is 1 / ln 3
    logits = np.tile([1.0, 0.0], (4, 1))
    assert fit_temperature(logits, np.array([0, 0, 0, 1])) == pytest.approx(1 / math.log(3), rel=1e-4)


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), temperature=st.floats(*TEMPERATURE_BOUNDS))
def test_the_most_probable_class_stays(seed: int, temperature: float) -> None:
    logits = np.random.default_rng(seed).normal(scale=3, size=(20, 5))
    probs = compute_probs(logits, temperature)
    assert (probs.argmax(axis=1) == logits.argmax(axis=1)).all()
    assert probs.sum(axis=1) == pytest.approx(1)


def test_large_logits_do_not_overflow() -> None:
    assert compute_probs(np.array([[5000.0, -5000.0]]), 0.05).tolist() == [[1.0, 0.0]]


def test_ends_of_the_search_are_reached_where_they_should() -> None:
    target = np.arange(20) % 2
    separated = np.stack([0.5 - target, target - 0.5], axis=1)
    assert fit_temperature(separated, target) == pytest.approx(TEMPERATURE_BOUNDS[0], rel=1e-3)
    assert fit_temperature(-separated, target) == pytest.approx(TEMPERATURE_BOUNDS[1], rel=1e-3)


def test_one_class_or_nothing_is_refused() -> None:
    with pytest.raises(DataError, match="two classes"):
        fit_temperature(np.random.default_rng(0).normal(size=(5, 3)), np.full(5, 2))
    with pytest.raises(DataError, match="0 cases"):
        fit_temperature(np.empty((0, 3)), np.empty(0, dtype=int))


def test_bad_arguments_are_refused() -> None:
    logits, target = np.zeros((3, 2)), np.array([0, 1, 1])
    with pytest.raises(ValueError, match="finite"):
        fit_temperature(np.full((3, 2), math.nan), target)
    with pytest.raises(ValueError, match="target"):
        fit_temperature(logits, np.array([0, 1, 2]))
    with pytest.raises(ValueError, match="target"):
        fit_temperature(logits, target[:2])
    with pytest.raises(TypeError, match="target"):
        fit_temperature(logits, target.astype(float))
    with pytest.raises(ValueError, match="logits"):
        fit_temperature(logits[0], target[:2])
    for temperature in (0.0, -1.0, math.nan, math.inf):
        with pytest.raises(ValueError, match="temperature"):
            compute_probs(logits, temperature)


def test_class_biases_undo_a_shift_of_the_prior() -> None:
    """Logits that are right but for known shifts and a factor: both are found again."""
    rng = np.random.default_rng(0)
    right = rng.normal(0, 2, (20_000, 4))
    probs = np.exp(right) / np.exp(right).sum(axis=1, keepdims=True)
    target = (probs.cumsum(axis=1) < rng.random((20_000, 1))).sum(axis=1)
    added = np.array([1.0, -0.5, 0.25, -0.75])
    shown = 2 * (right + added)
    shifts = fit_class_biases(shown, target)
    assert shifts == pytest.approx(-2 * (added - added.mean()), abs=0.15)
    assert shifts.sum() == pytest.approx(0, abs=1e-9)
    assert fit_temperature(shown + shifts, target) == pytest.approx(2, abs=0.05)


def test_class_biases_match_logistic_regression_without_a_penalty() -> None:
    """With two classes and the logit's difference as the only input they are its intercept."""
    rng = np.random.default_rng(1)
    difference = rng.normal(0.3, 2, 4_000)
    target = (rng.random(4_000) < 1 / (1 + np.exp(-(0.8 * difference - 0.6)))).astype(int)
    logits = np.stack([np.zeros_like(difference), difference], axis=1)
    fitted = LogisticRegression(penalty=None).fit(difference[:, None], target)
    shifts = fit_class_biases(logits, target)
    expected = float(fitted.intercept_[0] / fitted.coef_[0, 0])
    assert shifts[1] - shifts[0] == pytest.approx(expected, abs=0.01)


def test_a_class_without_validation_cases_keeps_finite_biases() -> None:
    rng = np.random.default_rng(2)
    logits, target = rng.normal(0, 1, (50, 3)), rng.integers(0, 2, 50)
    assert np.isfinite(fit_class_biases(logits, target)).all()


@pytest.mark.parametrize("sign", [-1.0, 0.0])
def test_class_biases_of_logits_that_say_nothing_give_the_shares_of_the_classes(sign: float) -> None:
    """As of a smoke run: the fit wants a factor of 0, at which shifts in logits would be endless."""
    rng = np.random.default_rng(3)
    target = rng.choice(3, size=400, p=[0.6, 0.3, 0.1])
    logits = sign * 3 * np.eye(3)[target] + rng.normal(0, 1, (400, 3)) * abs(sign)
    shifts = fit_class_biases(logits, target)
    assert np.abs(shifts).max() < 100
    probs = compute_probs(logits + shifts, fit_temperature(logits + shifts, target))
    shares = np.bincount(target) / 400
    assert probs.mean(axis=0) == pytest.approx(shares, abs=0.02)
