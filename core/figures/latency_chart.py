"""Times as dots with a whisker: a line a network and runtime, named above it, its times at the right."""

from __future__ import annotations

import math
from dataclasses import dataclass

import plotly.graph_objects as go

from core.figures.latency_words import in_ms, in_threads, name_cost
from core.figures.palette import OTHER, ROLE_COLOURS, RULE
from core.types import LatencyReport, TimeTable

_ROW_PX, _HEAD_PX, _FOOT_PX = 40, 30, 46
_ONE, _MORE = "circle", "diamond-open"
_MARKS = {_ONE: "●", _MORE: "◇"}
_BUSY = "*"
TICKS = [step * 10**power for power in range(-3, 5) for step in (1, 2, 5)]
"""Of a scale that multiplies."""


@dataclass(frozen=True)
class TimeRow:
    """One line of the figure.

    Attributes:
        head: the network; empty where it is as above.
        label: the runtime.
        colour: of its dots.
        reports: of each number of threads, the fewest first.
    """

    head: str
    label: str
    colour: str
    reports: tuple[LatencyReport, ...]

    @property
    def text(self) -> str:
        """The medians, each behind its mark; a star where the machine was busy."""
        return "  ".join(
            f"{_MARKS[mark]} {in_ms(report.median_ms)}{_BUSY if report.noisy else ''}"
            for mark, report in zip(_marks(self.reports), self.reports, strict=True)
        )


def list_times(table: TimeTable) -> tuple[TimeRow, ...]:
    """Lines of every network and runtime, networks in their order."""
    rows = []
    for cost in table.networks:
        head = name_cost(cost)
        for runtime, title in table.runtimes.items():
            reports = tuple(
                time.report for time in table.times if (time.network, time.runtime) == (cost.name, runtime)
            )
            if reports:
                colour = OTHER if cost.role is None else ROLE_COLOURS[cost.role]
                ordered = tuple(sorted(reports, key=lambda report: report.threads))
                rows.append(TimeRow(head, title, colour, ordered))
                head = ""
    return tuple(rows)


def describe_times(rows: tuple[TimeRow, ...]) -> str:
    """The figure in words, for readers who do not see it."""
    parts, head = [], ""
    for row in rows:
        head = row.head or head
        times = ", ".join(
            f"{in_ms(report.median_ms)} on {in_threads(report.threads)}"
            + (" (busy machine)" if report.noisy else "")
            for report in row.reports
        )
        parts.append(f"{head} in {row.label}: {times}")
    return f"Median time of one picture. {'; '.join(parts)}."


def explain_times(rows: tuple[TimeRow, ...]) -> str:
    """What the marks mean, for a caption."""
    reports = [report for row in rows for report in row.reports]
    marks = [
        f"{_MARKS[mark]} {in_threads(threads)}"
        for mark, threads in zip((_ONE, _MORE), sorted({report.threads for report in reports}), strict=False)
    ]
    runs = sorted({report.n for report in reports})
    counts = f"{runs[0]}" if len(runs) == 1 else f"{runs[0]} to {runs[-1]}"
    busy = f" {_BUSY} The machine was busy: run again." if any(report.noisy for report in reports) else ""
    return (
        f"{', '.join(marks)}: median of {counts} runs; the line ends where 95 "
        f"of 100 runs end. Left is faster; each step of the scale multiplies.{busy}"
    )


def plot_times(rows: tuple[TimeRow, ...]) -> go.Figure:
    """Draw one line for each row on a scale that multiplies; nothing depends on hovering."""
    places, height = _places(rows)
    figure = go.Figure()
    for row, (head_y, y) in zip(rows, places, strict=True):
        if row.head:
            _write(figure, f"<b>{row.head}</b>", 0.0, head_y, size=15)
        _write(figure, row.label, 0.0, y - 8)
        _write(figure, row.text, 1.0, y - 8)
        for mark, report in zip(_marks(row.reports), row.reports, strict=True):
            figure.add_trace(
                go.Scatter(
                    name=f"{row.label}, {in_threads(report.threads)}",
                    x=[report.median_ms],
                    y=[y],
                    mode="markers",
                    hoverinfo="skip",
                    marker={
                        "color": row.colour,
                        "symbol": mark,
                        "size": 11,
                        "line": {"color": row.colour, "width": 2},
                    },
                    error_x={
                        "array": [report.p95_ms - report.median_ms],
                        "arrayminus": [0],
                        "color": row.colour,
                        "thickness": 2,
                        "width": 4,
                    },
                )
            )
    low, high = _range(rows)
    figure.update_layout(
        height=height + _FOOT_PX,
        margin={"l": 2, "r": 2, "t": 2, "b": _FOOT_PX, "pad": 0},
        showlegend=False,
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        xaxis={
            "type": "log",
            "range": _logarithms(low, high),
            "fixedrange": True,
            "gridcolor": RULE,
            "griddash": "dot",
            "tickvals": TICKS,
            "ticktext": [f"{tick:g}" for tick in TICKS],
            "tickfont": {"size": 12},
            "title": {"text": "ms a picture", "font": {"size": 12}, "standoff": 4},
        },
        yaxis={"range": [height, 0], "visible": False, "fixedrange": True},
    )
    return figure


def _marks(reports: tuple[LatencyReport, ...]) -> list[str]:
    return [_ONE if place == 0 else _MORE for place in range(len(reports))]


def _places(rows: tuple[TimeRow, ...]) -> tuple[list[tuple[float, float]], int]:
    """Pixel rows of each line's head and of the line itself, and the height of all."""
    places, top = [], 0
    for row in rows:
        if row.head:
            top += _HEAD_PX
        places.append((top - 2.0, top + _ROW_PX - 14.0))
        top += _ROW_PX
    return places, max(top, _ROW_PX)


def _range(rows: tuple[TimeRow, ...]) -> tuple[float, float]:
    reports = [report for row in rows for report in row.reports]
    low = min(report.median_ms for report in reports)
    return max(low, 1e-3), max(max(report.p95_ms for report in reports), 1e-2)


def _logarithms(low: float, high: float) -> list[float]:
    return [math.log10(low / 1.3), math.log10(high * 1.3)]


def _write(figure: go.Figure, text: str, x: float, y: float, *, size: int = 13) -> None:
    """Text at the left (x = 0) or right edge, its lower edge at ``y``."""
    figure.add_annotation(
        text=text,
        xref="paper",
        x=x,
        y=y,
        xanchor="left" if x == 0 else "right",
        yanchor="bottom",
        showarrow=False,
        font={"size": size},
    )
