"""What is said and drawn of how alike two maps are."""

from __future__ import annotations

import dataclasses
import itertools
import math

import numpy as np
import pytest
from skimage.color import deltaE_ciede2000, lab2rgb

from core.explain.agreement import compare_maps
from core.explain.regions import describe_regions
from core.figures.agreement_figure import describe_outlines, plot_agreement
from core.figures.agreement_words import (
    ALIKE_FROM,
    BOUNDS,
    PARTLY_FROM,
    VERDICTS,
    describe_agreement,
    describe_places,
    judge_agreement,
    tabulate_agreement,
)
from core.figures.palette import BOTH, ROLE_COLOURS
from core.figures.panels import prepare_backdrop
from core.types import Heatmap, MapAgreement, MapCorrelation, RegionNote, RegionNotes
from tests.figures.test_palette import VISIONS, luminance, seen

SHAPE = (96, 128)
EMPTY = np.zeros(SHAPE, dtype=bool)
NOTE = RegionNote("middle", "centre", False, 0.12, 0.0, "darker", "", (-9.0, 0.0, 0.0), "", 0.0, 0.0)
BLUER = dataclasses.replace(NOTE, down="upper", across="left", tone="", colour="bluer")
BRIGHTER = dataclasses.replace(NOTE, down="lower", across="right", tone="brighter", colour="yellower")


def agreement(overlap: float = 0.4, rho: float = 0.6, reason: str = "") -> MapAgreement:
    return MapAgreement(MapCorrelation(rho, 49, reason), overlap, 0.1157, 0.42, 0.081)


def notes(
    both: RegionNote | None = None, one: RegionNote | None = None, other: RegionNote | None = None
) -> RegionNotes:
    """Notes by hand; what is marked does not matter here, but that something is."""
    marked = EMPTY.copy()
    marked[:40, :40] = True
    return RegionNotes(marked, marked, both, one, other, grey=False)


def heatmap(values: np.ndarray) -> Heatmap:
    peak = float(values.max())
    scaled = (values / peak if peak > 0 else values).astype(np.float32)
    return Heatmap(scaled, peak, "logit", "gradcam", "l", "mel", "ok" if peak > 0 else "no_evidence")


@pytest.mark.parametrize(
    ("overlap", "rho", "verdict"),
    [
        (ALIKE_FROM, 0.5, "alike"),
        (1.0, 1.0, "alike"),
        (ALIKE_FROM, 0.49, "partly"),
        (0.49, 0.9, "partly"),
        (PARTLY_FROM, -0.2, "partly"),
        (0.24, 0.9, "different"),
        (0.0, -1.0, "different"),
        (math.nan, math.nan, "unknown"),
    ],
)
def test_verdicts_have_fixed_bounds_that_are_stated(overlap: float, rho: float, verdict: str) -> None:
    found = agreement(overlap, rho, "the first map is empty" if math.isnan(rho) else "")
    assert judge_agreement(found) == verdict
    assert "at least 50\N{NO-BREAK SPACE}%" in BOUNDS and "less than 25\N{NO-BREAK SPACE}%" in BOUNDS
    assert "at least 0.5" in BOUNDS
    assert describe_agreement(found, notes(NOTE), finding="melanoma")[0].startswith(
        f"**{VERDICTS[verdict]}:**"
    )


def test_a_blue_area_that_the_student_leaves_out_is_said_so() -> None:
    """From pixels and maps to the sentence: a darker disc that both mark, a blue corner that one does."""
    rows, columns = np.mgrid[:120, :160]
    lesion = (rows - 60) ** 2 + (columns - 80) ** 2 < 26**2
    patch = (rows >= 10) & (rows < 34) & (columns >= 12) & (columns < 46)
    lab = np.tile(np.array([75.0, 12.0, 16.0]), (120, 160, 1))
    lab[lesion], lab[patch] = (40, 12, 16), (75, -2, -24)
    frame = np.rint(lab2rgb(lab) * 255).astype(np.uint8)
    teacher, student = heatmap((lesion | patch).astype(float)), heatmap(lesion.astype(float))
    found, regions = compare_maps(teacher, student), describe_regions(frame, teacher, student)
    sentences = describe_agreement(found, regions, finding="melanoma", distractions="hair, ruler marks")
    assert sentences[1] == (
        "Both networks look at the same darker area in the centre; the student leaves out a bluer area at "
        "the upper left."
    )
    assert sentences[0].startswith("**Alike:** of all that either network marks, ")
    assert describe_places(describe_regions(frame, student, teacher)).endswith(
        "; the teacher leaves out a bluer area at the upper left."
    )
    same = describe_agreement(
        compare_maps(student, student), describe_regions(frame, student, student), finding="x"
    )
    assert same[0].startswith("**Alike:** of all that either network marks, 100\N{NO-BREAK SPACE}% is marked")
    assert same[1] == "Both networks look at the same darker area in the centre."
    grey = np.repeat(frame.mean(axis=2, keepdims=True).astype(np.uint8), 3, axis=2)
    words = " ".join(
        describe_agreement(found, describe_regions(grey, teacher, student), finding="malignancy")
    )
    assert not any(
        colour in words for colour in ("blue", "red", "yellow", "green", "brown", "dull", "colour")
    )


def test_what_is_not_told_is_said() -> None:
    sentences = describe_agreement(
        agreement(), notes(NOTE), finding="melanoma", distractions="hair, ruler marks"
    )
    assert sentences[2].endswith("its map shows most of the evidence for melanoma.")
    assert sentences[3] == (
        "Networks that agree need not be right: both can be misled by the same thing, such as hair, ruler "
        "marks. Nor is one of them wrong because they differ."
    )
    attention = describe_agreement(agreement(), notes(NOTE), finding="melanoma", methods=("rollout",))
    assert "melanoma" not in " ".join(attention)


@pytest.mark.parametrize(
    ("found", "overlap", "sentence"),
    [
        (notes(NOTE), 0.6, "Both networks look at the same darker area in the centre."),
        (
            notes(NOTE, BLUER, BRIGHTER),
            0.4,
            "Both networks look at the same darker area in the centre; the student leaves out a bluer area "
            "at the upper left, and instead looks at a brighter and yellower area at the lower right.",
        ),
        (
            notes(NOTE, None, BRIGHTER),
            0.1,
            "The two networks share little: a darker area in the centre; the teacher leaves out a brighter "
            "and yellower area at the lower right.",
        ),
        (
            notes(None, BLUER, BRIGHTER),
            0.0,
            "The two networks look at different places: the teacher at a bluer area at the upper left, the "
            "student at a brighter and yellower area at the lower right.",
        ),
        (
            notes(None, BLUER, None),
            0.1,
            "The two networks look at different places: the teacher at a bluer area at the upper left, the "
            "student at scattered small spots.",
        ),
        (notes(), 0.5, "What both networks look at is scattered over small spots."),
    ],
)
def test_sentences(found: RegionNotes, overlap: float, sentence: str) -> None:
    assert describe_places(found, overlap=overlap) == sentence


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"tone": "", "colour": "blue-grey"}, "the same blue-grey area in the centre."),
        ({"colour": "blue-grey"}, "the same darker, blue-grey area in the centre."),
        ({"tone": ""}, "the same area in the centre."),
        (
            {"tone": "", "holds": "darkest"},
            "the same area in the centre with most of the picture's darkest parts.",
        ),
        ({"holds": "darkest"}, "the same darker area in the centre."),
        ({"down": "upper", "at_edge": 0.7}, "the same darker area at the upper centre edge."),
        ({"around": True}, "the same darker area around the centre."),
        ({"around": True, "down": "upper", "across": "left"}, "the same darker area around the upper left."),
        (
            {"tone": "", "on_surround": 0.6, "at_edge": 0.9, "down": "upper"},
            "the same part of the dark surround at the upper centre.",
        ),
        ({"on_surround": 0.3}, "the same darker area in the centre, partly dark surround."),
        ({"on_surround": 0.2}, "the same darker area in the centre."),
        ({"elsewhere": 0.07}, "the same darker area in the centre and further areas."),
        ({"elsewhere": 0.04}, "the same darker area in the centre."),
        ({"share": 0.03, "elsewhere": 0.018}, "the same darker area in the centre."),
        ({"elsewhere": 0.13}, "the same areas here and there, the largest darker in the centre."),
        ({"elsewhere": 0.13, "tone": ""}, "the same areas here and there, the largest in the centre."),
    ],
)
def test_areas(changes: dict[str, object], words: str) -> None:
    assert describe_places(notes(dataclasses.replace(NOTE, **changes))) == f"Both networks look at {words}"


def test_articles_fit_what_follows() -> None:
    plain = dataclasses.replace(NOTE, tone="")
    surround = dataclasses.replace(plain, on_surround=0.9)
    assert "leaves out an area in the centre" in describe_places(notes(NOTE, plain))
    assert "leaves out part of the dark" in describe_places(notes(NOTE, surround))
    scattered = dataclasses.replace(NOTE, elsewhere=0.2)
    assert "leaves out areas here and there" in describe_places(notes(NOTE, scattered))


def test_an_empty_map_is_told_by_whose_it_is() -> None:
    full, empty = heatmap(np.eye(7)), heatmap(np.zeros((7, 7)))
    frame = np.full((60, 60, 3), 180, np.uint8)
    for maps, whose, places in (
        ((full, empty), "the student's map is empty", "The student does not mark"),
        ((empty, full), "the teacher's map is empty", "The teacher does not mark"),
        ((empty, empty), "both maps are empty", "Neither network marks"),
        (
            (full, heatmap(np.ones((7, 7)))),
            "the student's map is the same everywhere",
            "The student does not",
        ),
    ):
        found, regions = compare_maps(*maps), describe_regions(frame, *maps)
        assert describe_agreement(found, regions, finding="x") == (f"**Cannot be compared:** {whose}.",)
        assert describe_places(regions).startswith(places)
        assert "–" in tabulate_agreement(found)["Here"]
        assert "nan" not in str(tabulate_agreement(found))
    second = describe_agreement(
        compare_maps(full, empty), describe_regions(frame, full, empty), finding="x", other="second student"
    )
    assert second == ("**Cannot be compared:** the second student's map is empty.",)


def test_the_table_says_what_every_figure_means() -> None:
    table = tabulate_agreement(agreement(0.4, -0.314))
    assert table["Here"] == ["−0.31", "40\N{NO-BREAK SPACE}%", "0.42", "8\N{NO-BREAK SPACE}%"]
    assert len(set(map(len, table.values()))) == 1 and all(table["What it means"])
    assert "by chance about 12\N{NO-BREAK SPACE}%" in table["What it means"][1]


def _marked(rows: slice, columns: slice) -> np.ndarray:
    region = EMPTY.copy()
    region[rows, columns] = True
    return region


@pytest.mark.parametrize("arrangement", ["row", "column"])
def test_outlines_lie_where_the_regions_are_and_bear_names(arrangement) -> None:
    """96 x 128 marks over a photograph of 300 x 400: one mark pixel is 3.125 pixels."""
    one, other = _marked(slice(16, 48), slice(0, 64)), _marked(slice(16, 48), slice(32, 96))
    regions = RegionNotes(one, other, NOTE, BLUER, BRIGHTER, grey=False)
    backdrop = prepare_backdrop(np.full((300, 400, 3), 120, np.uint8))
    figure = plot_agreement(backdrop, regions, arrangement=arrangement, view="case")
    named = {trace.name: trace for trace in figure.data if trace.name}
    assert list(named) == ["Both", "Teacher only", "Student only"]
    assert len({trace.line.dash for trace in named.values()}) == 3
    assert len({trace.line.color for trace in named.values()}) == 3
    for name, left, right in (("Both", 100, 200), ("Teacher only", 0, 100), ("Student only", 200, 300)):
        trace = named[name]
        extent = [np.nanmin(trace.x), np.nanmax(trace.x), np.nanmin(trace.y), np.nanmax(trace.y)]
        assert extent == pytest.approx([left, right, 50, 150], abs=3.2)
        assert left - 0.1 <= extent[0] and extent[1] <= right + 0.1, "the lines of neighbours do not cross"
        halo = next(other for other in figure.data if other.legendgroup == name and other is not trace)
        assert halo.line.width > trace.line.width and not halo.showlegend
    assert figure.layout.uirevision == "case" and figure.layout.showlegend
    assert (tuple(figure.layout.xaxis.range), tuple(figure.layout.yaxis.range)) == ((0, 400), (300, 0))


def test_pieces_are_lines_of_one_name_and_specks_are_left_out() -> None:
    region = (
        _marked(slice(4, 30), slice(4, 30))
        | _marked(slice(60, 90), slice(80, 120))
        | _marked(slice(50, 52), slice(4, 6))
    )
    backdrop = prepare_backdrop(np.full((96, 128, 3), 120, np.uint8))
    figure = plot_agreement(backdrop, RegionNotes(region, region, NOTE, None, None, grey=False))
    (line,) = [trace for trace in figure.data if trace.name]
    assert line.name == "Both" and np.isnan(line.x).sum() == 1, "two pieces, one break"
    nothing = plot_agreement(backdrop, RegionNotes(EMPTY, EMPTY, None, None, None, grey=False))
    assert not nothing.data


def test_another_student_has_its_own_colour_and_name() -> None:
    regions = RegionNotes(EMPTY, _marked(slice(16, 48), slice(0, 64)), None, None, NOTE, grey=False)
    backdrop = prepare_backdrop(np.full((96, 128, 3), 120, np.uint8))
    figure = plot_agreement(backdrop, regions, roles=("teacher", "second_student"))
    (line,) = [trace for trace in figure.data if trace.name]
    assert (line.name, line.line.color) == ("Second student only", ROLE_COLOURS["second_student"])
    words = describe_outlines(notes(NOTE, BLUER), roles=("teacher", "second_student"))
    low = describe_outlines(notes(NOTE, BLUER), agreement=agreement(0.1))
    assert "look at the same" in words and "share little" in low
    assert words.startswith("The picture with outlines") and "the second student leaves out a bluer" in words


@pytest.mark.parametrize("vision", VISIONS)
def test_the_three_lines_are_told_apart_with_any_vision_and_stand_out_on_their_halo(vision: str) -> None:
    colours = (BOTH, ROLE_COLOURS["teacher"], ROLE_COLOURS["student"])
    for one, other in itertools.combinations(colours, 2):
        assert deltaE_ciede2000(seen(one, vision), seen(other, vision)) > 10
    for colour in colours:
        assert (luminance(colour) + 0.05) / (luminance("#16242A") + 0.05) >= 3
