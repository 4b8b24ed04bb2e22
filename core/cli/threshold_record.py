"""The record of the thresholds command: what is printed as JSON or as tables."""

from __future__ import annotations

from typing import Any

import numpy as np

from core.evaluation.combinations import compare_combinations, compute_target_specificity
from core.evaluation.costs import compute_cost_curve, compute_theoretical_threshold
from core.evaluation.decision_curve import compare_net_benefit, compute_decision_curve, rebase
from core.evaluation.positives import describe_positive_calls
from core.evaluation.thresholds import compute_threshold_table
from core.types import (
    FIGURES,
    CombinationTable,
    HeldOut,
    Interval,
    PositiveSetCalls,
    Role,
    ThresholdChoice,
    ThresholdTable,
)

DECISION_THRESHOLDS = (0.02, 0.05, 0.1, 0.2, 0.5)
"""Thresholds of the printed decision curve; the one that the cost ratio stands for comes on top."""


def measure(
    validation: HeldOut,
    held_out: HeldOut,
    choices: dict[Role, ThresholdChoice],
    *,
    prevalence: float | None,
    cost_ratio: float,
    resamples: int,
    rebased_from: float | None,
) -> dict[str, Any]:
    """Everything that the command measures: roles, decision curves, combinations, definitions of found.

    Args:
        validation, held_out: cases with the same positives.
        choices: role to its threshold.
        prevalence: to state figures at; None is as the held-out cases are.
        cost_ratio: needless referrals that one miss is worth, above 0.
        resamples: behind the limits.
        rebased_from: prevalence to move probabilities from for the decision curve; None leaves them.
    """
    return {
        "roles": {
            role: _measure_role(held_out, role, choice, prevalence, cost_ratio)
            for role, choice in choices.items()
        },
        "decision_curve": _decide(held_out, prevalence, cost_ratio, resamples, rebased_from=rebased_from),
        "combinations": _combine(validation, held_out, choices, prevalence, resamples),
        "positive_set": _call_set(held_out, choices) if len(held_out.positives) > 1 else None,
    }


def _measure_role(
    held_out: HeldOut, role: Role, choice: ThresholdChoice, prevalence: float | None, cost_ratio: float
) -> dict[str, Any]:
    """One network at its threshold: how it was chosen, and every figure on held-out cases."""
    point = choice.point
    record: dict[str, Any] = {
        "threshold": choice.threshold,
        "state": choice.state,
        "words": choice.words,
        "tied": choice.tied,
        "validation": {"sensitivity": point.sensitivity, "specificity": point.specificity} if point else None,
        "held_out": None,
    }
    if choice.state == "unattainable":
        return record
    table = compute_threshold_table(
        held_out.positive_prob[role],
        held_out.truth,
        held_out.groups,
        thresholds=np.array([choice.threshold]),
        prevalence=prevalence,
    )
    cost = compute_cost_curve(table, cost_ratio=cost_ratio)
    record["held_out"] = {
        "counts": _count(table),
        **{figure: table.interval(figure, 0) for figure in FIGURES},
        "cost_per_1000": Interval(
            float(cost.cost_per_1000[0]),
            float(cost.low[0]),
            float(cost.high[0]),
            cost.level,
            table.n,
            cost.method if 0 < table.positives < table.n else "undefined: one class only",
        ),
    }
    return record


def _count(table: ThresholdTable) -> dict[str, int]:
    names = ("true_positives", "false_positives", "false_negatives", "true_negatives")
    return {name: int(getattr(table, name)[0]) for name in names}


def _decide(
    held_out: HeldOut,
    prevalence: float | None,
    cost_ratio: float,
    resamples: int,
    *,
    rebased_from: float | None,
) -> dict[str, Any]:
    """Decision curves of every network at a few thresholds, and student minus teacher."""
    cuts = np.unique([*DECISION_THRESHOLDS, round(compute_theoretical_threshold(cost_ratio), 4)])
    options: dict[str, Any] = {
        "thresholds": cuts[cuts < 1],
        "prevalence": prevalence,
        "resamples": resamples,
    }
    truth, groups, probs = held_out.truth, held_out.groups, dict(held_out.positive_prob)
    if rebased_from is not None and prevalence is not None:
        probs = {
            role: rebase(prob, measured_at=rebased_from, prevalence=prevalence)
            for role, prob in probs.items()
        }
    curves = {role: compute_decision_curve(probs[role], truth, groups, **options) for role in held_out.roles}
    record: dict[str, Any] = {
        "rebased_from": rebased_from,
        "thresholds": next(iter(curves.values())).thresholds.tolist(),
        "flag_everyone": next(iter(curves.values())).treat_all.tolist(),
        "roles": {
            role: [
                Interval(float(value), float(low), float(high), curve.level, curve.n, curve.method)
                for value, low, high in zip(curve.net_benefit, curve.low, curve.high, strict=True)
            ]
            for role, curve in curves.items()
        },
    }
    if {"teacher", "student"} <= set(probs):
        record["student_minus_teacher"] = compare_net_benefit(
            probs["student"], probs["teacher"], truth, groups, **options
        )
    return record


def _combine(
    validation: HeldOut,
    held_out: HeldOut,
    choices: dict[Role, ThresholdChoice],
    prevalence: float | None,
    resamples: int,
) -> CombinationTable | str:
    """Every way of combining the networks, at the specificity that the student has on validation cases."""
    student = choices.get("student")
    if student is None or "teacher" not in choices:
        return "Not compared: teacher and student are not both there."
    target = compute_target_specificity(validation, student.threshold)
    if not target > 0:
        return "Not compared: the student has no threshold that spares any validation case."
    return compare_combinations(
        validation, held_out, target=target, prevalence=prevalence, resamples=resamples
    )


def _call_set(held_out: HeldOut, choices: dict[Role, ThresholdChoice]) -> dict[Role, PositiveSetCalls]:
    """Both definitions of the sensitivity for a set of classes, for every network."""
    return {
        role: describe_positive_calls(
            held_out, role, threshold=None if choice.state == "unattainable" else choice.threshold
        )
        for role, choice in choices.items()
    }
