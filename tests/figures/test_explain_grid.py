"""The grid of maps: where panels stand, which share a scale, a zoom and a bar, and what is said of them."""

from __future__ import annotations

import numpy as np
import pytest

from core.figures.explain_grid import (
    LEVELS,
    GridPanel,
    balance_columns,
    describe_grid,
    place_panels,
    plot_grid,
    share_scales,
)
from core.figures.panels import DEFAULT_OPACITY, OPACITY_STEPS, prepare_backdrop
from core.types import RELATIVE, Heatmap

BACKDROP = prepare_backdrop(np.full((30, 40, 3), 180, np.uint8))
CROPPED = prepare_backdrop(np.full((30, 30, 3), 90, np.uint8))


def heatmap(peak: float, method: str = "gradcam", unit: str = "logit") -> Heatmap:
    values = np.zeros((3, 4), np.float32)
    values[0, 0] = peak > 0
    return Heatmap(values, peak, unit, method, "layer", "mel", "ok" if peak else "no_evidence")


def panel(network: str, peak: float | None, method: str = "gradcam", **fields: str) -> GridPanel:
    found = None if peak is None else heatmap(peak, method, fields.pop("unit", "logit"))
    return GridPanel(network, method, BACKDROP, found, **fields)


def grid() -> list[list[GridPanel]]:
    return [
        [
            panel("Teacher", 4.0),
            panel("Teacher", 8.0, "layercam"),
            panel("Teacher", None, "lime", note="Lost"),
        ],
        [
            panel("Student", 1.0),
            panel("Student", 8.0, "layercam"),
            panel("Student", 2.0, "lime", unit=RELATIVE),
        ],
    ]


@pytest.mark.parametrize(("methods", "columns"), [(1, 1), (4, 4), (5, 3), (6, 3), (7, 4), (9, 3), (12, 4)])
def test_methods_are_broken_into_blocks_of_nearly_one_size(methods: int, columns: int) -> None:
    assert balance_columns(methods) == columns


def test_a_row_a_network_in_blocks_and_on_phones_the_networks_of_a_method_together() -> None:
    places, columns = place_panels(2, 5, "row")
    assert columns == 3
    # Block of methods 0 to 2: teacher in places 0 to 2, student in 3 to 5; then methods 3 and 4.
    assert places == [
        (0, 0), (1, 1), (2, 2), (3, 5), (4, 6), (5, 7), (6, 3), (7, 4), (9, 8), (10, 9),
    ]  # fmt: skip
    assert place_panels(2, 2, "column") == ([(0, 0), (1, 2), (2, 1), (3, 3)], 1)


def test_networks_of_one_method_share_a_scale_and_methods_never_do() -> None:
    assert share_scales(grid(), "shared") == (1.0, 1.0, 1.0, 0.25, 1.0, 1.0)
    assert share_scales(grid(), "independent") == (1.0,) * 6


def test_every_map_is_drawn_on_one_axis_with_one_bar_and_one_slider() -> None:
    figure = plot_grid(grid(), finding_name="melanoma")
    assert [float(np.nanmax(trace.z)) for trace in figure.data] == pytest.approx([1.0, 1.0, 0.25, 1.0, 1.0])
    assert {trace.coloraxis for trace in figure.data} == {"coloraxis"}
    assert "coloraxis2" not in figure.layout
    title = figure.layout.coloraxis.colorbar.title.text
    assert title.startswith("Evidence for melanoma<br>") and "One scale for all networks: " in title
    slider = figure.layout.sliders[0]
    assert len(slider.steps) == len(OPACITY_STEPS)
    assert slider.steps[slider.active].args[0] == {"opacity": DEFAULT_OPACITY / 100}
    texts = [note.text for note in figure.layout.annotations]
    assert "Lost" in texts and "<b>Grad-CAM</b><br>Teacher" in texts


def test_the_scale_is_said_on_the_figure() -> None:
    figure = plot_grid(grid(), finding_name="melanoma", scale="independent")
    assert "brightness cannot be compared" in figure.layout.coloraxis.colorbar.title.text


def test_lines_run_at_stated_shares_and_can_be_seen_on_any_ground() -> None:
    figure = plot_grid(grid(), finding_name="melanoma", drawn="lines")
    assert {trace.type for trace in figure.data} == {"contour"}
    assert [trace.contours.coloring for trace in figure.data] == ["none", "lines"] * 5
    for trace in figure.data:
        assert (trace.contours.start, trace.contours.end) == (LEVELS[0], LEVELS[-1])
        assert trace.showlegend is False
    assert "lines at shares of the strongest spot" in figure.layout.coloraxis.colorbar.title.text
    assert figure.layout.coloraxis.colorbar.ticktext[0] == "25\N{NO-BREAK SPACE}%"


def test_panels_of_one_photograph_are_linked_and_others_are_not() -> None:
    rows = [
        [panel("Teacher", 1.0), panel("Teacher", 1.0, "layercam")],
        [
            GridPanel("Student", "gradcam", CROPPED, heatmap(1.0)),
            GridPanel("Student", "layercam", CROPPED, heatmap(1.0, "layercam")),
        ],
    ]
    layout = plot_grid(rows, finding_name="melanoma").layout
    assert [layout[f"xaxis{number}"].matches for number in ("", "2", "3", "4")] == [None, "x", None, "x3"]
    alike = plot_grid(grid(), finding_name="melanoma").layout
    assert all(alike[f"xaxis{number}"].matches == "x" for number in range(2, 7))


@pytest.mark.parametrize("arrangement", ["row", "column"])
@pytest.mark.parametrize("methods", [1, 3, 5, 12])
def test_panels_and_their_titles_do_not_overlap(arrangement, methods) -> None:
    rows = [[panel(network, 1.0, f"method{n}") for n in range(methods)] for network in ("Teacher", "Student")]
    figure = plot_grid(rows, finding_name="melanoma", arrangement=arrangement)
    axes = [figure.layout[name] for name in figure.layout if name.startswith("yaxis")]
    across = [figure.layout[name.replace("y", "x", 1)] for name in figure.layout if name.startswith("yaxis")]
    boxes = [(*x.domain, *y.domain) for x, y in zip(across, axes, strict=True) if y.domain]
    assert len(boxes) == 2 * methods and len(set(boxes)) == len(boxes)
    plot = figure.layout.height - figure.layout.margin.t - figure.layout.margin.b
    tops = sorted({box[3] for box in boxes}, reverse=True)
    bottoms = sorted({box[2] for box in boxes}, reverse=True)
    for above, below in zip(bottoms, tops[1:], strict=False):
        assert (above - below) * plot >= 40  # two lines of title stand between


@pytest.mark.parametrize("drawn", ["fill", "lines"])
def test_a_map_too_weak_to_be_seen_on_a_shared_scale_says_so(drawn) -> None:
    rows = [[panel("Teacher", 4.0)], [panel("Student", 0.4)]]

    def notes(scale) -> list[str]:
        figure = plot_grid(rows, finding_name="melanoma", scale=scale, drawn=drawn)
        return [note.text.replace("<br>", " ") for note in figure.layout.annotations if "Faint" in note.text]

    assert notes("shared") == ["Faint: at most 10.0\N{NO-BREAK SPACE}% of the strongest on this scale"]
    assert notes("independent") == []


def test_words_for_readers_who_do_not_see_it() -> None:
    words = describe_grid(grid(), finding_name="melanoma", scale="shared")
    assert words.startswith("Heat maps of the evidence for melanoma. One scale for all networks: Grad-CAM")
    assert "Teacher: strongest at the upper left." in words
    assert "Student: strongest at the upper left, with 25.0\N{NO-BREAK SPACE}% of the strongest spot" in words
    assert "Teacher: Lost." in words


def test_nothing_to_draw_is_words_and_no_bar() -> None:
    rows = [[panel("Teacher", None, note="Not computed yet")], [panel("Student", 0.0)]]
    figure = plot_grid(rows, finding_name="melanoma")
    assert not figure.data and not figure.layout.sliders
    assert any("No positive evidence" in note.text for note in figure.layout.annotations)


@pytest.mark.parametrize("rows", [[], [[]], [[panel("Teacher", 1.0)], []]])
def test_rows_that_are_no_grid_are_refused(rows) -> None:
    with pytest.raises(ValueError, match="same methods"):
        plot_grid(rows, finding_name="melanoma")
