"""One row of the table of combinations: its figures with limits, or in words why there are none."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from core.evaluation.intervals import (
    TOO_FEW_GROUPS,
    has_too_few_groups,
    proportion_interval,
    undefined_interval,
)
from core.evaluation.limits import Estimates, sum_limits
from core.evaluation.matched import Matched
from core.evaluation.strategies import find_read_cases, flag_cases
from core.evaluation.thresholds import count_groups
from core.types import SERVED_ROLES, Combination, HeldOut, Interval, MatchedSensitivity, Role, Strategy

TITLES: Mapping[Strategy, str] = {
    "teacher": "Teacher alone",
    "student": "Student alone",
    "control": "Control alone",
    "either": "Either flags (OR)",
    "both": "Both flag (AND)",
    "mean": "Mean of the probabilities",
    "max": "Maximum of the probabilities",
    "cascade": "Cascade: student, teacher if in doubt",
}


class CombinationReport:
    """Figures of one strategy after another on the same cases.

    Args:
        validation, held_out: cases on which thresholds were chosen, and those that are reported on.
        level: coverage of the limits.
        prevalence: at which the share of cases that the teacher reads is stated; None is as they are.
        aim: for example ``"80 % specificity"``, for the words where it is not attainable.
        resamples: behind the limits of a match.
    """

    def __init__(
        self,
        validation: HeldOut,
        held_out: HeldOut,
        level: float,
        prevalence: float | None,
        aim: str,
        resamples: int,
    ) -> None:
        self._validation, self._held_out, self._level = validation, held_out, level
        self._prevalence, self._aim = prevalence, aim
        unit = "case" if count_groups(held_out.groups) == held_out.n else "group"
        self._too_few = has_too_few_groups(held_out.groups, held_out.truth)
        self._method = f"bootstrap by {unit}, {resamples}"

    def describe(
        self,
        name: Strategy,
        thresholds: Mapping[str, float],
        matched: Mapping[tuple[str, str], Matched],
    ) -> Combination:
        """One row of the table; ``matched`` has what was drawn for (strategy, single network)."""
        others = [role for role in SERVED_ROLES if role != name]
        if not thresholds:
            problem = self._explain()
            none = undefined_interval(self._level, self._held_out.n, problem)
            against = tuple(MatchedSensitivity(role, none, none) for role in others)
            return Combination(name, TITLES[name], {}, problem, none, none, none, none, none, against)
        return Combination(
            name,
            TITLES[name],
            thresholds,
            "",
            *self._rates(self._validation, name, thresholds),
            *self._rates(self._held_out, name, thresholds),
            self._share_read(name, thresholds),
            tuple(self._match(matched.get((name, role)), role) for role in others),
        )

    def _explain(self) -> str:
        cases = self._validation
        if 0 < cases.truth.sum() < cases.n:
            return f"{self._aim} is not attainable on the {cases.n} validation cases"
        return f"the {cases.n} validation cases are of one class, so no threshold can be chosen"

    def _rates(
        self, cases: HeldOut, name: Strategy, thresholds: Mapping[str, float]
    ) -> tuple[Interval, Interval]:
        flagged = flag_cases(name, thresholds, cases.positive_prob)
        return (
            proportion_interval(flagged, cases.truth, cases.groups, self._level),
            proportion_interval(~flagged, ~cases.truth, cases.groups, self._level),
        )

    def _share_read(self, name: Strategy, thresholds: Mapping[str, float]) -> Interval:
        cases, level = self._held_out, self._level
        read = find_read_cases(name, thresholds, cases.positive_prob)
        if name != "cascade":
            share = float(name not in ("student", "control"))
            return Interval(share, share, share, level, cases.n, "by design")
        if self._prevalence is None:
            return proportion_interval(read, np.ones(cases.n, dtype=np.bool_), cases.groups, level)
        parts = [
            proportion_interval(read, among, cases.groups, level) for among in (cases.truth, ~cases.truth)
        ]
        if not all(part.defined for part in parts):
            return undefined_interval(level, cases.n, "undefined: one class only")
        shares = [Estimates(*map(np.array, (part.value, part.low, part.high))) for part in parts]
        both = sum_limits(shares[0].times(self._prevalence), shares[1].times(1 - self._prevalence))
        low, high = np.clip([both.low, both.high], 0, 1)
        return Interval(
            float(both.value), float(low), float(high), level, cases.n, "MOVER of two Wilson limits"
        )

    def _match(self, found: Matched | None, role: Role) -> MatchedSensitivity:
        if found is None:
            none = undefined_interval(self._level, self._held_out.n, "undefined: one class only")
            return MatchedSensitivity(role, none, none)
        return MatchedSensitivity(role, self._summarise(found.single), self._summarise(found.gain))

    def _summarise(self, draws: NDArray[np.float64]) -> Interval:
        value, n = float(draws[0]), self._held_out.n
        if self._too_few:
            return Interval(value, math.nan, math.nan, self._level, n, TOO_FEW_GROUPS)
        low, high = np.quantile(draws[1:], [(1 - self._level) / 2, (1 + self._level) / 2])
        return Interval(
            value,
            min(float(low), value),
            max(float(high), value),
            self._level,
            n,
            self._method,
        )
