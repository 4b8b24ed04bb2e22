"""Calibration figures as tables for people; no Streamlit here, so that every cell is tested."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from core.figures.wording import ROLE_TITLES, percent, percent_with_limits, with_limits
from core.types import (
    BrierParts,
    HeldOut,
    Interval,
    MapMethod,
    OverallCalibration,
    Recalibration,
    ReliabilityBin,
    Role,
)
from core.ui.calibration_wording import MAP_TITLES, show_number

FIGURE_TITLES: dict[str, str] = {
    "ece": "Average gap, bins of equal width (ECE)",
    "ece_equal_mass": "Average gap, bins of equally many cases",
    "ece_debiased": "Typical gap with chance taken out",
    "ece_classwise": "Average gap over all classes",
    "brier": "Brier score",
    "nll": "Negative log likelihood",
    "roc_auc": "AUC (ranking)",
}
_IN_PER_CENT = ("ece", "ece_equal_mass", "ece_debiased", "ece_classwise")


def tabulate_overall(
    overall: Mapping[Role, OverallCalibration], figures: Mapping[Role, Mapping[str, Interval]], gap: str
) -> dict[str, list[str]]:
    """Column title to cells: the few figures that matter first, a column a role; ``gap`` names the error."""
    table = {
        "": [
            "Said on average",
            "Seen",
            FIGURE_TITLES[gap],
            "Intercept (0 is ideal)",
            "Slope (1 is ideal)",
            "Brier score (0 is ideal)",
        ]
    }
    for role, found in overall.items():
        table[ROLE_TITLES[role]] = [
            percent(found.mean_prob),
            percent_with_limits(found.observed),
            percent_with_limits(figures[role][gap]),
            _signed(found.intercept),
            _signed(found.slope),
            with_limits(figures[role]["brier"], digits=3),
        ]
    return table


def tabulate_more(
    figures: Mapping[Role, Mapping[str, Interval]], parts: Mapping[Role, BrierParts], gap: str
) -> dict[str, list[str]]:
    """Column title to cells: every other figure, then the parts of the Brier score."""
    others = [name for name in FIGURE_TITLES if name not in (gap, "brier")]
    table = {
        "": [
            *(FIGURE_TITLES[name] for name in others),
            "Brier: reliability (less is better)",
            "Brier: resolution (more is better)",
            "Brier: uncertainty (of the cases)",
            "Brier: spread within bins",
        ]
    }
    for role, found in figures.items():
        of_role = parts[role]
        table[ROLE_TITLES[role]] = [
            *(show_figure(name, found[name]) for name in others),
            f"{of_role.reliability:.4f}",
            f"{of_role.resolution:.4f}",
            f"{of_role.uncertainty:.4f}",
            show_number(of_role.variance - of_role.covariance, 4),
        ]
    return table


def tabulate_map(before: Recalibration, after: Recalibration, method: MapMethod) -> dict[str, list[str]]:
    """Column title to cells: every figure as shipped, after the map, and the paired change."""
    names = list(FIGURE_TITLES)
    return {
        "": [FIGURE_TITLES[name] for name in names],
        "As shipped": [show_figure(name, before.figures[name]) for name in names],
        MAP_TITLES[method]: [show_figure(name, after.figures[name]) for name in names],
        "Change": [_change(name, after.differences[name]) for name in names],
    }


def show_figure(name: str, interval: Interval) -> str:
    """A figure with limits; gaps in per cent, scores as they are."""
    return percent_with_limits(interval) if name in _IN_PER_CENT else with_limits(interval, digits=3)


def _change(name: str, interval: Interval) -> str:
    if not interval.defined:
        return interval.method
    scale, digits = (100, 1) if name in _IN_PER_CENT else (1, 3)
    return _signed(interval, scale=scale, digits=digits)


def _signed(interval: Interval, *, scale: float = 1, digits: int = 2) -> str:
    if not interval.defined:
        return interval.method
    value, low, high = (show_number(x * scale, digits) for x in (interval.value, interval.low, interval.high))
    return f"{value} ({low} to {high})"


def tabulate_cases(
    part: ReliabilityBin, cases: HeldOut, role: Role, names: Mapping[str, str]
) -> pd.DataFrame:
    """The cases of a bin, the most probable first: public id, truth, and what every role says, in per cent.

    Args:
        part: a bin of ``role``.
        cases: the record that ``part.cases`` points into.
        role: whose bin it is; its column comes first.
        names: class code to clinical name.
    """
    chosen = part.cases[::-1]
    roles = [role, *(other for other in cases.roles if other != role)]
    return pd.DataFrame(
        {
            "Image": cases.image_ids[chosen],
            "Truth": [names.get(code, code) for code in cases.target[chosen].tolist()],
            "Positive": ["yes" if found else "no" for found in cases.truth[chosen].tolist()],
            **{ROLE_TITLES[name]: 100 * cases.positive_prob[name][chosen] for name in roles},
        }
    )
