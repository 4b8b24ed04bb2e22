"""Outlines of what two networks mark in one picture: both, only one, only the other."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from core.figures.agreement_words import describe_places
from core.figures.palette import BOTH, BOTH_DASH, ROLE_COLOURS, ROLE_DASHES
from core.figures.panels import Arrangement, Backdrop, PanelFrame
from core.figures.wording import ROLE_TITLES, name_role
from core.types import MapAgreement, RegionNotes, Role

_HALO = "rgba(22, 36, 42, 0.85)"
_LINE_PX, _HALO_PX = 3.0, 6.0
_BLUR, _INSET = 1.2, 0.62
"""Pixels of the masks that steps are smoothed over, and the level of the outline: above a half it lies a
little inside, so that the lines of neighbours run beside each other."""
_SMALLEST = 0.003
"""Share of the picture below which a piece is too small to be drawn."""
_SIDE_PX = {"row": 620, "column": 330}


def plot_agreement(
    backdrop: Backdrop,
    notes: RegionNotes,
    *,
    roles: tuple[Role, Role] = ("teacher", "student"),
    arrangement: Arrangement = "row",
    view: str = "view",
) -> go.Figure:
    """Draw the picture with an outline around what both networks mark, and around what only one does.

    Args:
        backdrop: the picture that both maps cover.
        notes: what they mark.
        roles: whose maps, in the order of the notes; they give colours and dashes.
        arrangement: ``"row"`` for wide screens, ``"column"`` for phones.
        view: as long as it stays the same, a redrawn figure keeps the reader's zoom.
    """
    frame = PanelFrame(
        1, backdrop.aspect, columns=1, side=_SIDE_PX[arrangement], bars="below", title_px=6, slider=False
    )
    figure = frame.start(view=view)
    frame.add_panel(figure, 0, "", backdrop)
    one, other = notes.marked_one, notes.marked_other
    for name, region, colour, dash in (
        ("Both", one & other, BOTH, BOTH_DASH),
        *(
            (f"{ROLE_TITLES[role]} only", region, ROLE_COLOURS[role], ROLE_DASHES[role])
            for role, region in zip(roles, (one & ~other, other & ~one), strict=True)
        ),
    ):
        _add_outlines(figure, region, backdrop, name=name, colour=colour, dash=dash)
    figure.update_layout(
        showlegend=True,
        legend={
            "orientation": "h",
            "x": 0.5,
            "xanchor": "center",
            "y": -8 / frame.plot,
            "yanchor": "top",
            "font": {"size": 14, "color": "white"},
            "bgcolor": "rgb(22, 36, 42)",
            "itemwidth": 46,
            "itemclick": "toggle",
        },
    )
    return figure


def describe_outlines(
    notes: RegionNotes,
    *,
    roles: tuple[Role, Role] = ("teacher", "student"),
    agreement: MapAgreement | None = None,
) -> str:
    """The figure in words, for readers who do not see it; with ``agreement``, as its verdict is worded."""
    one, other = (name_role(role) for role in roles)
    overlap = None if agreement is None or math.isnan(agreement.overlap) else agreement.overlap
    return (
        "The picture with outlines of the fifth that each network marks most. "
        f"{describe_places(notes, one=one, other=other, overlap=overlap)}"
    )


def _add_outlines(
    figure: go.Figure, region: NDArray[np.bool_], backdrop: Backdrop, *, name: str, colour: str, dash: str
) -> None:
    """One line with breaks around all pieces of a region, over a darker, broader one."""
    lines = list(_trace(region))
    if not lines:
        return
    gap = np.full((1, 2), np.nan)
    points = np.concatenate([part for line in lines for part in (line, gap)][:-1])
    down, across = (points / region.shape).T
    place = {"x": across * backdrop.width, "y": down * backdrop.height, "mode": "lines", "hoverinfo": "skip"}
    halo = {"color": _HALO, "width": _HALO_PX}
    figure.add_trace(go.Scatter(**place, line=halo, legendgroup=name, showlegend=False))
    line = {"color": colour, "width": _LINE_PX, "dash": dash}
    figure.add_trace(go.Scatter(**place, line=line, name=name, legendgroup=name))


def _trace(region: NDArray[np.bool_]) -> Iterator[NDArray[np.float64]]:
    """(n, 2) outlines, (down, across) in pixels of the mask, closed along the picture's border."""
    from scipy import ndimage
    from skimage.measure import find_contours

    margin = 4
    labels, _ = ndimage.label(region)
    large = np.bincount(labels.ravel()) >= _SMALLEST * region.size
    drawn = region & large[labels]
    smooth = ndimage.gaussian_filter(drawn.astype(np.float64), _BLUR, mode="nearest")
    for line in find_contours(np.pad(smooth, margin), _INSET):
        yield np.clip(line - margin + 0.5, 0.0, region.shape)
