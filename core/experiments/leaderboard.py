"""Reported and measured figures side by side, and how ranks change with the metric."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from scipy.stats import rankdata, spearmanr

from core.experiments.suite import Suite
from core.types import ExperimentMetric, LeaderboardRow, RankColumn, SuiteResults

RANKED: tuple[ExperimentMetric, ...] = (
    "auc",
    "accuracy",
    "cancer_pooled",
    "cancer_superclass",
    "melanoma_recall",
)
"""Metrics of the bump chart, from those that a leaderboard sorts by to those that a patient depends on."""


def build_leaderboard(suite: Suite, results: SuiteResults) -> tuple[LeaderboardRow, ...]:
    """One row an experiment, in the order of the suite."""
    return tuple(
        LeaderboardRow(
            number=entry.number,
            name=entry.name,
            chapter=entry.chapter,
            origin=entry.origin,
            changed=entry.changed,
            lesson=entry.lesson,
            reading=entry.reading,
            builds_on=entry.parent,
            reported=entry.reported.model_dump(exclude_none=True),
            measured=results.measured(entry.number),
        )
        for entry in suite.experiments
    )


def rank_experiments(
    rows: Sequence[LeaderboardRow], metrics: Sequence[ExperimentMetric] = RANKED
) -> tuple[RankColumn, ...]:
    """Ranks of the rows that were measured, by each metric's mean over seeds."""
    there = [row for row in rows if row.measured is not None]
    columns = []
    for metric in metrics:
        values = [row.measured.figures[metric].interval.value for row in there if row.measured is not None]
        columns.append(
            RankColumn(metric, _rank({row.number: v for row, v in zip(there, values, strict=True)}))
        )
    return tuple(columns)


def rank_reported(rows: Sequence[LeaderboardRow], metric: ExperimentMetric) -> RankColumn:
    """Ranks of the rows of which the source prints the metric."""
    return RankColumn(metric, _rank({r.number: r.reported[metric] for r in rows if metric in r.reported}))


def score_guess(guess: Mapping[int, int], column: RankColumn) -> float:
    """How well guessed ranks of some experiments agree with their true order.

    Args:
        guess: number to guessed rank, any numbers that order them; at least two.
        column: holds all of them.

    Returns:
        Spearman's rank correlation in [-1, 1]; NaN where all guesses are equal.
    """
    if len(guess) < 2:
        raise ValueError(f"a guess needs at least two experiments, it has {len(guess)}")
    guessed = np.array(list(guess.values()), dtype=np.float64)
    if np.ptp(guessed) == 0:
        return float("nan")
    return float(spearmanr(guessed, [column.ranks[number] for number in guess]).statistic)


def _rank(values: Mapping[int, float]) -> dict[int, int]:
    found = rankdata([-value for value in values.values()], method="min") if values else []
    return {number: int(rank) for number, rank in zip(values, found, strict=True)}
