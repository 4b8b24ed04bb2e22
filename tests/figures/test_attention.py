from __future__ import annotations

import math

import numpy as np
import pytest

from core.figures.attention import (
    channel_range,
    describe_channels,
    describe_correlation,
    describe_gate,
    is_flat,
    plot_channels,
    plot_gate,
)
from core.figures.panels import OPACITY_STEPS, prepare_backdrop
from core.types import AttentionMaps, ChannelMap, Heatmap, MapCorrelation

BACKDROP = prepare_backdrop(np.full((300, 400, 3), 180, np.uint8))
GATE = np.full((3, 4), 0.5, np.float32)
GATE[2, 3], GATE[0, 1] = 0.9, 0.2


def attention(gate: np.ndarray = GATE, *, channels: int = 6, step: float = 0.1) -> AttentionMaps:
    maps = []
    for number in range(channels):
        values = np.full((3, 4), -step * number, np.float32)
        values[0, 0] = 1
        maps.append(ChannelMap(10 + number, 0.25, float(values.mean()), values))
    return AttentionMaps(gate, np.linspace(0.2, 0.8, 20, dtype=np.float32), tuple(maps), "mean")


def heatmap(peak: float = 2.0) -> Heatmap:
    values = np.zeros((3, 4), np.float32)
    values[0, 0] = min(peak, 1)
    return Heatmap(values, peak, "logit", "gradcam", "f", "mild", "ok" if peak else "no_evidence")


def draw(scale="full", arrangement="row", peak=2.0):
    return plot_gate(
        BACKDROP,
        attention(),
        heatmap(peak),
        finding_name="mild retinopathy",
        role_title="Student",
        scale=scale,
        arrangement=arrangement,
    )


@pytest.mark.parametrize("arrangement", ["row", "column"])
@pytest.mark.parametrize(
    ("scale", "ends", "ticks"),
    [("full", (0, 1), ("0, shut", "0.5", "1, open")), ("stretched", (0.2, 0.9), ("0.20", "0.90"))],
)
def test_the_gate_is_drawn_as_it_is_and_its_bar_says_on_which_scale(scale, ends, ticks, arrangement) -> None:
    figure = draw(scale, arrangement)
    axis = figure.layout.coloraxis2
    assert (axis.cmin, axis.cmax) == pytest.approx(ends)
    assert axis.colorbar.ticktext == ticks
    assert ("0.20 … 0.90" in axis.colorbar.title.text) == (scale == "stretched")
    gate = next(trace for trace in figure.data if trace.coloraxis == "coloraxis2")
    assert (np.min(gate.z), np.max(gate.z)) == pytest.approx((0.2, 0.9), abs=0.02)
    assert np.min(gate.z) >= np.float32(0.2) and np.max(gate.z) <= np.float32(0.9)
    assert any("gate, 0.20 to 0.90" in note.text for note in figure.layout.annotations)


def test_the_gate_lies_where_it_is_open_and_is_linked_to_the_heat_map() -> None:
    """The most open place (row 2 of 3, column 3 of 4) is centred at x = 350, y = 250 of 400 x 300."""
    figure = draw()
    gate, evidence = figure.data
    row, column = np.unravel_index(int(np.argmax(gate.z)), np.shape(gate.z))
    assert 300 <= gate.x0 + column * gate.dx <= 400
    assert 200 <= gate.y0 + row * gate.dy <= 300
    assert (evidence.coloraxis, float(np.max(evidence.z))) == ("coloraxis", pytest.approx(1))
    assert (figure.layout.xaxis2.matches, figure.layout.yaxis2.matches) == ("x", "y")
    (slider,) = figure.layout.sliders
    assert [step.args[0]["opacity"] for step in slider.steps] == [step / 100 for step in OPACITY_STEPS]


@pytest.mark.parametrize("arrangement", ["row", "column"])
def test_bars_stand_under_their_own_panels_and_inside_the_figure(arrangement) -> None:
    layout = draw(arrangement=arrangement).layout
    plot = layout.height - layout.margin.t - layout.margin.b
    panels = (layout.xaxis2, layout.yaxis2, layout.coloraxis), (layout.xaxis, layout.yaxis, layout.coloraxis2)
    for x, y, axis in panels:
        assert x.domain[0] < axis.colorbar.x < x.domain[1]
        assert axis.colorbar.y < y.domain[0]
    if arrangement == "column":
        room = (layout.yaxis.domain[0] - layout.yaxis2.domain[1]) * plot
        assert room >= 62 + 34 - 1e-6
        assert layout.coloraxis2.colorbar.y > layout.yaxis2.domain[1]
    assert layout.sliders[0].y * plot <= min(axis.colorbar.y for _, _, axis in panels) * plot - 40
    assert -layout.sliders[0].y * plot < layout.margin.b


def test_without_evidence_the_gate_is_still_drawn() -> None:
    figure = draw(peak=0)
    assert [trace.coloraxis for trace in figure.data] == ["coloraxis2"]
    assert any("No positive evidence" in note.text for note in figure.layout.annotations)


@pytest.mark.parametrize(
    ("width", "flat", "nearly"),
    [(0.0, True, False), (0.004, True, False), (0.04, False, True), (0.3, False, False)],
)
def test_a_flat_gate_is_said(width, flat, nearly) -> None:
    gate = np.full((3, 4), 0.5, np.float32)
    gate[0, 0] += width
    found = attention(gate)
    assert is_flat(found) == flat
    text = describe_gate(found)
    assert ("it is flat" in text) == flat
    assert ("nearly flat" in text) == nearly
    assert "3 × 4 places" in text
    if not flat:
        assert f"0.50 to {0.5 + width:.2f}" in text
        assert "at the upper left" in text


@pytest.mark.parametrize(
    ("rho", "words"),
    [
        (0.85, "**Strong agreement**"),
        (0.7, "**Strong agreement**"),
        (0.5, "**Moderate agreement**"),
        (0.2, "**Weak agreement**"),
        (0.05, "**No agreement**"),
        (-0.001, "ρ\u00a0=\u00a00.00"),
        (-0.2, "weakly so"),
        (-0.9, "strongly so"),
    ],
)
def test_agreement_in_words(rho, words) -> None:
    text = describe_correlation(MapCorrelation(rho, 49, ""), finding_name="mild retinopathy")
    assert words in text
    assert "over 49 places" in text and "does not test" in text
    assert ("Inverse" in text) == (rho <= -0.1)
    minus = "−" if rho <= -0.1 else ""
    assert f"ρ\u00a0=\u00a0{minus}{abs(rho):.2f} over" in text


def test_an_undefined_agreement_has_its_reason() -> None:
    text = describe_correlation(
        MapCorrelation(math.nan, 49, "the heat map is the same everywhere"), finding_name="x"
    )
    assert text.endswith("cannot be said: the heat map is the same everywhere.")
    assert "nan" not in text


@pytest.mark.parametrize(("arrangement", "columns"), [("row", 3), ("column", 2)])
def test_small_multiples_stand_in_rows_on_one_scale(arrangement, columns) -> None:
    figure = plot_channels(BACKDROP, attention(), arrangement=arrangement)
    layout = figure.layout
    lefts = [layout[f"xaxis{n or ''}"].domain[0] for n in (0, *range(2, 7))]
    tops = [layout[f"yaxis{n or ''}"].domain[1] for n in (0, *range(2, 7))]
    assert (len(set(lefts)), len(set(tops))) == (columns, 6 // columns)
    assert tops == sorted(tops, reverse=True)
    assert all(layout[f"yaxis{n or ''}"].domain[0] >= 0 for n in (0, *range(2, 7)))
    assert {trace.coloraxis for trace in figure.data} == {"coloraxis"}
    assert (layout.coloraxis.cmin, layout.coloraxis.cmax) == pytest.approx((-0.5, 1))
    assert layout.coloraxis.colorbar.ticktext == ("−0.50", "1.00")
    titles = [note.text for note in layout.annotations]
    assert titles[0] == "<b>Channel 10</b><br>gate 0.25, strength 0.08"
    assert len(titles) == 6


def test_text_twin_of_the_channels() -> None:
    text = describe_channels(attention(channels=2))
    assert text.startswith("Channel 10: gate 0.25, strength 0.08, brightest at the upper left. Channel 11:")
    assert "strength −0.01" in text


def test_dead_channels_are_drawn_without_a_scale_of_width_nothing() -> None:
    dead = ChannelMap(0, 0.5, 0.0, np.zeros((2, 2), np.float32))
    found = AttentionMaps(GATE, np.full(1, 0.5, np.float32), (dead,), "mean")
    axis = plot_channels(BACKDROP, found).layout.coloraxis
    assert channel_range(found) == (0, 0)
    assert axis.cmin < axis.cmax
    assert describe_channels(found) == "Channel 0: gate 0.50, strength 0, the same everywhere."
