"""Draws of groups: both forms are the same draws, and weights give the metric of the repeated cases."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.evaluation import resampling
from core.evaluation.resampling import (
    draw_weights,
    resample_groups,
    resample_metrics,
    resample_together,
)
from core.evaluation.weighted import WeightedMetrics, choose_function


@settings(max_examples=60, deadline=None)
@given(
    cases=st.lists(st.tuples(st.integers(0, 12), st.integers(0, 2)), min_size=1, max_size=40),
    resamples=st.integers(1, 9),
    seed=st.integers(0, 2**32),
)
def test_weights_count_the_cases_of_the_same_draws(
    cases: list[tuple[int, int]], resamples: int, seed: int
) -> None:
    groups = np.array([f"lesion {group}" for group, _ in cases])
    strata = np.array([label for _, label in cases])
    chosen = resample_groups(groups, strata, resamples=resamples, seed=seed)
    counted = [np.bincount(indices, minlength=len(cases)) for indices in chosen]
    weights = np.concatenate(list(draw_weights(groups, strata, resamples=resamples, seed=seed)))
    assert weights.dtype == np.float64
    np.testing.assert_array_equal(weights, counted)


def test_draws_of_a_seed_stay_what_they_were() -> None:
    # Limits in the cards that ship were made from these draws: positives (b, d), mixed (a), negatives (c, e).
    groups = np.array(["a", "b", "c", "a", "d", "e"])
    target = np.array([True, True, False, False, True, False])
    generator = np.random.default_rng(5)
    members = {"c": [2], "e": [5], "a": [0, 3], "b": [1], "d": [4]}
    for chosen in resample_groups(groups, target, resamples=4, seed=5):
        drawn = [
            pool[index]
            for pool in (["c", "e"], ["a"], ["b", "d"])
            for index in generator.integers(0, len(pool), len(pool))
        ]
        assert chosen.tolist() == [case for name in drawn for case in members[name]]


def test_blocks_hold_every_resample_once_and_in_order(monkeypatch: pytest.MonkeyPatch) -> None:
    groups, strata = np.arange(50), np.arange(50) < 9
    whole = list(draw_weights(groups, strata, resamples=25, seed=2))
    monkeypatch.setattr(resampling, "BLOCK_BYTES", 8 * 50 * 4)
    parts = list(draw_weights(groups, strata, resamples=25, seed=2))
    assert [len(part) for part in whole] == [25]
    assert [len(part) for part in parts] == [4] * 6 + [1]
    np.testing.assert_array_equal(np.concatenate(parts), whole[0])


def test_bad_draws_are_refused() -> None:
    for draw in (draw_weights, resample_groups):
        with pytest.raises(ValueError, match="groups and strata"):
            next(draw(np.arange(3), np.zeros(4), resamples=1, seed=0))
        with pytest.raises(ValueError, match="resamples"):
            next(draw(np.arange(3), np.zeros(3), resamples=0, seed=0))
        with pytest.raises(ValueError, match="at least one case"):
            next(draw([], [], resamples=1, seed=0))


def simulate(n: int = 90) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(4)
    target = rng.permutation(np.arange(n) < n // 3)
    prob = np.round(1 / (1 + np.exp(-rng.normal(1.5 * target - 0.5))), 2)
    return prob, target, rng.integers(0, n * 2 // 3, n)


def test_metrics_of_every_resample_are_those_of_the_cases_drawn() -> None:
    prob, target, groups = simulate()
    names = ("roc_auc", "ece", "sensitivity", "npv", "ece_equal_mass")
    found = resample_metrics(names, prob, target, groups, threshold=0.4, resamples=30, seed=7)
    assert tuple(found) == names and all(values.shape == (30,) for values in found.values())
    for row, chosen in enumerate(resample_groups(groups, target, resamples=30, seed=7)):
        for name in names:
            expected = choose_function(name, 0.4)(prob[chosen], target[chosen])
            assert found[name][row] == pytest.approx(expected, abs=1e-12), name


def test_networks_share_the_resamples() -> None:
    prob, target, groups = simulate()
    pair = [WeightedMetrics(("roc_auc",), values, target) for values in (prob, 1 - prob)]
    upright, mirrored = resample_together(pair, groups, target, resamples=40, seed=1)
    np.testing.assert_allclose(upright["roc_auc"] + mirrored["roc_auc"], 1, atol=1e-12)
    alone = resample_metrics(("roc_auc",), prob, target, groups, resamples=40, seed=1)
    np.testing.assert_array_equal(upright["roc_auc"], alone["roc_auc"])
