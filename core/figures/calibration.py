"""How a calibration error depends on the number of bins, and what a calibration map changes."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go

from core.figures.palette import OTHER, ROLE_COLOURS, ROLE_DASHES, ROLE_SYMBOLS, RULE
from core.figures.reliability import describe_points
from core.figures.wording import name_role, percent, percent_with_limits
from core.types import EceByBins, ReliabilityCurve, Role

_CLEAR = "rgba(0,0,0,0)"


def describe_ece_by_bins(found: EceByBins, role: Role) -> str:
    """The figure in words, for readers who do not see it."""
    ends = [
        f"{found.bins[at]} bins {percent(float(found.ece[at]))}, by chance alone "
        f"{percent(float(found.chance_low[at]))} to {percent(float(found.chance_high[at]))}"
        for at in (0, -1)
    ]
    return (
        f"Calibration error of the {name_role(role)} by number of bins, {found.n} held-out cases: "
        f"{'; '.join(ends)}."
    )


def plot_ece_by_bins(found: EceByBins, role: Role, *, bins: int, top: float) -> go.Figure:
    """Draw the error with its limits, and the band that a perfectly calibrated network would lie in.

    Args:
        found: the record to draw.
        role: whose; gives colour and dash.
        bins: the number of bins that the page uses, marked on the axis.
        top: where the axis of the error ends, so that figures side by side share it.
    """
    colour = ROLE_COLOURS[role]
    figure = go.Figure(
        [
            *_draw_band(found.bins, found.low, found.high, fill=_fade(colour), edge=_CLEAR, name="limits"),
            *_draw_band(
                found.bins,
                found.chance_low,
                found.chance_high,
                fill="rgba(124, 143, 152, 0.10)",
                edge=OTHER,
                name="chance alone",
            ),
            go.Scatter(
                x=found.bins,
                y=found.ece,
                mode="lines",
                name="measured",
                line={"color": colour, "dash": ROLE_DASHES[role], "width": 2.5},
                customdata=np.stack([found.low, found.high, found.chance_low, found.chance_high], axis=1),
                hovertemplate=(
                    "%{x} bins: %{y:.1%}<br>limits %{customdata[0]:.1%} to %{customdata[1]:.1%}<br>"
                    "by chance %{customdata[2]:.1%} to %{customdata[3]:.1%}<extra></extra>"
                ),
            ),
        ]
    )
    figure.add_vline(x=bins, line={"color": OTHER, "width": 1, "dash": "dot"})
    figure.update_layout(
        height=300,
        margin={"l": 56, "r": 8, "t": 36, "b": 44},
        legend={"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom", "itemclick": False},
        dragmode=False,
        paper_bgcolor=_CLEAR,
        plot_bgcolor=_CLEAR,
        xaxis={"title": {"text": "Number of bins"}, "fixedrange": True, "showgrid": False},
        yaxis={
            "title": {"text": "Average gap (ECE)", "standoff": 10},
            "range": [0, top],
            "tickformat": ".0%",
            "fixedrange": True,
            "gridcolor": RULE,
            "zeroline": False,
        },
    )
    return figure


def describe_before_after(before: ReliabilityCurve, after: ReliabilityCurve, role: Role, title: str) -> str:
    """The figure in words, for readers who do not see it."""
    return (
        f"Reliability of the {name_role(role)}, {before.n} held-out cases. "
        f"As shipped: {describe_points(before)}. {title}: {describe_points(after)}."
    )


def plot_before_after(before: ReliabilityCurve, after: ReliabilityCurve, role: Role, title: str) -> go.Figure:
    """Draw both curves in one square: as shipped in grey and open, after the map in the role's colour."""
    figure = go.Figure(
        go.Scatter(x=[0, 1], y=[0, 1], mode="lines", line={"color": RULE, "width": 1.5}, hoverinfo="skip")
    )
    figure.data[0].showlegend = False
    figure.add_trace(_draw_curve(before, "As shipped", OTHER, f"{ROLE_SYMBOLS[role]}-open", "dot"))
    figure.add_trace(_draw_curve(after, title, ROLE_COLOURS[role], ROLE_SYMBOLS[role], "solid"))
    figure.data[1].error_y.visible = False  # its limits are in the diagrams above
    axis = {"range": [-0.02, 1.03], "tickformat": ".0%", "dtick": 0.2, "fixedrange": True, "zeroline": False}
    figure.update_layout(
        height=430,
        margin={"l": 56, "r": 8, "t": 36, "b": 44},
        dragmode=False,
        legend={"orientation": "h", "x": 0, "y": 1.01, "yanchor": "bottom"},
        paper_bgcolor=_CLEAR,
        plot_bgcolor=_CLEAR,
        xaxis={
            **axis,
            "gridcolor": RULE,
            "constrain": "domain",
            "constraintoward": "left",
            "title": {"text": "Said"},
        },
        yaxis={
            **axis,
            "gridcolor": RULE,
            "constrain": "domain",
            "scaleanchor": "x",
            "title": {"text": "Seen", "standoff": 10},
        },
    )
    return figure


def _draw_curve(curve: ReliabilityCurve, name: str, colour: str, symbol: str, dash: str) -> go.Scatter:
    parts = [part for part in curve.bins if part.n]
    seen = np.array([part.observed.value for part in parts])
    return go.Scatter(
        x=[part.mean_prob for part in parts],
        y=seen,
        mode="lines+markers",
        name=name,
        marker={"symbol": symbol, "size": 9, "color": colour},
        line={"color": colour, "width": 1.2, "dash": dash},
        error_y={
            "type": "data",
            "symmetric": False,
            "array": [part.observed.high for part in parts] - seen,
            "arrayminus": seen - [part.observed.low for part in parts],
            "color": colour,
            "thickness": 1,
            "width": 2,
        },
        text=[f"{percent_with_limits(part.observed)}, {part.n} cases" for part in parts],
        hovertemplate="said %{x:.1%}, seen %{text}<extra>" + name + "</extra>",
    )


def _draw_band(
    x: np.ndarray, low: np.ndarray, high: np.ndarray, *, fill: str, edge: str, name: str
) -> list[go.Scatter]:
    """Lower edge, then upper edge with the fill between; the second one stands for both in the legend."""
    common = {"x": x, "mode": "lines", "line": {"width": 1, "color": edge}, "hoverinfo": "skip"}
    return [
        go.Scatter(y=low, name=f"{name}, lower edge", showlegend=False, **common),
        go.Scatter(y=high, name=name, fill="tonexty", fillcolor=fill, **common),
    ]


def _fade(colour: str) -> str:
    red, green, blue = (int(colour[at : at + 2], 16) for at in (1, 3, 5))
    return f"rgba({red}, {green}, {blue}, 0.22)"
