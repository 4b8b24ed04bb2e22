"""Figures of every run on every resample of the test cases, so that runs can be subtracted and ranked.

Each resample draws cases within the classes and, on its own, seeds, both with replacement and the same ones
for every experiment: limits answer "other cases and other seeds". With three seeds the share that is due to
training is known roughly at best; the figures of every seed are kept beside.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from core.evaluation.intervals import interval_from_draws
from core.evaluation.resampling import draw_weights
from core.evaluation.weighted_ranks import Ranking, divide
from core.experiments.tasks import Task
from core.types import ExperimentMetric, Interval, SeededFigure

Draws = Mapping[ExperimentMetric, NDArray[np.float64]]
"""Metric to (1 + resamples,), the first on the cases as they are."""

CANCER = ("mel", "bcc", "akiec")
MELANOMA = "mel"


class Resampled:
    """What runs give on the test cases and on every resample of them.

    Args:
        target: (N,) class index of each case.
        classes: class codes in output order, melanoma and the other cancers among them.
        resamples: at least 1.
        seed: of the resamples.
        level: coverage of limits.

    Attributes:
        runs: figures of each run that was added.
    """

    def __init__(
        self,
        target: NDArray[np.intp],
        classes: Sequence[str],
        *,
        resamples: int = 1000,
        seed: int = 0,
        level: float = 0.95,
    ) -> None:
        self.target, self.classes = target, tuple(classes)
        self.level, self.resamples = level, resamples
        self.cases = np.arange(len(target)).astype(np.str_)
        drawn = draw_weights(self.cases, target, resamples=resamples, seed=seed)
        self._blocks = [np.ones((1, len(target))), *drawn]
        self._seeds = np.random.default_rng([seed, 1]).random((resamples, 64))
        self.runs: dict[Task, Draws] = {}

    def add(self, run: Task, probs: NDArray[np.float64]) -> None:
        """Compute every figure of one run from its probabilities (N, C)."""
        parts = [_weigh(weights, probs, self.target, self.classes) for weights in self._blocks]
        self.runs[run] = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}

    def seeds_of(self, number: int) -> tuple[int, ...]:
        """Seeds of an experiment's runs."""
        return tuple(sorted(run.seed for run in self.runs if run.number == number))

    def mean_over_seeds(
        self, metric: ExperimentMetric, number: int, seeds: Sequence[int]
    ) -> NDArray[np.float64]:
        """(1 + resamples,): the mean over the seeds, and over drawn seeds on each resample."""
        values = np.stack([self.runs[Task(number, seed)][metric] for seed in seeds])
        picked = np.minimum((self._seeds[:, : len(seeds)] * len(seeds)).astype(np.intp), len(seeds) - 1)
        drawn = np.take_along_axis(values[:, 1:].T, picked, axis=1).mean(axis=1)
        return np.concatenate([[values[:, 0].mean()], drawn])

    def figure(self, metric: ExperimentMetric, number: int) -> SeededFigure:
        """A figure of an experiment over all its seeds."""
        seeds = self.seeds_of(number)
        values = self.mean_over_seeds(metric, number, seeds)
        by_seed = tuple(float(self.runs[Task(number, seed)][metric][0]) for seed in seeds)
        return SeededFigure(self.interval(values, len(seeds)), by_seed)

    def difference(self, metric: ExperimentMetric, of: int, against: int) -> tuple[Interval, int]:
        """One experiment minus another on the seeds that both have, paired by case and seed; and how many.

        Raises:
            ValueError: they share no seed.
        """
        seeds = [seed for seed in self.seeds_of(of) if seed in self.seeds_of(against)]
        if not seeds:
            raise ValueError(f"experiments {of} and {against} share no seed")
        first, second = (self.mean_over_seeds(metric, number, seeds) for number in (of, against))
        return self.interval(first - second, len(seeds)), len(seeds)

    def interval(self, values: NDArray[np.float64], seeds: int) -> Interval:
        """Limits of (1 + resamples,) values."""
        found = interval_from_draws(float(values[0]), values[1:], self.cases, level=self.level)
        method = f"bootstrap of cases and of {seeds} seed{'s' if seeds != 1 else ''}, {self.resamples}"
        return Interval(found.value, found.low, found.high, found.level, found.n, method)


def _weigh(
    weights: NDArray[np.float64],
    probs: NDArray[np.float64],
    target: NDArray[np.intp],
    classes: tuple[str, ...],
) -> dict[ExperimentMetric, NDArray[np.float64]]:
    """Every figure of one run for (b, N) weights; each (b,)."""
    codes = list(classes)
    called = probs.argmax(axis=1)
    hit = (called == target).astype(np.float64)
    cancers = [codes.index(code) for code in CANCER]
    melanoma = target == codes.index(MELANOMA)
    is_cancer, calls_cancer = np.isin(target, cancers), np.isin(called, cancers).astype(np.float64)
    rankings = [Ranking(probs[:, place], target == place) for place in range(len(codes))]
    areas = np.stack([ranking.weigh(weights).roc_auc() for ranking in rankings])
    recalls = np.stack([_share(weights, hit, target == place) for place in range(len(codes))])
    return {
        "auc": areas.mean(axis=0),
        "melanoma_recall": _share(weights, hit, melanoma),
        "cancer_superclass": _share(weights, calls_cancer, is_cancer),
        "cancer_pooled": _share(weights, hit, is_cancer),
        "accuracy": weights @ hit / weights.sum(axis=1),
        "balanced_accuracy": recalls.mean(axis=0),
        "melanoma_auc": areas[codes.index(MELANOMA)],
    }


def _share(
    weights: NDArray[np.float64], hits: NDArray[np.float64], among: NDArray[np.bool_]
) -> NDArray[np.float64]:
    chosen = weights[:, among]
    return divide(chosen @ hits[among], chosen.sum(axis=1))
