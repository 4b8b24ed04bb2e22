"""The student against its teacher and against its control on one set of held-out cases, top to bottom."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

import numpy as np

from core.bundle import Pair
from core.errors import ConfigError
from core.evaluation.comparison import paired_differences
from core.evaluation.delong import compare_auc
from core.evaluation.mcnemar import compare_right
from core.evaluation.operating_points import choose_operating_points
from core.evaluation.verdict import AUC_MARGIN, SENSITIVITY_MARGIN, judge, judge_margin
from core.metrics.base import METRICS
from core.types import (
    Against,
    AucComparison,
    Comparison,
    FoundTable,
    HeldOut,
    MetricDifference,
    OperatingPoint,
    Role,
    Verdict,
)

_AGAINST: tuple[Against, ...] = ("teacher", "control")
_BY_BOOTSTRAP = ("pr_auc", "ece", "brier")


def list_operating_points(
    pair: Pair, held_out: HeldOut, validation: HeldOut
) -> dict[str, dict[Role, OperatingPoint]]:
    """Every aim that all measured roles have a threshold for, chosen on validation cases.

    With the card's own positives these are the card's points; with others, thresholds are chosen afresh.

    Args:
        pair: the loaded pair.
        held_out: the cases that will be reported; only its positives and roles are looked at.
        validation: cases with the same positives.

    Returns:
        Name of the aim to role to point, the card's default aim first.

    Raises:
        ConfigError: the roles share no aim.
        DataError: the validation cases are of one class.
    """
    own = set(held_out.positives) == set(pair.card.positives)
    by_role: dict[Role, dict[str, OperatingPoint]] = {}
    for role in held_out.roles:
        if own and role in pair.card.networks:
            points = tuple(entry.record() for entry in pair.network(role).operating_points)
        else:
            points = choose_operating_points(
                validation.positive_prob[role],
                validation.truth,
                validation.groups,
                chosen_on=f"validation split, n = {validation.n}",
            )
        by_role[role] = {point.name: point for point in points}
    shared = [name for name in by_role["teacher"] if all(name in points for points in by_role.values())]
    if not shared:
        raise ConfigError(
            pair.card.pair,
            "its networks share no operating point",
            "Choose other positives, or save the pair again",
        )
    shared.sort(key=lambda name: name != pair.card.operating_point)
    return {name: {role: points[name] for role, points in by_role.items()} for name in shared}


def compare_networks(
    held_out: HeldOut,
    points: Mapping[Role, OperatingPoint],
    *,
    auc_margin: float = AUC_MARGIN,
    sensitivity_margin: float = SENSITIVITY_MARGIN,
    resamples: int = 1000,
    level: float = 0.95,
    seed: int = 0,
) -> Comparison:
    """Compare the student with its teacher, and with its control where one was measured.

    Args:
        held_out: reported cases of teacher and student at least.
        points: role to the operating point it is judged at.
        auc_margin, sensitivity_margin: the largest losses that are put up with.
        resamples, level, seed: of the paired bootstrap and of all limits.

    Returns:
        Comparison. ROC-AUC by DeLong, sensitivity and specificity by paired counts, PR-AUC, ECE and Brier
        score by the paired bootstrap; groups are taken whole in all of them.

    Raises:
        ConfigError: teacher or student was not measured.
        ValueError: a margin outside (0, 1).
    """
    if not {"teacher", "student"} <= set(held_out.roles):
        raise ConfigError(
            held_out.title,
            f"only {', '.join(held_out.roles)} was measured, a comparison needs teacher and student",
            "Choose other cases",
        )
    options: dict[str, Any] = {"resamples": resamples, "level": level, "seed": seed}
    truth, groups, probs = held_out.truth, held_out.groups, held_out.positive_prob
    against = [role for role in _AGAINST if role in probs]
    aucs = {role: compare_auc(probs["student"], probs[role], truth, groups, level=level) for role in against}
    tables = {role: _tabulate(held_out, points, role, level) for role in against}
    differences = []
    for role in against:
        found = {
            "roc_auc": aucs[role].difference,
            "sensitivity": tables[role][0].difference,
            "specificity": tables[role][1].difference,
        }
        found |= paired_differences(_BY_BOOTSTRAP, probs["student"], probs[role], truth, groups, **options)
        differences += [
            MetricDifference(name, role, interval, METRICS.get(name).higher_is_better)
            for name, interval in found.items()
        ]
    return Comparison(
        dataset=held_out.dataset,
        title=held_out.title,
        n=held_out.n,
        positives=int(truth.sum()),
        groups=len(np.unique(groups)),
        points=dict(points),
        aucs=aucs,
        tables=tables,
        differences=tuple(differences),
        verdict=_judge(aucs, tables, auc_margin, sensitivity_margin),
    )


def set_margins(comparison: Comparison, *, auc_margin: float, sensitivity_margin: float) -> Comparison:
    """The same comparison judged against other margins; nothing is measured again.

    Args:
        comparison: from :func:`compare_networks`.
        auc_margin, sensitivity_margin: in (0, 1).

    Raises:
        ValueError: a margin outside (0, 1).
    """
    verdict = _judge(comparison.aucs, comparison.tables, auc_margin, sensitivity_margin)
    return dataclasses.replace(comparison, verdict=verdict)


def _judge(
    aucs: Mapping[Against, AucComparison],
    tables: Mapping[Against, tuple[FoundTable, FoundTable, FoundTable]],
    auc_margin: float,
    sensitivity_margin: float,
) -> Verdict:
    return judge(
        judge_margin(aucs["teacher"].difference, auc_margin, "roc_auc"),
        judge_margin(tables["teacher"][0].difference, sensitivity_margin, "sensitivity"),
        aucs["control"].difference if "control" in aucs else None,
    )


def _tabulate(
    held_out: HeldOut, points: Mapping[Role, OperatingPoint], role: Role, level: float
) -> tuple[FoundTable, FoundTable, FoundTable]:
    truth, groups = held_out.truth, held_out.groups
    right = [(held_out.positive_prob[name] >= points[name].threshold) == truth for name in ("student", role)]
    first, second = right
    return (
        compare_right(first[truth], second[truth], groups[truth], among="positives", level=level),
        compare_right(first[~truth], second[~truth], groups[~truth], among="negatives", level=level),
        compare_right(first, second, groups, among="all", level=level),
    )
