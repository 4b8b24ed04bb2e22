"""How networks' answers move with the display window: curves with their thresholds, and the same in words."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go

from core.figures.palette import ROLE_COLOURS, ROLE_DASHES, RULE
from core.figures.wording import NO_BREAK, ROLE_TITLES, name_role, percent
from core.types import Role, WindowAxis, WindowCurve, WindowSensitivity

_CHANGED = "rgba(124, 143, 152, 0.22)"
_AXIS_TITLES: dict[WindowAxis, str] = {
    "centre": "Centre of the window (HU)",
    "width": "Width of the window (HU)",
}
_PLURALS: dict[WindowAxis, str] = {"centre": "centres", "width": "widths"}
_HEIGHT_PX = 330


def plot_window_curve(curve: WindowCurve, *, finding_name: str) -> go.Figure:
    """One line a network over a window's centre or width.

    Dotted lines are the thresholds. The ground is grey where at least one network answers otherwise than in
    the window of training, which is marked by an upright line.

    Args:
        curve: of every network that is drawn.
        finding_name: the positive finding, inside a sentence.
    """
    figure = go.Figure()
    for low, high in changed_zones(curve):
        figure.add_vrect(x0=low, x1=high, fillcolor=_CHANGED, line_width=0, layer="below")
    for role, probs in curve.probs.items():
        line = {"color": ROLE_COLOURS[role], "dash": ROLE_DASHES[role], "width": 3}
        figure.add_trace(
            go.Scatter(
                x=curve.values,
                y=100 * probs,
                name=ROLE_TITLES[role],
                mode="lines",
                line=line,
                hovertemplate=f"{ROLE_TITLES[role]}: %{{y:.1f}} %<extra></extra>",
            )
        )
        figure.add_hline(
            y=100 * curve.thresholds[role], line={"color": ROLE_COLOURS[role], "dash": "dot", "width": 1.5}
        )
    figure.add_vline(x=curve.trained, line={"color": RULE, "width": 2})
    figure.add_annotation(
        text="window of training",
        x=curve.trained,
        y=1,
        yref="paper",
        yanchor="bottom",
        showarrow=False,
        font={"size": 12},
    )
    figure.update_layout(
        height=_HEIGHT_PX,
        margin={"l": 8, "r": 8, "t": 62, "b": 8, "pad": 4},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        hovermode="x unified",
        legend={"orientation": "h", "x": 0, "y": 1.1, "yanchor": "bottom", "font": {"size": 13}},
        xaxis={
            "title": {"text": _AXIS_TITLES[curve.axis]},
            "range": [curve.values[0], curve.values[-1]],
            "fixedrange": True,
            "gridcolor": RULE,
            "gridwidth": 0.5,
            "automargin": True,
        },
        yaxis={
            "title": {"text": f"Probability of {finding_name} (%)"},
            "range": [0, 100],
            "fixedrange": True,
            "gridcolor": RULE,
            "gridwidth": 0.5,
            "automargin": True,
        },
    )
    return figure


def changed_zones(curve: WindowCurve) -> tuple[tuple[float, float], ...]:
    """(low, high) of every stretch of the sweep where some network's flag is not that of training.

    A stretch begins halfway between the last value with the same answers and the first with another.
    """
    changed = np.zeros(len(curve.values), dtype=np.bool_)
    for role in curve.probs:
        flags = curve.flags(role)
        changed |= flags != flags[curve.place]
    edges = (curve.values[1:] + curve.values[:-1]) / 2
    borders = np.concatenate([curve.values[:1], edges, curve.values[-1:]])
    zones: list[tuple[float, float]] = []
    for index in np.flatnonzero(changed):
        low, high = float(borders[index]), float(borders[index + 1])
        if zones and zones[-1][1] == low:
            low = zones.pop()[0]
        zones.append((low, high))
    return tuple(zones)


def describe_window_curve(curve: WindowCurve) -> str:
    """The figure in words: one sentence a network."""
    return " ".join(describe_role(curve, role) for role in curve.probs)


def describe_role(curve: WindowCurve, role: Role) -> str:
    """How far a window can be moved before one network's flag changes, by what was tested."""
    held, flagged = curve.stable_range(role), bool(curve.flags(role)[curve.place])
    side = "at or above" if flagged else "below"
    low, high = hounsfield(held.low), hounsfield(held.high)
    threshold = percent(curve.thresholds[role])
    start = f"The {name_role(role)}'s probability stays {side} its threshold of {threshold}"
    if held.open_low and held.open_high:
        return (
            f"{start} for all {len(curve.values)} {_PLURALS[curve.axis]} tested, {low} to {high}{NO_BREAK}HU."
        )
    if held.low == held.high:
        return (
            f"{start} only for the {curve.axis} of training, {low}{NO_BREAK}HU: the next ones tested differ."
        )
    return f"{start} for {_PLURALS[curve.axis]} from {low} to {high}{NO_BREAK}HU{_beyond(curve, role)}."


def _beyond(curve: WindowCurve, role: Role) -> str:
    """Where the answer ends."""
    held = curve.stable_range(role)
    ends = [word for word, is_open in (("below", held.open_low), ("above", held.open_high)) if not is_open]
    return f"; {' and '.join(ends)} that range it does not"


def hounsfield(value: float) -> str:
    """A value in Hounsfield units with a minus for a sign."""
    return f"{value:g}".replace("-", "−")


def tabulate_named(found: WindowSensitivity) -> dict[str, list[str]]:
    """Column title to cells: every named window and what each network says of the slice in it."""
    table = {
        "Window": [
            f"{window.title}{', used by the networks' if place == 0 else ''}"
            for place, window in enumerate(found.windows)
        ],
        "Centre, width": [
            f"{hounsfield(window.centre)}, {window.width:g}{NO_BREAK}HU" for window in found.windows
        ],
    }
    for role, probs in found.named.items():
        table[ROLE_TITLES[role]] = [
            f"{percent(float(prob))}, {'flagged' if prob >= found.thresholds[role] else 'not flagged'}"
            for prob in probs
        ]
    return table
