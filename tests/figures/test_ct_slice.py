from __future__ import annotations

import base64
from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from core.figures.ct_slice import plot_slice, stamp_picture, write_png
from core.figures.panels import frame_panels, prepare_backdrop
from core.types import Window

WINDOW = Window("bone", "Bone window", 400, 1800)
VALUES = np.arange(-600, 600, dtype=np.int16).reshape(30, 40)
PIXELS = WINDOW.apply(VALUES)


def texts(figure) -> list[str]:
    return [annotation.text for annotation in figure.layout.annotations]


def test_hounsfield_units_are_drawn_in_the_window_without_smoothing() -> None:
    figure = plot_slice(
        PIXELS, stamp=WINDOW.stamp, corner="Slice 1 of 2", hounsfield=VALUES, window=WINDOW, view="v"
    )
    (trace,) = figure.data
    assert trace.type == "heatmap" and trace.zsmooth is False
    np.testing.assert_array_equal(trace.z, VALUES)
    assert (trace.zmin, trace.zmax) == (-500, 1300)
    assert [colour for _, colour in trace.colorscale] == ["#000000", "#FFFFFF"]
    assert "%{z} HU" in trace.hovertemplate
    assert texts(figure) == [WINDOW.stamp, "Slice 1 of 2"]
    assert figure.layout.paper_bgcolor == figure.layout.plot_bgcolor == "#000000"
    assert figure.layout.uirevision == "v"


def test_the_first_row_is_the_top() -> None:
    low, high = plot_slice(PIXELS, stamp="", hounsfield=VALUES, window=WINDOW).layout.yaxis.range
    assert (low, high) == (29.5, -0.5)


def test_an_eight_bit_picture_is_drawn_as_it_is_stored() -> None:
    figure = plot_slice(PIXELS, stamp="fixed")
    (trace,) = figure.data
    kind, _, content = trace.source.partition(",")
    assert kind == "data:image/png;base64"
    np.testing.assert_array_equal(np.asarray(Image.open(BytesIO(base64.b64decode(content)))), PIXELS)
    assert not trace.zsmooth
    assert texts(figure) == ["fixed"]


def test_a_large_picture_is_not_made_small() -> None:
    figure = plot_slice(np.zeros((900, 1000, 3), np.uint8), stamp="")
    content = figure.data[0].source.partition(",")[2]
    assert Image.open(BytesIO(base64.b64decode(content))).size == (1000, 900)


def test_hounsfield_units_need_a_window() -> None:
    with pytest.raises(ValueError, match="window"):
        plot_slice(PIXELS, stamp="", hounsfield=VALUES)


@pytest.mark.parametrize("width", [40, 512])
def test_the_stamp_is_written_below_the_slice_and_covers_nothing_of_it(width) -> None:
    pixels = np.full((64, width, 3), 90, np.uint8)
    stamped = stamp_picture(pixels, (WINDOW.stamp, "Research use only"))
    np.testing.assert_array_equal(stamped[:64, :width], pixels)
    strip = stamped[64:]
    assert (strip.shape[1] == width) == (width == 512) and len(strip) > 20
    assert not stamped[:64, width:].any()
    assert strip.max() > 150, "white words"
    assert not strip[:, -2:].any(), "on black, and within the picture"


def test_a_png_file_holds_the_pixels_and_no_text() -> None:
    opened = Image.open(BytesIO(write_png(PIXELS)))
    np.testing.assert_array_equal(np.asarray(opened), PIXELS)
    assert not opened.info


def test_maps_carry_the_stamp_of_their_picture_and_photographs_none() -> None:
    for stamp in ("", "Bone window: centre 400, width 1800 HU · not the networks' window"):
        backdrop = prepare_backdrop(PIXELS, stamp=stamp)
        frame = frame_panels(2, 1.0, "column")
        figure = frame.start(view="v")
        frame.add_panel(figure, 0, "Teacher", backdrop)
        shown = [text.replace("<br>", " ") for text in texts(figure)]
        assert shown == ["Teacher", *([stamp] if stamp else [])]
        if stamp:  # at the foot of the picture itself, which may be smaller than its panel
            placed = figure.layout.annotations[1]
            assert (placed.xref, placed.yref, placed.x, placed.y) == ("x domain", "y domain", 0, 0)
