"""Deletion and insertion curves of one map, against the span of random orders."""

from __future__ import annotations

import plotly.graph_objects as go

from core.figures.palette import RULE, TRACK
from core.types import Faithfulness

_COLOURS = {"Taken away": "#D55E00", "Given back": "#2A87C2"}
_HEIGHT_PX = 250


def plot_curves(faithfulness: Faithfulness) -> go.Figure:
    """Probability of the class as the picture is taken away, or given back, most marked places first.

    The bands span the random orders at each share.
    """
    figure = go.Figure()
    shares = 100 * faithfulness.shares
    for name, curve, randoms, dash in (
        ("Taken away", faithfulness.deletion, faithfulness.random_deletion, "solid"),
        ("Given back", faithfulness.insertion, faithfulness.random_insertion, "dash"),
    ):
        low, high = randoms.min(axis=0), randoms.max(axis=0)
        plain = {"hoverinfo": "skip", "showlegend": False, "mode": "lines", "line": {"width": 0}}
        figure.add_trace(go.Scatter(x=shares, y=100 * low, **plain))
        figure.add_trace(go.Scatter(x=shares, y=100 * high, fill="tonexty", fillcolor=TRACK, **plain))
        line = {"color": _COLOURS[name], "width": 2.5, "dash": dash}
        figure.add_trace(go.Scatter(x=shares, y=100 * curve, name=name, mode="lines", line=line))
    figure.update_layout(
        height=_HEIGHT_PX,
        margin={"l": 44, "r": 6, "t": 28, "b": 40},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        legend={"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom"},
        xaxis={"title": {"text": "% of the picture"}, "range": [0, 100], "gridcolor": RULE},
        yaxis={"title": {"text": "Probability, %"}, "rangemode": "tozero", "gridcolor": RULE},
    )
    return figure
