"""Sentences of the page about experiments, with hand-worked figures."""

from __future__ import annotations

import math

from core.experiments.leaderboard import rank_experiments
from core.figures.experiments_curves import describe_curves, mean_curve, plot_curves
from core.figures.experiments_words import (
    describe_gap,
    describe_guess,
    describe_suite,
    find_champion,
    summarise_champions,
)
from core.figures.wording import NO_BREAK
from core.types import RankColumn
from tests.experiments_factory import measured, row, write_suite

ROWS = (
    row(1, name="One", of=measured(1, auc=0.9, melanoma_recall=0.1)),
    row(2, name="Two", of=measured(2, auc=0.8, melanoma_recall=0.6)),
)


def champions(rows) -> str:
    columns = rank_experiments(rows, ("auc", "melanoma_recall"))
    return summarise_champions(rows, columns, None).replace(NO_BREAK, " ")


def test_two_champions_with_their_figures() -> None:
    told = champions(ROWS)
    assert "**1 One** leads by AUC: 0.900 (0.880–0.920)" in told
    assert "calls 10.0 % (8.0–12.0) of the melanomas melanoma" in told
    assert "**2 Two** leads by that with 60.0 % (58.0–62.0), at an AUC of 0.800" in told


def test_one_champion_of_both() -> None:
    rows = (row(1, name="One", of=measured(1, auc=0.9, melanoma_recall=0.7)), ROWS[1])
    assert "It leads by melanoma recall too: 70.0 %" in champions(rows)
    assert "nobody leads" in champions((row(1),))


def test_of_equals_the_lower_number_is_the_champion() -> None:
    assert find_champion(RankColumn("auc", {7: 1, 3: 1, 2: 3})) == 3
    assert find_champion(RankColumn("auc", {})) is None


def test_rank_correlation_is_said() -> None:
    columns = rank_experiments(ROWS, ("auc", "melanoma_recall"))
    assert "Rank correlation of both orders: −1.00" in summarise_champions(ROWS, columns, -1.0)
    assert "correlation" not in summarise_champions(ROWS, columns, math.nan)


def test_the_gap_is_validation_minus_training_at_the_end() -> None:
    told = describe_gap(measured(1, seeds=2, gap=0.1))
    assert "Overfitting gap +0.100**" in told and "after 5 epochs" in told and "2 seeds" in told
    assert "knows its training pictures better" in told
    assert "no sign" in describe_gap(measured(1, seeds=1, gap=-0.1))


def test_curves_of_every_seed_and_the_gap() -> None:
    entry = measured(1, seeds=2, gap=0.1)
    figure = plot_curves(entry)
    assert [trace.name for trace in figure.data] == [
        "training, seed 0",
        "validation, seed 0",
        "training, seed 1",
        "validation, seed 1",
        "training, mean",
        "validation, mean",
    ]
    assert {trace.line.dash for trace in figure.data if "training" in trace.name} == {"dash"}
    (gap,) = [shape for shape in figure.layout.shapes if shape.name == "gap"]
    assert (round(gap.y0, 3), round(gap.y1, 3)) == (0.2, 0.3)
    assert any("gap +0.100" in note.text for note in figure.layout.annotations)
    assert len(plot_curves(measured(1, seeds=1)).data) == 2, "no mean of one"
    told = describe_curves(entry, "1 One")
    assert "seed 1: training loss 1.000 to 0.200, validation loss 1.020 to 0.300" in told


def test_mean_curves_stop_where_the_shortest_does() -> None:
    runs = measured(1, seeds=2).runs
    shorter = (runs[0], type(runs[1])(1, 1.0, 1.0, runs[1].curve[:3]))
    assert [point.epoch for point in mean_curve(shorter)] == [1, 2, 3]


def test_a_guess_in_plain_words() -> None:
    assert "order exactly" in describe_guess(1.0, at_least_as_good=1, orders=120)
    told = describe_guess(0.9, at_least_as_good=5, orders=120)
    assert "Close" in told and "+0.90" in told and "5 of the 120 possible orders" in told
    assert "Partly" in describe_guess(0.5, at_least_as_good=30, orders=120)
    assert "shuffling" in describe_guess(0.0, at_least_as_good=60, orders=120)
    assert "other way round" in describe_guess(-0.9, at_least_as_good=119, orders=120)
    assert "order nothing" in describe_guess(math.nan, at_least_as_good=0, orders=120)


def test_what_was_measured_on(tmp_path) -> None:
    results = write_suite(tmp_path, numbers=(1, 2), seeds=1)
    told = describe_suite(results, ROWS).replace(NO_BREAK, " ")
    assert "300 test pictures, 700 for training, 200 for validation" in told
    assert "2 of 2 experiments run, 3 seeds each" in told and "95 %" in told
