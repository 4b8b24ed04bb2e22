"""Where the panels of a heat map figure, its colour bar and its opacity slider stand."""

from __future__ import annotations

import textwrap
from typing import Any, Literal

import plotly.graph_objects as go

from core.figures.palette import RULE, evidence_colorscale

Arrangement = Literal["row", "column"]

OPACITY_STEPS = tuple(range(0, 101, 5))
DEFAULT_OPACITY = 60
_BAR_CHARACTERS = 14
_GAP = 0.03
_ROW_PANEL_PX, _COLUMN_PANEL_PX = 500, 330
_TITLE_PX, _SLIDER_PX, _BAR_PX = 34, 92, 62


class PanelFrame:
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
