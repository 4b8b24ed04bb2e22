"""What the threshold explorer draws: every stop of its slider as a row, so that the browser only looks up."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.figures.explorer_words import describe_charts, describe_rows, describe_words, find_net_benefit_end
from core.figures.palette import ROLE_COLOURS, ROLE_DASHES, ROLE_SYMBOLS
from core.figures.wording import NO_BREAK, ROLE_TITLES
from core.types import FIGURES, CostCurve, CurvePoints, DecisionCurve, Role, ThresholdTable

DIGITS = 5
_TICKS = (0.0, 0.05, 0.1, 0.2, 0.3, 0.5, 1.0)
_COUNTS = {
    "tp": "true_positives",
    "fp": "false_positives",
    "fn": "false_negatives",
    "tn": "true_negatives",
}


@dataclass(frozen=True)
class Figures:
    """Every figure of one role at the same thresholds: table, net benefit and cost."""

    table: ThresholdTable
    benefit: DecisionCurve
    cost: CostCurve


@dataclass(frozen=True)
class RoleCurves:
    """What is drawn of one role.

    Attributes:
        grid: figures at every stop of the slider.
        roc, pr: the curves over every threshold that changes anything.
    """

    grid: Figures
    roc: CurvePoints
    pr: CurvePoints


@dataclass(frozen=True)
class AimRow:
    """One aim as one role reaches it: figures at one threshold, or the reason why there are none."""

    figures: Figures | None
    reason: str = ""


@dataclass(frozen=True)
class Aim:
    """A button: its name in the state, its title, a sentence, and what it gives for each role."""

    name: str
    title: str
    help: str
    rows: Mapping[Role, AimRow]


def slider_thresholds() -> NDArray[np.float64]:
    """(K,) thresholds that the slider stops at: every 0.1 % up to 30 %, every 0.5 % above, 0 and 100 %.

    Findings that must not be missed are flagged at low probabilities, so the lower part is the finer one.
    """
    return np.concatenate([np.arange(0, 300) / 1000, np.arange(60, 201) / 200])


def build_explorer(
    curves: Mapping[Role, RoleCurves],
    aims: Sequence[Aim],
    *,
    first_aim: str,
    noun: str,
    other: str,
    title: str,
) -> dict[str, Any]:
    """Everything the explorer needs, as JSON values.

    Args:
        curves: of every role, all at one prevalence.
        aims: the buttons, in order.
        first_aim: name of the aim that is shown first.
        noun: a positive case in the singular, for example ``"melanoma"``.
        other: a case that is not positive, for example ``"other lesion"``.
        title: the data it was measured on.

    Returns:
        dict of JSON values; undefined numbers are None. ``version`` names the content.
    """
    teacher = next(iter(curves.values())).grid.table
    cost = next(iter(curves.values())).grid.cost
    body: dict[str, Any] = {
        "grid": slider_thresholds().tolist(),
        "ticks": _ticks(),
        "choice": {"kind": "aim", "name": first_aim},
        "aims": [{"name": aim.name, "title": aim.title, "help": aim.help} for aim in aims],
        "rows": describe_rows(noun, other, teacher.prevalence, cost.cost_ratio),
        "roles": [_role(role, of_role, aims) for role, of_role in curves.items()],
        "charts": describe_charts(noun, other, teacher),
        "words": describe_words(noun, other, title, teacher),
    }
    version = hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()
    return {**body, "version": version}


def _role(role: Role, curves: RoleCurves, aims: Sequence[Aim]) -> dict[str, Any]:
    grid, benefit = curves.grid.table, curves.grid.benefit
    drawn = grid.thresholds <= find_net_benefit_end(grid.prevalence)
    return {
        "role": role,
        "title": ROLE_TITLES[role],
        "color": ROLE_COLOURS[role],
        "dash": ROLE_DASHES[role],
        "symbol": ROLE_SYMBOLS[role],
        "positives": grid.positives,
        "negatives": grid.negatives,
        "grid": _columns(curves.grid),
        "counts": {key: getattr(grid, name).tolist() for key, name in _COUNTS.items()},
        "aims": {aim.name: _aim(aim.rows[role]) for aim in aims},
        "roc": _curve(curves.roc.x, curves.roc.y, curves.roc.thresholds),
        "pr": _curve(curves.pr.x, curves.pr.y, curves.pr.thresholds),
        "net": _curve(grid.thresholds[drawn], 1000 * benefit.net_benefit[drawn], grid.thresholds[drawn]),
    }


def _columns(figures: Figures) -> dict[str, list[list[float | None]]]:
    table, benefit, cost = figures.table, figures.benefit, figures.cost
    columns: dict[str, list[list[float | None]]] = {}
    for name in FIGURES:
        columns[name] = [_plain(column) for column in table.values(name)]
    columns["false_alarm"] = [_plain(1 - table.specificity)]
    columns["net_benefit"] = [
        _plain(1000 * values) for values in (benefit.net_benefit, benefit.low, benefit.high)
    ]
    columns["cost"] = [_plain(values) for values in (cost.cost_per_1000, cost.low, cost.high)]
    return columns


def _aim(row: AimRow) -> dict[str, Any]:
    if row.figures is None:
        return {"reason": row.reason}
    table = row.figures.table
    return {
        "threshold": float(table.thresholds[0]),
        "cells": {key: [column[0] for column in columns] for key, columns in _columns(row.figures).items()},
        "counts": {key: int(getattr(table, name)[0]) for key, name in _COUNTS.items()},
        "note": row.reason,
    }


def _curve(x: NDArray[np.float64], y: NDArray[np.float64], threshold: NDArray[np.float64]) -> dict[str, Any]:
    return {"x": _plain(x), "y": _plain(y), "threshold": _plain(threshold)}


def _plain(values: NDArray[np.float64]) -> list[float | None]:
    return [round(float(value), DIGITS) if np.isfinite(value) else None for value in values]


def _ticks() -> list[dict[str, Any]]:
    grid = slider_thresholds()
    return [{"index": int(np.abs(grid - at).argmin()), "text": f"{at * 100:g}{NO_BREAK}%"} for at in _TICKS]
