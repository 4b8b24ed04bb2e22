"""The confusion matrix as it is drawn and told, and the tables of every class."""

from __future__ import annotations

import pytest

from core.figures.class_tables import (
    list_absent,
    tabulate_classes,
    tabulate_confusion,
    tabulate_overall,
    tabulate_published,
)
from core.figures.confusion import confusion_colorscale, describe_confusion, plot_confusion
from core.figures.wording import NO_BREAK
from core.types import (
    ClassFigures,
    ClassReport,
    ConfusionMatrix,
    Interval,
    PublishedClass,
    PublishedReport,
)

NAN = float("nan")
NAMES = {"no_dr": "None", "mild": "Mild", "severe": "Severe"}


def share(value: float, n: int = 10) -> Interval:
    return Interval(value, max(0, value - 0.1), min(1, value + 0.1), 0.95, n, "Wilson")


def nothing(reason: str) -> Interval:
    return Interval(NAN, NAN, NAN, 0.95, 0, reason)


@pytest.fixture
def matrix() -> ConfusionMatrix:
    counts = ((300, 1, 0), (0, 0, 0), (3, 2, 5))
    rows = [tuple(share(n / sum(row)) if sum(row) else nothing("none") for n in row) for row in counts]
    return ConfusionMatrix(("no_dr", "mild", "severe"), counts, tuple(rows))


@pytest.fixture
def report(matrix: ConfusionMatrix) -> ClassReport:
    classes = (
        ClassFigures("no_dr", 301, 303, share(0.99), share(0.997), share(0.99)),
        ClassFigures("mild", 0, 3, nothing("no"), nothing("no"), nothing("no")),
        ClassFigures("severe", 10, 0, nothing("no"), share(0.0), Interval(0.0, NAN, NAN, 0.95, 1, "x")),
    )
    overall = {"accuracy_top1": share(0.9), "macro_f1": nothing("undefined: a class has no case")}
    return ClassReport(311, overall, classes, matrix)


def test_drawn_rows_are_those_with_cases(matrix: ConfusionMatrix) -> None:
    figure = plot_confusion(matrix, NAMES)
    (cells,) = figure.data
    assert len(cells.z) == 2 and cells.z[1] == pytest.approx((0.3, 0.2, 0.5))
    texts = [note.text for note in figure.layout.annotations]
    assert texts == [
        f"<b>300</b><br>>{NO_BREAK}99{NO_BREAK}%",
        f"<b>1</b><br><{NO_BREAK}1{NO_BREAK}%",
        f"<b>3</b><br>30{NO_BREAK}%",
        f"<b>2</b><br>20{NO_BREAK}%",
        f"<b>5</b><br>50{NO_BREAK}%",
        "Called …",
    ]
    assert list(figure.layout.xaxis.ticktext) == ["no dr", "mild", "severe"]
    assert list(figure.layout.yaxis.ticktext) == ["None<br>n = 301", "Severe<br>n = 10"]
    assert [(shape.x0, shape.y0) for shape in figure.layout.shapes] == [(-0.5, -0.5), (1.5, 0.5)]


def test_writing_is_white_only_where_the_cell_is_strong(matrix: ConfusionMatrix) -> None:
    colours = [note.font.color for note in plot_confusion(matrix, NAMES).layout.annotations]
    assert colours == ["#FFFFFF", None, None, None, "#FFFFFF", None]


def luminance(rgb: list[float]) -> float:
    parts = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in (v / 255 for v in rgb)]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]


@pytest.mark.parametrize(
    ("page", "writing"), [((255, 255, 255), (22, 36, 42)), ((16, 25, 29), (231, 239, 241))]
)
def test_writing_stands_out_on_both_pages(page: tuple[int, ...], writing: tuple[int, ...]) -> None:
    """WCAG contrast 4.5 : 1 at both ends of both halves of the scale, and more is further from the page."""
    found = []
    for place, (stop, colour) in enumerate(confusion_colorscale()):
        red, green, blue, alpha = (float(part) for part in str(colour)[5:-1].split(","))
        cell = [
            alpha * own + (1 - alpha) * under for own, under in zip((red, green, blue), page, strict=True)
        ]
        ink = (255, 255, 255) if place >= 2 else writing
        light, dark = sorted((luminance(cell), luminance(list(ink))), reverse=True)
        assert (light + 0.05) / (dark + 0.05) >= 4.5, (stop, page)
        found.append(abs(luminance(cell) - luminance(list(page))))
    assert found == sorted(found)


def test_words_say_every_count(matrix: ConfusionMatrix) -> None:
    words = describe_confusion(matrix, NAMES, "the student")
    assert words == (
        "Confusion matrix of the student. "
        f"Of 301 None: 300 called None (>{NO_BREAK}99{NO_BREAK}%), 1 called Mild (<{NO_BREAK}1{NO_BREAK}%); "
        f"Of 10 Severe: 5 called Severe (50{NO_BREAK}%), 3 called None (30{NO_BREAK}%), "
        f"2 called Mild (20{NO_BREAK}%)."
    )


def test_table_of_classes_has_words_where_there_is_no_figure(report: ClassReport) -> None:
    table = tabulate_classes(report.classes, NAMES)
    assert table["Class"] == ["None", "Mild", "Severe"]
    assert table["Cases (called)"] == ["301 (303)", "0 (3)", "10 (0)"]
    assert [cell.replace("\N{WORD JOINER}", "") for cell in table["Precision %"]] == [
        "99 (89–100)",
        "no case",
        "never called",
    ]
    assert table["F1 %"][2] == "0 (no limits)"
    assert list_absent(report.classes, NAMES).startswith("These cases hold none of: Mild (called 3 times).")
    assert list_absent(report.classes[:1], NAMES) == ""


def test_other_tables(report: ClassReport, matrix: ConfusionMatrix) -> None:
    overall = tabulate_overall({"student": report})
    assert overall == {
        "": ["Accuracy", "Macro F1"],
        "Student": ["0.90 (0.80–1.00)", "undefined: a class has no case"],
    }
    cells = tabulate_confusion(matrix, NAMES)
    assert list(cells) == ["Class", "no dr", "mild", "severe"]
    shown = [cell.replace("\N{WORD JOINER}", "") for cell in cells["severe"]]
    assert shown == [f"0: 0{NO_BREAK}% (0–10)", f"5: 50{NO_BREAK}% (40–60)"]


def test_published_beside_here(report: ClassReport) -> None:
    published = PublishedReport(
        modality="fundus",
        citation="Someone",
        network="a network",
        data="eyes",
        differs="Much.",
        decimals=2,
        classes=(PublishedClass("no_dr", "No DR", 0.95, 0.9, 0.93, 364),),
        overall={"accuracy_top1": 0.85},
    )
    table = tabulate_published(report, published, [share(0.9)], NAMES)
    assert (table["Class"], table["Cases"]) == (["None"], ["301 vs 364"])
    recall = table["Recall %"][0].replace("\N{WORD JOINER}", "")
    assert recall == "100 (90–100) vs 90 (80–100)" and table["F1 %"][0].endswith("vs 93")
    assert tabulate_overall({"student": report}, published)["Published"] == ["0.85", "–"]
