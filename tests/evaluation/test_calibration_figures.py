"""Figures on resamples: each statistic is its metric, and limits hold what they should."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest

from core.evaluation.calibration_figures import (
    FIGURES,
    Statistics,
    draw_figures,
    read_interval,
    read_intervals,
)
from core.evaluation.estimates import evaluate_metric
from core.metrics.base import METRICS
from tests.held_out_factory import draw_cases


def keep(cases, chosen):
    """The chosen cases of a record."""
    take = {name: getattr(cases, name)[chosen] for name in ("image_ids", "groups", "target", "truth")}
    return dataclasses.replace(
        cases,
        **take,
        probs={role: values[chosen] for role, values in cases.probs.items()},
        positive_prob={role: values[chosen] for role, values in cases.positive_prob.items()},
    )


def figures(cases, **options):
    return draw_figures(cases.probs["student"], cases.positive_prob["student"], cases, **options)


def prepare(cases, bins):
    code = np.array([cases.classes.index(name) for name in cases.target])
    return Statistics(cases.probs["student"], cases.positive_prob["student"], code, cases.truth, bins), code


@pytest.mark.parametrize("bins", [1, 7, 15, 40])
def test_statistics_on_weights_of_one_are_the_metrics(bins) -> None:
    cases = draw_cases(120)
    statistics, code = prepare(cases, bins)
    probs, prob = cases.probs["student"], cases.positive_prob["student"]
    values = statistics(np.ones((2, cases.n)))
    assert list(values) == list(FIGURES)
    for name, value in values.items():
        function = METRICS.get(name).function
        options = {"bins": bins} if name.startswith("ece") else {}
        expected = function(*((probs, code) if name == "ece_classwise" else (prob, cases.truth)), **options)
        found = math.sqrt(max(value[1], 0)) if name == "ece_debiased" else value[1]
        assert found == pytest.approx(expected, abs=1e-7), name


@pytest.mark.parametrize("seed", range(5))
def test_statistics_on_weights_are_the_metrics_on_repeated_cases(seed) -> None:
    cases = draw_cases(50, seed)
    statistics, code = prepare(cases, 9)
    weights = np.random.default_rng(seed).integers(0, 4, (3, 50)).astype(float)
    values = statistics(weights)
    for at, row in enumerate(weights):
        drawn = np.repeat(np.arange(50), row.astype(int))
        probs, prob, truth = (
            cases.probs["student"][drawn],
            cases.positive_prob["student"][drawn],
            cases.truth[drawn],
        )
        for name in ("ece", "brier", "nll", "roc_auc"):
            options = {"bins": 9} if name == "ece" else {}
            expected = METRICS.get(name).function(prob, truth, **options)
            assert values[name][at] == pytest.approx(expected, abs=1e-12), name
        expected = METRICS.get("ece_classwise").function(probs, code[drawn], bins=9)
        assert values["ece_classwise"][at] == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("name", ["ece", "brier", "nll", "roc_auc"])
def test_limits_are_those_of_every_other_page(name) -> None:
    cases = draw_cases(150, group_size=2)
    found = read_interval(figures(cases, resamples=100)[name], cases)
    other = evaluate_metric(
        name, cases.positive_prob["student"], cases.truth, cases.groups, resamples=100, seed=0
    )
    assert (found.value, found.low, found.high) == pytest.approx((other.value, other.low, other.high))
    assert found.method == "bootstrap by group, 100"


def test_difference_to_itself_is_nothing() -> None:
    cases = draw_cases(80)
    drawn = figures(cases, resamples=50)
    for name in FIGURES:
        zero = read_interval(drawn[name].minus(drawn[name]), cases)
        assert (zero.value, zero.low, zero.high) == (0, 0, 0)


def test_limits_stay_in_bounds_and_around_the_value() -> None:
    cases = draw_cases(60, seed=4, sharpness=6)
    for name, interval in read_intervals(figures(cases, bins=30, resamples=60), cases).items():
        low, high = METRICS.get(name).bounds
        assert low <= interval.low <= interval.value <= interval.high <= high, name


@pytest.mark.parametrize("only", ["mel", "nv"])
def test_one_class_leaves_only_the_ranking_undefined(only) -> None:
    cases = draw_cases(80)
    cases = keep(cases, cases.target == only)
    found = read_intervals(figures(cases, resamples=20), cases)
    assert not found["roc_auc"].defined and found["roc_auc"].method == "undefined: one class only"
    assert all(found[name].defined for name in FIGURES if name != "roc_auc")


def test_one_case() -> None:
    cases = keep(draw_cases(5), np.array([0]))
    found = read_intervals(figures(cases, resamples=5), cases)
    assert found["brier"].defined and found["ece"].defined
    assert not found["ece_debiased"].defined


@pytest.mark.slow
def test_debiased_limits_hold_the_true_error() -> None:
    # true error .1 everywhere: limits of the debiased figure hold it far oftener than not
    inside = 0
    for seed in range(120):
        rng = np.random.default_rng(seed)
        cases = draw_cases(400, seed=seed)
        prob = rng.uniform(0.25, 0.75, 400)
        truth = rng.random(400) < prob - 0.1
        cases = dataclasses.replace(cases, truth=truth)
        drawn = draw_figures(cases.probs["student"], prob, cases, resamples=200, seed=seed)
        limits = read_interval(drawn["ece_debiased"], cases)
        inside += limits.low <= 0.1 <= limits.high
    assert inside / 120 > 0.85
