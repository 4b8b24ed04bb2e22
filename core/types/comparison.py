"""What a comparison of student, teacher and control on the same cases gives."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from core.types.base import Interval, OperatingPoint, Role

Against = Literal["teacher", "control"]
"""Whom the student is compared with."""

MarginState = Literal["better", "not_worse", "worse", "cannot_tell", "undefined"]
"""Where the limits of a difference lie: above 0; above minus the margin; below it; across it; nowhere."""


@dataclass(frozen=True)
class AucComparison:
    """Two ROC-AUCs on the same cases.

    Attributes:
        first, second: the two areas, in [0, 1].
        difference: first minus second with paired limits, in [-1, 1].
        z, p: normal deviate and two-sided p of no difference; NaN where there is no spread to test against.
        state: ``"identical"`` where both networks rank the cases alike throughout, so that nothing can
            differ; ``"no_limits"`` where the areas are defined and their spread is not (fewer than
            two groups of a kind, or no spread at all); ``"undefined"`` with one class only.
    """

    first: Interval
    second: Interval
    difference: Interval
    z: float
    p: float
    state: Literal["ok", "identical", "no_limits", "undefined"]


@dataclass(frozen=True)
class FoundTable:
    """Who judged which cases rightly, each network at its own threshold.

    Attributes:
        among: ``"positives"`` (right means flagged), ``"negatives"`` (right means left alone), or ``"all"``.
        both, only_first, only_second, neither: numbers of cases judged rightly.
        groups: number of groups among the cases; below the number of cases, some are not independent.
        difference: share judged rightly by the first minus that by the second, with paired limits.
        exact_p, mid_p: McNemar's tests of no difference, two-sided; NaN without cases.
    """

    among: Literal["positives", "negatives", "all"]
    both: int
    only_first: int
    only_second: int
    neither: int
    groups: int
    difference: Interval
    exact_p: float
    mid_p: float

    @property
    def n(self) -> int:
        """Number of cases."""
        return self.both + self.only_first + self.only_second + self.neither


@dataclass(frozen=True)
class NonInferiority:
    """Whether a loss up to a margin can be ruled out.

    Attributes:
        measure: ``"roc_auc"`` or ``"sensitivity"``.
        margin: the largest loss that is put up with, above 0.
        difference: student minus teacher with two-sided limits; the lower one is the one-sided limit of half
            the remaining level (97.5 % for 95 %).
        state: see :data:`MarginState`.
        cases_needed: where it cannot be told, roughly how many cases like these would settle it with 80 %
            certainty were the networks truly equal; None elsewhere, and where as many were measured.
    """

    measure: Literal["roc_auc", "sensitivity"]
    margin: float
    difference: Interval
    state: MarginState
    cases_needed: int | None = None


@dataclass(frozen=True)
class Verdict:
    """Whether the student may replace its teacher, and whether the teacher's lessons helped.

    Attributes:
        replace: ``"yes"`` only if no margin is shown to be exceeded and both losses are ruled out; ``"no"``
            if either is shown to exceed its margin.
        taught: what the student's ROC-AUC minus the control's says.
        auc, sensitivity: the two tests that ``replace`` rests on.
        control_difference: student minus control, ROC-AUC; None where no control was measured.
    """

    replace: Literal["yes", "no", "cannot_tell", "undefined"]
    taught: Literal["helped", "harmed", "not_shown", "no_control", "undefined"]
    auc: NonInferiority
    sensitivity: NonInferiority
    control_difference: Interval | None


@dataclass(frozen=True)
class MetricDifference:
    """Student minus another network in one metric.

    Attributes:
        metric: registry name.
        against: whom the student is compared with.
        difference: in the metric's own direction; for an error, below 0 favours the student.
        higher_is_better: the metric's direction.
    """

    metric: str
    against: Against
    difference: Interval
    higher_is_better: bool


@dataclass(frozen=True)
class Comparison:
    """The student against its teacher and its control on one set of held-out cases.

    Attributes:
        dataset, title, n, positives: the cases, and how many of them are positive.
        groups: number of independent groups among them.
        points: role to the operating point it was judged at, chosen on validation cases.
        aucs: whom the student was compared with to both areas, the student's first.
        tables: whom it was compared with to the three tables (positives, negatives, all), the student first.
        differences: every metric, in the order of a figure.
        verdict: what follows.
    """

    dataset: str
    title: str
    n: int
    positives: int
    groups: int
    points: Mapping[Role, OperatingPoint]
    aucs: Mapping[Against, AucComparison]
    tables: Mapping[Against, tuple[FoundTable, FoundTable, FoundTable]]
    differences: tuple[MetricDifference, ...]
    verdict: Verdict


@dataclass(frozen=True)
class CalibrationComparison:
    """One calibration figure of every network, either as trained or after temperature scaling.

    Attributes:
        metric: ``"ece"``, ``"brier"`` or ``"nll"``; lower is better.
        stage: ``"as_trained"`` with every temperature undone, ``"scaled"`` with every network's own applied.
        values: role to the figure.
        differences: whom the student is compared with to student minus other; below 0 favours the student.
    """

    metric: str
    stage: Literal["as_trained", "scaled"]
    values: Mapping[Role, float]
    differences: Mapping[Against, Interval]


Change = Literal["lost_positive", "gained_positive", "false_alarm_added", "false_alarm_spared"]
"""Student against teacher: a positive it misses, one it finds, a negative it flags, one it leaves alone."""


@dataclass(frozen=True)
class ChangedCase:
    """One case on which teacher and student fall on different sides of their thresholds.

    Attributes:
        image_id, target: the publisher's id and the class code of the truth.
        change: see :data:`Change`.
        teacher_prob, student_prob: positive probabilities in [0, 1].
    """

    image_id: str
    target: str
    change: Change
    teacher_prob: float
    student_prob: float


@dataclass(frozen=True)
class ChangedCases:
    """Every case that changes sides when the student replaces its teacher.

    Attributes:
        cases: the largest change of probability first, within each kind of change.
        net_found: positives found by the student only minus those by the teacher only, per 1,000 cases of
            this mixture, with limits.
        net_alarms: the same of false alarms; above 0 the student raises more.
    """

    cases: tuple[ChangedCase, ...]
    net_found: Interval
    net_alarms: Interval

    def count(self, change: Change) -> int:
        """How many cases changed in that way."""
        return sum(case.change == change for case in self.cases)


@dataclass(frozen=True)
class Subgroup:
    """The comparison among some of the cases; exploratory, so it has no p-value.

    Attributes:
        kind: what the cases were divided by; ``"positive_finding"`` is one positive class and every case that
            is not positive, ``"other_finding"`` one other class and every positive case.
        label: which part, for example ``"60 and older"``; for a finding, its class code.
        n, positives: counts.
        state: ``"too_few"`` where the guard on the least number of cases leaves the figures out.
        aucs, sensitivities: role to figure; empty where there are too few cases.
        auc_difference, sensitivity_difference: student minus teacher; undefined where there are too few.
    """

    kind: Literal["age", "sex", "site", "positive_finding", "other_finding"]
    label: str
    n: int
    positives: int
    state: Literal["ok", "too_few"]
    auc_difference: Interval
    sensitivity_difference: Interval
    aucs: Mapping[Role, Interval] = field(default_factory=dict)
    sensitivities: Mapping[Role, Interval] = field(default_factory=dict)


@dataclass(frozen=True)
class ReportedPair:
    """Figures of a teacher and its student as somebody else printed them, on other data.

    Attributes:
        citation: where they were printed.
        data: on what they were measured, and on what machine.
        figures: key of a row to (teacher, student), in the units of :class:`CompressionRow`.
    """

    citation: str
    data: str
    figures: Mapping[str, tuple[float, float]]


@dataclass(frozen=True)
class CompressionRow:
    """One row of the table of retention and compression.

    Attributes:
        key: ``"roc_auc"``, ``"pr_auc"``, ``"ece"``, ``"parameters"``, ``"macs"``, ``"onnx_mb"`` or
            ``"latency_ms"``.
        teacher, student: measured values; NaN where not measured.
        ratio: student over teacher, with limits where the values are estimates.
        reported: (teacher, student) of the source document, None where it prints none.
    """

    key: str
    teacher: float
    student: float
    ratio: Interval
    reported: tuple[float, float] | None
