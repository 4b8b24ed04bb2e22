"""Spots in words, diagrams that can be clicked on, marks at the right place, bars that add up."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import ImageColor

from core.figures.topology_diagram import (
    BARS,
    describe_barcode,
    describe_diagram,
    plot_barcode,
    plot_diagram,
)
from core.figures.topology_images import describe_persistence_image, plot_persistence_image
from core.figures.topology_marks import (
    BIRTH_COLOUR,
    DEATH_COLOUR,
    LONG_SIDE,
    Mark,
    mark_grey,
    mark_picture,
    outline_region,
)
from core.figures.topology_stability import describe_stability, plot_stability, say_move
from core.figures.topology_words import (
    choose_first,
    describe_spot,
    explain_corners,
    explain_spot,
    find_place,
    find_surround,
    is_outside,
    name_spot,
    rank_spots,
)
from core.topology.diagram import compute_diagram
from core.topology.grey import grid_to_frame
from core.topology.spec import TopologySpec
from core.types import Disturbance, PixelBox


def eye() -> np.ndarray:
    """(32, 32) a grey disc on black, a dark spot at the upper left of it and a bright one at its right."""
    rows, columns = np.mgrid[:32, :32]
    grey = np.where((rows - 15.5) ** 2 + (columns - 15.5) ** 2 < 250, 0.5, 0.01)
    grey[0, 0], grey[0, 31], grey[31, 0], grey[31, 31] = 0.0, 0.002, 0.004, 0.006
    grey[8:10, 8:10] = 0.3
    grey[15, 25] = 0.9
    return grey


GREY = eye()
DIAGRAM = compute_diagram(GREY)
SURROUND = find_surround(GREY)
FLAT = compute_diagram(np.full((32, 32), 0.5))


def spot(row: int, column: int, dimension: int) -> int:
    return next(
        index
        for index in range(len(DIAGRAM.points))
        if find_place(DIAGRAM, index) == (row, column) and DIAGRAM.points[index, 2] == dimension
    )


def test_the_surround_is_what_lies_outside_the_disc() -> None:
    assert np.array_equal(SURROUND, GREY < 0.1)
    inner = GREY.copy()
    inner[16, 12] = 0.0
    assert not find_surround(inner)[16, 12]


def test_names_of_spots() -> None:
    dark, bright, corner = spot(8, 8, 0), spot(15, 25, 1), spot(0, 31, 0)
    assert describe_spot(DIAGRAM, dark, SURROUND) == "Dark spot at the upper left, persistence 0.20"
    assert name_spot(DIAGRAM, bright, SURROUND) == "bright spot at the middle right"
    assert name_spot(DIAGRAM, corner, SURROUND) == "dark corner at the upper right, outside the lit disc"
    assert name_spot(DIAGRAM, DIAGRAM.essential, SURROUND).startswith("darkest spot of the whole picture")
    assert "grey 0.30" in explain_spot(DIAGRAM, dark) and "grey 0.50" in explain_spot(DIAGRAM, dark)
    assert "never" in explain_spot(DIAGRAM, DIAGRAM.essential)


def test_strongest_first_and_the_essential_one_left_out() -> None:
    ranked = rank_spots(DIAGRAM)
    strengths = DIAGRAM.persistence[ranked]
    assert DIAGRAM.essential not in ranked and (np.diff(strengths) <= 0).all()
    assert len(rank_spots(DIAGRAM, 2)) == 2
    assert choose_first(DIAGRAM, SURROUND) == spot(8, 8, 0)
    assert is_outside(DIAGRAM, ranked[-1], SURROUND) or len(ranked) < 12


def test_corners_are_owned_up_to() -> None:
    text = explain_corners(DIAGRAM, SURROUND)
    assert text.startswith("Of the 4 strongest dark spots, 3 are dark corners") and "camera" in text
    assert explain_corners(DIAGRAM, np.zeros_like(SURROUND)) == ""


def test_every_point_and_bar_carries_its_index() -> None:
    figure = plot_diagram(DIAGRAM, SURROUND, chosen=spot(8, 8, 0))
    carried = [
        (number[0], x, y)
        for trace in figure.data
        if trace.customdata is not None
        for number, x, y in zip(trace.customdata, trace.x, trace.y, strict=True)
    ]
    assert sorted(number for number, _, _ in carried) == list(range(len(DIAGRAM.points)))
    for number, x, y in carried:
        assert (x, y) == tuple(DIAGRAM.points[int(number), :2])
    bars = plot_barcode(DIAGRAM, SURROUND, chosen=0)
    for trace in bars.data[:2]:
        for (number,), start, length in zip(trace.customdata, trace.base, trace.x, strict=True):
            assert (start, start + length) == pytest.approx(tuple(DIAGRAM.points[int(number), :2]))


def test_a_barcode_is_cut_at_its_longest() -> None:
    noise = compute_diagram(np.random.default_rng(0).random((32, 32)))
    bars = plot_barcode(noise, np.zeros((32, 32), bool)).data
    assert [len(trace.x) for trace in bars[:2]] == [BARS, BARS]


def test_a_constant_picture_has_words() -> None:
    empty = np.zeros((32, 32), bool)
    assert choose_first(FLAT, empty) is None
    assert "without points" in describe_diagram(FLAT, empty)
    assert "none" in describe_barcode(FLAT)
    plot_diagram(FLAT, empty)
    plot_barcode(FLAT, empty)


def test_words_of_the_diagram_name_the_strongest() -> None:
    text = describe_diagram(DIAGRAM, SURROUND)
    assert "Dark spots" not in text and "bright spot at the middle right, grey 0.50 to 0.90" in text


def test_marks_lie_over_their_cells() -> None:
    frame = np.full((960, 1280, 3), 90, np.uint8)
    birth = grid_to_frame((8, 8), side=(32, 32), frame_shape=frame.shape)
    death = grid_to_frame((20, 24), side=(32, 32), frame_shape=frame.shape)
    marks = [Mark("birth", birth), Mark("death", death)]
    for drawn in (mark_picture(frame, marks), mark_grey(np.full((32, 32), 0.3), marks, frame.shape)):
        assert drawn.shape == (480, LONG_SIDE, 3)
        for box, colour in ((birth, BIRTH_COLOUR), (death, DEATH_COLOUR)):
            rows, columns = np.nonzero((drawn == ImageColor.getrgb(colour)).all(axis=2))
            middle = (rows.min() + rows.max()) / 2, (columns.min() + columns.max()) / 2
            assert middle == pytest.approx([value / 2 for value in box.centre], abs=1.5)
    assert (frame == 90).all()


def test_a_mark_at_the_edge_is_drawn() -> None:
    mark_picture(np.zeros((32, 32, 3), np.uint8), [Mark("death", PixelBox(0, 0, 1, 1))])


def test_a_region_is_outlined_and_its_inside_left_alone() -> None:
    frame = np.full((320, 320, 3), 90, np.uint8)
    region = np.zeros((32, 32), bool)
    region[10:20, 10:20] = True
    drawn = outline_region(frame, region)
    assert (drawn[150, 150] == 90).all() and (drawn[100, 150] == 255).all() and (drawn[50, 50] == 90).all()


SPEC = TopologySpec(
    birth_range=(0, 1), persistence_range=(0, 0.5), sigma=(0.05, 0.05), scale=1.0, fitted_on=1
)


def test_a_persistence_image_stands_upright() -> None:
    image = np.zeros((32, 32))
    image[0, 31] = 2.0  # the highest persistence, the latest birth
    trace = plot_persistence_image(image, SPEC, top=4.0).data[0]
    assert trace.z[-1][-1] == 2.0 and trace.y[-1] == 0.5 and trace.x[-1] == 1.0 and trace.zmax == 4.0
    text = describe_persistence_image("x", image, SPEC)
    assert "birth 1.00 and persistence 0.50" in text
    assert "empty" in describe_persistence_image("x", np.zeros((32, 32)), SPEC)


def moved(h0: float, h1: float, yardstick: tuple[float, float] | None) -> Disturbance:
    return Disturbance("name", "words", False, (h0, h1), (h0, h1), 0.1, 0.9, yardstick)


def test_moves_as_shares_and_as_grey_values() -> None:
    known, unknown = moved(0.0, 0.3, (0.5, 0.6)), moved(0.0, 0.3, None)
    assert say_move(known, 0) == "0"
    assert say_move(known, 1).replace("\N{NO-BREAK SPACE}", " ") == "50 %"
    assert say_move(moved(0.01, 0, (0.5, 0.6)), 0).replace("\N{NO-BREAK SPACE}", " ") == "2.0 %"
    assert say_move(unknown, 1) == "0.300 grey"
    assert list(plot_stability([known]).data[1].x) == [0.5]
    assert list(plot_stability([known, unknown]).data[1].x) == [0.3, 0.3]
    assert "words: H0 0, H1 0.300 grey" in describe_stability([unknown])
