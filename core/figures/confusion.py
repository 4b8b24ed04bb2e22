"""The confusion matrix as a heat map: rows the truth, columns the call, count and share in each cell.

One hue whose strength is the share of the row, laid over the page, so that more is always further from the
page's colour, on a light and on a dark one and for any colour vision. From half of a row on the cell is
strong enough for white writing; below that the writing has the page's colour.
"""

from __future__ import annotations

from collections.abc import Mapping
from textwrap import wrap

import plotly.graph_objects as go

from core.figures.class_tables import share_of_row, short_code
from core.figures.palette import RULE
from core.types import ConfusionMatrix

_HUE = "18, 80, 138"
_STRONG_FROM = 0.5
_FAINT, _HALF, _STRONG = 0.05, 0.45, 0.8
_ROW_PX, _HEAD_PX, _FOOT_PX, _LABEL_PX = 56, 22, 6, 104
_LABEL_CHARACTERS = 15
_PX_PER_CHARACTER = 6.6


def confusion_colorscale() -> list[list[float | str]]:
    """Plotly colour scale of a share: faint to half strength, a step at one half, then to full strength."""
    stops = ((0.0, _FAINT), (_STRONG_FROM, _HALF), (_STRONG_FROM, _STRONG), (1.0, 1.0))
    return [[place, f"rgba({_HUE}, {alpha})"] for place, alpha in stops]


def describe_confusion(matrix: ConfusionMatrix, names: Mapping[str, str], what: str) -> str:
    """The figure in words, for readers who do not see it.

    Args:
        matrix: what is drawn.
        names: class code to what it is called.
        what: whose, on which cases.
    """
    rows = []
    for row, n in enumerate(matrix.support):
        if not n:
            continue
        order = sorted(range(len(matrix.classes)), key=lambda column: -matrix.counts[row][column])
        calls = ", ".join(
            f"{matrix.counts[row][column]:,} called {_name(matrix, column, names)}"
            f" ({share_of_row(matrix, row, column)})"
            for column in order
            if matrix.counts[row][column]
        )
        rows.append(f"Of {n:,} {_name(matrix, row, names)}: {calls}")
    return f"Confusion matrix of {what}. {'; '.join(rows)}."


def plot_confusion(matrix: ConfusionMatrix, names: Mapping[str, str]) -> go.Figure:
    """Draw the matrix; classes without cases have no row.

    Nothing depends on hovering: count and share of the row are written into every cell that is not empty.
    """
    rows = [row for row, n in enumerate(matrix.support) if n]
    columns = range(len(matrix.classes))
    figure = go.Figure(
        go.Heatmap(
            z=[[matrix.shares[row][column].value for column in columns] for row in rows],
            x=list(columns),
            y=list(range(len(rows))),
            zmin=0,
            zmax=1,
            xgap=2,
            ygap=2,
            colorscale=confusion_colorscale(),
            showscale=False,
            hoverinfo="skip",
        )
    )
    for place, row in enumerate(rows):
        for column in columns:
            if matrix.counts[row][column]:
                _write(figure, matrix, row, place, column)
        _frame(figure, row, place)
    head = _HEAD_PX + round(max(len(short_code(code)) for code in matrix.classes) * _PX_PER_CHARACTER)
    figure.add_annotation(
        text="Called …",
        xref="paper",
        yref="paper",
        x=0,
        y=1,
        xshift=-8,
        yshift=6,
        xanchor="right",
        yanchor="bottom",
        showarrow=False,
        font={"size": 13},
    )
    figure.update_layout(
        height=_ROW_PX * len(rows) + head + _FOOT_PX,
        margin={"l": _LABEL_PX, "r": 2, "t": head, "b": _FOOT_PX, "pad": 4},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        xaxis={
            "side": "top",
            "tickvals": list(columns),
            "ticktext": [short_code(code) for code in matrix.classes],
            "tickangle": -90,
            "fixedrange": True,
            "showgrid": False,
            "zeroline": False,
            "tickfont": {"size": 13},
        },
        yaxis={
            "tickvals": list(range(len(rows))),
            "ticktext": [_label(matrix, row, names) for row in rows],
            "range": [len(rows) - 0.5, -0.5],
            "fixedrange": True,
            "showgrid": False,
            "zeroline": False,
            "tickfont": {"size": 12},
        },
    )
    return figure


def _write(figure: go.Figure, matrix: ConfusionMatrix, row: int, place: int, column: int) -> None:
    strong = matrix.shares[row][column].value >= _STRONG_FROM
    count = f"{matrix.counts[row][column]:,}"
    figure.add_annotation(
        text=f"<b>{count}</b><br>{share_of_row(matrix, row, column)}",
        x=column,
        y=place,
        showarrow=False,
        font={"size": 12} | ({"color": "#FFFFFF"} if strong else {}),
    )


def _frame(figure: go.Figure, column: int, place: int) -> None:
    """A frame around the cell where the call is the truth."""
    figure.add_shape(
        type="rect",
        name="right",
        x0=column - 0.5,
        x1=column + 0.5,
        y0=place - 0.5,
        y1=place + 0.5,
        line={"color": RULE, "width": 2},
    )


def _label(matrix: ConfusionMatrix, row: int, names: Mapping[str, str]) -> str:
    lines = wrap(_name(matrix, row, names), _LABEL_CHARACTERS)[:2]
    return "<br>".join([*lines, f"n = {matrix.support[row]:,}"])


def _name(matrix: ConfusionMatrix, index: int, names: Mapping[str, str]) -> str:
    return names.get(matrix.classes[index], matrix.classes[index])
