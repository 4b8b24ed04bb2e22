"""A slice as it is read: grey, pixel by pixel, on black, and with what it is seen through written on it."""

from __future__ import annotations

import math
from io import BytesIO
from typing import Any

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from core.figures.picture import encode_picture
from core.types import Window

BLACK, WHITE = "#000000", "#FFFFFF"
_GREYS = [[0, BLACK], [1, WHITE]]
_SIDE_PX = 500
_STRIP_PAD, _FONT_PX = 8, 13


def plot_slice(
    pixels: NDArray[np.uint8],
    *,
    stamp: str,
    corner: str = "",
    hounsfield: NDArray[np.int16] | None = None,
    window: Window | None = None,
    view: str = "slice",
) -> go.Figure:
    """Draw one slice without smoothing; with Hounsfield units they are read off under the pointer.

    Args:
        pixels: (H, W, 3) uint8, drawn where there are no Hounsfield units.
        stamp: what the slice is seen through, drawn at the bottom; a line of its own after every " · ".
        corner: drawn at the top, for example the place in the series; must be words of ours.
        hounsfield: (H, W) int16; drawn in ``window`` instead of ``pixels``.
        window: needed with ``hounsfield``.
        view: as long as it stays the same, a redrawn figure keeps the reader's zoom.

    Raises:
        ValueError: ``hounsfield`` without ``window``.
    """
    height, width = pixels.shape[:2]
    if hounsfield is None:
        picture = encode_picture(pixels, long_side=max(height, width), lossless=True)
        trace: Any = go.Image(source=picture, hoverinfo="skip")
    elif window is None:
        raise ValueError("hounsfield needs the window to be drawn in")
    else:
        trace = go.Heatmap(
            z=hounsfield,
            zmin=window.low,
            zmax=window.high,
            colorscale=_GREYS,
            showscale=False,
            zsmooth=False,
            hovertemplate="%{z} HU<br>row %{y}, column %{x}<extra></extra>",
        )
    figure = go.Figure(trace)
    axis = {"visible": False, "constrain": "domain"}
    figure.update_layout(
        height=round(min(max(_SIDE_PX * height / width, 0.6 * _SIDE_PX), 1.2 * _SIDE_PX)),
        margin={"l": 0, "r": 0, "t": 28, "b": 40, "pad": 0},
        paper_bgcolor=BLACK,
        plot_bgcolor=BLACK,
        dragmode="zoom",
        hoverlabel={"bgcolor": "#16242A", "font": {"color": WHITE}},
        modebar={"bgcolor": "rgba(0,0,0,0)", "color": "#B9C6CB", "activecolor": WHITE},
        uirevision=view,
        xaxis={**axis, "range": [-0.5, width - 0.5], "minallowed": -0.5, "maxallowed": width - 0.5},
        yaxis={
            **axis,
            "range": [height - 0.5, -0.5],
            "minallowed": -0.5,
            "maxallowed": height - 0.5,
            "scaleanchor": "x",
        },
    )
    figure.add_annotation(text=stamp.replace(" · ", "<br>"), y=0, yanchor="top", **_AT_EDGE)
    if corner:
        figure.add_annotation(text=corner, y=1, yanchor="bottom", **_AT_EDGE)
    return figure


_AT_EDGE: dict[str, Any] = {
    "xref": "paper",
    "yref": "paper",
    "x": 0,
    "xanchor": "left",
    "xshift": 6,
    "showarrow": False,
    "font": {"size": 12, "color": WHITE},
    "align": "left",
}


def stamp_picture(pixels: NDArray[np.uint8], lines: tuple[str, ...]) -> NDArray[np.uint8]:
    """Write lines on a black strip below (H, W, 3) uint8, so that nothing of the slice is covered.

    Returns:
        (H + strip, at least W, 3) uint8 that begins with ``pixels``; black at the right where a line is
        longer than the picture is wide.
    """
    height, width = pixels.shape[:2]
    font = ImageFont.load_default(_FONT_PX)
    needed = max(math.ceil(font.getlength(line)) for line in lines) + 2 * _STRIP_PAD
    step = round(1.4 * _FONT_PX)
    canvas = Image.new("RGB", (max(width, needed), height + step * len(lines) + 2 * _STRIP_PAD))
    canvas.paste(Image.fromarray(pixels), (0, 0))
    draw = ImageDraw.Draw(canvas)
    for place, line in enumerate(lines):
        draw.text((_STRIP_PAD, height + _STRIP_PAD + place * step), line, fill=(255, 255, 255), font=font)
    return np.asarray(canvas)


def write_png(pixels: NDArray[np.uint8]) -> bytes:
    """(H, W, 3) uint8 as a PNG file that holds pixels and nothing else."""
    buffer = BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG")
    return buffer.getvalue()
