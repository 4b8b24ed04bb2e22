"""Figures of every run on every resample of one part's cases, so that rows can be subtracted.

Each resample draws whole groups within the classes and, on its own, seeds, both with replacement and the same
ones for every row: limits answer "other cases and other seeds". With three seeds the share that is due to
training is known roughly at best; the figures of every seed are kept beside.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import cast

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from core.evaluation.estimates import MEASURED_TOO_HIGH
from core.evaluation.intervals import Limits, interval_from_draws, undefined_interval
from core.evaluation.resampling import draw_weights
from core.evaluation.weighted import WeightedMetrics, choose_function
from core.experiments.sweeps.record import SWEEP_METRICS, SweepMetric
from core.types import Interval, SeededFigure

Draws = Mapping[SweepMetric, NDArray[np.float64]]
"""Metric to (1 + resamples,), the first on the cases as they are: NaN where it has no value there."""

UNATTAINABLE = "unattainable: only flagging every case reaches this sensitivity"
MOST_SEEDS = 64


class Resampled:
    """What runs give on the cases of one part and on every resample of them.

    Args:
        target: (N,) class of each case; groups are drawn within classes.
        truth: (N,) bool, whether it is positive.
        groups: (N,) group of each case.
        resamples: at least 1.
        seed: of the resamples.
        level: coverage of limits.
    """

    def __init__(
        self,
        target: Sequence[str],
        truth: NDArray[np.bool_],
        groups: Sequence[str],
        *,
        resamples: int = 1000,
        seed: int = 0,
        level: float = 0.95,
    ) -> None:
        self.truth, self.groups = truth, np.asarray(groups)
        self.level, self.resamples = level, resamples
        self._blocks = list(draw_weights(groups, target, resamples=resamples, seed=seed))
        self._picks = np.random.default_rng([seed, 1]).random((resamples, MOST_SEEDS))
        self._runs: dict[tuple[str, int], Draws] = {}

    def add(self, row: str, seed: int, log_odds: NDArray[np.float64]) -> None:
        """Compute every figure of one run from its log-odds (N,) of the positive finding."""
        self.add_probs(row, seed, expit(log_odds.astype(np.float64)))

    def add_probs(self, row: str, seed: int, prob: NDArray[np.float64]) -> None:
        """:meth:`add`, from probabilities (N,) in [0, 1]."""
        weighted = WeightedMetrics(SWEEP_METRICS, prob, self.truth)
        parts = [weighted(block) for block in self._blocks]
        self._runs[row, seed] = {
            name: np.concatenate([[choose_function(name)(prob, self.truth)], *(part[name] for part in parts)])
            for name in SWEEP_METRICS
        }

    def seeds_of(self, row: str) -> tuple[int, ...]:
        """Seeds of a row's runs."""
        return tuple(sorted(seed for of_row, seed in self._runs if of_row == row))

    def figures(self, row: str) -> dict[SweepMetric, SeededFigure]:
        """Every figure of a row over all its seeds; empty where it has no run."""
        seeds = self.seeds_of(row)
        if not seeds:
            return {}
        return {name: self._figure(name, self._stack(name, row, seeds)) for name in SWEEP_METRICS}

    def difference(self, of: str, against: str) -> tuple[tuple[int, ...], dict[SweepMetric, SeededFigure]]:
        """One row minus another, paired by case and seed, and the seeds that both have.

        A row with one run alone, which was not trained for this sweep, is compared with every run of the
        other. Empty where there is no run to compare.
        """
        first, second = self.seeds_of(of), self.seeds_of(against)
        if len(second) == 1 and len(first) > 1:
            seeds = first
            pairs = [(of, seed, against, second[0]) for seed in seeds]
        else:
            seeds = tuple(seed for seed in first if seed in second)
            pairs = [(of, seed, against, seed) for seed in seeds]
        if not pairs:
            return (), {}
        return seeds, {
            name: self._figure(
                name,
                np.stack([self._runs[a, at][name] - self._runs[b, bt][name] for a, at, b, bt in pairs]),
                subtracted=True,
            )
            for name in SWEEP_METRICS
        }

    def _stack(self, name: SweepMetric, row: str, seeds: Sequence[int]) -> NDArray[np.float64]:
        return np.stack([self._runs[row, seed][name] for seed in seeds])

    def _figure(
        self, name: SweepMetric, values: NDArray[np.float64], *, subtracted: bool = False
    ) -> SeededFigure:
        """Mean over the seeds of (seeds, 1 + resamples), with limits."""
        count = len(values)
        by_seed = tuple(float(value) for value in values[:, 0])
        if not np.isfinite(values[:, 0]).all():
            return SeededFigure(undefined_interval(self.level, len(self.truth), UNATTAINABLE), by_seed)
        picked = np.minimum((self._picks[:, :count] * count).astype(np.intp), count - 1)
        drawn = np.take_along_axis(values[:, 1:].T, picked, axis=1).mean(axis=1)
        limits: Limits = "percentile"
        if name in MEASURED_TOO_HIGH:
            limits = "wider" if subtracted else "basic"
        bounds = (-1.0, 1.0) if subtracted else (0.0, 1.0)
        found = interval_from_draws(
            float(values[:, 0].mean()),
            drawn,
            cast("list[str]", self.groups),
            level=self.level,
            bounds=bounds,
            limits=limits,
        )
        unit = "cases" if len(np.unique(self.groups)) == len(self.groups) else "groups"
        method = f"bootstrap of {unit} and of {count} seed{'' if count == 1 else 's'}, {self.resamples}"
        if count == 1:
            method = f"bootstrap of {unit}, one seed, {self.resamples}"
        return SeededFigure(
            Interval(found.value, found.low, found.high, found.level, found.n, method), by_seed
        )
