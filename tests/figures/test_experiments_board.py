"""The leaderboard's cells are numbers, blanks stay blank, filters do what they say."""

from __future__ import annotations

import pytest

from core.figures.experiments_board import (
    BoardFilter,
    describe_leaderboard,
    drop_blank,
    filter_rows,
    list_columns,
    tabulate_leaderboard,
    tabulate_run,
)
from core.figures.wording import NO_BREAK
from tests.experiments_factory import measured, row

ROWS = (
    row(1, chapter="A", reported={"auc": 0.9, "melanoma_recall": 0.19, "seconds": 87.0, "parameters": 1e7}),
    row(2, chapter="B", of=measured(2, auc=0.85, melanoma_recall=0.4, accuracy=0.7)),
    row(3, chapter="B", reported={"accuracy": 0.62}, of=measured(3, auc=0.8, accuracy=0.6)),
    row(4, chapter="Ours", origin="ours", of=measured(4, auc=0.7)),
)


def numbers(wanted: BoardFilter) -> list[int]:
    return [entry.number for entry in filter_rows(ROWS, wanted)]


def test_cells_are_numbers_and_blanks_are_none() -> None:
    table = tabulate_leaderboard(ROWS)
    assert table[0]["AUC: reported"] == 0.9 and table[0]["AUC: here"] is None
    assert table[0]["Melanoma recall: reported"] == pytest.approx(19.0), "shares are per cent"
    assert table[1]["AUC: reported"] is None and table[1]["AUC: here"] == 0.85
    assert table[1]["AUC: limits"] == "0.830–0.870"
    assert table[1]["Melanoma recall: limits"] == "38.0–42.0"
    assert (table[0]["Seconds: reported"], table[0]["Parameters: reported"]) == (87.0, 10_000_000)
    assert (table[1]["Seconds: here"], table[1]["Parameters: here"], table[1]["Seeds"]) == (20.0, 2000, 3)
    assert table[3]["Experiment"] == "Run 4 (ours)"


def test_both_readings_of_cancer_sensitivity_have_a_column_of_their_own() -> None:
    columns = {column.title: column for column in list_columns()}
    assert "superclass" in columns["Cancer called any cancer: here"].meaning
    assert "pooled" in columns["Cancer called its own kind: here"].meaning
    assert [title for title, column in columns.items() if column.pinned] == ["No.", "Experiment"]
    assert columns["AUC: here"].heads == ("AUC", "here") and columns["Seeds"].heads == ("", "Seeds")


def test_every_cell_has_a_column_and_figures_can_be_left_out() -> None:
    for metrics in (("auc",), ("auc", "accuracy")):
        titles = [column.title for column in list_columns(metrics)]
        assert list(tabulate_leaderboard(ROWS, metrics)[0]) == titles
    assert "Accuracy: here" not in tabulate_leaderboard(ROWS, ("auc",))[0]


def test_reported_columns_without_a_figure_are_dropped() -> None:
    rows = [{"A: reported": None, "A: here": None}, {"A: reported": None, "A: here": 1}]
    assert drop_blank(rows) == [{"A: here": None}, {"A: here": 1}]
    assert drop_blank([]) == []


def test_filters() -> None:
    assert numbers(BoardFilter()) == [1, 2, 3, 4]
    assert numbers(BoardFilter(chapters=["B"])) == [2, 3]
    assert numbers(BoardFilter(with_ours=False)) == [1, 2, 3]
    assert numbers(BoardFilter(printed_only=True)) == [1, 3]
    assert numbers(BoardFilter(metric="auc", least=0.8)) == [2, 3], "at least, so the very figure passes"
    assert numbers(BoardFilter(metric="accuracy", side="reported", least=0.5)) == [3]
    assert numbers(BoardFilter(metric="auc", side="reported", least=0.95)) == []


def test_one_run_has_every_seed_beside_what_is_reported() -> None:
    table = tabulate_run(ROWS[2], ("auc", "accuracy"))
    assert table[""] == ["AUC", "Accuracy"] and table["Reported"] == ["", f"62.0{NO_BREAK}%"]
    assert table["Here, mean (limits)"][0] == "0.800 (0.780–0.820)"
    assert [table[f"Seed {seed}"][0] for seed in range(3)] == ["0.790", "0.800", "0.810"]
    assert list(tabulate_run(ROWS[0])) == ["", "Reported", "Here, mean (limits)"]
    assert set(tabulate_run(ROWS[0])["Here, mean (limits)"]) == {"not run"}


def test_the_words_say_what_was_not_run() -> None:
    told = describe_leaderboard(ROWS)
    assert "1 Run 1: AUC reported 0.900, here not run here" in told
    assert "2 Run 2: AUC reported not reported, here 0.850 (0.830–0.870)" in told
