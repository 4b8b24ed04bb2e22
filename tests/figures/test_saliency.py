from __future__ import annotations

import base64
import dataclasses
import json
from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from core.figures.palette import evidence_colorscale
from core.figures.panels import DEFAULT_OPACITY, OPACITY_STEPS, prepare_backdrop
from core.figures.saliency import describe_heatmaps, plot_heatmaps, scale_factors, share_one_bar
from core.types import RELATIVE, Heatmap

BACKDROP = prepare_backdrop(np.full((300, 400, 3), 180, np.uint8))
TWO = [BACKDROP, BACKDROP]


def heatmap(peak: float, cell: tuple[int, int] = (0, 0), unit: str = "logit") -> Heatmap:
    values = np.zeros((3, 4), np.float32)
    if peak:
        values[cell] = 1
    return Heatmap(values, peak, unit, "gradcam", "features_out", "mel", "ok" if peak else "no_evidence")


def panels(*maps: Heatmap) -> list[tuple[str, Heatmap]]:
    return [(title, item) for title, item in zip(("Teacher", "Student"), maps, strict=False)]


@pytest.mark.parametrize(
    ("peaks", "scale", "expected"),
    [
        ((4.0, 1.0), "shared", (1.0, 0.25)),
        ((1.0, 5.0), "shared", (0.2, 1.0)),
        ((4.0, 0.0), "shared", (1.0, 0.0)),
        ((0.0, 0.0), "shared", (0.0, 0.0)),
        ((4.0, 1.0), "independent", (1.0, 1.0)),
    ],
)
def test_scale_factors(peaks, scale, expected) -> None:
    assert scale_factors([heatmap(peak) for peak in peaks], scale) == pytest.approx(expected)


def test_only_maps_of_one_unit_share_a_scale() -> None:
    maps = [heatmap(1), heatmap(8, unit="probability"), heatmap(4), heatmap(2, unit="probability")]
    assert scale_factors(maps, "shared") == (0.25, 1.0, 1.0, 0.25)
    assert scale_factors(maps, "independent") == (1.0,) * 4


def test_maps_that_mean_nothing_beyond_themselves_share_no_scale_and_no_bar() -> None:
    one, two = heatmap(1, unit=RELATIVE), heatmap(8, unit=RELATIVE)
    assert scale_factors([one, heatmap(2), two, heatmap(4)], "shared") == (1.0, 0.5, 1.0, 1.0)
    assert share_one_bar([one]) and share_one_bar([heatmap(2), heatmap(4)])
    assert not share_one_bar([one, two])
    figure = plot_heatmaps(TWO, panels(one, two), finding_name="melanoma")
    assert [trace.coloraxis for trace in figure.data] == ["coloraxis", "coloraxis2"]
    assert [float(np.max(trace.z)) for trace in figure.data] == pytest.approx([1.0, 1.0], rel=1e-5)


def test_a_shared_scale_is_described_only_where_there_is_one() -> None:
    def said(*maps: Heatmap) -> str:
        return describe_heatmaps(panels(*maps), finding_name="melanoma", scale="shared")

    assert "on one shared scale." in said(heatmap(4), heatmap(1))
    alone = said(heatmap(1, unit=RELATIVE), heatmap(8, unit=RELATIVE))
    assert "on a scale of its own each." in alone and "of the strongest spot shown" not in alone
    assert "on a scale of its own each." in said(rolled(0.3), heatmap(4))


def rolled(peak: float, method: str = "rollout") -> Heatmap:
    return dataclasses.replace(heatmap(peak, (2, 0), unit=method), method=method)


@pytest.mark.parametrize("arrangement", ["row", "column"])
def test_maps_made_in_different_ways_have_a_bar_and_a_title_each(arrangement) -> None:
    figure = plot_heatmaps(
        TWO, panels(rolled(0.3), heatmap(4)), finding_name="melanoma", arrangement=arrangement
    )
    assert [trace.coloraxis for trace in figure.data] == ["coloraxis", "coloraxis2"]
    bars = [axis.colorbar.title.text for axis in (figure.layout.coloraxis, figure.layout.coloraxis2)]
    assert bars == ["Attention beyond an even share", "Evidence for melanoma"]
    assert (
        figure.layout.coloraxis.colorbar.x != figure.layout.coloraxis2.colorbar.x or arrangement == "column"
    )
    assert [float(np.max(trace.z)) for trace in figure.data] == pytest.approx([1.0, 1.0], rel=1e-5)
    titles = [note.text for note in figure.layout.annotations]
    assert titles == ["<b>Teacher: Attention rollout</b>", "<b>Student: Grad-CAM</b>"]
    same = plot_heatmaps(TWO, panels(rolled(0.3), rolled(0.6)), finding_name="melanoma")
    assert {trace.coloraxis for trace in same.data} == {"coloraxis"}
    assert "even<br>share" in same.layout.coloraxis.colorbar.title.text


def test_rollout_is_described_without_the_class_and_with_how_uneven_it_is() -> None:
    text = describe_heatmaps(panels(rolled(0.04), rolled(0.62)), finding_name="melanoma", scale="independent")
    assert "melanoma" not in text and "for no class in particular" in text
    assert (
        "Teacher: strongest at the lower left, with 1.04 times an even share of the attention: nearly even."
        in text
    )
    assert "with 1.62 times an even share of the attention." in text
    both = describe_heatmaps(
        panels(rolled(1, "gradient_rollout"), heatmap(0)), finding_name="melanoma", scale="shared"
    )
    assert "the attention that spoke for melanoma and of the evidence for melanoma" in both
    assert "Student: no positive evidence." in both
    empty = plot_heatmaps([BACKDROP], panels(rolled(0)), finding_name="melanoma")
    assert "Attention is even" in empty.layout.annotations[-1].text and not empty.data


@pytest.mark.parametrize("arrangement", ["row", "column"])
@pytest.mark.parametrize(("scale", "tops"), [("shared", (1.0, 0.25)), ("independent", (1.0, 1.0))])
def test_drawn_values_reach_the_scaled_peak_and_share_one_colour_axis(scale, tops, arrangement) -> None:
    figure = plot_heatmaps(
        TWO,
        panels(heatmap(4), heatmap(1)),
        finding_name="melanoma",
        scale=scale,
        arrangement=arrangement,
    )
    assert [trace.type for trace in figure.data] == ["heatmap", "heatmap"]
    assert [float(np.max(trace.z)) for trace in figure.data] == pytest.approx(tops, rel=1e-5)
    assert all(float(np.min(trace.z)) >= 0 for trace in figure.data)
    assert {trace.coloraxis for trace in figure.data} == {"coloraxis"}
    assert (figure.layout.coloraxis.cmin, figure.layout.coloraxis.cmax) == (0, 1)


@pytest.mark.parametrize("arrangement", ["row", "column"])
def test_axes_are_linked_cover_the_photograph_and_keep_its_shape(arrangement) -> None:
    layout = plot_heatmaps(
        TWO,
        panels(heatmap(4), heatmap(1)),
        finding_name="melanoma",
        arrangement=arrangement,
        view="case",
    ).layout
    assert (layout.xaxis2.matches, layout.yaxis2.matches) == ("x", "y")
    assert (layout.yaxis.scaleanchor, layout.yaxis2.scaleanchor) == ("x", "x2")
    assert (layout.xaxis.range, layout.yaxis.range) == ((0, 400), (300, 0))
    assert layout.uirevision == "case"
    assert [(image.xref, image.sizex, image.sizey) for image in layout.images] == [
        ("x", 400, 300),
        ("x2", 400, 300),
    ]
    panel, other = layout.xaxis, layout.xaxis2
    assert (panel.domain[1] < other.domain[0]) == (arrangement == "row")
    assert (layout.yaxis.domain[0] > layout.yaxis2.domain[1]) == (arrangement == "column")


def test_different_frames_are_drawn_each_over_its_own_and_not_linked() -> None:
    square = prepare_backdrop(np.full((200, 200, 3), 90, np.uint8))
    figure = plot_heatmaps([BACKDROP, square], panels(heatmap(4), heatmap(1)), finding_name="melanoma")
    layout = figure.layout
    assert (layout.xaxis2.matches, layout.yaxis2.matches) == (None, None)
    assert [(image.sizex, image.sizey) for image in layout.images] == [(400, 300), (200, 200)]
    assert (layout.xaxis2.range, layout.yaxis2.range) == ((0, 200), (200, 0))
    ends = [trace.x0 + (np.shape(trace.z)[1] - 0.5) * trace.dx for trace in figure.data]
    assert ends == pytest.approx([400, 200])


def test_the_map_lies_where_its_peak_lies_in_the_photograph() -> None:
    """The brightest cell (row 2 of 3, column 0 of 4) is centred at x = 50, y = 250 of 400 x 300."""
    (trace,) = plot_heatmaps([BACKDROP], panels(heatmap(1, cell=(2, 0))), finding_name="melanoma").data
    row, column = np.unravel_index(int(np.argmax(trace.z)), np.shape(trace.z))
    x, y = trace.x0 + column * trace.dx, trace.y0 + row * trace.dy
    assert 0 <= x <= 100
    assert 200 <= y <= 300
    rows, columns = np.shape(trace.z)
    assert trace.x0 - trace.dx / 2 == pytest.approx(0)
    assert trace.x0 + (columns - 0.5) * trace.dx == pytest.approx(400)
    assert trace.y0 + (rows - 0.5) * trace.dy == pytest.approx(300)


def test_opacity_steps_are_all_in_the_figure_and_start_where_the_maps_do() -> None:
    figure = plot_heatmaps(TWO, panels(heatmap(4), heatmap(1)), finding_name="melanoma")
    (slider,) = figure.layout.sliders
    assert [step.args[0]["opacity"] for step in slider.steps] == [step / 100 for step in OPACITY_STEPS]
    assert {step.method for step in slider.steps} == {"restyle"}
    assert slider.steps[slider.active].label == f"{DEFAULT_OPACITY} %"
    assert {trace.opacity for trace in figure.data} == {DEFAULT_OPACITY / 100}


def test_no_evidence_is_said_and_not_coloured() -> None:
    figure = plot_heatmaps(TWO, panels(heatmap(4), heatmap(0)), finding_name="melanoma")
    assert len(figure.data) == 1
    assert figure.layout.coloraxis.colorbar.title.text == "Evidence for<br>melanoma"
    assert any("No positive evidence for" in annotation.text for annotation in figure.layout.annotations)
    bare = plot_heatmaps(TWO, panels(heatmap(0), heatmap(0)), finding_name="melanoma")
    assert len(bare.data) == 0
    assert not bare.layout.sliders
    assert len(bare.layout.images) == 2


def test_text_twin_says_place_and_share() -> None:
    text = describe_heatmaps(
        panels(heatmap(4, (0, 0)), heatmap(1, (2, 3))), finding_name="melanoma", scale="shared"
    )
    assert "Teacher: strongest at the upper left." in text
    assert "Student: strongest at the lower right, with 25.0\u00a0% of the strongest spot shown." in text
    alone = describe_heatmaps(panels(heatmap(0)), finding_name="melanoma", scale="independent")
    assert "Teacher: no positive evidence." in alone


def test_photograph_is_inside_the_figure_and_small() -> None:
    backdrop = prepare_backdrop(np.zeros((1200, 1600, 3), np.uint8))
    figure = plot_heatmaps([backdrop], panels(heatmap(1)), finding_name="melanoma")
    kind, _, data = figure.layout.images[0].source.partition(",")
    assert kind == "data:image/jpeg;base64"
    assert Image.open(BytesIO(base64.b64decode(data))).size == (640, 480)
    assert len(json.dumps(figure.to_plotly_json(), default=str)) < 2_000_000


def test_colour_scale_is_clear_where_there_is_nothing_and_never_fades_upwards() -> None:
    scale = evidence_colorscale()
    alphas = [float(str(color).rstrip(")").split(",")[-1]) for _, color in scale]
    assert alphas[0] == 0
    assert alphas[-1] == 1
    assert alphas == sorted(alphas)
    assert (scale[0][0], scale[-1][0]) == (0, 1)
