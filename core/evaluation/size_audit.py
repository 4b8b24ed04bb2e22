"""Is a student smaller and faster than its teacher, and which student is worth using?

A pair may serve a "student" that is bigger and slower than its teacher. The audit says so, and recommends
the smaller and faster student unless another one that saves as much is shown to read better.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from core.bundle import Pair
from core.evaluation.delong import compare_auc
from core.evaluation.mcnemar import compare_right
from core.types import ALIKE, HeldOut, Interval, LatencyReport, NetworkSize, Role, SizeAudit, StudentCost

FIGURES = ("roc_auc", "sensitivity", "specificity", "accuracy_top1", "macro_f1", "quadratic_kappa")
"""Held-out figures that stand beside the costs, where the card reports them."""


def audit_sizes(
    pair: Pair, held_out: HeldOut | None = None, *, latency: Mapping[Role, LatencyReport] | None = None
) -> SizeAudit:
    """Measure every served network of a pair against the teacher.

    Args:
        pair: for sizes, work and the card's figures.
        held_out: the cases on which accuracy is compared; None compares costs alone.
        latency: role to the time of one reading on this machine, all roles timed in turn; None leaves the
            times out and judges speed by the work; so do times that are not steady enough to tell.

    Returns:
        SizeAudit. Differences of ROC-AUC have DeLong's limits, differences of the share of cases whose most
        probable class is right those of Bonett and Price; both count groups, not cases. The share is left
        out where a class has no case. A network's figures are the card's; where the cases or what counts as
        positive differ from the card's, none are given.

    Raises:
        BundleError: the card describes no teacher.
        ValueError: a served role has no predictions in ``held_out``, or no time in ``latency``.
    """
    roles = pair.served_roles
    measured = {"held_out": held_out.roles if held_out else roles, "latency": tuple(latency or roles)}
    for name, given in measured.items():
        if missing := [role for role in roles if role not in given]:
            raise ValueError(f"{name} lacks {', '.join(missing)}")
    networks = tuple(_measure(pair, held_out, role, latency) for role in roles)
    teacher = networks[0]
    students = tuple(
        _weigh(network, teacher, _compare(held_out, network.role, "teacher") if held_out else {})
        for network in networks[1:]
    )
    recommended = _recommend(students, held_out)
    others = [student.role for student in students if student.role != recommended]
    return SizeAudit(
        pair=pair.card.pair,
        title=held_out.title if held_out else "",
        n=held_out.n if held_out else 0,
        groups=len(np.unique(held_out.groups)) if held_out else 0,
        networks=networks,
        students=students,
        recommended=recommended,
        between=_compare(held_out, recommended, others[0]) if held_out and others else {},
    )


def _measure(
    pair: Pair, held_out: HeldOut | None, role: Role, latency: Mapping[Role, LatencyReport] | None
) -> NetworkSize:
    entry = pair.network(role)
    report = pair.card.reports.get(held_out.dataset) if held_out else None
    own = held_out is not None and set(held_out.positives) == set(pair.card.positives)
    found = report.metrics.get(role, {}) if report and own else {}
    return NetworkSize(
        role=role,
        title=entry.title,
        parameters=entry.parameters,
        macs=entry.macs,
        height=entry.preprocessing.height,
        width=entry.preprocessing.width,
        onnx_bytes=pair.size_bytes(role),
        latency=latency[role] if latency else None,
        figures={name: found[name].record() for name in FIGURES if name in found},
    )


def _weigh(student: NetworkSize, teacher: NetworkSize, differences: Mapping[str, Interval]) -> StudentCost:
    time, steady = None, True
    if student.latency and teacher.latency and teacher.latency.median_ms > 0:
        time = student.latency.median_ms / teacher.latency.median_ms
        steady = _tells(student.latency, teacher.latency)
    return StudentCost(
        role=student.role,
        parameters=student.parameters / teacher.parameters,
        macs=student.macs / teacher.macs,
        bytes=student.onnx_bytes / teacher.onnx_bytes,
        time=time,
        steady=steady,
        differences=differences,
    )


def _tells(one: LatencyReport, other: LatencyReport) -> bool:
    """Whether the machine was at rest, and the medians are alike or lie beyond half of both ranges apart."""
    if one.noisy or other.noisy:
        return False
    apart = abs(one.median_ms - other.median_ms)
    reach = (one.spread * one.median_ms + other.spread * other.median_ms) / 2
    return apart <= ALIKE * other.median_ms or apart > reach


def _compare(held_out: HeldOut, first: Role, second: Role) -> dict[str, Interval]:
    """First minus second in ROC-AUC and, where every class has a case, in the share of right answers."""
    probs = held_out.positive_prob
    found = compare_auc(probs[first], probs[second], held_out.truth, held_out.groups)
    differences = {"roc_auc": found.difference}
    if set(held_out.target) == set(held_out.classes):
        right, other = _right(held_out, first), _right(held_out, second)
        differences["accuracy_top1"] = compare_right(right, other, held_out.groups, among="all").difference
    return differences


def _right(held_out: HeldOut, role: Role) -> NDArray[np.bool_]:
    called = np.asarray(held_out.classes)[held_out.probs[role].argmax(axis=1)]
    right: NDArray[np.bool_] = called == held_out.target
    return right


def _recommend(students: Sequence[StudentCost], held_out: HeldOut | None) -> Role:
    """Among students that save something, if any does: the one shown to be better, else the lighter one."""
    saving = [student for student in students if student.saves] or list(students)
    best = saving[0]
    for other in saving[1:]:
        differences = _compare(held_out, other.role, best.role) if held_out else {}
        wins = any(found.low > 0 for found in differences.values())
        loses = any(found.high < 0 for found in differences.values())
        if wins != loses:
            best = other if wins else best
        elif _cost(other) < _cost(best):
            best = other
    return best.role


def _cost(student: StudentCost) -> tuple[float, float]:
    return (student.effort, student.parameters)
