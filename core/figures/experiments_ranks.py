"""How ranks change when the metric changes: a bump chart of all runs, some of them told apart.

A chosen run has a colour, a dash and a symbol of its own, and its number and name at both ends; all others
are grey lines with their number.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import plotly.graph_objects as go

from core.figures.experiments_words import METRIC_TITLES, name_run
from core.figures.palette import RULE
from core.types import ExperimentMetric, LeaderboardRow, RankColumn

_ROW_PX, _HEAD_PX, _FOOT_PX = 26, 46, 10
_NAME_PX, _NUMBER_PX = 238, 44
_GREY = "rgba(124, 143, 152, 0.55)"
_CHARACTERS = 32


@dataclass(frozen=True)
class RankMark:
    """What tells a chosen run apart: a colour, a dash, a symbol, and the symbol as a character."""

    colour: str
    dash: str
    symbol: str
    sign: str


MARKS: tuple[RankMark, ...] = (
    RankMark("#2A87C2", "solid", "square", "■"),
    RankMark("#D55E00", "dash", "circle", "●"),
    RankMark("#A83C84", "dashdot", "triangle-up", "▲"),
    RankMark("#7A8450", "dot", "diamond", "◆"),
)
"""One a chosen run, in the order of choice; colours are at 3 : 1 or more on light and dark pages."""

_HEADS: Mapping[ExperimentMetric, str] = {
    "auc": "AUC",
    "accuracy": "Accuracy",
    "cancer_pooled": "Cancer,<br>own kind",
    "cancer_superclass": "Cancer,<br>any kind",
    "melanoma_recall": "Melanoma<br>recall",
    "balanced_accuracy": "Balanced<br>accuracy",
    "melanoma_auc": "Melanoma<br>AUC",
}


def plot_ranks(
    columns: Sequence[RankColumn],
    rows: Sequence[LeaderboardRow],
    chosen: Sequence[int],
    *,
    width: Literal["wide", "narrow"] = "wide",
) -> go.Figure:
    """Draw one line a run from metric to metric, the first rank on top.

    Args:
        columns: ranks by metric, left to right; all of the same runs.
        rows: of the leaderboard, for names.
        chosen: numbers told apart, at most as many as :data:`MARKS`.
        width: ``"narrow"`` is for a phone: numbers alone at both ends; names belong under the figure.

    Returns:
        Figure whose chosen lines lie above all others. Nothing depends on hovering.
    """
    numbers = list(columns[0].ranks) if columns else []
    told = mark_runs(chosen, numbers)
    figure = go.Figure()
    for number in [n for n in numbers if n not in told] + list(told):
        _add_line(figure, columns, number, told.get(number))
    for column, side in ((columns[0], "left"), (columns[-1], "right")) if columns else ():
        place = 0 if side == "left" else len(columns) - 1
        for rank, tied in group_ties(column).items():
            _write_end(figure, tied, rows, told, x=place, rank=rank, side=side, width=width)
    margin = _NUMBER_PX if width == "narrow" else _NAME_PX
    last = max((max(column.ranks.values()) for column in columns if column.ranks), default=1)
    figure.update_layout(
        height=_ROW_PX * max(last, 1) + _HEAD_PX + _FOOT_PX,
        margin={"l": margin, "r": margin, "t": _HEAD_PX, "b": _FOOT_PX, "pad": 0},
        showlegend=False,
        dragmode=False,
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        xaxis={
            "side": "top",
            "range": [-0.06, len(columns) - 0.94],
            "tickvals": list(range(len(columns))),
            "ticktext": [_HEADS[column.metric] for column in columns],
            "tickfont": {"size": 11 if width == "narrow" else 13},
            "fixedrange": True,
            "gridcolor": RULE,
            "zeroline": False,
        },
        yaxis={"range": [last + 0.5, 0.5], "visible": False, "fixedrange": True},
    )
    return figure


def mark_runs(chosen: Sequence[int], there: Sequence[int]) -> dict[int, RankMark]:
    """The mark of every chosen run that has ranks, in the order of choice."""
    found = [number for number in dict.fromkeys(chosen) if number in there]
    return dict(zip(found, MARKS, strict=False))


def group_ties(column: RankColumn) -> dict[int, tuple[int, ...]]:
    """Rank to the numbers that share it, ranks ascending."""
    ordered = sorted(column.ranks.items(), key=lambda item: (item[1], item[0]))
    found: dict[int, tuple[int, ...]] = {}
    for number, rank in ordered:
        found[rank] = (*found.get(rank, ()), number)
    return found


def describe_ranks(
    columns: Sequence[RankColumn], rows: Sequence[LeaderboardRow], chosen: Sequence[int]
) -> str:
    """The figure in words: ranks of the chosen runs, then of all others."""
    if not columns or not columns[0].ranks:
        return "No experiment has been run here, so there are no ranks."
    numbers = [n for n in chosen if n in columns[0].ranks]
    numbers += [n for n in columns[0].ranks if n not in numbers]
    names = {row.number: name_run(row) for row in rows}
    parts = [
        f"{names[number]}: "
        + ", ".join(f"{METRIC_TITLES[column.metric]} {column.ranks[number]}" for column in columns)
        for number in numbers
    ]
    return f"Ranks of {len(columns[0].ranks)} experiments by each metric, 1 is best. {'; '.join(parts)}."


def tabulate_ranks(
    columns: Sequence[RankColumn], rows: Sequence[LeaderboardRow]
) -> list[dict[str, str | int]]:
    """One mapping a run: its number, its name, and its rank by every metric."""
    names = {row.number: name_run(row).partition(" ")[2] for row in rows}
    numbers = sorted(columns[0].ranks, key=lambda n: columns[0].ranks[n]) if columns else []
    table: list[dict[str, str | int]] = []
    for number in numbers:
        row: dict[str, str | int] = {"No.": number, "Experiment": names[number]}
        row.update({METRIC_TITLES[column.metric]: column.ranks[number] for column in columns})
        table.append(row)
    return table


def _add_line(figure: go.Figure, columns: Sequence[RankColumn], number: int, mark: RankMark | None) -> None:
    figure.add_trace(
        go.Scatter(
            name=str(number),
            x=list(range(len(columns))),
            y=[column.ranks[number] for column in columns],
            mode="lines" if mark is None else "lines+markers",
            hoverinfo="skip",
            cliponaxis=False,
            line={"color": _GREY, "width": 1.2}
            if mark is None
            else {"color": mark.colour, "width": 3, "dash": mark.dash},
            marker=None if mark is None else {"color": mark.colour, "size": 11, "symbol": mark.symbol},
        )
    )


def _write_end(
    figure: go.Figure,
    tied: Sequence[int],
    rows: Sequence[LeaderboardRow],
    told: Mapping[int, RankMark],
    *,
    x: int,
    rank: int,
    side: str,
    width: str,
) -> None:
    """Numbers that share a rank at one end of their lines; names of the chosen ones where there is room."""
    names = {row.number: name_run(row) for row in rows}
    marked = [number for number in tied if number in told]
    parts = []
    for number in marked:
        label = str(number) if width == "narrow" else _shorten(names[number])
        sign = f'<span style="color:{told[number].colour}">{told[number].sign}</span>'
        parts.append(f"<b>{label}</b> {sign}" if side == "left" else f"{sign} <b>{label}</b>")
    others = [str(number) for number in tied if number not in told]
    if width == "narrow" and (len(others) + len(marked)) > 2:
        others = [f"+{len(others)}"] if others else []
    if others:
        parts.append(", ".join(others))
    figure.add_annotation(
        text="  ".join(parts if side == "right" else reversed(parts)),
        x=x,
        y=rank,
        xanchor="left" if side == "right" else "right",
        xshift=9 if side == "right" else -9,
        showarrow=False,
        font={"size": 13 if marked else 11},
    )


def _shorten(name: str) -> str:
    return name if len(name) <= _CHARACTERS else f"{name[: _CHARACTERS - 1].rstrip()}…"
