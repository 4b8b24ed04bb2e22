"""A network's own attention as pictures and in words: the gate over places, and its strongest channels."""

from __future__ import annotations

import math
from typing import Any, Literal

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from core.figures.map_words import title_bar
from core.figures.panels import Arrangement, Backdrop, PanelFrame, frame_multiples, frame_panels
from core.figures.saliency import add_evidence, add_map, enlarge, place_of
from core.figures.wording import NO_BREAK
from core.types import AttentionMaps, Heatmap, MapCorrelation

GateScale = Literal["full", "stretched"]

FLAT, NEARLY_FLAT = 0.005, 0.1
"""Widths of a gate's range: below the first it is one number to two decimals, below the second nearly so."""

COLOURS = "Viridis"
"""As evidence is coloured, but opaque throughout: a gate that is shut is a finding too."""

_MULTIPLE_SIDE = 48
_STRENGTHS = ((0.7, "strong"), (0.4, "moderate"), (0.1, "weak"))


def gate_range(attention: AttentionMaps) -> tuple[float, float]:
    """Smallest and largest value of the spatial gate, in [0, 1]."""
    return float(attention.spatial_gate.min()), float(attention.spatial_gate.max())


def is_flat(attention: AttentionMaps) -> bool:
    """Whether the spatial gate is the same everywhere to two decimals, so that there is no map to draw."""
    low, high = gate_range(attention)
    return high - low < FLAT


def plot_gate(
    backdrop: Backdrop,
    attention: AttentionMaps,
    heatmap: Heatmap,
    *,
    finding_name: str,
    role_title: str,
    scale: GateScale = "full",
    arrangement: Arrangement = "row",
    view: str = "view",
) -> go.Figure:
    """The spatial gate beside the same network's heat map, over the same photograph, with linked zoom.

    Args:
        backdrop: the photograph that both maps cover.
        attention: its gate; not flat.
        heatmap: of the same network and photograph; drawn relative to its own peak.
        finding_name: what the heat map is evidence for.
        role_title: the network's name in titles, for example ``"Student"``.
        scale: ``"full"``: colours span 0 to 1, so that equal colours are equal gates in every photograph;
            ``"stretched"``: they span the gate's own range, which the colour bar then states.
        arrangement, view: as in :func:`core.figures.saliency.plot_heatmaps`.
    """
    frame = frame_panels(2, backdrop.aspect, arrangement, own_bars="each")
    figure = frame.start(view=view)
    low, high = gate_range(attention)
    title = f"<b>{role_title}: gate, {low:.2f} to {high:.2f}</b>"
    frame.add_panel(figure, 0, title, backdrop)
    frame.add_panel(figure, 1, f"<b>{role_title}: Grad-CAM</b>", backdrop)
    gate = np.clip(enlarge(attention.spatial_gate), low, high)
    add_map(figure, 0, gate, backdrop, coloraxis="coloraxis2")
    add_evidence(figure, 1, heatmap, backdrop, finding_name=finding_name)
    figure.update_layout(
        coloraxis=frame.evidence_axis(title_bar(heatmap.method, finding_name), panel=1),
        coloraxis2=_gate_axis(frame, low, high, scale),
        sliders=[frame.opacity_slider()],
    )
    return figure


def _gate_axis(frame: PanelFrame, low: float, high: float, scale: GateScale) -> dict[str, Any]:
    if scale == "full":
        ends, ticks = (0.0, 1.0), {0.02: "0, shut", 0.5: "0.5", 0.98: "1, open"}
        title = "Gate: how much is let through"
    else:
        inset = 0.04 * (high - low)
        ends, ticks = (low, high), {low + inset: f"{low:.2f}", high - inset: f"{high:.2f}"}
        title = f"Gate, stretched to {low:.2f} … {high:.2f} only"
    bar = frame.colorbar(title, ticks, panel=0)
    return {"cmin": ends[0], "cmax": ends[1], "colorscale": COLOURS, "colorbar": bar}


def describe_gate(attention: AttentionMaps) -> str:
    """The spatial gate in words: its range, where it is most open, and whether it matters."""
    low, high = gate_range(attention)
    rows, columns = attention.spatial_gate.shape
    places = f"{rows} × {columns} places"
    if is_flat(attention):
        return (
            f"The gate let {attention.spatial_gate.mean():.2f} through at each of {places}: it is flat, so "
            "there is no map to draw, and it preferred no part of this picture."
        )
    place = place_of(attention.spatial_gate)
    text = f"The gate let {low:.2f} to {high:.2f} through over {places}, most {place}"
    if high - low < NEARLY_FLAT:
        return f"{text}. That is nearly flat: it hardly preferred any part of this picture."
    return f"{text}."


def describe_correlation(correlation: MapCorrelation, *, finding_name: str) -> str:
    """How alike a gate and a heat map are, in words, and what that does not say."""
    likeness = describe_likeness(correlation, f"the gate and the Grad-CAM for {finding_name}")
    if not correlation.defined:
        return likeness
    return (
        f"{likeness} {correlation.cells} neighbouring places of one picture are few: this describes this "
        "picture only, and does not test whether either map is right."
    )


def describe_likeness(correlation: MapCorrelation, maps: str) -> str:
    """How alike two maps of one picture are, in one sentence; ``maps`` names both inside a sentence."""
    if not correlation.defined:
        return f"How alike {maps} are cannot be said: {correlation.reason}."
    figures = (
        f"Spearman's ρ{NO_BREAK}={NO_BREAK}{_number(correlation.rho, 2)} over {correlation.cells} places"
    )
    return f"{_agreement(correlation.rho, maps)} ({figures})."


def _agreement(rho: float, maps: str) -> str:
    word = next((word for least, word in _STRENGTHS if abs(rho) >= least), "")
    if not word:
        return f"**No agreement** to speak of between {maps}"
    if rho > 0:
        return f"**{word.capitalize()} agreement** between {maps}"
    return f"**Inverse:** {maps} tend to be bright in different places, {_ADVERBS[word]} so"


_ADVERBS = {"strong": "strongly", "moderate": "moderately", "weak": "weakly"}


def channel_range(attention: AttentionMaps) -> tuple[float, float]:
    """Smallest and largest value in the strongest channels' maps, in units of the feature map."""
    values = [channel.values for channel in attention.channels]
    return min(float(part.min()) for part in values), max(float(part.max()) for part in values)


def plot_channels(
    backdrop: Backdrop, attention: AttentionMaps, *, arrangement: Arrangement = "row"
) -> go.Figure:
    """The strongest channels as small maps over the photograph, all on one scale.

    Args:
        backdrop: the photograph that the maps cover.
        attention: with at least one channel.
        arrangement: ``"row"``: three a row; ``"column"``: two.
    """
    frame = frame_multiples(len(attention.channels), backdrop.aspect, arrangement)
    figure = frame.start(view="channels")
    low, high = channel_range(attention)
    decimals = _decimals(attention)
    for index, channel in enumerate(attention.channels):
        figures = f"gate {channel.gate:.2f}, strength {_number(channel.strength, decimals)}"
        title = f"<b>Channel {channel.channel}</b><br>{figures}"
        frame.add_panel(figure, index, title, backdrop, font_px=12)
        fine = np.clip(enlarge(channel.values, _MULTIPLE_SIDE), channel.values.min(), channel.values.max())
        add_map(figure, index, fine, backdrop, coloraxis="coloraxis")
    top = high if high > low else low + 1
    inset = 0.04 * (top - low)
    bar = frame.colorbar(
        "Channel after both gates", {low + inset: _number(low, decimals), top - inset: _number(top, decimals)}
    )
    figure.update_layout(coloraxis={"cmin": low, "cmax": top, "colorscale": COLOURS, "colorbar": bar})
    return figure


def describe_channels(attention: AttentionMaps) -> str:
    """The strongest channels in words, strongest first: number, gate, strength, and where."""
    decimals = _decimals(attention)
    return " ".join(
        f"Channel {channel.channel}: gate {channel.gate:.2f}, "
        f"strength {_number(channel.strength, decimals)}, {_where(channel.values)}."
        for channel in attention.channels
    )


def _where(values: NDArray[np.float32]) -> str:
    return "the same everywhere" if np.ptp(values) == 0 else f"brightest {place_of(values)}"


def _decimals(attention: AttentionMaps) -> int:
    """Decimals that give the largest number of the channels' maps three figures."""
    largest = max(map(abs, channel_range(attention)))
    return min(max(2 - math.floor(math.log10(largest)), 0), 9) if largest > 0 else 0


def _number(value: float, decimals: int) -> str:
    """With a minus for a sign, and none on what rounds to nothing."""
    text = f"{value:.{decimals}f}"
    return text.replace("-", "−") if float(text) else text.lstrip("-")
