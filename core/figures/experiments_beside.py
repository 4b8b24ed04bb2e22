"""Printed and measured figures of one table on one scale: a line a row, limits where they were measured."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import plotly.graph_objects as go

from core.figures.palette import ROLE_COLOURS, RULE
from core.figures.wording import with_limits
from core.types import Interval

_ROW_PX, _FOOT_PX = 44, 46
_HERE, _PRINTED = ROLE_COLOURS["teacher"], ROLE_COLOURS["student"]
_NOT_RUN = "not run here"


@dataclass(frozen=True)
class BesideRow:
    """One line.

    Attributes:
        label: of the row.
        here: measured; None where nothing was run.
        printed: by the document; None where it prints nothing.
    """

    label: str
    here: Interval | None
    printed: float | None

    @property
    def text(self) -> str:
        """Both figures as they are read."""
        here = _NOT_RUN if self.here is None else with_limits(self.here, digits=3)
        printed = "" if self.printed is None else f"◇ {self.printed:.3f}   "
        return f"{printed}● {here}"


def plot_beside(rows: Sequence[BesideRow], axis: str) -> go.Figure:
    """Draw filled dots with limits for what was measured, open diamonds for what is printed.

    Nothing depends on hovering: names and figures are written in.
    """
    figure = go.Figure()
    for place, row in enumerate(rows):
        y = (place + 1) * _ROW_PX - 12.0
        _write(figure, row.label, 0.0, y - 9)
        _write(figure, row.text, 1.0, y - 9)
        if row.here is not None and row.here.defined:
            low, high = (row.here.value if math.isnan(x) else x for x in (row.here.low, row.here.high))
            figure.add_trace(
                go.Scatter(
                    name=f"{row.label}, here",
                    x=[row.here.value],
                    y=[y],
                    mode="markers",
                    hoverinfo="skip",
                    marker={"color": _HERE, "symbol": "circle", "size": 10},
                    error_x={
                        "array": [high - row.here.value],
                        "arrayminus": [row.here.value - low],
                        "color": _HERE,
                        "thickness": 2.5,
                        "width": 5,
                    },
                )
            )
        if row.printed is not None:
            figure.add_trace(
                go.Scatter(
                    name=f"{row.label}, printed",
                    x=[row.printed],
                    y=[y],
                    mode="markers",
                    hoverinfo="skip",
                    marker={
                        "color": _PRINTED,
                        "symbol": "diamond-open",
                        "size": 11,
                        "line": {"width": 2, "color": _PRINTED},
                    },
                )
            )
    height = _ROW_PX * max(len(rows), 1)
    figure.update_layout(
        height=height + _FOOT_PX,
        margin={"l": 2, "r": 2, "t": 2, "b": _FOOT_PX, "pad": 0},
        showlegend=False,
        dragmode=False,
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        xaxis={
            "range": _range(rows),
            "fixedrange": True,
            "zeroline": False,
            "gridcolor": RULE,
            "griddash": "dot",
            "nticks": 7,
            "tickfont": {"size": 12},
            "title": {"text": axis, "font": {"size": 12}, "standoff": 4},
        },
        yaxis={"range": [height, 0], "visible": False, "fixedrange": True},
    )
    return figure


def describe_beside(rows: Sequence[BesideRow], what: str) -> str:
    """The figure in words, for readers who do not see it."""
    parts = [
        f"{row.label}: printed {'nothing' if row.printed is None else f'{row.printed:.3f}'}, "
        f"here {_NOT_RUN if row.here is None else with_limits(row.here, digits=3)}"
        for row in rows
    ]
    return f"{what}. {'; '.join(parts)}."


def _range(rows: Sequence[BesideRow]) -> list[float]:
    ends = [row.printed for row in rows if row.printed is not None]
    for row in rows:
        if row.here is not None:
            ends += [x for x in (row.here.low, row.here.value, row.here.high) if not math.isnan(x)]
    if not ends:
        return [0.0, 1.0]
    pad = 0.06 * (max(ends) - min(ends)) or 0.02
    return [min(ends) - pad, max(ends) + pad]


def _write(figure: go.Figure, text: str, x: float, y: float) -> None:
    """Text at the left (x = 0) or right edge, its lower edge at ``y``."""
    figure.add_annotation(
        text=text,
        xref="paper",
        x=x,
        y=y,
        xanchor="left" if x == 0 else "right",
        yanchor="bottom",
        showarrow=False,
        font={"size": 13},
    )
