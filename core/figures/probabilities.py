"""Class probabilities as bars: the positive findings first, then the rest by probability; grades in order."""

from __future__ import annotations

import plotly.graph_objects as go

from core.figures.palette import OTHER, POSITIVE, TRACK
from core.figures.wording import name_role, percent
from core.modalities.base import Finding, Modality
from core.types import Prediction

_ROW_PX = 42


def rank_findings(prediction: Prediction, modality: Modality) -> tuple[tuple[Finding, float], ...]:
    """(finding, probability): grades in order, else positive findings first, the most probable first."""
    if modality.scale == "ordinal":
        return tuple(zip(modality.findings, (float(prob) for prob in prediction.probs), strict=True))
    ranked = [(modality.finding(code), prob) for code, prob in prediction.ranked()]
    return tuple(sorted(ranked, key=lambda pair: not pair[0].positive))


def describe_probabilities(prediction: Prediction, modality: Modality) -> str:
    """The bars in words, for readers who do not see them."""
    parts = ", ".join(f"{f.name} {percent(prob)}" for f, prob in rank_findings(prediction, modality))
    return f"Probabilities by the {name_role(prediction.role)}: {parts}."


def plot_probabilities(prediction: Prediction, modality: Modality) -> go.Figure:
    """Draw one horizontal bar per class, its clinical name above it and its value at its right.

    With one positive class its bar carries a mark at the threshold.
    """
    ranked = rank_findings(prediction, modality)
    rows = list(range(len(ranked)))
    colors = [POSITIVE if finding.positive else OTHER for finding, _ in ranked]
    bar = {"orientation": "h", "y": rows, "width": 0.24, "hoverinfo": "skip", "showlegend": False}
    figure = go.Figure(
        [
            go.Bar(x=[1.0] * len(rows), marker_color=TRACK, name="whole", **bar),
            go.Bar(x=[prob for _, prob in ranked], marker_color=colors, name="probability", **bar),
        ]
    )
    for row, (finding, prob) in enumerate(ranked):
        label, value = finding.name, percent(prob)
        if finding.positive:
            label, value = f"<b>{label}</b>", f"<b>{value}</b>"
        figure.add_annotation(text=label, x=0, xanchor="left", align="left", **_above(row))
        figure.add_annotation(text=value, x=1, xanchor="right", align="right", **_above(row))
    if len(modality.positives) == 1:
        _mark_threshold(figure, prediction.operating_point.threshold)
    figure.update_layout(
        barmode="overlay",
        height=_ROW_PX * len(rows) + 16,
        margin={"l": 0, "r": 0, "t": 12, "b": 4, "pad": 0},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        xaxis={"range": [0, 1], "visible": False, "fixedrange": True},
        yaxis={"range": [len(rows) - 0.5, -0.75], "visible": False, "fixedrange": True},
    )
    return figure


def _above(row: int) -> dict[str, object]:
    return {"xref": "paper", "y": row - 0.13, "yanchor": "bottom", "showarrow": False, "font": {"size": 14}}


def _mark_threshold(figure: go.Figure, threshold: float) -> None:
    """A dark line in a white one, so that it is seen on any ground."""
    for name, color, width in (("threshold_halo", "#FFFFFF", 5), ("threshold", "#16242A", 2)):
        figure.add_shape(
            type="line",
            name=name,
            x0=threshold,
            x1=threshold,
            y0=-0.2,
            y1=0.2,
            line={"color": color, "width": width},
        )
