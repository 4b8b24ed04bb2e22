"""What the page about thresholds shows, computed once per choice of cases and clinic; no Streamlit here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.evaluation.aims import choose_threshold
from core.evaluation.costs import compute_cost_curve, compute_theoretical_threshold
from core.evaluation.curves import compute_pr_points, compute_roc_points
from core.evaluation.decision_curve import compute_decision_curve
from core.evaluation.thresholds import compute_threshold_table
from core.figures.nouns import plural, single
from core.figures.threshold_explorer import (
    Aim,
    AimRow,
    Figures,
    RoleCurves,
    build_explorer,
    slider_thresholds,
)
from core.figures.wording import NO_BREAK, ROLE_TITLES, percent
from core.types import DecisionCurve, HeldOut, Role, ThresholdChoice, ThresholdTable
from core.ui.explorer.choice import ExplorerChoice

AIMS = ("sensitivity_95", "sensitivity_90", "specificity_90", "youden", "lowest_cost")
"""The buttons, in order."""

_HIGHEST = float(np.nextafter(1.0, 0.0))
"""A net benefit has a value below a threshold of 1 only."""

RESAMPLES = 400
"""Of the net benefit's limits, computed again whenever the prevalence changes."""


@dataclass(frozen=True)
class Board:
    """Everything on the page that depends on cases and clinic.

    Attributes:
        data: for the explorer.
        choices: aim to role to the threshold that the aim leads to.
    """

    data: Mapping[str, Any]
    choices: Mapping[str, Mapping[Role, ThresholdChoice]]

    def thresholds(self, choice: ExplorerChoice) -> dict[Role, float]:
        """Threshold of every role that has one under the reader's choice."""
        if choice.threshold is not None:
            return dict.fromkeys(self.choices[AIMS[0]], choice.threshold)
        if choice.aim is None:
            return {}
        by_role = {role: of_role.threshold for role, of_role in self.choices[choice.aim].items()}
        return {role: threshold for role, threshold in by_role.items() if np.isfinite(threshold)}


def build_board(
    validation: HeldOut,
    held_out: HeldOut,
    *,
    noun: str,
    other: str,
    prevalence: float | None,
    cost_ratio: float,
    first_aim: str,
) -> Board:
    """Choose every aim's thresholds on ``validation``, measure everything on ``held_out``."""
    own = float(held_out.truth.mean()) if held_out.n else 0.0
    share = prevalence or (own if 0 < own < 1 else None)
    choices = {
        aim: {role: _choose(aim, validation, role, share, cost_ratio) for role in held_out.roles}
        for aim in AIMS
    }
    measured = {
        role: _measure(held_out, role, {aim: choices[aim][role] for aim in AIMS}, prevalence, cost_ratio)
        for role in held_out.roles
    }
    aims = [
        Aim(
            name,
            title_aim(name),
            explain_aim(name, noun, other, validation.n, cost_ratio),
            {role: rows[name] for role, (_, rows) in measured.items()},
        )
        for name in AIMS
    ]
    data = build_explorer(
        {role: curves for role, (curves, _) in measured.items()},
        aims,
        first_aim=first_aim,
        noun=noun,
        other=other,
        title=held_out.title,
    )
    return Board(data, choices)


def describe_recommendation(board: Board, noun: str, cost_ratio: float) -> str:
    """The threshold that costs least for each network, and what it would be if probabilities were exact."""
    parts = []
    for role, choice in board.choices["lowest_cost"].items():
        title = ROLE_TITLES[role].lower()
        if choice.state == "flag_everyone":
            parts.append(f"{title}: flag everyone")
        elif choice.state == "flag_nobody":
            parts.append(f"{title}: flag nobody")
        elif np.isfinite(choice.threshold):
            parts.append(f"{title} from {percent(choice.threshold)}")
        else:
            parts.append(f"{title}: none ({choice.words})")
    exact = percent(compute_theoretical_threshold(cost_ratio))
    return (
        f"**Recommended for these answers:** {', '.join(parts)}. Were the probabilities of {noun} exactly "
        f"right in your clinic, it would be {exact} for every network."
    )


def title_aim(name: str) -> str:
    """What a button says."""
    rate, _, share = name.partition("_")
    if share.isdigit():
        return f"{share}{NO_BREAK}% {rate}"
    return {"youden": "Youden (balance)", "lowest_cost": "Lowest cost"}[name]


def explain_aim(name: str, noun: str, other: str, n: int, cost_ratio: float) -> str:
    """What a button does, in one sentence."""
    rate, _, share = name.partition("_")
    if share.isdigit():
        what = (
            f"finds {share} of 100 {plural(noun)}"
            if rate == "sensitivity"
            else f"leaves {share} of 100 {plural(other)} alone"
        )
    elif name == "youden":
        what = "has the largest sum of sensitivity and specificity"
    else:
        one = single(noun)
        what = f"costs least when one missed {one} weighs as much as {cost_ratio:.0f} needless referrals"
    return (
        f"Each network's own threshold that {what}, chosen on {n:,} other cases and measured on these. "
        "The slider stands at the student's."
    )


def _choose(
    aim: str, validation: HeldOut, role: Role, prevalence: float | None, cost_ratio: float
) -> ThresholdChoice:
    return choose_threshold(
        aim,
        validation.positive_prob[role],
        validation.truth,
        validation.groups,
        chosen_on=f"{validation.title}, n = {validation.n}",
        prevalence=prevalence,
        cost_ratio=cost_ratio,
    )


def _measure(
    held_out: HeldOut,
    role: Role,
    choices: Mapping[str, ThresholdChoice],
    prevalence: float | None,
    cost_ratio: float,
) -> tuple[RoleCurves, dict[str, AimRow]]:
    """One role's figures at the slider's stops and at the threshold of every aim, from one bootstrap."""
    prob, truth, groups = held_out.positive_prob[role], held_out.truth, held_out.groups
    grid = slider_thresholds()
    found = {aim: choice.threshold for aim, choice in choices.items() if np.isfinite(choice.threshold)}
    cuts = np.concatenate([grid, list(found.values())])
    order = np.argsort(cuts, kind="stable")
    table = compute_threshold_table(prob, truth, groups, thresholds=cuts[order], prevalence=prevalence)
    benefit = compute_decision_curve(
        prob,
        truth,
        groups,
        thresholds=np.minimum(cuts[order], _HIGHEST),
        prevalence=prevalence,
        resamples=RESAMPLES,
    )
    benefit = _end_benefit(benefit, table)
    figures = Figures(table, benefit, compute_cost_curve(table, cost_ratio=cost_ratio))
    place = np.argsort(order, kind="stable")
    exact = compute_threshold_table(prob, truth, groups, prevalence=prevalence)
    curves = RoleCurves(
        _pick(figures, place[: grid.size]), compute_roc_points(exact), compute_pr_points(exact)
    )
    rows = {aim: AimRow(None, choice.words) for aim, choice in choices.items()}
    for at, aim in zip(place[grid.size :], found, strict=True):
        note = "" if choices[aim].state == "chosen" else choices[aim].words
        rows[aim] = AimRow(_pick(figures, np.array([at])), note)
    return curves, rows


def _end_benefit(benefit: DecisionCurve, table: ThresholdTable) -> DecisionCurve:
    """Net benefit from a threshold of 1 up: 0 where nobody is flagged, otherwise it has no value.

    There the odds that weigh a needless referral are infinite.
    """
    at_end = table.thresholds >= 1
    nobody = table.true_positives + table.false_positives == 0
    value = np.where(nobody & np.isfinite(benefit.net_benefit), 0.0, np.nan)
    return replace(
        benefit,
        net_benefit=np.where(at_end, value, benefit.net_benefit),
        low=np.where(at_end, value, benefit.low),
        high=np.where(at_end, value, benefit.high),
    )


def _pick(figures: Figures, rows: NDArray[np.intp]) -> Figures:
    """The same figures at some of their thresholds."""

    def pick(record: Any) -> Any:
        columns = {field.name: getattr(record, field.name) for field in fields(record)}
        return replace(record, **{k: v[rows] for k, v in columns.items() if isinstance(v, np.ndarray)})

    return Figures(pick(figures.table), pick(figures.benefit), pick(figures.cost))
