"""What becomes of the answer as a picture is taken away, or given back, in a map's order."""

from __future__ import annotations

from typing import Any

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from core.figures.palette import ROLE_COLOURS, ROLE_DASHES, ROLE_SYMBOLS, RULE
from core.figures.panels import Arrangement
from core.figures.wording import name_role, percent
from core.types import Faithfulness, Role

TAKEN, GIVEN = "Marked places blurred away first", "Marked places given back first"
BAND = "rgba(124, 143, 152, 0.30)"
_CLEAR = "rgba(0,0,0,0)"
_PANEL_PX, _GAP = 300, 0.1
_TOLD_AT = (0.1, 0.5)


def plot_faithfulness(
    faithfulness: Faithfulness,
    *,
    role: Role,
    finding: str,
    arrangement: Arrangement = "row",
) -> go.Figure:
    """Draw both curves, each over the band that the random orders span.

    The line has the network's colour, dash and symbol and the band is grey, so that nothing is told by colour
    alone. Both panels share one scale of probability, from 0.

    Args:
        faithfulness: of one map.
        role: whose map it is.
        finding: the class explained as it stands inside a sentence.
        arrangement: ``"row"`` for wide screens, ``"column"`` for phones.
    """
    count = len(faithfulness.random_gaps)
    panels = (
        (TAKEN, "Share of the picture blurred", faithfulness.deletion, faithfulness.random_deletion),
        (GIVEN, "Share of the picture given back", faithfulness.insertion, faithfulness.random_insertion),
    )
    figure = go.Figure()
    for index, (title, axis, curve, randoms) in enumerate(panels):
        number = "" if index == 0 else "2"
        _draw_band(figure, faithfulness.shares, randoms, number, count, legend=index == 0)
        _draw_curve(figure, faithfulness.shares, curve, number, role, legend=index == 0)
        figure.update_layout(
            {
                f"xaxis{number}": _share_axis(axis, index, arrangement),
                f"yaxis{number}": _prob_axis(faithfulness, finding, index, arrangement),
            }
        )
        figure.add_annotation(
            text=f"<b>{title}</b>",
            xref=f"x{number} domain",
            yref=f"y{number} domain",
            x=0,
            y=1.02,
            xanchor="left",
            yanchor="bottom",
            showarrow=False,
        )
    figure.update_layout(
        height=_PANEL_PX + 90 if arrangement == "row" else 2 * _PANEL_PX + 130,
        margin={"l": 60, "r": 12, "t": 64, "b": 48},
        legend={"orientation": "h", "x": 0, "y": 1.0, "yref": "container", "yanchor": "top"},
        dragmode=False,
        hovermode="closest",
        paper_bgcolor=_CLEAR,
        plot_bgcolor=_CLEAR,
    )
    return figure


def describe_faithfulness(faithfulness: Faithfulness, *, role: Role, finding: str) -> str:
    """The figure in words, for readers who do not see it."""
    count = len(faithfulness.random_gaps)
    intro = (
        f"Probability of {finding} in the {name_role(role)} as places are blurred away or given back in the "
        f"map's order, against {count} random orders."
    )
    parts = (
        (
            "Marked places blurred away first, it goes",
            faithfulness.deletion,
            faithfulness.random_deletion,
            "the lower the better",
            faithfulness.deletion_auc,
            faithfulness.random_deletion_aucs,
        ),
        (
            "Given back first, it goes",
            faithfulness.insertion,
            faithfulness.random_insertion,
            "the higher the better",
            faithfulness.insertion_auc,
            faithfulness.random_insertion_aucs,
        ),
    )
    sentences = [
        f"{opening} from {percent(float(curve[0]))} to {percent(float(curve[-1]))}, "
        f"by way of {_tell_way(faithfulness.shares, curve, randoms)}; on average over all shares, {better}, "
        f"it is {percent(area)}, with random orders {percent(float(areas.min()))} to "
        f"{percent(float(areas.max()))}."
        for opening, curve, randoms, better, area, areas in parts
    ]
    return " ".join((intro, *sentences))


def _tell_way(shares: NDArray[np.float64], curve: NDArray[np.float64], randoms: NDArray[np.float64]) -> str:
    """Probability at two shares, with what random orders reach there."""
    told = []
    for wanted in _TOLD_AT:
        at = int(np.abs(shares - wanted).argmin())
        low, high = float(randoms[:, at].min()), float(randoms[:, at].max())
        told.append(
            f"{percent(float(curve[at]))} at {percent(float(shares[at]))} "
            f"(random orders {percent(low)} to {percent(high)})"
        )
    return " and ".join(told)


def _draw_band(
    figure: go.Figure,
    shares: NDArray[np.float64],
    randoms: NDArray[np.float64],
    number: str,
    count: int,
    *,
    legend: bool,
) -> None:
    low, high = randoms.min(axis=0), randoms.max(axis=0)
    figure.add_trace(
        go.Scatter(
            x=np.concatenate([shares, shares[::-1]]),
            y=np.concatenate([high, low[::-1]]),
            xaxis=f"x{number}",
            yaxis=f"y{number}",
            mode="lines",
            line={"width": 1, "color": RULE},
            fill="toself",
            fillcolor=BAND,
            name=f"{count} random orders",
            legendgroup="random",
            showlegend=legend,
            hoverinfo="skip",
        )
    )


def _draw_curve(
    figure: go.Figure,
    shares: NDArray[np.float64],
    curve: NDArray[np.float64],
    number: str,
    role: Role,
    *,
    legend: bool,
) -> None:
    figure.add_trace(
        go.Scatter(
            x=shares,
            y=curve,
            xaxis=f"x{number}",
            yaxis=f"y{number}",
            mode="lines+markers",
            line={"color": ROLE_COLOURS[role], "dash": ROLE_DASHES[role], "width": 2.5},
            marker={"color": ROLE_COLOURS[role], "symbol": ROLE_SYMBOLS[role], "size": 6},
            name="this map",
            legendgroup="map",
            showlegend=legend,
            text=[f"{percent(float(share))} of the picture" for share in shares],
            hovertemplate="%{text}: %{y:.1%}<extra></extra>",
        )
    )


def _share_axis(title: str, index: int, arrangement: Arrangement) -> dict[str, Any]:
    half = (1 - _GAP) / 2
    domain = [0.0, 1.0] if arrangement == "column" else [[0.0, half], [1 - half, 1.0]][index]
    return {
        "title": {"text": title, "standoff": 8},
        "range": [-0.02, 1.02],
        "tickformat": ".0%",
        "domain": domain,
        "anchor": "y" if index == 0 else "y2",
        "gridcolor": RULE,
        "zeroline": False,
        "fixedrange": True,
    }


def _prob_axis(
    faithfulness: Faithfulness, finding: str, index: int, arrangement: Arrangement
) -> dict[str, Any]:
    drawn = (
        faithfulness.deletion,
        faithfulness.insertion,
        faithfulness.random_deletion,
        faithfulness.random_insertion,
    )
    top = min(1.0, 1.08 * max(float(part.max()) for part in drawn))
    low_half, high_half = [0.0, 0.41], [0.59, 1.0]
    domain = [0.0, 1.0] if arrangement == "row" else (high_half if index == 0 else low_half)
    named = index == 0 or arrangement == "column"
    return {
        "title": {"text": f"Probability of {finding}" if named else "", "standoff": 8},
        "range": [-0.02 * top, 1.02 * top],
        "tickformat": ".0%" if top > 0.1 else ".1%",
        "domain": domain,
        "anchor": "x" if index == 0 else "x2",
        "gridcolor": RULE,
        "zeroline": False,
        "fixedrange": True,
    }
