"""Heat maps over the photograph, one panel per network: one scale, one opacity slider, one zoom.

Everything that a reader moves (opacity, zoom, pan) is done by the browser alone, so it follows the hand.
"""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray
from PIL import Image

from core.figures.palette import RULE, evidence_colorscale
from core.figures.picture import encode_picture
from core.figures.wording import percent
from core.types import Heatmap

Scale = Literal["shared", "independent"]
Arrangement = Literal["row", "column"]

OPACITY_STEPS = tuple(range(0, 101, 5))
DEFAULT_OPACITY = 60
_MAP_SIDE = 96
_PICTURE_SIDE = 640
_BAR_CHARACTERS = 14
_GAP = 0.03
_ROW_PANEL_PX, _COLUMN_PANEL_PX = 500, 330
_TITLE_PX, _SLIDER_PX, _BAR_PX = 34, 92, 62


def scale_factors(heatmaps: Sequence[Heatmap], scale: Scale) -> tuple[float, ...]:
    """What each map's values are multiplied by before they are drawn on 0 … 1.

    Args:
        heatmaps: maps of one ``unit``.
        scale: ``"shared"``: each map's own peak over the largest peak, so that equal colours mean equal
            evidence; ``"independent"``: 1, so that each map spans all colours.

    Raises:
        ValueError: the maps are measured in different units, so that no scale can be shared.
    """
    if scale == "independent":
        return tuple(1.0 for _ in heatmaps)
    if len({heatmap.unit for heatmap in heatmaps}) > 1:
        raise ValueError("heatmaps with different units cannot share a scale")
    largest = max((heatmap.peak for heatmap in heatmaps), default=0.0)
    return tuple(heatmap.peak / largest if largest > 0 else 0.0 for heatmap in heatmaps)


def plot_heatmaps(
    pixels: NDArray[np.uint8],
    panels: Sequence[tuple[str, Heatmap]],
    *,
    finding_name: str,
    scale: Scale = "shared",
    arrangement: Arrangement = "row",
    view: str = "view",
) -> go.Figure:
    """Draw one panel per heat map over the same photograph.

    Args:
        pixels: (H, W, 3) uint8, the photograph that the maps cover as a whole.
        panels: (title, heat map), left to right or top to bottom.
        finding_name: what the maps are evidence for, as a clinician calls it.
        scale: see :func:`scale_factors`.
        arrangement: ``"row"`` for wide screens, ``"column"`` for phones.
        view: as long as it stays the same, a redrawn figure keeps the reader's zoom.
    """
    height, width = pixels.shape[:2]
    picture = encode_picture(pixels, long_side=_PICTURE_SIDE)
    frame = _Frame(len(panels), height / width, arrangement)
    figure = go.Figure()
    factors = scale_factors([heatmap for _, heatmap in panels], scale)
    drawn = False
    for index, ((title, heatmap), factor) in enumerate(zip(panels, factors, strict=True)):
        frame.add_panel(figure, index, title, picture, (width, height))
        if heatmap.state == "ok":
            figure.add_trace(_heat(heatmap, factor, (width, height), index, title))
            drawn = True
        else:
            _say_no_evidence(figure, index, finding_name, (width, height))
    figure.update_layout(
        height=frame.height,
        margin=frame.margin,
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        dragmode="zoom" if arrangement == "row" else False,
        modebar={
            "orientation": "h",
            "bgcolor": "rgba(0,0,0,0)",
            "color": "#7C8F98",
            "activecolor": "#0B8494",
        },
        uirevision=view,
    )
    if drawn:
        figure.update_layout(coloraxis=frame.coloraxis(finding_name), sliders=[frame.opacity_slider()])
    return figure


class _Frame:
    """Where things stand: pixel sizes become the paper fractions that Plotly wants."""

    def __init__(self, count: int, aspect: float, arrangement: Arrangement) -> None:
        self.count, self.row = count, arrangement == "row"
        side = _ROW_PANEL_PX if self.row else _COLUMN_PANEL_PX
        panel = min(max(side * aspect, 0.5 * side), 1.2 * side)
        gap = 0 if self.row else _TITLE_PX
        self.plot = panel if self.row else panel * count + gap * (count - 1)
        self.gap = _GAP if self.row else gap / self.plot
        below = _SLIDER_PX + (0 if self.row else _BAR_PX)
        self.margin = {"l": 0, "r": 104 if self.row else 0, "t": 2 * _TITLE_PX, "b": below, "pad": 0}
        self.height = round(self.plot + self.margin["t"] + below)

    def domains(self, index: int) -> tuple[list[float], list[float]]:
        """Paper fractions of a panel: across, and up."""
        share = (1 - self.gap * (self.count - 1)) / self.count
        start = index * (share + self.gap)
        along = [start, min(start + share, 1.0)]
        return (along, [0.0, 1.0]) if self.row else ([0.0, 1.0], [1 - along[1], 1 - along[0]])

    def add_panel(
        self, figure: go.Figure, index: int, title: str, picture: str, size: tuple[int, int]
    ) -> None:
        """Axes in pixels of the photograph, the photograph itself, and a title above it."""
        width, height = size
        across, up = self.domains(index)
        x, y = f"x{index + 1 if index else ''}", f"y{index + 1 if index else ''}"
        plain: dict[str, Any] = {"visible": False, "constrain": "domain"}
        x_axis = {**plain, "domain": across, "anchor": y, "range": [0, width]}
        y_axis = {**plain, "domain": up, "anchor": x, "range": [height, 0]}
        x_axis |= {"minallowed": 0, "maxallowed": width}
        y_axis |= {"minallowed": 0, "maxallowed": height, "scaleanchor": x}
        if index:
            x_axis["matches"], y_axis["matches"] = "x", "y"
        number = str(index + 1) if index else ""
        figure.update_layout({f"xaxis{number}": x_axis, f"yaxis{number}": y_axis})
        figure.add_layout_image(
            source=picture,
            xref=x,
            yref=y,
            x=0,
            y=0,
            sizex=width,
            sizey=height,
            sizing="stretch",
            layer="below",
        )
        figure.add_annotation(
            text=f"<b>{title}</b>",
            xref="paper",
            yref="paper",
            x=sum(across) / 2,
            y=up[1],
            xanchor="center",
            yanchor="bottom",
            yshift=4,
            showarrow=False,
            font={"size": 15},
        )

    def coloraxis(self, finding_name: str) -> dict[str, Any]:
        """The one colour scale of all panels, with words for ticks."""
        bar: dict[str, Any] = {
            "title": {"text": _wrapped(f"Evidence for {finding_name}"), "font": {"size": 13}},
            "tickvals": [0.04, 0.96],
            "ticktext": ["little", "most"],
            "tickfont": {"size": 13},
            "ticks": "",
            "thickness": 14,
            "outlinecolor": RULE,
            "outlinewidth": 1,
        }
        if self.row:
            bar |= {"x": 1.0, "xpad": 14, "len": 0.9, "y": 0.5}
            bar["title"]["side"] = "top"
        else:
            bar |= {
                "orientation": "h",
                "x": 0.5,
                "len": 0.9,
                "y": -14 / self.plot,
                "yanchor": "top",
                "ypad": 0,
            }
            bar["title"] |= {"text": f"Evidence for {finding_name}", "side": "top"}
        return {"cmin": 0, "cmax": 1, "colorscale": evidence_colorscale(), "colorbar": bar}

    def opacity_slider(self) -> dict[str, Any]:
        """A slider whose every step is there beforehand: it restyles all maps without asking the server."""
        steps = [
            {"method": "restyle", "label": f"{step} %", "args": [{"opacity": step / 100}]}
            for step in OPACITY_STEPS
        ]
        return {
            "name": "opacity",
            "active": OPACITY_STEPS.index(DEFAULT_OPACITY),
            "steps": steps,
            "currentvalue": {"prefix": "Heat map opacity: ", "xanchor": "left", "font": {"size": 14}},
            "font": {"size": 12},
            "x": 0,
            "len": 1,
            "y": -(_BAR_PX if not self.row else 0) / self.plot,
            "yanchor": "top",
            "pad": {"t": 18, "b": 0, "l": 6, "r": 6},
            "bgcolor": RULE,
            "bordercolor": RULE,
            "tickcolor": RULE,
            "minorticklen": 0,
            "ticklen": 4,
        }


def _wrapped(text: str) -> str:
    """Broken into lines that fit beside the panels, which a long line would push together."""
    return "<br>".join(textwrap.wrap(text, _BAR_CHARACTERS))


def _heat(heatmap: Heatmap, factor: float, size: tuple[int, int], index: int, title: str) -> go.Heatmap:
    values = _upsample(heatmap.values) * np.float32(factor)
    rows, columns = values.shape
    width, height = size
    number = str(index + 1) if index else ""
    return go.Heatmap(
        z=values,
        x0=width / columns / 2,
        dx=width / columns,
        y0=height / rows / 2,
        dy=height / rows,
        xaxis=f"x{number}",
        yaxis=f"y{number}",
        coloraxis="coloraxis",
        zsmooth="best",
        opacity=DEFAULT_OPACITY / 100,
        hoverinfo="skip",
        name=title,
    )


def _upsample(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """(h, w) to a finer grid over the same area, bicubic, still in [0, 1] and still reaching its peak."""
    rows, columns = values.shape
    factor = max(_MAP_SIDE / max(rows, columns), 1.0)
    size = (round(columns * factor), round(rows * factor))
    fine = np.asarray(Image.fromarray(values.astype(np.float32)).resize(size, Image.Resampling.BICUBIC))
    fine = np.clip(fine, 0.0, None)
    peak = float(fine.max())
    return (fine / peak if peak > 0 else fine).astype(np.float32)


def _say_no_evidence(figure: go.Figure, index: int, finding_name: str, size: tuple[int, int]) -> None:
    number = str(index + 1) if index else ""
    figure.add_annotation(
        text=f"No positive evidence for<br>{finding_name} in this picture",
        xref=f"x{number}",
        yref=f"y{number}",
        x=size[0] / 2,
        y=0.96 * size[1],
        yanchor="bottom",
        showarrow=False,
        font={"size": 14, "color": "#FFFFFF"},
        bgcolor="rgba(22, 36, 42, 0.82)",
        borderpad=8,
    )


def describe_heatmaps(panels: Sequence[tuple[str, Heatmap]], *, finding_name: str, scale: Scale) -> str:
    """The figure in words, for readers who do not see it."""
    intro = f"Heat maps of the evidence for {finding_name}, on {_SCALE_WORDS[scale]}."
    return " ".join((intro, *describe_panels(panels, scale=scale)))


def describe_panels(panels: Sequence[tuple[str, Heatmap]], *, scale: Scale) -> tuple[str, ...]:
    """One sentence per map: where it is strongest, and how strong against the strongest one shown."""
    factors = scale_factors([heatmap for _, heatmap in panels], scale)
    parts = []
    for (title, heatmap), factor in zip(panels, factors, strict=True):
        if heatmap.state == "no_evidence":
            parts.append(f"{title}: no positive evidence.")
            continue
        weaker = scale == "shared" and factor < 1
        share = f", with {percent(factor)} of the strongest spot shown" if weaker else ""
        parts.append(f"{title}: strongest {_place(heatmap.values)}{share}.")
    return tuple(parts)


_SCALE_WORDS: dict[Scale, str] = {"shared": "one shared scale", "independent": "a scale of its own each"}


def _place(values: NDArray[np.float32]) -> str:
    """Where the peak lies, in thirds of the picture."""
    row, column = np.unravel_index(int(values.argmax()), values.shape)
    down = ("upper", "middle", "lower")[min(int(3 * (row + 0.5) / values.shape[0]), 2)]
    across = ("left", "centre", "right")[min(int(3 * (column + 0.5) / values.shape[1]), 2)]
    return "in the centre" if (down, across) == ("middle", "centre") else f"at the {down} {across}"
