"""Calibration maps: against scikit-learn, against known distortions, and what they must leave alone."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize
from scipy.special import expit, logit, softmax
from sklearn.isotonic import IsotonicRegression
from sklearn.linear_model import LogisticRegression

from core.errors import DataError
from core.evaluation.calibration_maps import METHODS, apply_map, fit_map
from core.types import CalibrationMap
from tests.held_out_factory import CLASSES, draw_cases

ROLE = "student"


def fit_and_apply(method, cases, **options):
    fitted = fit_map(method, cases, ROLE, **options)
    return fitted, *apply_map(fitted, cases.probs[ROLE], cases.positive_prob[ROLE], cases.classes)


def test_platt_is_the_minimum_of_platt_s_own_loss() -> None:
    cases = draw_cases(200, sharpness=3)
    fitted, _, mapped = fit_and_apply("platt", cases)
    odds, truth = logit(cases.positive_prob[ROLE]), cases.truth
    soft = np.where(truth, (truth.sum() + 1) / (truth.sum() + 2), 1 / ((~truth).sum() + 2))

    def loss(line: np.ndarray) -> float:
        given = line[0] + line[1] * odds
        return float(np.sum(np.logaddexp(0, given) - soft * given))

    best = minimize(loss, [0.0, 1.0], tol=1e-12).x
    assert [fitted.parameters["intercept"], fitted.parameters["slope"]] == pytest.approx(best, abs=1e-4)
    assert mapped == pytest.approx(expit(best[0] + best[1] * odds), abs=1e-4)


def test_platt_agrees_with_scikit_learn_on_many_cases() -> None:
    # with many cases the smoothed targets are 0 and 1
    cases = draw_cases(20_000, sharpness=2)
    fitted = fit_map("platt", cases, ROLE)
    model = LogisticRegression(penalty=None).fit(logit(cases.positive_prob[ROLE])[:, None], cases.truth)
    assert fitted.parameters["intercept"] == pytest.approx(model.intercept_[0], abs=0.01)
    assert fitted.parameters["slope"] == pytest.approx(model.coef_[0, 0], abs=0.01)


def test_platt_stays_finite_where_validation_cases_are_separated() -> None:
    cases = draw_cases(40)
    prob = np.where(cases.truth, 0.9, 0.1) + np.linspace(0, 0.05, 40)
    probs = np.stack([prob, 1 - prob, np.zeros(40)], axis=1)
    cases = dataclasses.replace(cases, probs={ROLE: probs}, positive_prob={ROLE: prob})
    fitted, _, mapped = fit_and_apply("platt", cases)
    assert all(math.isfinite(value) for value in fitted.parameters.values())
    assert mapped.min() > 0 and mapped.max() < 1


def test_isotonic_agrees_with_scikit_learn() -> None:
    cases, others = draw_cases(300, 0), draw_cases(200, 1)
    model = IsotonicRegression(y_min=0, y_max=1, out_of_bounds="clip")
    model.fit(cases.positive_prob[ROLE], cases.truth)
    fitted = fit_map("isotonic", cases, ROLE)
    _, mapped = apply_map(fitted, others.probs[ROLE], others.positive_prob[ROLE], CLASSES)
    assert mapped == pytest.approx(model.predict(others.positive_prob[ROLE]), abs=1e-9)
    assert any("300 cases" in note for note in fitted.notes)
    assert not any("cases:" in note for note in fit_map("isotonic", draw_cases(1000), ROLE).notes)


def test_temperature_finds_the_sharpness() -> None:
    cases = draw_cases(20_000, sharpness=2.5, roles=(ROLE,))
    fitted, _, _ = fit_and_apply("temperature", cases)
    assert fitted.parameters["temperature"] == pytest.approx(2.5, rel=0.03)


def test_as_trained_takes_back_the_card_s_temperature() -> None:
    logits = np.random.default_rng(0).normal(0, 2, (50, 3))
    shipped = softmax(logits / 0.8, axis=1)
    cases = dataclasses.replace(draw_cases(50), probs={ROLE: shipped}, positive_prob={ROLE: shipped[:, 0]})
    _, probs, positive = fit_and_apply("as_trained", cases, shipped_temperature=0.8)
    assert probs == pytest.approx(softmax(logits, axis=1))
    assert positive == pytest.approx(softmax(logits, axis=1)[:, 0])


@pytest.mark.parametrize("method", METHODS)
def test_probabilities_stay_probabilities(method) -> None:
    cases = draw_cases(150, sharpness=4)
    _, probs, positive = fit_and_apply(method, cases, shipped_temperature=1.3)
    assert probs.shape == (150, 3) and probs.min() >= 0
    assert probs.sum(axis=1) == pytest.approx(np.ones(150))
    assert probs[:, 0] == pytest.approx(positive)


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10_000), sharpness=st.floats(0.3, 6))
def test_temperature_keeps_the_most_probable_class(seed, sharpness) -> None:
    cases = draw_cases(60, seed, sharpness=sharpness)
    if not 0 < cases.truth.sum() < 60:
        return
    _, probs, _ = fit_and_apply("temperature", cases)
    assert (probs.argmax(axis=1) == cases.probs[ROLE].argmax(axis=1)).all()


@pytest.mark.parametrize("method", ["platt", "isotonic"])
def test_maps_of_the_positive_keep_the_order_of_cases(method) -> None:
    cases = draw_cases(200)
    _, _, mapped = fit_and_apply(method, cases)
    order = np.argsort(cases.positive_prob[ROLE])
    assert (np.diff(mapped[order]) >= -1e-12).all()


def test_other_classes_keep_their_proportions_and_zero_is_shared_out() -> None:
    fitted = CalibrationMap("isotonic", {}, ((0.0, 0.4), (1.0, 0.4)), ("mel",), 10, 5)
    probs = np.array([[0.2, 0.6, 0.2], [1.0, 0.0, 0.0]])
    mapped, positive = apply_map(fitted, probs, probs[:, 0], CLASSES)
    assert positive.tolist() == [0.4, 0.4]
    assert mapped == pytest.approx(np.array([[0.4, 0.45, 0.15], [0.4, 0.3, 0.3]]))


@pytest.mark.parametrize("method", ["temperature", "platt", "isotonic"])
@pytest.mark.parametrize("value", [True, False])
def test_validation_of_one_class_is_a_clear_error(method, value) -> None:
    cases = draw_cases(20)
    cases = dataclasses.replace(cases, truth=np.full(20, value))
    with pytest.raises(DataError, match="needs positive and negative"):
        fit_map(method, cases, ROLE)


def test_equal_probabilities_give_one_answer_and_say_so() -> None:
    cases = draw_cases(30)
    flat = np.full((30, 3), 1 / 3)
    cases = dataclasses.replace(cases, probs={ROLE: flat}, positive_prob={ROLE: flat[:, 0]})
    fitted, _, mapped = fit_and_apply("platt", cases)
    assert fitted.parameters["slope"] == 0 and "same probability" in fitted.notes[0]
    assert np.ptp(mapped) == 0
    assert np.ptp(fit_and_apply("isotonic", cases)[2]) == 0


def test_a_reversed_network_is_told() -> None:
    cases = draw_cases(200)
    cases = dataclasses.replace(cases, truth=~cases.truth)
    assert "reversed" in fit_map("platt", cases, ROLE).notes[0]


def test_wrong_names_are_refused() -> None:
    cases = draw_cases(30)
    with pytest.raises(ValueError, match="method"):
        fit_map("beta", cases, ROLE)
    with pytest.raises(ValueError, match="role"):
        fit_map("platt", cases, "nobody")
    with pytest.raises(ValueError, match="temperature"):
        fit_map("as_trained", cases, ROLE)
