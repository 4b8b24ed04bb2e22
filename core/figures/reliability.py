"""Reliability diagrams: what a network said against what was seen, with limits and counts."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from core.figures.palette import ROLE_COLOURS, ROLE_SYMBOLS, RULE
from core.figures.wording import NO_BREAK, ROLE_TITLES, name_role, percent, percent_with_limits
from core.types import FEW_CASES, ReliabilityBin, ReliabilityCurve, Role

LOW_ENDS = (0.1, 0.2, 0.3, 0.5)
"""Where an enlarged axis may end."""

_MOST_CASES = 0.75
_COUNTS_SHARE, _GAP = 0.17, 0.05
_LABELLED_BARS = 16
_CLEAR = "rgba(0,0,0,0)"


def choose_low_end(probs: Iterable[NDArray[np.float64]]) -> float | None:
    """Shortest axis that shows three quarters of the cases of every role; None where only all of it does."""
    reach = max(float(np.quantile(prob, _MOST_CASES)) for prob in probs)
    return next((end for end in LOW_ENDS if reach <= end), None)


def describe_bin(part: ReliabilityBin) -> str:
    """Where a bin lies and how many cases it holds, for a list of choices."""
    edges = f"{part.low * 100:.1f} to {part.high * 100:.1f}{NO_BREAK}%"
    if part.state == "empty":
        return f"{edges}: no cases"
    return f"{edges}: {part.n} {'case' if part.n == 1 else 'cases'}"


def describe_points(curve: ReliabilityCurve) -> str:
    """What was said, what was seen with limits, and on how many cases, bin by bin; empty bins left out."""
    return "; ".join(
        f"said {percent(part.mean_prob)}, seen {percent_with_limits(part.observed)}, {part.n} cases"
        for part in curve.bins
        if part.n
    )


def describe_reliability(curve: ReliabilityCurve, role: Role, noun: str) -> str:
    """The diagram in words, for readers who do not see it."""
    empty = sum(part.state == "empty" for part in curve.bins)
    end = f" {empty} of {len(curve.bins)} bins hold no case." if empty else ""
    cases = f"share of {noun} in {curve.n} held-out cases"
    return f"Reliability of the {name_role(role)}, {cases}: {describe_points(curve)}.{end}"


def plot_reliability(
    curve: ReliabilityCurve, role: Role, noun: str, *, end: float = 1.0, chosen: int | None = None
) -> go.Figure:
    """Draw a square diagram with Wilson bars, and the number of cases of each bin beneath it.

    Every point and bar carries the index of its bin as custom data.

    Args:
        curve: to draw.
        role: whose; gives colour and symbol.
        noun: the positive finding in a sentence.
        end: where both axes end, in (0, 1].
        chosen: index of a bin to mark.
    """
    colour = ROLE_COLOURS[role]
    filled = [index for index, part in enumerate(curve.bins) if part.n]
    figure = go.Figure(
        [
            go.Scatter(
                x=[0, 1],
                y=[0, 1],
                mode="lines",
                line={"color": RULE, "width": 1.5},
                hoverinfo="skip",
                name="ideal",
            ),
            _draw_points(curve, role, noun, filled, chosen),
            _draw_counts(curve, colour, filled, chosen, end),
        ]
    )
    bottom = _COUNTS_SHARE + _GAP
    share = {
        "range": [-0.03 * end, 1.03 * end],
        "tickformat": ".0%",
        "fixedrange": True,
        "gridcolor": RULE,
        "zeroline": False,
    }
    share |= {"dtick": end / 5 if end != 0.3 else 0.1}
    figure.update_layout(
        height=424,
        margin={"l": 56, "r": 12, "t": 12, "b": 44},
        showlegend=False,
        dragmode=False,
        hovermode="closest",
        bargap=0,
        paper_bgcolor=_CLEAR,
        plot_bgcolor=_CLEAR,
        xaxis={
            **share,
            "anchor": "y2",
            "constrain": "domain",
            "title": {"text": f"{ROLE_TITLES[role]} said"},
        },
        yaxis={
            **share,
            "domain": [bottom, 1],
            "scaleanchor": "x",
            "constrain": "domain",
            "constraintoward": "bottom",
            "title": {"text": "Seen", "standoff": 10},
        },
        yaxis2={
            "domain": [0, _COUNTS_SHARE],
            "fixedrange": True,
            "showgrid": False,
            "zeroline": False,
            "showticklabels": False,
            "range": [0, 1.45 * max((part.n for part in curve.bins), default=1)],
            "title": {"text": "Cases", "standoff": 10},
        },
    )
    return figure


def _draw_points(
    curve: ReliabilityCurve, role: Role, noun: str, filled: list[int], chosen: int | None
) -> go.Scatter:
    parts = [curve.bins[index] for index in filled]
    symbol = ROLE_SYMBOLS[role]
    texts = [
        f"said {percent(part.mean_prob)}<br>seen {percent_with_limits(part.observed)} {noun}<br>"
        f"{part.n} cases" + (" (few: read with care)" if part.n < FEW_CASES else "")
        for part in parts
    ]
    seen = np.array([part.observed.value for part in parts])
    return go.Scatter(
        x=[part.mean_prob for part in parts],
        y=seen,
        mode="markers",
        name="bins",
        customdata=[[index] for index in filled],
        marker={
            "color": ROLE_COLOURS[role],
            "symbol": [f"{symbol}-open" if part.state == "few" else symbol for part in parts],
            "opacity": 1,
            "size": [16 if index == chosen else 10 for index in filled],
            "line": {"width": 2, "color": ROLE_COLOURS[role]},
        },
        unselected={"marker": {"opacity": 1}},
        error_y={
            "type": "data",
            "symmetric": False,
            "array": [part.observed.high for part in parts] - seen,
            "arrayminus": seen - [part.observed.low for part in parts],
            "color": ROLE_COLOURS[role],
            "thickness": 1.2,
            "width": 3,
        },
        text=texts,
        hovertemplate="%{text}<extra></extra>",
    )


def _draw_counts(
    curve: ReliabilityCurve, colour: str, filled: list[int], chosen: int | None, end: float
) -> go.Bar:
    parts = [curve.bins[index] for index in filled]
    return go.Bar(
        x=[(part.low + part.high) / 2 for part in parts],
        y=[part.n for part in parts],
        width=[part.high - part.low for part in parts],
        yaxis="y2",
        name="counts",
        customdata=[[index] for index in filled],
        marker={
            "color": [colour if index == chosen else "rgba(124, 143, 152, 0.45)" for index in filled],
            "line": {"width": 0.5, "color": colour},
        },
        unselected={"marker": {"opacity": 1}},
        text=[str(part.n) if part.high - part.low >= end / _LABELLED_BARS else "" for part in parts],
        textposition="outside",
        textangle=0,
        textfont={"size": 10},
        cliponaxis=False,
        hovertext=[describe_bin(part) for part in parts],
        hovertemplate="%{hovertext}<extra></extra>",
    )
