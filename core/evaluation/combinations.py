"""Teacher and student read together, each way against a single network at matched specificity (DMN4)."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from core.errors import DataError
from core.evaluation.intervals import proportion_interval, undefined_interval
from core.evaluation.limits import Estimates, sum_limits
from core.evaluation.matched import Matched, match_specificity
from core.evaluation.strategies import STRATEGIES, choose_strategy, find_read_cases, flag_cases
from core.evaluation.thresholds import check_prevalence, count_groups
from core.metrics.base import check_fraction
from core.types import (
    SERVED_ROLES,
    Combination,
    CombinationTable,
    HeldOut,
    Interval,
    MatchedSensitivity,
    Role,
    Strategy,
    TargetKind,
)

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
GREY_LIMIT = 0.25


def compute_target_specificity(validation: HeldOut, student_threshold: float) -> float:
    """Specificity of the student at a threshold on validation cases: the default aim of a comparison."""
    negative = validation.positive_prob["student"][~validation.truth]
    return float(np.mean(negative < student_threshold)) if negative.size else float("nan")


def compare_combinations(
    validation: HeldOut,
    held_out: HeldOut,
    *,
    target: float,
    kind: TargetKind = "specificity",
    grey_limit: float = GREY_LIMIT,
    prevalence: float | None = None,
    resamples: int = 1000,
    level: float = 0.95,
    seed: int = 0,
) -> CombinationTable:
    """Every way of combining teacher and student, set on validation cases and measured on held-out ones.

    All thresholds of a strategy are chosen on validation cases so that the target is reached and the other
    rate is highest, see :func:`core.evaluation.strategies.choose_strategy`. On the held-out cases strategies
    then differ in both rates, so each is set against teacher and student at the very specificity it has
    there: their sensitivity is read off the ROC curve (straight lines between its points, the middle where it
    rises straight up), and the match is redone in every resample. In simulations of two equally good networks
    95 % limits of the gain held 0 in about 95 % of studies; at a specificity near 100 %, where the reading
    leans towards the single network, in 84 %.

    Args:
        validation: cases on which thresholds are chosen.
        held_out: cases on which everything is reported.
        target: the rate that every strategy is to reach, a share in (0, 1].
        kind: which rate that is.
        grey_limit: largest share of validation cases that the cascade may leave to the teacher.
        prevalence: at which the share of cases that the teacher reads is stated, in (0, 1); None is as the
            held-out cases are.
        resamples, level, seed: of the bootstrap; whole groups are drawn.

    Returns:
        CombinationTable; without a control there is no row for it. A strategy that cannot reach the target on
        validation cases has words in place of figures.

    Raises:
        DataError: teacher or student is missing.
        ValueError: target, prevalence, level or grey_limit out of range.
    """
    for cases in (validation, held_out):
        if missing := [role for role in SERVED_ROLES if role not in cases.roles]:
            raise DataError(
                cases.title,
                f"no probabilities of the {' and the '.join(missing)}",
                "Choose a pair whose held-out predictions have teacher and student",
            )
    if check_fraction("target", target) == 0:
        raise ValueError("target must be above 0")
    if prevalence is not None:
        check_prevalence(prevalence, 0.0)
    names = [
        n for n in STRATEGIES if n != "control" or {"control"} <= {*validation.roles} & {*held_out.roles}
    ]
    thresholds = {
        name: choose_strategy(
            name,
            validation.positive_prob,
            validation.truth,
            kind=kind,
            target=target,
            grey_limit=grey_limit,
        )
        for name in names
    }
    flags: dict[str, NDArray[np.bool_]] = {
        name: flag_cases(name, t, held_out.positive_prob) for name, t in thresholds.items() if t
    }
    matched: dict[tuple[str, str], Matched] = {}
    if flags and 0 < held_out.truth.sum() < held_out.n:
        singles: dict[str, NDArray[np.float64]] = {
            role: held_out.positive_prob[role] for role in SERVED_ROLES
        }
        matched = match_specificity(
            flags, singles, held_out.truth, held_out.groups, resamples=resamples, seed=seed
        )
    report = _Report(validation, held_out, level, prevalence, f"{100 * target:.3g} % {kind}", resamples)
    return CombinationTable(
        kind=kind,
        target=float(target),
        grey_limit=grey_limit,
        prevalence=prevalence,
        validation_n=validation.n,
        validation_positives=int(validation.truth.sum()),
        n=held_out.n,
        positives=int(held_out.truth.sum()),
        rows=tuple(report.describe(name, thresholds[name], matched) for name in names),
    )


class _Report:
    """Figures of one strategy after another on the same cases."""

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
        self._method = f"bootstrap by {unit}, {resamples}"

    def describe(
        self,
        name: Strategy,
        thresholds: Mapping[str, float],
        matched: Mapping[tuple[str, str], Matched],
    ) -> Combination:
        """One row of the table."""
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
        value = float(draws[0])
        low, high = np.quantile(draws[1:], [(1 - self._level) / 2, (1 + self._level) / 2])
        return Interval(
            value,
            min(float(low), value),
            max(float(high), value),
            self._level,
            self._held_out.n,
            self._method,
        )
