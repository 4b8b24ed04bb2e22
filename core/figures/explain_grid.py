"""The maps of several methods and networks over one photograph: a row a network, a column a method.

Everything that a reader moves (opacity, zoom, pan) is done by the browser alone, so it follows the hand.
"""

from __future__ import annotations

import math
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import plotly.graph_objects as go

from core.figures.explain_words import title_bars
from core.figures.map_words import describe_subject, say_nothing_found, title_method
from core.figures.palette import evidence_colorscale
from core.figures.panels import (
    DEFAULT_OPACITY,
    EVIDENCE_TICKS,
    Arrangement,
    Backdrop,
    PanelFrame,
    axis_number,
)
from core.figures.saliency import Scale, add_evidence, describe_panels, enlarge, scale_factors
from core.figures.wording import NO_BREAK, percent
from core.types import Heatmap

Drawn = Literal["fill", "lines"]
"""Colours all over the picture, or lines around what is marked, which leave the picture to be seen."""

LEVELS = (0.25, 0.5, 0.75)
"""Where the lines run, as shares of the strongest spot of the scale."""
LINE_COLOURS = ("#21918C", "#7AD151", "#FDE725")
"""Of the lines, from Viridis: its upper half, which is seen on dark pictures too."""
MOST_COLUMNS = 4

_WIDE_PX, _LARGEST_PX, _NARROW_PX = 1120, 500, 330
_TITLE_PX, _FONT_PX = 58, 14
_LINE_PX, _EDGE_PX = 2, 4.5
_BAR_PX, _BAR_LINE_PX = 48, 18
_WIDE_CHARACTERS, _NARROW_CHARACTERS = 150, 44


@dataclass(frozen=True)
class GridPanel:
    """One method's map of one network, or why there is none.

    Attributes:
        network: the network's name in titles, for example ``"Teacher"``.
        method: name in the explainer registry.
        backdrop: the photograph that the map covers.
        heatmap: None where none is drawn.
        note: why none is drawn, a short clause; empty where one is.
        mark: what came of the map's checks, with its sign; empty where there is no map.
    """

    network: str
    method: str
    backdrop: Backdrop
    heatmap: Heatmap | None
    note: str = ""
    mark: str = ""


def balance_columns(methods: int, most: int = MOST_COLUMNS) -> int:
    """Columns of a grid of ``methods`` columns in all, broken into blocks of nearly one size."""
    return math.ceil(methods / math.ceil(methods / most))


def place_panels(rows: int, methods: int, arrangement: Arrangement) -> tuple[list[tuple[int, int]], int]:
    """Where each panel stands, in reading order of the figure.

    Returns:
        (place, row * methods + method) of every panel, and the number of columns. Wide: blocks of at most
        four methods, one under the other, each with a row a network. Narrow: one column, the networks of one
        method together.
    """
    if arrangement == "column":
        order = [row * methods + method for method in range(methods) for row in range(rows)]
        return list(enumerate(order)), 1
    columns = balance_columns(methods)
    places = []
    for row in range(rows):
        for method in range(methods):
            block, column = divmod(method, columns)
            places.append(((block * rows + row) * columns + column, row * methods + method))
    return sorted(places), columns


def plot_grid(
    rows: Sequence[Sequence[GridPanel]],
    *,
    finding_name: str,
    scale: Scale = "shared",
    drawn: Drawn = "fill",
    arrangement: Arrangement = "row",
    view: str = "view",
) -> go.Figure:
    """Draw every panel; zooming one zooms all that show the same photograph.

    Args:
        rows: one a network, each with one panel a method, in one order.
        finding_name: what the maps are evidence for, as a clinician calls it.
        scale: ``"shared"``: the maps of one method share a scale where their unit allows it;
            ``"independent"``: every map spans all colours.
        drawn: colours or lines.
        arrangement: ``"row"`` for wide screens, ``"column"`` for phones.
        view: as long as it stays the same, a redrawn figure keeps the reader's zoom.

    Raises:
        ValueError: there is no panel, or the rows differ in length.
    """
    methods = len(rows[0]) if rows else 0
    if not methods or any(len(row) != methods for row in rows):
        raise ValueError("rows must hold the same methods, at least one")
    panels = [panel for row in rows for panel in row]
    places, columns = place_panels(len(rows), methods, arrangement)
    lines = _bar_lines(panels, finding_name, scale, drawn, arrangement)
    side = min(_LARGEST_PX, _WIDE_PX // columns) if arrangement == "row" else _NARROW_PX
    frame = PanelFrame(
        places[-1][0] + 1,
        max(panel.backdrop.aspect for panel in panels),
        columns=columns,
        side=side,
        bars="below",
        title_px=_TITLE_PX,
        bar_px=_BAR_PX + _BAR_LINE_PX * len(lines),
    )
    figure = frame.start(view=view)
    factors = share_scales(rows, scale)
    leaders: dict[Backdrop, int] = {}
    for place, number in places:
        panel = panels[number]
        leader = leaders.setdefault(panel.backdrop, place)
        frame.add_panel(figure, place, _title(panel), panel.backdrop, leader=leader, font_px=_FONT_PX)
        _fill(figure, place, panel, factors[number], finding_name=finding_name, drawn=drawn, side=side)
    if figure.data:
        figure.update_layout(coloraxis=_bar(frame, lines, drawn), sliders=[frame.opacity_slider()])
    return figure


def describe_grid(rows: Sequence[Sequence[GridPanel]], *, finding_name: str, scale: Scale) -> str:
    """The figure in words, for readers who do not see it: method by method, every network."""
    panels = [panel for row in rows for panel in row]
    drawn = [panel.heatmap for panel in panels if panel.heatmap is not None]
    subject = describe_subject(tuple(heatmap.method for heatmap in drawn), finding_name)
    _, scaled = title_bars(drawn, finding_name, shared=scale == "shared")
    parts = [f"Heat maps of {subject}. {scaled}." if drawn else "No heat map is shown."]
    for column in zip(*rows, strict=True):
        parts += [
            f"{title_method(column[0].method)}.",
            *(f"{words}." for words in describe_column(column, scale)),
        ]
    return " ".join(parts)


def describe_column(panels: Sequence[GridPanel], scale: Scale) -> tuple[str, ...]:
    """One sentence without full stop a network: where its map is strongest, or why there is none."""
    shown = [(panel.network, panel.heatmap) for panel in panels if panel.heatmap is not None]
    found = iter(describe_panels(shown, scale=scale))
    return tuple(
        next(found).rstrip(".") if panel.heatmap is not None else f"{panel.network}: {panel.note}"
        for panel in panels
    )


def share_scales(rows: Sequence[Sequence[GridPanel]], scale: Scale) -> tuple[float, ...]:
    """What each map's values are multiplied by, row after row; 1 for panels without a map.

    A scale is shared by the networks of one method: what one method calls strong says nothing of another.
    """
    factors = [[1.0] * len(row) for row in rows]
    for method in range(len(rows[0])):
        there = [(row, panel) for row, panels in enumerate(rows) if (panel := panels[method]).heatmap]
        found = scale_factors([panel.heatmap for _, panel in there if panel.heatmap], scale)
        for (row, _), factor in zip(there, found, strict=True):
            factors[row][method] = factor
    return tuple(factor for row in factors for factor in row)


def _title(panel: GridPanel) -> str:
    return f"<b>{title_method(panel.method)}</b><br>{' · '.join(filter(None, (panel.network, panel.mark)))}"


def _fill(
    figure: go.Figure,
    place: int,
    panel: GridPanel,
    factor: float,
    *,
    finding_name: str,
    drawn: Drawn,
    side: int,
) -> None:
    """Draw a panel's map, and say so where there is little or nothing to see of it."""
    heatmap = panel.heatmap
    if heatmap is None:
        _say(figure, place, panel.note, side)
        return
    if heatmap.state == "no_evidence":
        _say(figure, place, say_nothing_found(heatmap.method, finding_name).replace("<br>", " "), side)
        return
    if drawn == "lines":
        _add_lines(figure, place, heatmap, panel.backdrop, factor)
    else:
        add_evidence(figure, place, heatmap, panel.backdrop, finding_name=finding_name, factor=factor)
    if factor < LEVELS[0]:
        _say(
            figure, place, f"Faint: at most {percent(factor)} of the strongest on this scale", side, top=True
        )


def _add_lines(figure: go.Figure, place: int, heatmap: Heatmap, backdrop: Backdrop, factor: float) -> None:
    """Lines at :data:`LEVELS`, each with a dark edge so that it is seen on any ground."""
    fine = np.clip(enlarge(heatmap.values), 0.0, None)
    peak = float(fine.max())
    values = (fine / peak if peak > 0 else fine).astype(np.float32) * np.float32(factor)
    rows, columns = values.shape
    number = axis_number(place)
    plain: dict[str, Any] = {
        "z": values,
        "x0": backdrop.width / columns / 2,
        "dx": backdrop.width / columns,
        "y0": backdrop.height / rows / 2,
        "dy": backdrop.height / rows,
        "xaxis": f"x{number}",
        "yaxis": f"y{number}",
        "autocontour": False,
        "hoverinfo": "skip",
        "showlegend": False,
        "opacity": DEFAULT_OPACITY / 100,
    }
    levels = {"start": LEVELS[0], "end": LEVELS[-1], "size": LEVELS[1] - LEVELS[0]}
    figure.add_trace(
        go.Contour(
            **plain,
            contours={**levels, "coloring": "none"},
            line={"color": "#10191D", "width": _EDGE_PX},
            showscale=False,
        )
    )
    figure.add_trace(
        go.Contour(
            **plain,
            contours={**levels, "coloring": "lines"},
            line={"width": _LINE_PX},
            coloraxis="coloraxis",
        )
    )


def _bar_lines(
    panels: Sequence[GridPanel], finding_name: str, scale: Scale, drawn: Drawn, arrangement: Arrangement
) -> list[str]:
    """What stands over the colour bar, broken into lines that fit."""
    heatmaps = [panel.heatmap for panel in panels if panel.heatmap is not None]
    width = _WIDE_CHARACTERS if arrangement == "row" else _NARROW_CHARACTERS
    what, scaled = title_bars(heatmaps, finding_name, shared=scale == "shared")
    lines = (what if drawn == "fill" else f"{what}: lines at shares of the strongest spot", scaled)
    return [part for line in lines for part in textwrap.wrap(line, width)]


def _bar(frame: PanelFrame, lines: Sequence[str], drawn: Drawn) -> dict[str, Any]:
    """One colour bar for all panels."""
    ticks = EVIDENCE_TICKS
    if drawn == "lines":
        ticks = {level: f"{level * 100:.0f}{NO_BREAK}%" for level in LEVELS}
    scale = evidence_colorscale() if drawn == "fill" else list(LINE_COLOURS)
    return {"cmin": 0, "cmax": 1, "colorscale": scale, "colorbar": frame.colorbar("<br>".join(lines), ticks)}


def _say(figure: go.Figure, place: int, text: str, side: int, *, top: bool = False) -> None:
    """Words on a panel's photograph, in its middle or at its top, on as many lines as its width needs."""
    number = axis_number(place)
    figure.add_annotation(
        text="<br>".join(textwrap.wrap(text, max(side // 9, 16))),
        xref=f"x{number} domain",
        yref=f"y{number} domain",
        x=0.5,
        y=0.97 if top else 0.5,
        yanchor="top" if top else "middle",
        showarrow=False,
        font={"size": 13, "color": "#FFFFFF"},
        bgcolor="rgba(22, 36, 42, 0.82)",
        borderpad=7,
    )
