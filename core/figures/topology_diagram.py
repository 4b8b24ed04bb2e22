"""Persistence diagram and barcode; every point and bar carries its index, so that a click can choose it."""

from __future__ import annotations

from typing import Any

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from core.figures.palette import RULE
from core.figures.topology_words import describe_spot, is_outside, name_spot, rank_spots
from core.types import Diagram

COLOURS = {0: "#2A87C2", 1: "#D55E00"}
"""Blue for dark spots, vermilion for bright ones; symbols say the same."""
SYMBOLS = {0: "circle", 1: "diamond"}
TITLES = {0: "Dark (H0)", 1: "Bright (H1)"}
BARS = 20
"""Longest bars of each dimension that a barcode shows."""

_CHOSEN = "#CC79A7"
_CLEAR = "rgba(0,0,0,0)"
_HEIGHT = 372


def plot_diagram(diagram: Diagram, surround: NDArray[np.bool_], *, chosen: int | None = None) -> go.Figure:
    """Draw birth against death; the farther above the line, the more a spot stands out.

    Args:
        diagram: any; a constant picture's has no points.
        surround: (h, w) bool of :func:`core.figures.topology_words.find_surround`; spots there are open.
        chosen: index of a point to ring.
    """
    figure = go.Figure(
        go.Scatter(
            x=[0, 1],
            y=[0, 1],
            mode="lines",
            line={"color": RULE, "width": 1.5},
            hoverinfo="skip",
            showlegend=False,
        )
    )
    for dimension in (1, 0):
        indices = np.flatnonzero(diagram.points[:, 2] == dimension)
        figure.add_trace(_draw_points(diagram, indices, dimension, surround))
    if chosen is not None:
        figure.add_trace(
            go.Scatter(
                x=[diagram.points[chosen, 0]],
                y=[diagram.points[chosen, 1]],
                mode="markers",
                marker={"symbol": "circle-open", "size": 20, "color": _CHOSEN, "line": {"width": 3}},
                hoverinfo="skip",
                name="Chosen",
                showlegend=False,
            )
        )
    top = float(diagram.points[:, 1].max(initial=0.0)) or 1.0
    axis = {"range": [-0.03 * top, 1.06 * top], "gridcolor": RULE, "zeroline": False, "fixedrange": True}
    _lay_out(figure)
    figure.update_xaxes(axis, title="Birth (grey, 0 is black)")
    figure.update_yaxes(axis, title="Death (grey)")
    return figure


def plot_barcode(diagram: Diagram, surround: NDArray[np.bool_], *, chosen: int | None = None) -> go.Figure:
    """Draw a bar from birth to death for the most persistent spots of each kind, the longest on top."""
    figure = go.Figure()
    place = 0
    for dimension in (0, 1):
        indices = _longest(diagram, dimension)
        rows = [-(place + step) for step in range(len(indices))]
        place += len(indices) + 2
        rings = [_CHOSEN if index == chosen else COLOURS[dimension] for index in indices]
        figure.add_trace(
            go.Bar(
                orientation="h",
                y=rows,
                base=diagram.points[indices, 0],
                x=diagram.persistence[indices],
                width=0.72,
                marker={
                    "color": [
                        _CLEAR if is_outside(diagram, index, surround) else COLOURS[dimension]
                        for index in indices
                    ],
                    "line": {"color": rings, "width": [3 if index == chosen else 1.2 for index in indices]},
                },
                customdata=[[index] for index in indices],
                hovertext=[_hover(diagram, index, surround) for index in indices],
                hoverinfo="text",
                showlegend=False,
                selected={"marker": {"opacity": 1}},
                unselected={"marker": {"opacity": 1}},
            )
        )
    top = float(diagram.points[:, 1].max(initial=0.0)) or 1.0
    _lay_out(figure)
    figure.update_xaxes(
        range=[0, 1.03 * top], title="Grey (0 is black)", gridcolor=RULE, zeroline=False, fixedrange=True
    )
    figure.update_yaxes(visible=False, fixedrange=True)
    return figure


def describe_diagram(diagram: Diagram, surround: NDArray[np.bool_]) -> str:
    """The diagram in words, for readers who do not see it."""
    if not len(diagram.points):
        return "Persistence diagram without points: the picture has one grey value."
    counts = [int((diagram.points[:, 2] == dimension).sum()) for dimension in (0, 1)]
    strongest = "; ".join(
        f"{name_spot(diagram, index, surround)}, grey {diagram.points[index, 0]:.2f} to "
        f"{diagram.points[index, 1]:.2f}"
        for index in rank_spots(diagram)
    )
    return (
        f"Persistence diagram with {counts[0]} dark spots (H0) and {counts[1]} bright spots (H1). "
        f"Strongest first: {strongest}."
    )


def describe_barcode(diagram: Diagram) -> str:
    """What the barcode shows, for readers who do not see it."""
    shown = [len(_longest(diagram, dimension)) for dimension in (0, 1)]
    spans = [
        f"{TITLES[dimension]}: {shown[dimension]} bars, the longest "
        + (f"{diagram.persistence[_longest(diagram, dimension)[0]]:.2f} grey" if shown[dimension] else "none")
        for dimension in (0, 1)
    ]
    return f"Barcode of the same spots from birth to death. {'. '.join(spans)}."


def _longest(diagram: Diagram, dimension: int) -> list[int]:
    indices = np.flatnonzero(diagram.points[:, 2] == dimension)
    return [int(index) for index in indices[:BARS]]


def _draw_points(
    diagram: Diagram, indices: NDArray[np.int64], dimension: int, surround: NDArray[np.bool_]
) -> go.Scatter:
    def symbol(index: int) -> str:
        if index == diagram.essential:
            return "star"
        hollow = is_outside(diagram, index, surround)
        return f"{SYMBOLS[dimension]}{'-open' if hollow else ''}"

    return go.Scatter(
        x=diagram.points[indices, 0],
        y=diagram.points[indices, 1],
        mode="markers",
        marker={
            "color": COLOURS[dimension],
            "symbol": [symbol(int(index)) for index in indices],
            "size": 10,
            "line": {"width": 1.5, "color": COLOURS[dimension]},
        },
        opacity=0.85,
        customdata=[[int(index)] for index in indices],
        hovertext=[_hover(diagram, int(index), surround) for index in indices],
        hoverinfo="text",
        showlegend=False,
        selected={"marker": {"opacity": 0.85}},
        unselected={"marker": {"opacity": 0.85}},
    )


def _hover(diagram: Diagram, index: int, surround: NDArray[np.bool_]) -> str:
    birth, death = diagram.points[index, :2]
    end = "never dies" if index == diagram.essential else f"death {death:.2f}"
    return f"{describe_spot(diagram, index, surround)}<br>birth {birth:.2f}, {end}"


def _lay_out(figure: go.Figure) -> None:
    """Size, ground and a legend of its own: the first point of a kind may be open, or the star."""
    for dimension in (0, 1):
        marker = {"color": COLOURS[dimension], "symbol": SYMBOLS[dimension], "size": 10}
        figure.add_trace(
            go.Scatter(x=[None], y=[None], mode="markers", marker=marker, name=TITLES[dimension])
        )
    legend: dict[str, Any] = {"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom"}
    figure.update_layout(
        height=_HEIGHT,
        margin={"l": 52, "r": 12, "t": 36, "b": 44},
        legend=legend | {"itemclick": False, "itemdoubleclick": False},
        dragmode=False,
        hovermode="closest",
        clickmode="event+select",
        paper_bgcolor=_CLEAR,
        plot_bgcolor=_CLEAR,
        bargap=0.2,
    )
