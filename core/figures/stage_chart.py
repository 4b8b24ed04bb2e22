"""Where the time of a reading goes: one bar a network, cut into its stages."""

from __future__ import annotations

import math

import plotly.graph_objects as go

from core.figures.latency_words import PRECISION_WORDS, in_ms
from core.figures.palette import OTHER, RULE
from core.figures.wording import ROLE_TITLES
from core.types import ROLES, SERVED_ROLES, StageTimes

SHARED = ("decode", "quality_gate")
OWN = ("prepare", "topology", "network", "answer")
MAP = "gradcam"

TITLES = {
    "decode": "read the file",
    "quality_gate": "check the picture",
    "prepare": "cut out and resize",
    "topology": "topology",
    "network": "network",
    "answer": "probabilities",
    MAP: "heat map",
}
COLOURS = {
    "decode": OTHER,
    "quality_gate": "#B07D00",
    "prepare": "#009E73",
    "topology": "#A83C84",
    "network": "#2A87C2",
    "answer": "#D55E00",
    MAP: "rgba(124, 143, 152, 0.35)",
}
"""Mid-tones after Okabe and Ito, 3 : 1 on light and dark pages; a bar's order is the legend's."""

_ROW_PX, _EDGES_PX = 58, 104


def list_bars(stages: StageTimes) -> dict[str, dict[str, float]]:
    """Title of a bar to the milliseconds of its stages, in the order of a reading."""
    bars: dict[str, dict[str, float]] = {}
    for role in ROLES:
        for suffix, words in (("", ""), ("_int8", PRECISION_WORDS["int8"])):
            if f"{role}{suffix}_network" not in stages.stages:
                continue
            own = {part: f"{role}{suffix if part in ('network', 'answer') else ''}_{part}" for part in OWN}
            names = {**{part: part for part in SHARED}, **own, MAP: f"{role}_{MAP}"}
            if suffix:
                del names[MAP]
            title = f"{ROLE_TITLES[role]}, {words}" if words else ROLE_TITLES[role]
            bars[title] = {
                part: stages.stages[name].median_ms for part, name in names.items() if name in stages.stages
            }
    return bars


def describe_stages(stages: StageTimes) -> str:
    """What the bars come to, in sentences: why the whole way gains less than the network alone."""
    bars = list_bars(stages)
    teacher, student = (_to_answer(bars[ROLE_TITLES[role]]) for role in SERVED_ROLES)
    height, width, _ = stages.picture
    alone = stages.teacher_over_student["network"]
    heat = stages.stages.get(f"student_{MAP}")
    words = "" if heat is None else f" The student's heat map takes {in_ms(heat.median_ms)} more."
    return (
        f"From the file to probabilities the student takes {in_ms(student)} and the teacher "
        f"{in_ms(teacher)}: {_times(teacher / student)}, where the network alone is {_times(alone)}, because "
        f"everything before the network takes as long for both. The picture has {width} × {height} pixels."
        f"{words}"
    )


def tell_bars(bars: dict[str, dict[str, float]]) -> str:
    """The figure in words, for readers who do not see it."""
    return " ".join(
        f"{title}: {', '.join(f'{TITLES[part]} {in_ms(ms)}' for part, ms in parts.items())}."
        for title, parts in bars.items()
    )


def plot_stages(bars: dict[str, dict[str, float]]) -> go.Figure:
    """Draw the bars, one below the other, on one scale of milliseconds."""
    figure = go.Figure()
    titles = list(bars)
    for part, title in TITLES.items():
        values = [bars[bar].get(part, 0.0) for bar in titles]
        if any(values):
            figure.add_trace(
                go.Bar(
                    name=title,
                    orientation="h",
                    x=values,
                    y=titles,
                    width=0.42,
                    offset=-0.1,
                    marker={"color": COLOURS[part], "line": {"width": 0}},
                    text=[in_ms(value) for value in values],
                    textposition="none",
                    hovertemplate="%{y}: " + title + " %{text}<extra></extra>",
                )
            )
    for title in titles:
        whole = _to_answer(bars[title])
        figure.add_annotation(
            text=f"<b>{title}</b>: {in_ms(whole)} to the answer",
            x=0,
            y=title,
            xref="paper",
            xanchor="left",
            yshift=17,
            showarrow=False,
            font={"size": 13},
        )
    figure.update_layout(
        barmode="stack",
        height=_ROW_PX * len(titles) + _EDGES_PX,
        margin={"l": 2, "r": 12, "t": 4, "b": 96, "pad": 0},
        legend={
            "orientation": "h",
            "traceorder": "normal",
            "x": 0,
            "y": 0,
            "yref": "container",
            "yanchor": "bottom",
        },
        dragmode=False,
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        xaxis={
            "fixedrange": True,
            "gridcolor": RULE,
            "griddash": "dot",
            "zeroline": False,
            "nticks": 6,
            "ticksuffix": " ms",
        },
        yaxis={"visible": False, "fixedrange": True, "autorange": "reversed"},
    )
    return figure


def _to_answer(parts: dict[str, float]) -> float:
    return sum(ms for part, ms in parts.items() if part != MAP)


def _times(ratio: float) -> str:
    if math.isnan(ratio) or not ratio:
        return "too short to compare"
    return f"{ratio:.1f} times as fast" if ratio >= 1 else f"{1 / ratio:.1f} times as slow"
