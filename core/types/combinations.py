"""Two networks read together: what each way of combining them finds, spares and costs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from core.types.base import Interval, Role

Strategy = Literal["teacher", "student", "control", "either", "both", "mean", "max", "cascade"]
"""One network alone, or teacher and student together: flagged if either, or if both flag; by the mean or the
maximum of their probabilities; or the student first, and the teacher where the student is in doubt."""

TargetKind = Literal["specificity", "sensitivity"]


@dataclass(frozen=True)
class MatchedSensitivity:
    """A single network at the very specificity that a strategy has on the held-out cases.

    Attributes:
        against: the single network.
        sensitivity: read off its ROC curve at that specificity: straight lines between the curve's points,
            and the middle where it rises straight up.
        difference: the strategy's sensitivity minus this one, paired limits; above 0 the strategy is better.
    """

    against: Role
    sensitivity: Interval
    difference: Interval


@dataclass(frozen=True)
class Combination:
    """One strategy, its thresholds chosen on validation cases, its figures from held-out cases.

    Attributes:
        name: the strategy.
        title: for a table.
        thresholds: what is compared with what: a role, ``"mean"``, ``"max"``, or for the cascade
            ``"student_low"``, ``"student_high"`` and ``"teacher"``. Empty where there are none.
        problem: in words why there are no thresholds; empty where there are.
        validation_sensitivity, validation_specificity: on the cases on which the thresholds were chosen, so
            flattered.
        sensitivity, specificity: on held-out cases.
        teacher_reads: share of cases that the teacher has to read.
        matched: against single networks at the same held-out specificity; never a network against itself.
    """

    name: Strategy
    title: str
    thresholds: Mapping[str, float]
    problem: str
    validation_sensitivity: Interval
    validation_specificity: Interval
    sensitivity: Interval
    specificity: Interval
    teacher_reads: Interval
    matched: tuple[MatchedSensitivity, ...]


@dataclass(frozen=True)
class CombinationTable:
    """Every strategy for one aim.

    Attributes:
        kind, target: the rate that every strategy was set to reach on validation cases, a share.
        grey_limit: largest share of validation cases that a cascade may leave to the teacher.
        prevalence: at which ``teacher_reads`` is stated; None is as the held-out cases are.
        validation_n, validation_positives, n, positives: cases, and how many are positive.
        rows: one a strategy.
    """

    kind: TargetKind
    target: float
    grey_limit: float
    prevalence: float | None
    validation_n: int
    validation_positives: int
    n: int
    positives: int
    rows: tuple[Combination, ...]
