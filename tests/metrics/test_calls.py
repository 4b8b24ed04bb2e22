from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import cohen_kappa_score

from core.evaluation.per_class import report_classes
from core.metrics.calls import call_classes, certain_calls

GRADES = ("a", "b", "c", "d", "e")


@pytest.mark.parametrize(
    ("probs", "nominal", "ordinal"),
    [
        ([1, 0, 0, 0, 0], 0, 0),
        ([0.4, 0, 0, 0, 0.6], 4, 2),  # expected grade 2.4
        ([0.45, 0.1, 0.45, 0, 0], 0, 1),  # a tie of two, with the grade between them called
        ([0.5, 0.5, 0, 0, 0], 0, 1),  # half way counts as the higher
        ([0, 0, 0.1, 0.3, 0.6], 4, 4),  # 3.5, in floating point a little less
        ([0, 0, 0, 0, 1], 4, 4),
    ],
)
def test_calls_by_hand(probs, nominal, ordinal) -> None:
    assert int(call_classes(np.array(probs, float), "nominal")) == nominal
    assert int(call_classes(np.array(probs, float), "ordinal")) == ordinal


@given(st.integers(0, 10_000))
def test_a_grade_called_is_within_half_a_grade_of_the_expected_one(seed: int) -> None:
    probs = np.random.default_rng(seed).dirichlet(np.full(5, 0.4), 20)
    called = call_classes(probs, "ordinal")
    assert (np.abs(called - probs @ np.arange(5)) <= 0.5 + 1e-6).all()
    assert (certain_calls(probs, "ordinal").argmax(axis=1) == called).all()
    assert (certain_calls(probs, "nominal").argmax(axis=1) == probs.argmax(axis=1)).all()


def test_a_report_of_grades_counts_these_calls() -> None:
    rng = np.random.default_rng(3)
    probs, truth = rng.dirichlet(np.ones(5), 120), rng.integers(0, 5, 120)
    target = [GRADES[grade] for grade in truth]
    called = call_classes(probs, "ordinal")
    assert (called != probs.argmax(axis=1)).any()
    report = report_classes(
        probs, target, np.arange(120).astype(str), classes=GRADES, scale="ordinal", resamples=20
    )
    assert report.overall["quadratic_kappa"].value == pytest.approx(
        cohen_kappa_score(truth, called, weights="quadratic")
    )
    assert report.overall["accuracy_top1"].value == pytest.approx((truth == called).mean())
    assert [entry.called for entry in report.classes] == np.bincount(called, minlength=5).tolist()
