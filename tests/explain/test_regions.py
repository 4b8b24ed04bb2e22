"""What two maps mark, described from pixels: on pictures made by hand, whose colours are known in CIELAB."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from skimage.color import lab2rgb

from core.explain.regions import (
    NOTICEABLE,
    describe_regions,
    find_surround,
    mark_fifth,
    name_colour,
    name_tone,
)
from core.types import Heatmap, RegionNote

SKIN = (75.0, 12.0, 16.0)
DARK = (40.0, 12.0, 16.0)
BLUE = (75.0, -2.0, -24.0)


def paint(
    *parts: tuple[np.ndarray, tuple[float, float, float]], ground: tuple[float, float, float] = SKIN
) -> np.ndarray:
    """(120, 160, 3) sRGB: regions of (120, 160) bool in CIELAB colours on a ground."""
    lab = np.tile(np.array(ground), (120, 160, 1))
    for region, colour in parts:
        lab[region] = colour
    return np.rint(lab2rgb(lab) * 255).astype(np.uint8)


def disc(down: float, across: float, radius: float) -> np.ndarray:
    """(120, 160) bool, from a centre in shares of the picture and a radius in pixels."""
    rows, columns = np.mgrid[:120, :160]
    return np.asarray((rows - 120 * down) ** 2 + (columns - 160 * across) ** 2 < radius**2)


def box(top: int, bottom: int, left: int, right: int) -> np.ndarray:
    region = np.zeros((120, 160), dtype=bool)
    region[top:bottom, left:right] = True
    return region


def heatmap(values: object) -> Heatmap:
    array = np.asarray(values, dtype=np.float32)
    peak = float(array.max())
    scaled = array / peak if peak > 0 else array
    return Heatmap(scaled, peak, "logit", "gradcam", "l", "mel", "ok" if peak > 0 else "no_evidence")


def note_of(frame: np.ndarray, region: np.ndarray) -> RegionNote:
    found = describe_regions(frame, heatmap(region), heatmap(region)).both
    assert found is not None
    return found


LESION, PATCH = disc(0.5, 0.5, 26), box(10, 34, 12, 46)


def test_a_blue_patch_that_the_student_leaves_out() -> None:
    frame = paint((LESION, DARK), (PATCH, BLUE))
    notes = describe_regions(frame, heatmap(LESION | PATCH), heatmap(LESION))
    assert notes.both is not None and notes.only_one is not None and notes.only_other is None
    assert (notes.both.down, notes.both.across, notes.both.around) == ("middle", "centre", False)
    assert (notes.both.tone, notes.both.colour) == ("darker", "")
    assert (notes.only_one.down, notes.only_one.across) == ("upper", "left")
    assert (notes.only_one.tone, notes.only_one.colour) == ("", "bluer")
    assert PATCH.mean() <= notes.only_one.share < 1.4 * PATCH.mean(), "28 cells a side blur it to a tenth"
    assert LESION.mean() <= notes.both.share < 1.3 * LESION.mean()
    assert notes.both.difference == pytest.approx((-35, 0, 0), abs=1)
    assert not notes.grey and notes.only_one.elsewhere == 0


def test_maps_as_coarse_as_those_of_networks_find_the_same() -> None:
    """7 x 7 and 14 x 14: cell means of the same marks."""
    frame = paint((LESION, DARK), (PATCH, BLUE))
    small, fine = (
        np.array(
            [[block.mean() for block in np.array_split(rows, n, 1)] for rows in np.array_split(marks, n, 0)]
        )
        for marks, n in ((LESION | PATCH, 7), (LESION, 14))
    )
    notes = describe_regions(frame, heatmap(small), heatmap(fine))
    assert notes.both is not None and notes.both.tone == "darker"
    assert notes.only_one is not None and notes.only_one.colour == "bluer"
    assert (notes.only_one.down, notes.only_one.across) == ("upper", "left")


def test_swapping_maps_swaps_what_only_one_marks() -> None:
    frame = paint((LESION, DARK), (PATCH, BLUE))
    there = describe_regions(frame, heatmap(LESION | PATCH), heatmap(LESION))
    back = describe_regions(frame, heatmap(LESION), heatmap(LESION | PATCH))
    assert (there.both, there.only_one, there.only_other) == (back.both, back.only_other, back.only_one)


@pytest.mark.parametrize(
    ("region", "rest", "word"),
    [
        (SKIN, SKIN, ""),
        ((75, 12 + NOTICEABLE - 0.1, 16), SKIN, ""),
        ((75, 12 + NOTICEABLE + 0.1, 16), SKIN, "redder"),
        ((45, 40, 25), SKIN, "redder"),
        ((80, 10, 50), SKIN, "yellower"),
        ((60, -30, 25), SKIN, "greener"),
        (BLUE, SKIN, "bluer"),
        ((45, 0, -8), SKIN, "blue-grey"),
        ((85, 0, -8), SKIN, "bluer"),
        ((45, 3, 4), SKIN, "greyer"),
        ((40, 16, 22), SKIN, "browner"),
        ((75, 22, 29), SKIN, "more strongly coloured"),
        ((30, 25, 15), (45, 35, 33), "duller"),
        ((50, 0, 0), (50, 0, 40), "greyer"),
        ((50, 0, -30), (50, 0, 0), "bluer"),
    ],
)
def test_words_for_colours(region: tuple[float, ...], rest: tuple[float, ...], word: str) -> None:
    assert name_colour(region, rest) == word


LABS = st.tuples(st.floats(0, 100), st.floats(-90, 90), st.floats(-90, 90))


@given(LABS, LABS)
@settings(max_examples=300, deadline=None)
def test_there_is_a_word_where_a_difference_is_seen_and_only_there(
    region: tuple[float, float, float], rest: tuple[float, float, float]
) -> None:
    seen = np.hypot(region[1] - rest[1], region[2] - rest[2]) >= NOTICEABLE
    assert bool(name_colour(region, rest)) == seen
    assert bool(name_tone(region[0] - rest[0])) == (abs(region[0] - rest[0]) >= NOTICEABLE)
    if name_colour(region, rest) in ("bluer", "blue-grey") and region[2] < 0 and rest[1] == rest[2] == 0:
        assert region[2] < rest[2]


@pytest.mark.parametrize(("change", "tone"), [(-6.0, "darker"), (-4.0, ""), (4.0, ""), (6.0, "brighter")])
def test_tones_are_named_from_the_bound_on(change: float, tone: str) -> None:
    region = box(40, 80, 60, 100)
    assert note_of(paint((region, (75 + change, 12, 16))), region).tone == tone


def test_a_grey_picture_has_no_colours() -> None:
    """A slice as files hold it: three equal channels, and once with the rounding that a lossy copy adds."""
    rng = np.random.default_rng(0)
    region = box(40, 80, 60, 100)
    grey = np.where(region, 90, 150) + rng.integers(-4, 5, (120, 160))
    frame = np.repeat(grey[..., None], 3, axis=2).astype(np.uint8)
    for picture in (frame, (frame + rng.integers(-1, 2, frame.shape)).astype(np.uint8)):
        notes = describe_regions(picture, heatmap(region), heatmap(region))
        assert notes.grey and notes.both is not None
        assert (notes.both.tone, notes.both.colour) == ("darker", "")
    assert not describe_regions(paint((region, DARK)), heatmap(region), heatmap(region)).grey


def test_the_dark_surround_is_named_and_left_out_of_comparisons() -> None:
    """A round field on black: a corner is surround; a spot in the middle is compared with the field alone."""
    field, spot = disc(0.5, 0.5, 62), disc(0.5, 0.5, 20)
    frame = paint((field, SKIN), (spot, (67.0, 12.0, 16.0)), ground=(2.0, 0.0, 0.0))
    corner = note_of(frame, box(0, 34, 0, 34))
    assert corner.mostly_surround and (corner.tone, corner.colour) == ("", "")
    middle = note_of(frame, spot)
    assert (
        middle.on_surround == 0
        and middle.tone == "darker"
        and middle.difference[0] == pytest.approx(-8, abs=1)
    )
    assert describe_regions(np.zeros((64, 64, 3), np.uint8), heatmap(np.eye(7)), heatmap(np.eye(7))).grey


def test_a_dark_lesion_is_no_surround_unless_it_fills_a_corner() -> None:
    lightness = np.full((30, 40), 80.0)
    lightness[10:20, 0:30] = 5
    assert not find_surround(lightness).any()
    lightness[0:4, 36:40] = 12
    found = find_surround(lightness)
    assert found[:4, 36:].all() and found.sum() == 16
    assert find_surround(np.full((3, 3), 4.0)).all()


def test_a_ring_lies_around_a_place_and_a_crescent_where_most_of_it_is() -> None:
    ring = disc(0.5, 0.5, 46) & ~disc(0.5, 0.5, 30)
    frame = paint((ring, DARK))
    found = note_of(frame, ring)
    assert (found.down, found.across, found.around, found.tone) == ("middle", "centre", True, "darker")
    crescent = ring & (np.arange(160)[None] < 70) & (np.arange(120)[:, None] > 30)
    found = note_of(frame, crescent)
    assert (found.across, found.around) == ("left", False)
    arch = ring & (np.arange(120)[:, None] < 76)
    assert not note_of(frame, arch).around, "it is open below"
    pierced = disc(0.5, 0.5, 40) & ~disc(0.5, 0.5, 10)
    found = note_of(frame, pierced)
    assert (found.down, found.across, found.around) == ("middle", "centre", False)


@pytest.mark.parametrize(
    ("region", "place"),
    [
        (box(4, 34, 8, 48), ("upper", "left")),
        (box(4, 34, 60, 100), ("upper", "centre")),
        (box(44, 76, 118, 152), ("middle", "right")),
        (box(86, 116, 60, 100), ("lower", "centre")),
    ],
)
def test_places_are_thirds_and_turn_with_the_picture(region: np.ndarray, place: tuple[str, str]) -> None:
    frame = paint((region, DARK))
    found = note_of(frame, region)
    assert (found.down, found.across) == place
    turned = note_of(np.ascontiguousarray(frame[::-1, ::-1]), region[::-1, ::-1])
    opposite = {"upper": "lower", "lower": "upper", "left": "right", "right": "left"}
    assert (turned.down, turned.across) == tuple(opposite.get(word, word) for word in place)
    assert turned.difference == pytest.approx(found.difference, abs=0.5)


def test_what_lies_along_the_edge() -> None:
    frame = paint()
    assert note_of(frame, box(0, 10, 0, 160)).mostly_at_edge
    assert not note_of(frame, box(0, 34, 40, 110)).mostly_at_edge
    assert note_of(frame, disc(0.5, 0.5, 25)).at_edge == 0


def test_the_largest_piece_is_described_and_the_others_are_counted() -> None:
    large, small = box(60, 100, 20, 60), box(10, 30, 110, 140)
    found = note_of(paint((large, DARK)), large | small)
    assert (found.down, found.across, found.tone) == ("lower", "left", "darker")
    assert large.mean() <= found.share < 1.4 * large.mean()
    assert small.mean() <= found.elsewhere < 1.6 * small.mean()


def test_a_rim_or_a_speck_is_not_described() -> None:
    """The student's mark is the teacher's, a little wider all round: the same place, not one of its own."""
    core, wider = disc(0.5, 0.5, 24), disc(0.5, 0.5, 27)
    notes = describe_regions(paint((core, DARK)), heatmap(core), heatmap(wider))
    assert notes.both is not None and notes.only_one is None and notes.only_other is None
    speck = box(10, 20, 10, 24)
    notes = describe_regions(paint((core, DARK)), heatmap(core | speck), heatmap(core))
    assert speck.mean() < 0.02 and notes.only_one is None


def test_a_small_lesion_in_a_large_mark_is_told_by_where_the_darkest_parts_are() -> None:
    spot, mark = disc(0.5, 0.5, 18), disc(0.5, 0.5, 34)
    found = note_of(paint((spot, DARK)), mark)
    assert (found.tone, found.holds) == ("", "darkest")
    assert note_of(paint((spot, (95.0, 2.0, 4.0))), mark).holds == "brightest"
    assert note_of(paint(), mark).holds == ""
    assert note_of(paint((disc(0.2, 0.2, 18), DARK)), mark).holds == ""


@given(st.integers(0, 99), st.tuples(st.integers(2, 20), st.integers(2, 20)))
@settings(max_examples=60, deadline=None)
def test_a_fifth_is_a_fifth(seed: int, shape: tuple[int, int]) -> None:
    values = np.random.default_rng(seed).random(shape) + 0.5
    marked = mark_fifth(heatmap(values), (96, 128))
    assert marked.mean() == pytest.approx(0.2, abs=0.5 * 4 / (shape[0] * shape[1]) + 1e-3)
    assert not marked.flags.writeable


def test_what_a_map_hardly_marks_is_not_filled_up_to_a_fifth() -> None:
    values = np.full((10, 10), 0.05)
    values[2, 2] = 1
    marked = mark_fifth(heatmap(values), (100, 100))
    assert 0.01 <= marked.mean() < 0.05 and marked[25, 25] and not marked[60:, 60:].any()
    assert not mark_fifth(heatmap(np.zeros((7, 7))), (50, 50)).any()
    assert not mark_fifth(heatmap(np.ones((7, 7))), (50, 50)).any()


@pytest.mark.parametrize(("tied", "count"), [(3, 5), (4, 2), (6, 2)])
def test_tied_pixels_are_all_in_or_all_out_whichever_is_nearer_to_a_fifth(tied: int, count: int) -> None:
    """Twenty columns, not enlarged: a fifth is four. Two stand out, some are tied behind them."""
    values = np.zeros((1, 20))
    values[0, :2], values[0, 2 : 2 + tied] = 1, 0.5
    assert mark_fifth(heatmap(values), (1, 20)).sum() == count


def test_empty_maps_leave_nothing_to_describe() -> None:
    notes = describe_regions(paint((LESION, DARK)), heatmap(np.zeros((7, 7))), heatmap(LESION))
    assert not notes.marked_one.any() and notes.marked_other.any()
    assert notes.both is None and notes.only_one is None and notes.only_other is not None


@pytest.mark.parametrize("frame", [np.zeros((8, 8), np.uint8), np.zeros((8, 8, 3), np.float32)])
def test_what_is_no_picture(frame: np.ndarray) -> None:
    with pytest.raises(ValueError, match="frame must be"):
        describe_regions(frame, heatmap(np.eye(7)), heatmap(np.eye(7)))
