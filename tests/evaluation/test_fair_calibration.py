"""Temperatures come out again exactly; both stages compare like with like."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import softmax
from sklearn.metrics import brier_score_loss, log_loss

from core.evaluation.fair_calibration import CALIBRATION_METRICS, compare_calibration
from core.evaluation.temperature import undo_temperature
from tests.evaluation.cases_factory import make_held_out

TEMPERATURES = {"teacher": 0.7, "student": 1.3, "control": 1.0}


@given(st.floats(0.3, 4.0), st.integers(0, 1000))
def test_undoing_a_temperature_gives_the_softmax_of_the_logits(temperature, seed):
    logits = np.random.default_rng(seed).normal(size=(6, 4)) * 3
    scaled = softmax(logits / temperature, axis=1)
    np.testing.assert_allclose(undo_temperature(scaled, temperature), softmax(logits, axis=1), atol=1e-12)


def test_a_sure_answer_stays_sure():
    sure = np.array([[1.0, 0.0, 0.0], [1e-300, 1e-300, 1.0]])
    np.testing.assert_allclose(undo_temperature(sure, 5.0), [[1, 0, 0], [0, 0, 1]])
    assert undo_temperature(np.zeros((0, 3)), 2.0).shape == (0, 3)


@pytest.mark.parametrize("temperature", [0.0, -1.0, np.inf, np.nan])
def test_temperatures_are_checked(temperature):
    with pytest.raises(ValueError, match="temperature"):
        undo_temperature(np.full((2, 2), 0.5), temperature)
    with pytest.raises(ValueError, match=r"\(N, C\)"):
        undo_temperature(np.array([0.5]), 1.0)


def test_both_stages_against_scikit_learn():
    held_out = make_held_out()
    found = {
        (row.metric, row.stage): row for row in compare_calibration(held_out, TEMPERATURES, resamples=50)
    }
    assert list(found) == [(m, s) for m in CALIBRATION_METRICS for s in ("as_trained", "scaled")]
    for role in held_out.roles:
        raw = undo_temperature(held_out.probs[role], TEMPERATURES[role])[:, 0]
        for stage, prob in (("as_trained", raw), ("scaled", held_out.positive_prob[role])):
            assert found["brier", stage].values[role] == pytest.approx(brier_score_loss(held_out.truth, prob))
            assert found["nll", stage].values[role] == pytest.approx(log_loss(held_out.truth, prob))
    for row in found.values():
        for against, interval in row.differences.items():
            assert interval.value == pytest.approx(row.values["student"] - row.values[against])
    assert found["ece", "as_trained"].values["control"] == found["ece", "scaled"].values["control"]


def test_a_claim_that_a_temperature_explains_does_not_survive_it():
    """Student = teacher but for a timid teacher: better as trained, the same once both are scaled."""
    held_out = make_held_out(600, roles=("teacher", "student"))
    same = dataclasses.replace(
        held_out,
        probs=dict.fromkeys(("teacher", "student"), held_out.probs["student"]),
        positive_prob=dict.fromkeys(("teacher", "student"), held_out.positive_prob["student"]),
    )
    rows = compare_calibration(same, {"teacher": 0.25, "student": 1.0}, resamples=200)
    of = {(row.metric, row.stage): row.differences["teacher"] for row in rows}
    assert of["nll", "as_trained"].high < 0
    assert of["nll", "scaled"].value == of["nll", "scaled"].low == of["nll", "scaled"].high == 0


def test_without_a_control_there_is_no_such_difference():
    rows = compare_calibration(make_held_out(roles=("teacher", "student")), TEMPERATURES, resamples=20)
    assert all(set(row.differences) == {"teacher"} for row in rows)


def test_a_missing_temperature_is_named():
    with pytest.raises(ValueError, match="control is missing"):
        compare_calibration(make_held_out(30), {"teacher": 1.0, "student": 1.0})
