"""The report of one role, and the comparison of two."""

from __future__ import annotations

import json
import math
from dataclasses import astuple

import numpy as np
import pytest

from core.bundle import load_pair
from core.card import IntervalEntry
from core.evaluation.comparison import (
    compute_retention,
    paired_difference,
    paired_differences,
    paired_ratio,
)
from core.evaluation.estimates import evaluate_metric, evaluate_metrics
from core.evaluation.held_out import list_held_out, load_held_out
from core.evaluation.operating_points import describe_operating_point
from core.evaluation.report import BINARY, EVERY_CLASS, evaluate_role
from core.metrics.base import METRICS
from core.types import Interval, OperatingPoint

CLASSES = ("mel", "nv", "bcc")
SMALL = {"resamples": 60}


def simulate(codes: tuple[str, ...] = CLASSES, n: int = 120) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    target = rng.permutation(np.array(codes)[np.arange(n) % len(codes)])
    logits = rng.normal(size=(n, 3)) + 1.5 * (target[:, None] == np.array(CLASSES))
    probs = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    return probs, target, rng.integers(0, n * 2 // 3, n)


def point(threshold: float = 0.4) -> OperatingPoint:
    some = Interval(0.5, 0.4, 0.6, 0.95, 10, "Wilson")
    return OperatingPoint("sensitivity_90", threshold, "validation", some, some)


def report(codes: tuple[str, ...] = CLASSES, threshold: float = 0.4) -> dict[str, Interval]:
    probs, target, groups = simulate(codes)
    return evaluate_role(
        probs, probs[:, 0], target, groups, point(threshold), classes=CLASSES, positives=("mel",), **SMALL
    )


def test_every_figure_is_the_metric_of_that_name() -> None:
    probs, target, _ = simulate()
    found = report()
    assert tuple(found) == BINARY + EVERY_CLASS
    for name, interval in found.items():
        entry = METRICS.get(name)
        if entry.needs == "probs":
            expected = entry.function(probs, np.array([CLASSES.index(code) for code in target]))
        elif entry.needs == "positive_prob":
            expected = entry.function(probs[:, 0], target == "mel")
        else:
            expected = entry.function(probs[:, 0], target == "mel", 0.4)
        assert interval.value == pytest.approx(expected, abs=1e-12), name
        assert entry.bounds[0] <= interval.low <= interval.value <= interval.high <= entry.bounds[1], name
        assert interval.low < interval.high, name
        assert interval.method.startswith(("Wilson", "bootstrap by group, 60")), name


def test_a_set_with_classes_missing_has_no_figure_over_all_classes() -> None:
    found = report(("mel", "nv"))
    assert tuple(found) == BINARY
    assert all(interval.defined for interval in found.values())


@pytest.mark.parametrize("only", ["mel", "nv"])
def test_a_set_of_one_class_says_so(only: str) -> None:
    found = report((only,))
    assert not found["roc_auc"].defined and "one class" in found["roc_auc"].method
    assert found["brier"].defined
    assert found["sensitivity"].defined == (only == "mel")
    assert found["specificity"].defined == (only == "nv")


def test_nothing_flagged_leaves_ppv_undefined() -> None:
    found = report(threshold=1.0)
    assert not found["ppv"].defined and found["ppv"].method == "undefined: no case is flagged"
    assert found["sensitivity"].value == 0 and found["sensitivity"].high > 0


def test_a_case_on_the_threshold_is_flagged() -> None:
    probs, target, groups = simulate()
    at = float(np.sort(probs[target == "mel", 0])[0])
    found = report(threshold=at)
    assert found["sensitivity"].value == 1.0
    same = describe_operating_point("p", at, probs[:, 0], target == "mel", groups, chosen_on="test")
    assert found["sensitivity"] == same.sensitivity and found["specificity"] == same.specificity


def test_unattainable_is_a_state_with_its_reason() -> None:
    prob = np.concatenate([np.full(18, 0.9), np.zeros(2), np.zeros(70), np.full(10, 0.1)])
    target = np.arange(100) < 20
    found = evaluate_metric("specificity_at_95_sensitivity", prob, target, np.arange(100), **SMALL)
    assert not found.defined and found.method.startswith("unattainable")


def test_unattainable_resamples_count_as_the_worst_case() -> None:
    # one positive in 21 sits at the bottom: attained on the data, not on resamples that draw it twice
    prob = np.concatenate([np.full(20, 0.9), [0.0], np.full(40, 0.1), np.full(5, 0.0)])
    found = evaluate_metric(
        "specificity_at_95_sensitivity", prob, np.arange(66) < 21, np.arange(66), resamples=300
    )
    assert (found.value, found.low) == (1.0, 0.0)


def test_two_positive_classes_are_added() -> None:
    probs, target, groups = simulate()
    both = probs[:, 0] + probs[:, 2]
    found = evaluate_role(
        probs, both, target, groups, point(), classes=CLASSES, positives=("mel", "bcc"), **SMALL
    )
    expected = METRICS.get("roc_auc").function(both, np.isin(target, ["mel", "bcc"]))
    assert found["roc_auc"].value == pytest.approx(expected)


def test_wrong_input_is_refused() -> None:
    probs, target, groups = simulate()
    with pytest.raises(ValueError, match="positive_prob"):
        evaluate_role(probs, probs[:, 1], target, groups, point(), classes=CLASSES, positives=("mel",))
    with pytest.raises(ValueError, match="scc"):
        evaluate_role(
            probs, probs[:, 0], ["scc", *target[1:]], groups, point(), classes=CLASSES, positives=("mel",)
        )
    with pytest.raises(ValueError, match="threshold"):
        evaluate_metric("sensitivity", probs[:, 0], target == "mel", groups)


def test_figures_survive_being_stored_in_a_card() -> None:
    for interval in (*report().values(), *report(("nv",)).values()):
        stored = json.loads(IntervalEntry.of(interval).model_dump_json())
        back = IntervalEntry.model_validate(stored).record()
        assert back == interval or (math.isnan(back.value) and math.isnan(interval.value))


def test_the_shipped_figures_are_what_their_predictions_give() -> None:
    pair = load_pair("melanoma")
    compared = 0
    for dataset in list_held_out(pair):
        cases, stored = load_held_out(pair, dataset), pair.card.reports[dataset].metrics
        for role in cases.roles:
            found = evaluate_role(
                cases.probs[role],
                cases.positive_prob[role],
                cases.target,
                cases.groups,
                pair.operating_point(role),
                classes=cases.classes,
                positives=cases.positives,
            )
            for name, entry in stored[role].items():
                old, new = entry.record(), found[name]
                assert (new.value, new.low, new.high) == pytest.approx(
                    (old.value, old.low, old.high), abs=1e-9, nan_ok=True
                ), (dataset, role, name)
                assert (new.n, new.level, new.method) == (old.n, old.level, old.method)
                compared += 1
    assert compared >= 9 * len(BINARY)


def test_figures_together_are_the_figures_alone() -> None:
    probs, target, groups = simulate()
    case = probs[:, 0], target == "mel", groups
    together = evaluate_metrics(BINARY, *case, threshold=0.4, resamples=60)
    assert tuple(together) == BINARY
    for name in BINARY:
        alone = evaluate_metric(name, *case, threshold=0.4, resamples=60)
        assert astuple(together[name]) == pytest.approx(astuple(alone), abs=1e-14), name


def noisy(prob: np.ndarray, amount: float) -> np.ndarray:
    return np.clip(prob + np.random.default_rng(9).normal(scale=amount, size=prob.shape), 0, 1)


def test_a_network_compared_with_itself() -> None:
    probs, target, groups = simulate()
    same = probs[:, 0], probs[:, 0], target == "mel", groups
    difference = paired_difference("roc_auc", *same, **SMALL)
    assert (difference.value, difference.low, difference.high) == (0, 0, 0)
    kept = compute_retention(*same, **SMALL)
    assert (kept.value, kept.low, kept.high) == (1, 1, 1)


def test_differences_and_ratios_by_their_definition() -> None:
    probs, target, groups = simulate()
    teacher, student, truth = probs[:, 0], noisy(probs[:, 0], 0.3), target == "mel"
    auc = METRICS.get("roc_auc").function
    one, other = auc(student, truth), auc(teacher, truth)
    difference = paired_difference("roc_auc", student, teacher, truth, groups, **SMALL)
    back = paired_difference("roc_auc", teacher, student, truth, groups, **SMALL)
    assert difference.value == pytest.approx(one - other)
    assert (back.low, back.high) == pytest.approx((-difference.high, -difference.low))
    kept = compute_retention(student, teacher, truth, groups, **SMALL)
    assert kept.value == pytest.approx(one / other) and kept.low < kept.value < kept.high


def test_differences_together_are_the_differences_alone() -> None:
    probs, target, groups = simulate()
    case = noisy(probs[:, 0], 0.3), probs[:, 0], target == "mel", groups
    names = ("pr_auc", "ppv", "ece")
    together = paired_differences(names, *case, thresholds=(0.5, 1.0), **SMALL)
    assert tuple(together) == names
    assert together["ppv"].method == "undefined: no case is flagged"
    for name in ("pr_auc", "ece"):
        alone = paired_difference(name, *case, **SMALL)
        assert astuple(together[name]) == pytest.approx(astuple(alone), abs=1e-14), name


def test_pairing_makes_the_limits_narrower() -> None:
    probs, target, groups = simulate()
    teacher, student, truth = probs[:, 0], noisy(probs[:, 0], 0.03), target == "mel"
    paired = paired_difference("roc_auc", student, teacher, truth, groups, **SMALL)
    alone = evaluate_metric("roc_auc", teacher, truth, groups, **SMALL)
    assert paired.high - paired.low < 0.5 * (alone.high - alone.low)


def test_each_network_has_its_own_threshold() -> None:
    probs, target, groups = simulate()
    prob, truth = probs[:, 0], target == "mel"
    found = paired_difference("sensitivity", prob, prob, truth, groups, thresholds=(0.2, 0.6), **SMALL)
    sensitivity = METRICS.get("sensitivity").function
    assert found.value == pytest.approx(sensitivity(prob, truth, 0.2) - sensitivity(prob, truth, 0.6))
    assert 0 < found.low < found.value < found.high
    with pytest.raises(ValueError, match="threshold"):
        paired_difference("sensitivity", prob, prob, truth, groups, **SMALL)


def test_undefined_comparisons() -> None:
    prob, groups = np.linspace(0, 1, 10), np.arange(10)
    assert not paired_difference("roc_auc", prob, prob, np.ones(10, dtype=bool), groups, **SMALL).defined
    upside_down = np.arange(10) < 5  # an AUC of 0 to divide by
    assert not paired_ratio("roc_auc", prob, prob, upside_down, groups, **SMALL).defined
    with pytest.raises(ValueError, match="same shape"):
        paired_difference("roc_auc", prob, prob[:-1], upside_down, groups, **SMALL)
