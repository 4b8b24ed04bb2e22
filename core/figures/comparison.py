"""Differences with limits as a forest plot: one line each, its name above it, its figure at the right."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import plotly.graph_objects as go

from core.figures.palette import ROLE_COLOURS, ROLE_SYMBOLS, RULE
from core.figures.wording import signed_with_limits
from core.types import Against, Comparison, Interval, Subgroup

METRIC_NAMES: Mapping[str, str] = {
    "roc_auc": "AUC",
    "sensitivity": "Sensitivity",
    "specificity": "Specificity",
    "pr_auc": "PR-AUC",
    "ece": "Calibration error (ECE), sign turned",
}
"""The metrics that are drawn, in order."""

KIND_NAMES: Mapping[str, str] = {
    "age": "Age",
    "sex": "Sex",
    "site": "Site",
    "positive_finding": "One positive finding",
    "other_finding": "Against one other finding",
}
TOLERATED = "rgba(0, 158, 115, 0.32)"
"""Bluish green of Okabe and Ito: the loss that is put up with."""

_ROW_PX, _HEAD_PX, _FOOT_PX = 42, 30, 62
_UNDEFINED = "too few or undefined"


@dataclass(frozen=True)
class ForestRow:
    """One line of the figure.

    Attributes:
        head: what this and the following lines are about; empty where it is as above.
        label: whom the student is compared with, or which part of the cases.
        difference: drawn so that the right favours the student.
        against: colour and symbol.
        margin: loss that is put up with, shaded between minus the margin and 0; None shades nothing.
        note: shown in place of the figure where there is none.
    """

    head: str
    label: str
    difference: Interval
    against: Against = "teacher"
    margin: float | None = None
    note: str = ""

    @property
    def text(self) -> str:
        """The figure in words."""
        return signed_with_limits(self.difference) if self.difference.defined else self.note or _UNDEFINED


def list_differences(comparison: Comparison) -> tuple[ForestRow, ...]:
    """Lines of every drawn metric against teacher and control; errors have their sign turned."""
    margins = {
        "roc_auc": comparison.verdict.auc.margin,
        "sensitivity": comparison.verdict.sensitivity.margin,
    }
    rows = []
    for metric, name in METRIC_NAMES.items():
        entries = [entry for entry in comparison.differences if entry.metric == metric]
        for index, entry in enumerate(entries):
            interval = entry.difference if entry.higher_is_better else turn(entry.difference)
            margin = margins.get(metric) if entry.against == "teacher" else None
            head = "" if index else name
            rows.append(ForestRow(head, f"against {entry.against}", interval, entry.against, margin))
    return tuple(rows)


def list_subgroups(
    subgroups: Sequence[Subgroup], names: Mapping[str, str], margin: float
) -> tuple[ForestRow, ...]:
    """Lines of the AUC difference, student minus teacher, in each part of the cases.

    Args:
        subgroups: parts in order.
        names: class code to what its line is called.
        margin: of the AUC.
    """
    rows = []
    last = ""
    for part in subgroups:
        label = names.get(part.label, part.label) if part.kind.endswith("finding") else part.label
        label = f"{label} · {part.n:,} ({part.positives:,})"
        head = "" if part.kind == last else KIND_NAMES[part.kind]
        note = "too few" if part.state == "too_few" else ""
        shaded = None if part.state == "too_few" else margin
        rows.append(ForestRow(head, label, part.auc_difference, margin=shaded, note=note))
        last = part.kind
    return tuple(rows)


def turn(interval: Interval) -> Interval:
    """The interval of the difference with its sign turned."""
    return replace(interval, value=-interval.value, low=-interval.high, high=-interval.low)


def describe_forest(rows: Sequence[ForestRow], what: str, *, right: str = "favours the student") -> str:
    """The figure in words, for readers who do not see it; ``right`` is what the right of 0 means."""
    parts, head = [], ""
    for row in rows:
        head = row.head or head
        parts.append(f"{head}, {row.label}: {row.text}" if head else f"{row.label}: {row.text}")
    return f"{what}. Right of 0 {right}. {'; '.join(parts)}."


def plot_forest(
    rows: Sequence[ForestRow], *, ends: tuple[str, str] = ("◀ student worse", "student better ▶")
) -> go.Figure:
    """Draw one horizontal line per difference with limits; a line without limits is a symbol alone.

    ``ends`` is what is written under the left and the right end of the scale.

    Nothing depends on hovering: names and figures are written in.
    """
    places, height = _places(rows)
    figure = go.Figure()
    for against in dict.fromkeys(row.against for row in rows):
        _add_marks(figure, rows, places, against)
    for row, (head_y, y) in zip(rows, places, strict=True):
        if row.head:
            _write(figure, f"<b>{row.head}</b>", 0.0, head_y, size=15)
        _write(figure, row.label, 0.0, y - 9)
        _write(figure, row.text, 1.0, y - 9)
        if row.margin is not None and row.difference.defined:
            figure.add_shape(
                type="rect",
                name="tolerated",
                layer="below",
                x0=-row.margin,
                x1=0,
                y0=y - 8,
                y1=y + 8,
                fillcolor=TOLERATED,
                line_width=0,
            )
        if row.difference.defined:
            figure.add_shape(
                type="line",
                name="no difference",
                layer="below",
                x0=0,
                x1=0,
                y0=y - 9,
                y1=y + 13,
                line={"color": RULE, "width": 2},
            )
    for text, x in zip(ends, (0.0, 1.0), strict=True):
        _write(figure, text, x, 0.0, below=_FOOT_PX - 4)
    figure.update_layout(
        height=height + _FOOT_PX,
        margin={"l": 2, "r": 2, "t": 2, "b": _FOOT_PX, "pad": 0},
        showlegend=False,
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
        },
        yaxis={"range": [height, 0], "visible": False, "fixedrange": True},
    )
    return figure


def _places(rows: Sequence[ForestRow]) -> tuple[list[tuple[float, float]], int]:
    """Pixel rows of each line's head and of the line itself, and the height of all."""
    places, top = [], 0
    for row in rows:
        if row.head:
            top += _HEAD_PX
        places.append((top - 2.0, top + _ROW_PX - 14.0))
        top += _ROW_PX
    return places, max(top, _ROW_PX)


def _add_marks(
    figure: go.Figure, rows: Sequence[ForestRow], places: Sequence[tuple[float, float]], against: Against
) -> None:
    drawn = [
        (row.difference, y)
        for row, (_, y) in zip(rows, places, strict=True)
        if row.against == against and row.difference.defined
    ]
    above, below = (
        [0.0 if math.isnan(limit) else abs(limit - interval.value) for interval, limit in limits]
        for limits in (
            [(interval, interval.high) for interval, _ in drawn],
            [(interval, interval.low) for interval, _ in drawn],
        )
    )
    figure.add_trace(
        go.Scatter(
            name=f"against {against}",
            x=[interval.value for interval, _ in drawn],
            y=[y for _, y in drawn],
            mode="markers",
            hoverinfo="skip",
            marker={"color": ROLE_COLOURS[against], "symbol": ROLE_SYMBOLS[against], "size": 11},
            error_x={
                "array": above,
                "arrayminus": below,
                "color": ROLE_COLOURS[against],
                "thickness": 3,
                "width": 5,
            },
        )
    )


def _range(rows: Sequence[ForestRow]) -> list[float]:
    ends = [0.0]
    for row in rows:
        found = (row.difference.low, row.difference.value, row.difference.high)
        ends += [end for end in found if not math.isnan(end)]
        ends += [-row.margin * 1.2] if row.margin is not None else []
    low, high = min(ends), max(ends)
    pad = 0.06 * (high - low) or 0.05
    return [low - pad, max(high, -low / 4) + pad]


def _write(figure: go.Figure, text: str, x: float, y: float, *, size: int = 13, below: int = 0) -> None:
    """Text at the left (x = 0) or right edge; ``below`` puts it that far under the axis instead of at y."""
    figure.add_annotation(
        text=text,
        xref="paper",
        x=x,
        y=y,
        yref="paper" if below else "y",
        yshift=-below,
        xanchor="left" if x == 0 else "right",
        yanchor="bottom",
        showarrow=False,
        font={"size": size},
    )
