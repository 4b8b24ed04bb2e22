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

from core.figures.panels import DEFAULT_OPACITY, Arrangement, PanelFrame
from core.figures.picture import encode_picture
from core.figures.wording import percent
from core.types import Heatmap

Scale = Literal["shared", "independent"]

_MAP_SIDE = 96
_PICTURE_SIDE = 640


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
    frame = PanelFrame(len(panels), height / width, arrangement)
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
