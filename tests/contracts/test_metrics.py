"""What every metric promises; a new metric is covered without a change here."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.metrics.base import METRICS, Metric

ENTRIES = [entry for _, entry in METRICS]
CLASSES = 3


def ids(entry: Metric) -> str:
    return entry.name


every_metric = pytest.mark.parametrize("entry", ENTRIES, ids=ids)


def call(entry: Metric, prob: np.ndarray, target: np.ndarray, threshold: float = 0.5) -> float:
    """Call a metric with what it needs; ``prob`` (N,) in [0, 1], ``target`` (N,) class index, 1 positive."""
    if entry.needs == "probs":
        probs = np.stack([(1 - prob) * 0.75, prob, (1 - prob) * 0.25], axis=1)
        return entry.function(probs, target)
    if entry.needs == "positive_prob+threshold":
        return entry.function(prob, target == 1, threshold)
    return entry.function(prob, target == 1)


def draw(seed: int, n: int = 60) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    target = rng.permutation(np.arange(n) % CLASSES)
    return np.clip(rng.normal(0.35 + 0.3 * (target == 1), 0.25), 0, 1), target


@every_metric
def test_record_says_what_reports_need(entry: Metric) -> None:
    assert METRICS.get(entry.name) is entry
    assert entry.title and entry.title != entry.name
    assert entry.bounds[0] < entry.bounds[1]
    assert entry.needs in ("positive_prob", "positive_prob+threshold", "probs")
    assert entry.requires in ("cases", "positives", "negatives", "every_class")


@every_metric
@settings(max_examples=25, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1),
    n=st.integers(6, 40),
    levels=st.integers(1, 20),
    threshold=st.floats(0, 1),
)
def test_value_is_a_float_inside_the_bounds(
    entry: Metric, seed: int, n: int, levels: int, threshold: float
) -> None:
    prob, target = draw(seed, n)
    value = call(entry, np.round(prob * levels) / levels, target, threshold)
    assert type(value) is float
    assert math.isnan(value) or entry.bounds[0] <= value <= entry.bounds[1]


@every_metric
def test_value_is_defined_on_ordinary_data(entry: Metric) -> None:
    assert math.isfinite(call(entry, *draw(0)))


@every_metric
def test_order_of_cases_does_not_matter(entry: Metric) -> None:
    prob, target = draw(1)
    order = np.random.default_rng(2).permutation(prob.size)
    assert call(entry, prob[order], target[order]) == pytest.approx(call(entry, prob, target), abs=1e-12)


@every_metric
def test_perfect_prediction_has_the_best_value(entry: Metric) -> None:
    target = np.arange(60) % CLASSES
    best = entry.bounds[1] if entry.higher_is_better else entry.bounds[0]
    if entry.needs == "probs":
        assert entry.function(np.eye(CLASSES)[target], target) == best
    else:
        assert call(entry, (target == 1).astype(float), target) == best


@every_metric
def test_worst_prediction_is_not_better_than_a_perfect_one(entry: Metric) -> None:
    target = np.arange(60) % CLASSES
    if entry.needs == "probs":
        perfect = entry.function(np.eye(CLASSES)[target], target)
        worst = entry.function(np.eye(CLASSES)[(target + 1) % CLASSES], target)
    else:
        perfect = call(entry, (target == 1).astype(float), target)
        rank = np.arange(60) / 60
        worst = call(entry, np.where(target == 1, 0.4 * rank, 0.4 + 0.6 * rank), target)
    assert (worst < perfect) == entry.higher_is_better
    assert worst != perfect


@every_metric
def test_empty_set_is_undefined(entry: Metric) -> None:
    assert math.isnan(call(entry, np.empty(0), np.empty(0, dtype=int)))


@every_metric
@pytest.mark.parametrize("only", [0, 1])
def test_single_class_is_undefined_where_the_other_class_is_needed(entry: Metric, only: int) -> None:
    prob, target = draw(3)
    prob, target = prob[target == only], target[target == only]
    lacking = {"every_class", "negatives" if only == 1 else "positives"}
    value = call(entry, prob, target)
    if entry.requires in lacking:
        assert math.isnan(value)
    else:
        assert entry.bounds[0] <= value <= entry.bounds[1]


@every_metric
@pytest.mark.parametrize("bad", [math.nan, math.inf, -0.01, 1.01])
def test_bad_probability_is_refused(entry: Metric, bad: float) -> None:
    prob, target = draw(4)
    prob[7] = bad
    with pytest.raises(ValueError, match="prob"):
        call(entry, prob, target)


@every_metric
def test_lengths_must_agree(entry: Metric) -> None:
    prob, target = draw(5)
    with pytest.raises(ValueError, match="target"):
        call(entry, prob, target[:-1])


@every_metric
def test_target_of_the_wrong_kind_is_refused(entry: Metric) -> None:
    prob, target = draw(6)
    arguments = [np.stack([1 - prob, prob], axis=1) if entry.needs == "probs" else prob, target.astype(float)]
    with pytest.raises(TypeError, match="target"):
        entry.function(*arguments, *([0.5] if entry.needs == "positive_prob+threshold" else []))


@pytest.mark.parametrize("entry", [e for e in ENTRIES if e.needs == "positive_prob+threshold"], ids=ids)
@pytest.mark.parametrize("threshold", [-0.1, 1.1, math.nan])
def test_threshold_outside_its_range_is_refused(entry: Metric, threshold: float) -> None:
    with pytest.raises(ValueError, match="threshold"):
        call(entry, *draw(7), threshold=threshold)


@every_metric
def test_arguments_are_left_as_they_were(entry: Metric) -> None:
    prob, target = draw(8)
    prob.flags.writeable = target.flags.writeable = False
    assert math.isfinite(call(entry, prob, target))
