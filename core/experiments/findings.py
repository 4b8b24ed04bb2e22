"""Statements of a suite held against its runs: reproduced, contradicted, or undecided."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from core.experiments.measure import Resampled
from core.experiments.suite import FindingRecipe, Suite
from core.types import ExperimentMetric, FindingResult, FindingState

METRIC_WORDS: dict[ExperimentMetric, str] = {
    "auc": "macro AUC",
    "melanoma_recall": "melanoma recall",
    "cancer_superclass": "cancer sensitivity (called any cancer)",
    "cancer_pooled": "cancer sensitivity (called its own class)",
    "accuracy": "accuracy",
    "balanced_accuracy": "balanced accuracy",
    "melanoma_auc": "melanoma AUC",
}
NEAR_WORST = 3
FEWEST_SEEDS = 2
"""With fewer, nothing is known of what another seed would give."""


def judge_findings(suite: Suite, resampled: Resampled) -> tuple[FindingResult, ...]:
    """Every finding of which all runs are there."""
    there = {run.number for run in resampled.runs}
    source = {entry.number for entry in suite.experiments if entry.origin == "source"}
    found = []
    for recipe in suite.findings:
        if recipe.kind == "difference":
            if {recipe.of, recipe.against} <= there:
                found.append(_judge_difference(recipe, suite, resampled))
        elif source <= there:
            judge = _judge_near_worst if recipe.kind == "near_worst" else _judge_champions
            found.append(judge(recipe, suite, resampled, sorted(source)))
    return tuple(found)


def _judge_difference(recipe: FindingRecipe, suite: Suite, resampled: Resampled) -> FindingResult:
    if recipe.of is None or recipe.against is None:
        raise ValueError(f"finding {recipe.id} names no two experiments")
    difference, seeds = resampled.difference(recipe.metric, recipe.of, recipe.against)
    sign = 1 if recipe.expected == "higher" else -1
    low, high = sorted((sign * difference.low, sign * difference.high))
    state: FindingState = "reproduced" if low > 0 else "contradicted" if high < 0 else "undecided"
    if seeds < FEWEST_SEEDS:
        state = "undecided"
    one, other = (resampled.figure(recipe.metric, n).interval.value for n in (recipe.of, recipe.against))
    first, second = (f"run {n} ({suite.experiment(n).name})" for n in (recipe.of, recipe.against))
    working = (
        f"{_capital(METRIC_WORDS[recipe.metric])} of {first} is {one:.3f}, of {second} {other:.3f}: "
        f"a difference of {difference.value:+.3f} ({difference.low:+.3f} to {difference.high:+.3f}) over "
        f"{seeds} seed{'s' if seeds != 1 else ''} and {difference.n:,} test pictures."
    )
    return FindingResult(recipe.id, recipe.words, state, working, difference)


def _judge_near_worst(
    recipe: FindingRecipe, suite: Suite, resampled: Resampled, numbers: list[int]
) -> FindingResult:
    if recipe.of is None:
        raise ValueError(f"finding {recipe.id} names no experiment")
    values = _all_values(recipe.metric, resampled, numbers)
    own = values[numbers.index(recipe.of)]
    below = (values < own).sum(axis=0)
    share = float((below[1:] < NEAR_WORST).mean())
    working = (
        f"Run {recipe.of} ({suite.experiment(recipe.of).name}) has the rank {len(numbers) - int(below[0])} "
        f"of {len(numbers)} by {METRIC_WORDS[recipe.metric]}; it is among the lowest {NEAR_WORST} in "
        f"{100 * share:.1f} % of {resampled.resamples:,} resamples of cases and seeds."
    )
    return FindingResult(recipe.id, recipe.words, _by_share(share, resampled.level), working, None)


def _judge_champions(
    recipe: FindingRecipe, suite: Suite, resampled: Resampled, numbers: list[int]
) -> FindingResult:
    if recipe.other_metric is None:
        raise ValueError(f"finding {recipe.id} names no second metric")
    metrics = (recipe.metric, recipe.other_metric)
    best = [_all_values(metric, resampled, numbers).argmax(axis=0) for metric in metrics]
    share = float((best[0][1:] != best[1][1:]).mean())
    names = [
        f"run {numbers[places[0]]} ({suite.experiment(numbers[places[0]]).name}) by {METRIC_WORDS[metric]}"
        for metric, places in zip(metrics, best, strict=True)
    ]
    working = (
        f"The champion is {names[0]}, and {names[1]}; they are two different runs in {100 * share:.1f} % of "
        f"{resampled.resamples:,} resamples of cases and seeds."
    )
    return FindingResult(recipe.id, recipe.words, _by_share(share, resampled.level), working, None)


def _all_values(metric: ExperimentMetric, resampled: Resampled, numbers: list[int]) -> NDArray[np.float64]:
    """(experiments, 1 + resamples)."""
    return np.stack(
        [resampled.mean_over_seeds(metric, number, resampled.seeds_of(number)) for number in numbers]
    )


def _by_share(share: float, level: float) -> FindingState:
    """Verdict on a statement that holds in a share of the resamples."""
    edge = (1 - level) / 2
    return "reproduced" if share >= 1 - edge else "contradicted" if share <= edge else "undecided"


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]
