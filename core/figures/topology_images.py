"""Persistence images as small multiples on one colour scale."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from core.figures.palette import RULE
from core.topology.spec import TopologySpec

PANEL_PX = 168
"""Width of a panel: two fit beside each other on a telephone."""

COLOURS = "Viridis"
_CLEAR = "rgba(0,0,0,0)"


def plot_persistence_image(image: NDArray[np.floating], spec: TopologySpec, *, top: float) -> go.Figure:
    """Draw one persistence image: birth across, persistence upwards.

    Args:
        image: (bins, bins), row 0 the highest persistence.
        spec: the grid.
        top: value of the brightest colour; 0 is the darkest.
    """
    births = np.linspace(*spec.birth_range, spec.bins)
    persistences = np.linspace(*spec.persistence_range, spec.bins)
    figure = go.Figure(
        go.Heatmap(
            z=image[::-1],
            x=births,
            y=persistences,
            zmin=0,
            zmax=top,
            colorscale=COLOURS,
            showscale=False,
            hovertemplate="birth %{x:.2f}<br>persistence %{y:.2f}<br>density %{z:.2f}<extra></extra>",
        )
    )
    ticks = {"fixedrange": True, "nticks": 4, "showgrid": False, "zeroline": False, "ticks": ""}
    figure.update_xaxes(ticks, title={"text": "Birth", "standoff": 4, "font": {"size": 12}})
    figure.update_yaxes(ticks, title={"text": "Persistence", "standoff": 4, "font": {"size": 12}})
    figure.update_layout(
        height=PANEL_PX,
        margin={"l": 42, "r": 4, "t": 4, "b": 38},
        dragmode=False,
        paper_bgcolor=_CLEAR,
        plot_bgcolor=_CLEAR,
    )
    return figure


def plot_colour_key(top: float) -> go.Figure:
    """The one colour scale of all panels, as a bar of its own."""
    figure = go.Figure(
        go.Heatmap(
            z=[np.linspace(0, top, 64)],
            x=np.linspace(0, top, 64),
            zmin=0,
            zmax=top,
            colorscale=COLOURS,
            showscale=False,
            hoverinfo="skip",
        )
    )
    figure.update_xaxes(
        fixedrange=True, showgrid=False, zeroline=False, nticks=6, ticks="outside", tickcolor=RULE
    )
    figure.update_yaxes(visible=False, fixedrange=True)
    figure.update_layout(
        height=52, margin={"l": 8, "r": 16, "t": 4, "b": 28}, paper_bgcolor=_CLEAR, plot_bgcolor=_CLEAR
    )
    return figure


def describe_persistence_image(name: str, image: NDArray[np.floating], spec: TopologySpec) -> str:
    """Where a persistence image is densest, for readers who do not see it."""
    peak = float(image.max())
    if peak <= 0:
        return f"Persistence image of {name}: empty."
    row, column = np.unravel_index(int(image.argmax()), image.shape)
    birth = np.linspace(*spec.birth_range, spec.bins)[column]
    persistence = np.linspace(*spec.persistence_range, spec.bins)[::-1][row]
    return (
        f"Persistence image of {name}: densest ({peak:.2f}) at birth {birth:.2f} and persistence "
        f"{persistence:.2f}."
    )
