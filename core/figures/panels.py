"""Where the panels of a heat map figure, its colour bars and its opacity slider stand."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from core.figures.palette import RULE, evidence_colorscale
from core.figures.picture import encode_picture

Arrangement = Literal["row", "column"]
Bars = Literal["right", "below", "each"]
"""One colour bar beside all panels, one below all of them, or one below each."""

OPACITY_STEPS = tuple(range(0, 101, 5))
DEFAULT_OPACITY = 60
EVIDENCE_TICKS: Mapping[float, str] = {0.04: "little", 0.96: "most"}
_BAR_CHARACTERS = 14
_GAP = 0.03
_ROW_PANEL_PX, _ROW_OF_THREE_PX, _COLUMN_PANEL_PX = 500, 400, 330
_ROW_MULTIPLE_PX, _COLUMN_MULTIPLE_PX = 210, 160
_STAMP_PX = 12
_TITLE_PX, _SLIDER_PX, _BAR_PX, _RIGHT_PX, _APART_PX = 34, 92, 62, 104, 14


@dataclass(frozen=True)
class Backdrop:
    """The photograph that maps are drawn over, encoded once for all figures.

    Attributes:
        picture: data URI; two backdrops are equal when they show the same.
        width, height: of the photograph in pixels, before it was made small.
        stamp: what the picture is seen through, drawn on it; empty for a photograph. Must be words of ours.
    """

    picture: str
    width: int
    height: int
    stamp: str = ""

    @property
    def aspect(self) -> float:
        """Height over width."""
        return self.height / self.width


def prepare_backdrop(pixels: NDArray[np.uint8], *, stamp: str = "") -> Backdrop:
    """Encode (H, W, 3) uint8, the part of a photograph that the maps cover as a whole."""
    height, width = pixels.shape[:2]
    return Backdrop(encode_picture(pixels), width, height, stamp)


class PanelFrame:
    """Where things stand: pixel sizes become the paper fractions that Plotly wants.

    Args:
        count: number of panels.
        aspect: height over width of the tallest panel.
        columns: panels a row.
        side: width in pixels that a panel is meant for.
        bars: where colour bars stand.
        title_px: height of a panel's title.
        slider: whether there is an opacity slider under everything.
        bar_px: height of the place for a colour bar below the panels, with its title and ticks.
    """

    def __init__(
        self,
        count: int,
        aspect: float,
        *,
        columns: int,
        side: int,
        bars: Bars,
        title_px: int = _TITLE_PX,
        slider: bool = True,
        bar_px: int = _BAR_PX,
    ) -> None:
        self.count, self.columns, self.bars, self.side = count, columns, bars, side
        self.bar_px = bar_px
        rows = math.ceil(count / columns)
        self.panel = min(max(side * aspect, 0.5 * side), 1.2 * side)
        self.step = self.panel + title_px + (bar_px + _APART_PX if bars == "each" else 0)
        self.plot = self.panel + self.step * (rows - 1)
        below = (_SLIDER_PX if slider else 0) + (0 if bars == "right" else bar_px)
        right = _RIGHT_PX if bars == "right" else 0
        modebar = _TITLE_PX if slider else 0
        self.margin = {"l": 0, "r": right, "t": title_px + modebar, "b": below, "pad": 0}
        self.height = round(self.plot + self.margin["t"] + below)

    def domains(self, index: int) -> tuple[list[float], list[float]]:
        """Paper fractions of a panel: across, and up."""
        row, column = divmod(index, self.columns)
        share = (1 - _GAP * (self.columns - 1)) / self.columns
        left = column * (share + _GAP)
        top = 1 - row * self.step / self.plot
        return [left, min(left + share, 1.0)], [max(top - self.panel / self.plot, 0.0), top]

    def start(self, *, view: str) -> go.Figure:
        """A figure without panels; as long as ``view`` stays the same, it keeps the reader's zoom."""
        return go.Figure(
            layout={
                "height": self.height,
                "margin": self.margin,
                "paper_bgcolor": "rgba(0,0,0,0)",
                "plot_bgcolor": "rgba(0,0,0,0)",
                "dragmode": "zoom" if self.columns > 1 else False,
                "modebar": {
                    "orientation": "h",
                    "bgcolor": "rgba(0,0,0,0)",
                    "color": "#7C8F98",
                    "activecolor": "#0B8494",
                },
                "uirevision": view,
            }
        )

    def add_panel(
        self,
        figure: go.Figure,
        index: int,
        title: str,
        backdrop: Backdrop,
        *,
        linked: bool = True,
        leader: int = 0,
        font_px: int = 15,
    ) -> None:
        """Axes in pixels of the photograph, the photograph itself, and a title above it.

        Args:
            figure: drawn into.
            index: of the panel, from 0.
            title: may hold ``<br>``.
            backdrop: what is under the map.
            linked: whether zooming this panel zooms its leader too.
            leader: index of the panel that it is linked to.
            font_px: size of the title.
        """
        across, up = self.domains(index)
        number = axis_number(index)
        plain: dict[str, Any] = {"visible": False, "constrain": "domain"}
        x_axis = {**plain, "domain": across, "anchor": f"y{number}", "range": [0, backdrop.width]}
        y_axis = {**plain, "domain": up, "anchor": f"x{number}", "range": [backdrop.height, 0]}
        x_axis |= {"minallowed": 0, "maxallowed": backdrop.width}
        y_axis |= {"minallowed": 0, "maxallowed": backdrop.height, "scaleanchor": f"x{number}"}
        if linked and index != leader:
            x_axis["matches"], y_axis["matches"] = f"x{axis_number(leader)}", f"y{axis_number(leader)}"
        # Set, not updated: there is nothing to merge with, and merging takes most of the time of a figure.
        figure.layout[f"xaxis{number}"], figure.layout[f"yaxis{number}"] = x_axis, y_axis
        figure.add_layout_image(
            source=backdrop.picture,
            xref=f"x{number}",
            yref=f"y{number}",
            x=0,
            y=0,
            sizex=backdrop.width,
            sizey=backdrop.height,
            sizing="stretch",
            layer="below",
        )
        figure.add_annotation(
            text=title,
            xref="paper",
            yref="paper",
            x=sum(across) / 2,
            y=up[1],
            xanchor="center",
            yanchor="bottom",
            yshift=4,
            showarrow=False,
            font={"size": font_px},
        )
        if backdrop.stamp:
            self._add_stamp(figure, backdrop.stamp, index)

    def _add_stamp(self, figure: go.Figure, stamp: str, index: int) -> None:
        """What the picture is seen through, at the foot of a panel, on as many lines as its width needs."""
        across, number = self.domains(index)[0], axis_number(index)
        share = (across[1] - across[0]) * self.columns
        characters = max(int(share * self.side / (0.62 * _STAMP_PX)), 12)
        figure.add_annotation(
            text="<br>".join(textwrap.wrap(stamp, characters)),
            xref=f"x{number} domain",
            yref=f"y{number} domain",
            x=0,
            y=0,
            xanchor="left",
            yanchor="bottom",
            align="left",
            showarrow=False,
            font={"size": _STAMP_PX, "color": "#FFFFFF"},
            bgcolor="rgba(0, 0, 0, 0.6)",
            borderpad=3,
        )

    def evidence_axis(self, text: str, *, panel: int | None = None) -> dict[str, Any]:
        """The colour scale of a heat map, with words for ticks.

        Args:
            text: what the colours stand for.
            panel: whose bar it is where each panel has one.
        """
        bar = self.colorbar(_wrapped(text) if self.bars == "right" else text, EVIDENCE_TICKS, panel=panel)
        return {"cmin": 0, "cmax": 1, "colorscale": evidence_colorscale(), "colorbar": bar}

    def colorbar(self, title: str, ticks: Mapping[float, str], *, panel: int | None = None) -> dict[str, Any]:
        """A colour bar: position on its scale to words, and where it stands."""
        bar: dict[str, Any] = {
            "title": {"text": title, "font": {"size": 13}, "side": "top"},
            "tickvals": list(ticks),
            "ticktext": list(ticks.values()),
            "tickfont": {"size": 13},
            "ticks": "",
            "thickness": 14,
            "outlinecolor": RULE,
            "outlinewidth": 1,
        }
        if self.bars == "right":
            return bar | {"x": 1.0, "xpad": 14, "len": 0.9, "y": 0.5}
        across, up = ([0.0, 1.0], [0.0, 1.0]) if panel is None else self.domains(panel)
        return bar | {
            "orientation": "h",
            "x": sum(across) / 2,
            "xanchor": "center",
            "len": 0.9 * (across[1] - across[0]),
            "y": up[0] - 14 / self.plot,
            "yanchor": "top",
            "ypad": 0,
        }

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
            "y": -(0 if self.bars == "right" else self.bar_px) / self.plot,
            "yanchor": "top",
            "pad": {"t": 18, "b": 0, "l": 6, "r": 6},
            "bgcolor": RULE,
            "bordercolor": RULE,
            "tickcolor": RULE,
            "minorticklen": 0,
            "ticklen": 4,
        }


def frame_panels(
    count: int, aspect: float, arrangement: Arrangement, *, own_bars: Literal["shared", "each"] = "shared"
) -> PanelFrame:
    """Large panels with an opacity slider: side by side for wide screens, one under the other for phones."""
    row = arrangement == "row"
    bars: Bars = "each" if own_bars == "each" else "right" if row else "below"
    wide = _ROW_PANEL_PX if count < 3 else _ROW_OF_THREE_PX
    side = wide if row else _COLUMN_PANEL_PX
    return PanelFrame(count, aspect, columns=count if row else 1, side=side, bars=bars)


def frame_multiples(count: int, aspect: float, arrangement: Arrangement) -> PanelFrame:
    """Small panels with two lines of title and one bar: three a row for wide screens, two for phones."""
    row = arrangement == "row"
    return PanelFrame(
        count,
        aspect,
        columns=3 if row else 2,
        side=_ROW_MULTIPLE_PX if row else _COLUMN_MULTIPLE_PX,
        bars="below",
        title_px=44,
        slider=False,
    )


def axis_number(index: int) -> str:
    """What follows "x" in the name of a panel's axis: nothing, "2", "3" …."""
    return str(index + 1) if index else ""


def _wrapped(text: str) -> str:
    """Broken into lines that fit beside the panels, which a long line would push together."""
    return "<br>".join(textwrap.wrap(text, _BAR_CHARACTERS))
