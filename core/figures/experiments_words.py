"""Words of the page about experiments: what its figures are called, and what they say, in sentences."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from core.figures.nouns import capital
from core.figures.wording import NO_BREAK, percent, percent_with_limits, signed, with_limits
from core.types import (
    ExperimentMetric,
    FindingState,
    Interval,
    LeaderboardRow,
    MeasuredExperiment,
    RankColumn,
    SuiteResults,
)

METRIC_TITLES: Mapping[ExperimentMetric, str] = {
    "auc": "AUC",
    "melanoma_recall": "Melanoma recall",
    "cancer_superclass": "Cancer called any cancer",
    "cancer_pooled": "Cancer called its own kind",
    "accuracy": "Accuracy",
    "balanced_accuracy": "Balanced accuracy",
    "melanoma_auc": "AUC of melanoma",
}

METRIC_MEANINGS: Mapping[ExperimentMetric, str] = {
    "auc": "one class against all others, mean over the seven classes",
    "melanoma_recall": "share of melanomas whose most probable class is melanoma",
    "cancer_superclass": "share of melanomas, basal cell carcinomas and actinic keratoses whose most "
    "probable class is any of these three (superclass call)",
    "cancer_pooled": "share of the same cases whose most probable class is the right one of the three "
    "(pooled recall); never above the former",
    "accuracy": "share of pictures whose most probable class is right; two thirds are naevi",
    "balanced_accuracy": "mean of the seven classes' recalls",
    "melanoma_auc": "melanoma against all others",
}

RANKING: tuple[ExperimentMetric, ...] = ("auc", "melanoma_auc")
"""Figures of ranking; all others are shares of pictures and shown per cent."""

STATE_WORDS: Mapping[FindingState, str] = {
    "reproduced": "Reproduced",
    "contradicted": "Contradicted",
    "undecided": "Undecided",
}
STATE_ICONS: Mapping[FindingState, str] = {
    "reproduced": ":material/check_circle:",
    "contradicted": ":material/cancel:",
    "undecided": ":material/help:",
}
_CLOSE, _PARTLY = 0.7, 0.3


def name_run(row: LeaderboardRow) -> str:
    """``"14 The preprocessing trap"``; a control of ours says so."""
    return f"{row.number} {row.name}{' (ours)' if row.origin == 'ours' else ''}"


def figure_words(metric: ExperimentMetric, interval: Interval) -> str:
    """A measured figure with limits as it is read: ``"0.925 (0.914–0.935)"``, ``"40.8 % (35.0–46.6)"``."""
    return with_limits(interval, digits=3) if metric in RANKING else percent_with_limits(interval)


def value_words(metric: ExperimentMetric, value: float) -> str:
    """A figure without limits: ``"0.925"``, ``"40.8 %"``."""
    return f"{value:.3f}" if metric in RANKING else percent(value)


def in_seeds(count: int) -> str:
    """``"1 seed"``, ``"3 seeds"``."""
    return f"{count} seed{'' if count == 1 else 's'}"


def describe_suite(results: SuiteResults, rows: Sequence[LeaderboardRow]) -> str:
    """What the measured figures were measured on, and how much of the suite has been run."""
    there = [row for row in rows if row.measured is not None]
    counts = sorted({len(row.measured.runs) for row in there if row.measured is not None})
    seeds = (
        "no seed"
        if not counts
        else in_seeds(counts[0])
        if len(counts) == 1
        else f"{counts[0]} to {counts[-1]} seeds"
    )
    source = [row for row in rows if row.origin == "source"]
    done = sum(row.measured is not None for row in source)
    return (
        f"Here: {results.n_test:,} test pictures, {results.n_train:,} for training, {results.n_val:,} for "
        f"validation; {done} of {len(source)} experiments run, {seeds} each. Limits: "
        f"{100 * results.level:.0f}{NO_BREAK}%, over other test pictures and other seeds "
        f"({results.resamples:,} resamples)."
    )


def find_champion(column: RankColumn) -> int | None:
    """Number of the run that ranks first, of equals the one with the lower number; None without runs."""
    return min(column.ranks, key=lambda number: (column.ranks[number], number), default=None)


def summarise_champions(
    rows: Sequence[LeaderboardRow], columns: Sequence[RankColumn], correlation: float | None
) -> str:
    """Who leads by AUC, who by melanoma recall, and what the leader finds, in one or two sentences.

    Args:
        rows: of the leaderboard.
        columns: ranks; by AUC and by melanoma recall at least.
        correlation: Spearman's, of both rankings; None where there are too few runs.
    """
    by_number = {row.number: row for row in rows}
    champions = {column.metric: find_champion(column) for column in columns}
    first, finder = champions.get("auc"), champions.get("melanoma_recall")
    if first is None or finder is None:
        return "No experiment has been run here, so nobody leads."
    leader, other = by_number[first], by_number[finder]
    if leader.measured is None or other.measured is None:
        raise ValueError("a champion was measured")
    n = len(columns[0].ranks)
    parts = [
        f"Of {n} experiments run, **{name_run(leader)}** leads by AUC: "
        f"{figure_words('auc', leader.measured.figures['auc'].interval)}."
    ]
    found = figure_words("melanoma_recall", leader.measured.figures["melanoma_recall"].interval)
    if first == finder:
        parts.append(f"It leads by melanoma recall too: {found}.")
    else:
        best = figure_words("melanoma_recall", other.measured.figures["melanoma_recall"].interval)
        parts.append(
            f"It calls {found} of the melanomas melanoma; **{name_run(other)}** leads by that with {best}, "
            f"at an AUC of {figure_words('auc', other.measured.figures['auc'].interval)}."
        )
    if correlation is not None and not math.isnan(correlation):
        parts.append(
            f"Rank correlation of both orders: {signed(correlation, digits=2)} (1 is the same order, 0 no "
            "relation)."
        )
    return " ".join(parts)


def describe_gap(measured: MeasuredExperiment) -> str:
    """The overfitting gap at the end of training, mean and every seed, in a sentence."""
    gaps = [run.curve[-1].gap for run in measured.runs if run.curve]
    if not gaps:
        return "No curve was kept of this experiment."
    mean = sum(gaps) / len(gaps)
    each = "" if len(gaps) == 1 else f", mean of {', '.join(signed(gap) for gap in gaps)}"
    verdict = (
        "the network knows its training pictures better than others"
        if mean > 0
        else "no sign that training pictures are known better than others"
    )
    epochs = len(measured.runs[0].curve)
    return (
        f"**Overfitting gap {signed(mean)}** (validation loss minus training loss) after {epochs} epochs "
        f"({in_seeds(len(gaps))}{each}): {verdict}."
    )


def describe_time(measured: MeasuredExperiment) -> str:
    """Weights, work and time of one training."""
    return (
        f"{measured.parameters:,} weights, {measured.macs / 1e6:,.1f} million multiply-adds a picture; "
        f"{measured.cpu_seconds:,.0f} seconds of processor time a training, mean of "
        f"{in_seeds(len(measured.runs))}."
    )


def describe_guess(correlation: float, *, at_least_as_good: int, orders: int) -> str:
    """How well a guess agrees with the true order, in plain words.

    Args:
        correlation: Spearman's rank correlation.
        at_least_as_good: how many orders agree as well or better.
        orders: how many there are.
    """
    if math.isnan(correlation):
        return "All your ranks are equal, so they order nothing."
    if correlation > 1 - 1e-9:
        verdict = "You have the order exactly"
    elif correlation >= _CLOSE:
        verdict = "Close: most pairs are the right way round"
    elif correlation >= _PARTLY:
        verdict = "Partly right"
    elif correlation > -_PARTLY:
        verdict = "No better than shuffling"
    else:
        verdict = "Rather the other way round"
    share = f"{at_least_as_good} of the {orders} possible orders agree with it at least as well"
    return (
        f"**{verdict}.** Spearman's rank correlation of your order with the measured one is "
        f"{signed(correlation, digits=2)} (1 is the same order, −1 the reverse, 0 no relation); {share}."
    )


def describe_change(row: LeaderboardRow, rows: Sequence[LeaderboardRow]) -> str:
    """What an experiment changes, and from which run."""
    names = {entry.number: name_run(entry) for entry in rows}
    base = "the suite's base" if row.builds_on is None else f"run {names[row.builds_on]}"
    return f"Changed from {base}: {row.changed}"


def capital_title(metric: ExperimentMetric) -> str:
    """The metric and its meaning: a line of a legend."""
    return f"**{METRIC_TITLES[metric]}**: {METRIC_MEANINGS[metric]}"


def metric_inside(metric: ExperimentMetric) -> str:
    """A metric inside a sentence: abbreviations keep their capitals."""
    title = METRIC_TITLES[metric]
    return title if title.startswith("AUC") else title[:1].lower() + title[1:]


def title_metric(metric: ExperimentMetric) -> str:
    """A metric at the start of a sentence."""
    return capital(METRIC_TITLES[metric])
