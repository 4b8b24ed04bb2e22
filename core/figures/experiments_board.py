"""The leaderboard of a suite as rows of numbers, which a table then sorts as numbers; limits beside them."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from core.figures.experiments_words import (
    METRIC_MEANINGS,
    METRIC_TITLES,
    RANKING,
    figure_words,
    name_run,
    value_words,
)
from core.types import ExperimentMetric, Interval, LeaderboardRow

BOARD_METRICS: tuple[ExperimentMetric, ...] = (
    "auc",
    "melanoma_recall",
    "cancer_superclass",
    "cancer_pooled",
    "accuracy",
)
_REPORTED = ": reported"
Side = Literal["here", "reported"]
Cell = str | float | int | None


@dataclass(frozen=True)
class BoardColumn:
    """A column of the leaderboard.

    Attributes:
        title: key of its cells; what stands before a colon heads all columns that begin so.
        meaning: a sentence for the head's tooltip.
        number: how its numbers are written (printf); empty for text.
        width: in pixels.
        pinned: whether it stays while the others are scrolled.
    """

    title: str
    meaning: str
    number: str = ""
    width: int = 76
    pinned: bool = False

    @property
    def heads(self) -> tuple[str, str]:
        """The head shared with its neighbours, empty for none, and its own."""
        group, _, own = self.title.rpartition(": ")
        return group, own


@dataclass(frozen=True)
class BoardFilter:
    """Which rows are shown.

    Attributes:
        chapters: of the rows; empty shows all.
        with_ours: whether controls of ours are shown.
        printed_only: whether rows of which the source prints no figure are left out.
        metric, side, least: the smallest figure; None asks for none. A row that lacks it is left out.
    """

    chapters: Collection[str] = ()
    with_ours: bool = True
    printed_only: bool = False
    metric: ExperimentMetric | None = None
    side: Side = "here"
    least: float = 0.0


def filter_rows(rows: Sequence[LeaderboardRow], wanted: BoardFilter) -> tuple[LeaderboardRow, ...]:
    """The rows that pass, in their order."""
    return tuple(row for row in rows if _passes(row, wanted))


def list_columns(metrics: Sequence[ExperimentMetric] = BOARD_METRICS) -> tuple[BoardColumn, ...]:
    """Columns of the leaderboard in order: who, the chosen figures, and what they cost."""
    columns = [
        BoardColumn("No.", "Number in the source", "%d", 46, pinned=True),
        BoardColumn(
            "Experiment", "Controls that the source has not are marked as ours", width=126, pinned=True
        ),
    ]
    for metric in metrics:
        title, meaning = METRIC_TITLES[metric], METRIC_MEANINGS[metric]
        number = "%.3f" if metric in RANKING else "%.1f %%"
        columns += [
            BoardColumn(f"{title}: reported", f"As the source prints it: {meaning}", number),
            BoardColumn(f"{title}: here", f"Mean over the seeds: {meaning}", number),
            BoardColumn(f"{title}: limits", "Over other test pictures and other seeds", width=104),
        ]
    return (
        *columns,
        BoardColumn("Seeds", "Trainings behind the figures here", "%d", 60),
        BoardColumn("Parameters: reported", "Number of weights", "%,d", 100),
        BoardColumn("Parameters: here", "Number of weights, counted on the network as built", "%,d", 100),
        BoardColumn("Seconds: reported", "Of a training, on the source's own machine", "%,.0f"),
        BoardColumn("Seconds: here", "Processor time of a training on one thread, mean over seeds", "%,.1f"),
        BoardColumn("Chapter", "Of the source", width=110),
    )


def tabulate_leaderboard(
    rows: Sequence[LeaderboardRow], metrics: Sequence[ExperimentMetric] = BOARD_METRICS
) -> list[dict[str, Cell]]:
    """One mapping of column title to cell a row; None where the source prints nothing or nothing was run."""
    return drop_blank([_tabulate(row, metrics) for row in rows])


def drop_blank(rows: Sequence[Mapping[str, Cell]]) -> list[dict[str, Cell]]:
    """The rows without columns of reported figures that are blank in every one of them."""
    heads = list(rows[0]) if rows else []
    kept = [
        head for head in heads if not head.endswith(_REPORTED) or any(row[head] is not None for row in rows)
    ]
    return [{head: row[head] for head in kept} for row in rows]


def describe_leaderboard(rows: Sequence[LeaderboardRow]) -> str:
    """The table in words, for readers who do not see it: AUC and melanoma recall of every row."""
    parts = []
    for row in rows:
        told = []
        for metric in ("auc", "melanoma_recall"):
            key: ExperimentMetric = "auc" if metric == "auc" else "melanoma_recall"
            printed = value_words(key, row.reported[key]) if key in row.reported else "not reported"
            here = (
                "not run here"
                if row.measured is None
                else figure_words(key, row.measured.figures[key].interval)
            )
            told.append(f"{METRIC_TITLES[key]} reported {printed}, here {here}")
        parts.append(f"{name_run(row)}: {'; '.join(told)}")
    return f"Leaderboard of {len(rows)} experiments. {'. '.join(parts)}."


def tabulate_run(
    row: LeaderboardRow, metrics: Sequence[ExperimentMetric] = tuple(METRIC_TITLES)
) -> dict[str, list[str]]:
    """Reported beside measured, with the value from every seed; column title to cells, one line a metric."""
    measured = row.measured
    table = {
        "": [METRIC_TITLES[metric] for metric in metrics],
        "Reported": [
            value_words(metric, row.reported[metric]) if metric in row.reported else "" for metric in metrics
        ],
        "Here, mean (limits)": [
            "not run" if measured is None else figure_words(metric, measured.figures[metric].interval)
            for metric in metrics
        ],
    }
    for place, run in enumerate(() if measured is None else measured.runs):
        table[f"Seed {run.seed}"] = [
            value_words(metric, measured.figures[metric].by_seed[place]) if measured is not None else ""
            for metric in metrics
        ]
    return table


def _passes(row: LeaderboardRow, wanted: BoardFilter) -> bool:
    if wanted.chapters and row.chapter not in wanted.chapters:
        return False
    if (row.origin == "ours" and not wanted.with_ours) or (wanted.printed_only and not row.reported):
        return False
    if wanted.metric is None:
        return True
    if wanted.side == "reported":
        value = row.reported.get(wanted.metric)
    else:
        value = None if row.measured is None else row.measured.figures[wanted.metric].interval.value
    return value is not None and not math.isnan(value) and value >= wanted.least


def _tabulate(row: LeaderboardRow, metrics: Sequence[ExperimentMetric]) -> dict[str, Cell]:
    measured = row.measured
    cells: dict[str, Cell] = {
        "No.": row.number,
        "Experiment": f"{row.name} (ours)" if row.origin == "ours" else row.name,
    }
    for metric in metrics:
        title, scale = METRIC_TITLES[metric], 1.0 if metric in RANKING else 100.0
        printed = row.reported.get(metric)
        cells[f"{title}: reported"] = None if printed is None else scale * printed
        interval = None if measured is None else measured.figures[metric].interval
        known = interval is not None and interval.defined
        cells[f"{title}: here"] = scale * interval.value if interval is not None and known else None
        cells[f"{title}: limits"] = _limits(interval, scale)
    seconds, weights = row.reported.get("seconds"), row.reported.get("parameters")
    cells["Seeds"] = None if measured is None else len(measured.runs)
    cells["Parameters: reported"] = None if weights is None else int(weights)
    cells["Parameters: here"] = None if measured is None else measured.parameters
    cells["Seconds: reported"] = seconds
    cells["Seconds: here"] = None if measured is None else measured.cpu_seconds
    cells["Chapter"] = row.chapter
    return cells


def _limits(interval: Interval | None, scale: float) -> str | None:
    if interval is None:
        return None
    if math.isnan(interval.low) or math.isnan(interval.high):
        return interval.method
    digits = 3 if scale == 1 else 1
    return f"{scale * interval.low:.{digits}f}–{scale * interval.high:.{digits}f}"
