"""How far the topology of a photograph moves under changes of the picture: bars, table and sentences."""

from __future__ import annotations

from collections.abc import Sequence

import plotly.graph_objects as go

from core.figures.palette import RULE
from core.figures.topology_diagram import COLOURS, TITLES
from core.figures.wording import NO_BREAK
from core.types import Disturbance

_CLEAR = "rgba(0,0,0,0)"


def plot_stability(disturbances: Sequence[Disturbance]) -> go.Figure:
    """Draw one pair of bars a change: how far H0 and H1 moved.

    In shares of the distance between different eyes (the line is 100 %); in grey values where that distance
    is not known for one of the changes.
    """
    shared = all(entry.share_of_yardstick is not None for entry in disturbances)
    names = [entry.words for entry in disturbances]
    figure = go.Figure()
    for dimension in (0, 1):
        moves = [_move(entry, dimension, shared=shared) for entry in disturbances]
        figure.add_trace(
            go.Bar(
                orientation="h",
                y=[_broken(name) for name in names],
                x=moves,
                name=TITLES[dimension],
                marker={
                    "color": COLOURS[dimension],
                    "pattern": {"shape": "/" if dimension else "", "size": 6, "fillmode": "overlay"}
                    | {"fgcolor": "#FFFFFF", "fgopacity": 0.6, "solidity": 0.2},
                },
                text=[f" {move * 100:.0f}{NO_BREAK}%" if shared else f" {move:.2f}" for move in moves],
                textposition="outside",
                cliponaxis=False,
                hoverinfo="skip",
            )
        )
    most = max([bar for trace in figure.data for bar in trace.x] + [1.0 if shared else 0.0])
    if shared:
        figure.add_vline(1.0, line={"color": RULE, "width": 2, "dash": "dash"})
    figure.update_xaxes(
        range=[0, 1.18 * (most or 1.0)],
        tickformat=".0%" if shared else ".2f",
        title="100 %: as far as two different eyes" if shared else "Sum of moves (grey)",
        gridcolor=RULE,
        zeroline=False,
        fixedrange=True,
    )
    figure.update_yaxes(autorange="reversed", fixedrange=True)
    figure.update_layout(
        height=46 * len(names) + 110,
        margin={"l": 8, "r": 8, "t": 44, "b": 48},
        legend={"orientation": "h", "x": 0, "y": 1.01, "yanchor": "bottom", "traceorder": "normal"},
        barmode="group",
        dragmode=False,
        paper_bgcolor=_CLEAR,
        plot_bgcolor=_CLEAR,
    )
    return figure


def describe_stability(disturbances: Sequence[Disturbance]) -> str:
    """The bars in words, for readers who do not see them."""
    parts = "; ".join(f"{entry.words}: {say_moves(entry)}" for entry in disturbances)
    return f"How far the persistence diagram moves under each change of the picture. {parts}."


def say_moves(entry: Disturbance) -> str:
    """How far H0 and H1 moved: ``"H0 52 %, H1 8 %"`` of the yardstick, or grey values without one."""
    return ", ".join(f"H{dimension} {say_move(entry, dimension)}" for dimension in (0, 1))


def say_move(entry: Disturbance, dimension: int) -> str:
    """One dimension's move: a share of the yardstick, or a grey value without one; a bare 0 is exact."""
    if entry.wasserstein[dimension] == 0:
        return "0"
    share = entry.share_of_yardstick
    if share is None:
        return f"{entry.wasserstein[dimension]:.3f} grey"
    percent = share[dimension] * 100
    return f"{percent:.1f}{NO_BREAK}%" if percent < 10 else f"{percent:.0f}{NO_BREAK}%"


def _move(entry: Disturbance, dimension: int, *, shared: bool) -> float:
    share = entry.share_of_yardstick
    return share[dimension] if shared and share is not None else entry.wasserstein[dimension]


def _broken(name: str) -> str:
    """A long name on two lines, so that bars keep their room on a telephone."""
    words, lines = name.split(), [""]
    for word in words:
        if len(lines[-1]) + len(word) > 18:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".strip()
    return "<br>".join(lines)
