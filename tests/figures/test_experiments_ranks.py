"""The bump chart: hand-worked ranks, lines and labels; chosen runs told apart without colour."""

from __future__ import annotations

import itertools

import pytest

from core.experiments.leaderboard import rank_experiments
from core.figures.experiments_ranks import (
    MARKS,
    describe_ranks,
    group_ties,
    mark_runs,
    plot_ranks,
    tabulate_ranks,
)
from core.types import RankColumn
from tests.experiments_factory import measured, row
from tests.figures.test_palette import PAGES, VISIONS, deltaE_ciede2000, luminance, seen

ROWS = (
    row(1, name="One", of=measured(1, auc=0.9, melanoma_recall=0.1)),
    row(2, name="Two", of=measured(2, auc=0.8, melanoma_recall=0.6)),
    row(3, name="Three", of=measured(3, auc=0.7, melanoma_recall=0.1)),
    row(4, name="Not run"),
)
COLUMNS = rank_experiments(ROWS, ("auc", "melanoma_recall"))


def notes(figure) -> list[str]:
    return [note.text for note in figure.layout.annotations]


def test_lines_follow_the_ranks() -> None:
    assert [dict(column.ranks) for column in COLUMNS] == [{1: 1, 2: 2, 3: 3}, {1: 2, 2: 1, 3: 2}]
    figure = plot_ranks(COLUMNS, ROWS, (2,))
    lines = {trace.name: (tuple(trace.x), tuple(trace.y)) for trace in figure.data}
    assert lines == {"1": ((0, 1), (1, 2)), "2": ((0, 1), (2, 1)), "3": ((0, 1), (3, 2))}
    assert figure.data[-1].name == "2", "a chosen line lies on top"
    low, high = figure.layout.yaxis.range
    assert low > 3 and high < 1, "the first rank is on top"


def test_chosen_runs_have_names_at_both_ends_and_others_their_number() -> None:
    figure = plot_ranks(COLUMNS, ROWS, (2,))
    named = [note for note in figure.layout.annotations if "2 Two" in note.text]
    assert [(note.x, note.y, note.xanchor) for note in named] == [(0, 2, "right"), (1, 1, "left")]
    assert all(MARKS[0].sign in note.text for note in named)
    assert "1, 3" in notes(figure), "runs of one rank share a label"
    narrow = notes(plot_ranks(COLUMNS, ROWS, (2,), width="narrow"))
    assert not any("Two" in text for text in narrow) and any("<b>2</b>" in text for text in narrow)


def test_narrow_labels_stay_short_where_many_share_a_rank() -> None:
    tied = RankColumn("melanoma_recall", dict.fromkeys(range(1, 8), 1))
    many = tuple(row(number, of=measured(number)) for number in range(1, 8))
    texts = notes(plot_ranks((tied, tied), many, (3,), width="narrow"))
    assert all("+6" in text and "<b>3</b>" in text for text in texts)
    wide = notes(plot_ranks((tied, tied), many, (3,)))
    assert all("1, 2, 4, 5, 6, 7" in text for text in wide)


def test_ties_and_marks() -> None:
    assert group_ties(COLUMNS[1]) == {1: (2,), 2: (1, 3)}
    assert mark_runs((9, 3, 3, 1), (1, 2, 3)) == {3: MARKS[0], 1: MARKS[1]}
    assert len(mark_runs(range(10), range(10))) == len(MARKS)


def test_the_words_have_every_rank_chosen_ones_first() -> None:
    told = describe_ranks(COLUMNS, ROWS, (3,))
    assert told.index("3 Three: AUC 3, Melanoma recall 2") < told.index("1 One: AUC 1, Melanoma recall 2")
    assert "2 Two: AUC 2, Melanoma recall 1" in told and "Not run" not in told
    assert tabulate_ranks(COLUMNS, ROWS)[0] == {
        "No.": 1,
        "Experiment": "One",
        "AUC": 1,
        "Melanoma recall": 2,
    }


def test_nothing_run_is_an_empty_figure_with_words() -> None:
    columns = rank_experiments((row(1),), ("auc",))
    assert not plot_ranks(columns, (row(1),), ()).data
    assert "No experiment has been run" in describe_ranks(columns, (row(1),), ())
    assert tabulate_ranks(columns, (row(1),)) == []


@pytest.mark.parametrize("part", ["colour", "dash", "symbol", "sign"])
def test_every_mark_has_its_own(part) -> None:
    assert len({getattr(mark, part) for mark in MARKS}) == len(MARKS)


def test_marks_are_seen_on_both_pages_and_told_apart_with_any_vision() -> None:
    for mark, page in itertools.product(MARKS, PAGES):
        bright, dark = sorted((luminance(mark.colour), luminance(page)), reverse=True)
        assert (bright + 0.05) / (dark + 0.05) >= 3
    for (one, other), vision in itertools.product(itertools.combinations(MARKS, 2), VISIONS):
        assert deltaE_ciede2000(seen(one.colour, vision), seen(other.colour, vision)) > 10
