"""The fast variants equal the metrics they stand in for, ties included."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.evaluation.ranks import rank_average_precision, rank_macro_auc, rank_roc_auc
from core.metrics.macro_auc import macro_auc
from core.metrics.pr_auc import pr_auc
from core.metrics.roc_auc import roc_auc


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 8), st.booleans()), min_size=1, max_size=40))
def test_same_as_scikit_learn_with_ties(cases: list[tuple[int, bool]]) -> None:
    prob = np.array([level / 8 for level, _ in cases])
    target = np.array([positive for _, positive in cases])
    assert rank_roc_auc(prob, target) == pytest.approx(roc_auc(prob, target), nan_ok=True, abs=1e-12)
    assert rank_average_precision(prob, target) == pytest.approx(pr_auc(prob, target), nan_ok=True, abs=1e-12)


def test_macro_auc_is_the_same() -> None:
    rng = np.random.default_rng(0)
    probs, target = rng.dirichlet(np.ones(5), 200).round(2), rng.integers(0, 5, 200)
    probs /= probs.sum(axis=1, keepdims=True)
    assert rank_macro_auc(probs, target) == pytest.approx(macro_auc(probs, target), abs=1e-12)
    assert math.isnan(rank_macro_auc(probs, np.zeros(200, dtype=int)))
