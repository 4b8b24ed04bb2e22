"""Heat maps over the photograph, one panel per network: one scale, one opacity slider, one zoom.

Everything that a reader moves (opacity, zoom, pan) is done by the browser alone, so it follows the hand.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray
from PIL import Image

from core.figures.map_words import (
    describe_excess,
    describe_nothing,
    describe_subject,
    say_nothing_found,
    title_bar,
    title_method,
)
from core.figures.panels import DEFAULT_OPACITY, Arrangement, Backdrop, axis_number, frame_panels
from core.figures.wording import percent
from core.types import RELATIVE, Heatmap

Scale = Literal["shared", "independent"]

_MAP_SIDE = 96


def scale_factors(heatmaps: Sequence[Heatmap], scale: Scale) -> tuple[float, ...]:
    """What each map's values are multiplied by before they are drawn on 0 … 1.

    Args:
        heatmaps: maps; only those of one ``unit`` can share a scale, and each unit has its own;
            :data:`core.types.RELATIVE` ones share none.
        scale: ``"shared"``: each map's own peak over the largest peak in its unit, so that equal colours mean
            equal evidence; ``"independent"``: 1, so that each map spans all colours.
    """
    if scale == "independent":
        return tuple(1.0 for _ in heatmaps)
    largest: dict[str, float] = {}
    for heatmap in heatmaps:
        largest[heatmap.unit] = max(heatmap.peak, largest.get(heatmap.unit, 0.0))
    return tuple(
        1.0
        if heatmap.unit == RELATIVE
        else heatmap.peak / largest[heatmap.unit]
        if largest[heatmap.unit] > 0
        else 0.0
        for heatmap in heatmaps
    )


def share_one_bar(heatmaps: Sequence[Heatmap]) -> bool:
    """Whether the maps were all made in one way and compare, so that one colour bar is true of them all."""
    if len(heatmaps) > 1 and any(heatmap.unit == RELATIVE for heatmap in heatmaps):
        return False
    return len({(heatmap.method, heatmap.unit) for heatmap in heatmaps}) <= 1


def plot_heatmaps(
    backdrops: Sequence[Backdrop],
    panels: Sequence[tuple[str, Heatmap]],
    *,
    finding_name: str,
    scale: Scale = "shared",
    arrangement: Arrangement = "row",
    view: str = "view",
) -> go.Figure:
    """Draw one panel per heat map over the photograph that it covers.

    Maps made in different ways have a colour bar each, and their panels name the method.

    Args:
        backdrops: one per panel; zooming one panel zooms the others only where all show the same.
        panels: (title, heat map), left to right or top to bottom.
        finding_name: what the maps are evidence for, as a clinician calls it.
        scale: see :func:`scale_factors`.
        arrangement: ``"row"`` for wide screens, ``"column"`` for phones.
        view: as long as it stays the same, a redrawn figure keeps the reader's zoom.
    """
    heatmaps = [heatmap for _, heatmap in panels]
    one_bar, linked = share_one_bar(heatmaps), len(set(backdrops)) == 1
    aspect = max(backdrop.aspect for backdrop in backdrops)
    frame = frame_panels(len(panels), aspect, arrangement, own_bars="shared" if one_bar else "each")
    figure = frame.start(view=view)
    for index, ((title, heatmap), factor) in enumerate(
        zip(panels, scale_factors(heatmaps, scale), strict=True)
    ):
        heading = f"<b>{title}</b>" if one_bar else f"<b>{title}: {title_method(heatmap.method)}</b>"
        number = "" if one_bar else axis_number(index)
        frame.add_panel(figure, index, heading, backdrops[index], linked=linked)
        add_evidence(
            figure, index, heatmap, backdrops[index], finding_name=finding_name, factor=factor, axis=number
        )
        if heatmap.state == "ok":
            text = title_bar(heatmap.method, finding_name)
            bar = frame.evidence_axis(text, panel=None if one_bar else index)
            figure.layout[f"coloraxis{number}"] = bar
    if figure.data:
        figure.layout.sliders = [frame.opacity_slider()]
    return figure


def add_evidence(
    figure: go.Figure,
    index: int,
    heatmap: Heatmap,
    backdrop: Backdrop,
    *,
    finding_name: str,
    factor: float = 1.0,
    axis: str = "",
) -> None:
    """Draw a heat map into a panel on a colour axis, the first by default, or say that it is empty."""
    if heatmap.state == "no_evidence":
        _say_in_panel(figure, index, say_nothing_found(heatmap.method, finding_name), backdrop)
        return
    fine = np.clip(enlarge(heatmap.values), 0.0, None)
    peak = float(fine.max())
    values = (fine / peak if peak > 0 else fine).astype(np.float32) * np.float32(factor)
    add_map(figure, index, values, backdrop, coloraxis=f"coloraxis{axis}")


def add_map(
    figure: go.Figure, index: int, values: NDArray[np.float32], backdrop: Backdrop, *, coloraxis: str
) -> None:
    """Draw (h, w) values that cover a panel's photograph, on one of the figure's colour axes."""
    rows, columns = values.shape
    number = axis_number(index)
    figure.add_trace(
        go.Heatmap(
            z=values,
            x0=backdrop.width / columns / 2,
            dx=backdrop.width / columns,
            y0=backdrop.height / rows / 2,
            dy=backdrop.height / rows,
            xaxis=f"x{number}",
            yaxis=f"y{number}",
            coloraxis=coloraxis,
            zsmooth="best",
            opacity=DEFAULT_OPACITY / 100,
            hoverinfo="skip",
        )
    )


def enlarge(values: NDArray[np.float32], side: int = _MAP_SIDE) -> NDArray[np.float32]:
    """(h, w) to a finer grid over the same area, bicubic: it may overshoot the values' range a little."""
    rows, columns = values.shape
    factor = max(side / max(rows, columns), 1.0)
    size = (round(columns * factor), round(rows * factor))
    fine = Image.fromarray(values.astype(np.float32)).resize(size, Image.Resampling.BICUBIC)
    return np.asarray(fine, dtype=np.float32)


def _say_in_panel(figure: go.Figure, index: int, text: str, backdrop: Backdrop) -> None:
    number = axis_number(index)
    figure.add_annotation(
        text=text,
        xref=f"x{number}",
        yref=f"y{number}",
        x=backdrop.width / 2,
        y=0.96 * backdrop.height,
        yanchor="bottom",
        showarrow=False,
        font={"size": 14, "color": "#FFFFFF"},
        bgcolor="rgba(22, 36, 42, 0.82)",
        borderpad=8,
    )


def describe_heatmaps(panels: Sequence[tuple[str, Heatmap]], *, finding_name: str, scale: Scale) -> str:
    """The figure in words, for readers who do not see it."""
    subject = describe_subject(tuple(heatmap.method for _, heatmap in panels), finding_name)
    intro = f"Heat maps of {subject}, on {_say_scale([heatmap for _, heatmap in panels], scale)}."
    return " ".join((intro, *describe_panels(panels, scale=scale)))


def describe_panels(panels: Sequence[tuple[str, Heatmap]], *, scale: Scale) -> tuple[str, ...]:
    """One sentence per map: where it is strongest, and how strong against the strongest one shown."""
    factors = scale_factors([heatmap for _, heatmap in panels], scale)
    parts = []
    for (title, heatmap), factor in zip(panels, factors, strict=True):
        if heatmap.state == "no_evidence":
            parts.append(f"{title}: {describe_nothing(heatmap.method)}.")
            continue
        weaker = scale == "shared" and factor < 1
        share = f", with {percent(factor)} of the strongest spot shown" if weaker else ""
        parts.append(f"{title}: strongest {place_of(heatmap.values)}{share}{describe_excess(heatmap)}.")
    return tuple(parts)


def _say_scale(heatmaps: Sequence[Heatmap], scale: Scale) -> str:
    """Which scale maps are on, after "on": a shared one is claimed only for maps that have it."""
    units = [heatmap.unit for heatmap in heatmaps]
    if scale == "shared" and share_one_bar(heatmaps):
        return "one shared scale"
    if scale == "shared" and any(units.count(unit) > 1 for unit in units if unit != RELATIVE):
        return "one scale for those of one unit"
    return "a scale of its own each"


def place_of(values: NDArray[np.float32]) -> str:
    """Where the peak of (h, w) values lies, in thirds of the picture: "at the upper left"."""
    row, column = np.unravel_index(int(values.argmax()), values.shape)
    down = ("upper", "middle", "lower")[min(int(3 * (row + 0.5) / values.shape[0]), 2)]
    across = ("left", "centre", "right")[min(int(3 * (column + 0.5) / values.shape[1]), 2)]
    return say_place(down, across)


def say_place(down: str, across: str) -> str:
    """A third of the picture, down and across, in a sentence."""
    return "in the centre" if (down, across) == ("middle", "centre") else f"at the {down} {across}"
