"""Size, time and worth: a panel a pair, a mark a network; what no other one beats in all three has a ring."""

from __future__ import annotations

import math

import plotly.graph_objects as go

from core.figures.latency_chart import TICKS
from core.figures.latency_words import PRECISION_WORDS, in_ms
from core.figures.nouns import count_of
from core.figures.palette import OTHER, ROLE_COLOURS, ROLE_SYMBOLS, RULE
from core.figures.wording import NO_BREAK, ROLE_TITLES, with_limits
from core.types import ParetoPanel, ParetoPoint

Rows = list[dict[str, str]]

_MIB = 2**20
_HEIGHT = 340
_LEAST_PX, _PX = 7.0, 5.0
_RING_PX = 11
_DECIMALS = 3
_ASIDE = 1.25
"""By how much 8 bits are drawn to the right of the float network, whose work is the same."""


def plot_pareto(panel: ParetoPanel) -> go.Figure:
    """Draw one panel: time (work before it is measured) on a scale that multiplies, the figure with limits.

    The area of a mark is the size of the file. Colour and symbol say the role, an open mark 8 bits.
    """
    figure = go.Figure()
    drawn = sorted(_drawn(panel), key=lambda point: _cost(panel, point))
    for place, point in enumerate(drawn):
        _add_point(figure, panel, point, above=place % 2 == 0)
    low, high = _range([_cost(panel, point) for point in drawn])
    bottom, top = _figures_range(drawn)
    figure.update_layout(
        height=_HEIGHT,
        margin={"l": 46, "r": 8, "t": 8, "b": 44},
        showlegend=False,
        dragmode=False,
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        xaxis={
            "type": "log",
            "range": [math.log10(low), math.log10(high)],
            "fixedrange": True,
            "gridcolor": RULE,
            "griddash": "dot",
            "tickvals": TICKS,
            "ticktext": [f"{tick:g}" for tick in TICKS],
            "title": {"text": axis_title(panel), "font": {"size": 12}},
        },
        yaxis={
            "range": [bottom, top],
            "fixedrange": True,
            "gridcolor": RULE,
            "griddash": "dot",
            "zeroline": False,
            "nticks": 6,
            "title": {"text": "AUC", "font": {"size": 12}},
        },
    )
    return figure


def axis_title(panel: ParetoPanel) -> str:
    """What the horizontal axis is of."""
    return "ms a picture, one thread" if panel.timed else "GMAC a picture (time is not measured yet)"


def title_panel(panel: ParetoPanel) -> str:
    """The kind of image, and the cases of the figure."""
    if not panel.n:
        return panel.title
    return (
        f"{panel.title}: {panel.dataset_title}, n = {panel.n:,} ({count_of(panel.positives, panel.positive)})"
    )


def describe_panel(panel: ParetoPanel) -> str:
    """The panel in words, for readers who do not see it."""
    rows = tabulate_pareto((panel,))
    parts = [
        ", ".join(f"{head} {cell}" for head, cell in row.items() if head != "Kind of image") for row in rows
    ]
    return f"{title_panel(panel)}. {'; '.join(parts)}."


def explain_front(panels: tuple[ParetoPanel, ...]) -> str:
    """How to read the panels, for a caption."""
    timed = all(panel.timed for panel in panels)
    time = "time" if timed else "work"
    aside = (
        ""
        if timed
        else (
            " They are drawn a little to the right, since their work is the same. GMAC: thousand million "
            "multiply-adds."
        )
    )
    level = f"95{NO_BREAK}% limits"
    return (
        f"Left is quicker, up is better, a small mark is a small file; open marks are in 8 bits.{aside} "
        "Ringed (on the Pareto front): no other network of the pair is at least as good in "
        f"{time}, size and AUC together; times within 5{NO_BREAK}% are alike. Lines are {level}: where they "
        "overlap, the order of AUC may be chance. Pairs have different cases, so panels do not compare. A "
        "network in 8 bits has the float network's limits, moved by the difference on the same cases."
    )


def tabulate_pareto(panels: tuple[ParetoPanel, ...]) -> Rows:
    """A row for each network of each pair."""
    return [
        {
            "Kind of image": panel.title,
            "Network": name_point(point),
            "Time": "not measured" if point.latency is None else _time(point),
            "Work, GMAC": f"{point.macs / 1e9:,.2f}",
            "File, MiB": f"{point.file_bytes / _MIB:,.1f}",
            "AUC": "not measured" if point.figure is None else with_limits(point.figure, digits=_DECIMALS),
            "n": f"{panel.n:,}",
            "Pareto front": "yes" if point.on_front else "no" if point.figure is not None else "–",
        }
        for panel in panels
        for point in panel.points
    ]


def name_point(point: ParetoPoint) -> str:
    """``"Student"``, ``"Student, in 8 bits"``."""
    words = PRECISION_WORDS[point.precision]
    return f"{ROLE_TITLES[point.role]}, {words}" if words else ROLE_TITLES[point.role]


def _label(point: ParetoPoint) -> str:
    """Short, because marks stand close: 8 bits share colour and symbol with their float network."""
    return PRECISION_WORDS[point.precision] or ROLE_TITLES[point.role]


def _time(point: ParetoPoint) -> str:
    if point.latency is None:
        return "not measured"
    return in_ms(point.latency.median_ms) + (", busy" if point.latency.noisy else "")


def _drawn(panel: ParetoPanel) -> list[ParetoPoint]:
    return [point for point in panel.points if point.figure is not None and point.figure.defined]


def _cost(panel: ParetoPanel, point: ParetoPoint) -> float:
    if panel.timed and point.latency is not None:
        return max(point.latency.median_ms, 1e-3)
    return point.macs / 1e9 * (1.0 if point.precision == "float" else _ASIDE)


def _add_point(figure: go.Figure, panel: ParetoPanel, point: ParetoPoint, *, above: bool) -> None:
    interval = point.figure
    if interval is None:
        return
    x, y = _cost(panel, point), interval.value
    low, high = (y if math.isnan(limit) else limit for limit in (interval.low, interval.high))
    size = _LEAST_PX + _PX * math.sqrt(point.file_bytes / _MIB)
    colour = ROLE_COLOURS[point.role]
    symbol = ROLE_SYMBOLS[point.role] + ("" if point.precision == "float" else "-open")
    if point.on_front:
        figure.add_trace(
            go.Scatter(
                name="Pareto front",
                x=[x],
                y=[y],
                mode="markers",
                hoverinfo="skip",
                marker={
                    "symbol": "circle-open",
                    "size": size + _RING_PX,
                    "color": OTHER,
                    "line": {"width": 1.5},
                },
            )
        )
    figure.add_trace(
        go.Scatter(
            name=name_point(point),
            x=[x],
            y=[y],
            mode="markers",
            hovertemplate=f"{name_point(point)}: {_time(point)}, "
            f"AUC {with_limits(interval, digits=_DECIMALS)}<extra></extra>",
            marker={"symbol": symbol, "size": size, "color": colour, "line": {"color": colour, "width": 2}},
            error_y={
                "array": [max(0.0, high - y)],
                "arrayminus": [max(0.0, y - low)],
                "color": colour,
                "thickness": 1.5,
                "width": 4,
            },
        )
    )
    figure.add_annotation(
        text=f"{_label(point)}<br>{point.file_bytes / _MIB:.1f} MiB",
        x=math.log10(x),
        y=high if above else low,
        yshift=(1 if above else -1) * max(8.0, size / 2 + 8 if high == low else 6.0),
        yanchor="bottom" if above else "top",
        showarrow=False,
        font={"size": 12},
    )


def _range(costs: list[float]) -> tuple[float, float]:
    if not costs:
        return 1.0, 10.0
    return min(costs) / 2.5, max(costs) * 2.8


def _figures_range(points: list[ParetoPoint]) -> tuple[float, float]:
    """Both ends of the vertical axis, with room for names above and below; nothing is above an AUC of 1."""
    ends = [
        limit
        for point in points
        if point.figure is not None
        for limit in (point.figure.low, point.figure.value, point.figure.high)
        if not math.isnan(limit)
    ]
    low, high = (min(ends), max(ends)) if ends else (0.5, 1.0)
    pad = max(0.32 * (high - low), 0.004)
    return low - pad, high + pad
