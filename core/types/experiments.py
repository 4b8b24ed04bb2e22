"""What a suite of experiments gave: figures over seeds, training curves, and statements borne out or not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from core.types.base import Interval

FindingState = Literal["reproduced", "contradicted", "undecided"]

ExperimentMetric = Literal[
    "auc",
    "melanoma_recall",
    "cancer_superclass",
    "cancer_pooled",
    "accuracy",
    "balanced_accuracy",
    "melanoma_auc",
]
"""``"auc"``: one class against the rest, mean over classes. ``"melanoma_recall"``: share of melanomas whose
most probable class is melanoma. ``"cancer_superclass"`` and ``"cancer_pooled"``: both readings of the
sensitivity for melanoma, basal cell carcinoma and actinic keratosis together, see
:mod:`core.evaluation.positives`."""


@dataclass(frozen=True)
class SeededFigure:
    """A figure of one experiment.

    Attributes:
        interval: mean over the seeds; limits answer "other cases and other seeds".
        by_seed: value from each seed, in the order of the runs.
    """

    interval: Interval
    by_seed: tuple[float, ...]


@dataclass(frozen=True)
class EpochPoint:
    """One epoch of one run; the watched training images are judged plain, as the validation images are.

    Attributes:
        epoch: from 1.
        train_loss, val_loss: cross-entropy without weights or smoothing.
        train_accuracy, val_accuracy: in [0, 1].
    """

    epoch: int
    train_loss: float
    val_loss: float
    train_accuracy: float
    val_accuracy: float

    @property
    def gap(self) -> float:
        """Overfitting gap: validation minus training loss; above 0 the network knows its training images
        better than others."""
        return self.val_loss - self.train_loss


@dataclass(frozen=True)
class ExperimentRun:
    """One experiment from one seed.

    Attributes:
        seed: of everything random.
        seconds: wall-clock of training, whatever else the machine did.
        cpu_seconds: of the process, which hardly depends on that.
        curve: one point an epoch.
    """

    seed: int
    seconds: float
    cpu_seconds: float
    curve: tuple[EpochPoint, ...]


@dataclass(frozen=True)
class MeasuredExperiment:
    """One experiment over all its seeds.

    Attributes:
        number: in its suite.
        parameters: number of weights.
        macs: multiply-accumulate operations of one picture.
        figures: by :data:`ExperimentMetric`, on the test part.
        runs: by seed.
    """

    number: int
    parameters: int
    macs: int
    figures: Mapping[ExperimentMetric, SeededFigure]
    runs: tuple[ExperimentRun, ...]

    @property
    def seconds(self) -> float:
        """Mean wall-clock of a training."""
        return sum(run.seconds for run in self.runs) / len(self.runs)

    @property
    def cpu_seconds(self) -> float:
        """Mean processor time of a training, on one thread."""
        return sum(run.cpu_seconds for run in self.runs) / len(self.runs)


@dataclass(frozen=True)
class FindingResult:
    """A statement of the source, held against the runs.

    Attributes:
        id: in the suite.
        words: the statement.
        state: ``"undecided"`` where the limits hold both.
        working: the figures behind the verdict, whole sentences.
        difference: where the statement is about one.
    """

    id: str
    words: str
    state: FindingState
    working: str
    difference: Interval | None


@dataclass(frozen=True)
class SuiteResults:
    """Everything measured of one suite.

    Attributes:
        suite: name.
        data_sha256: of all pictures and their division, see :class:`core.experiments.bench.Bench`.
        classes: class codes in output order.
        n_train, n_val, n_test: pictures of each part.
        level, resamples: of the limits.
        versions: of the libraries.
        commit: of the code; empty where it is not known.
        experiments: by number.
        findings: in the order of the suite.
    """

    suite: str
    data_sha256: str
    classes: tuple[str, ...]
    n_train: int
    n_val: int
    n_test: int
    level: float
    resamples: int
    versions: Mapping[str, str]
    commit: str
    experiments: tuple[MeasuredExperiment, ...]
    findings: tuple[FindingResult, ...]

    def measured(self, number: int) -> MeasuredExperiment | None:
        """The experiment of a number; None where it has not been run."""
        return next((entry for entry in self.experiments if entry.number == number), None)


@dataclass(frozen=True)
class LeaderboardRow:
    """One experiment as the source prints it and as it was run again.

    Attributes:
        number, name, chapter: in the suite.
        origin: ``"ours"`` for a control that the source has not.
        changed, lesson, reading: see :class:`core.experiments.suite.Experiment`.
        builds_on: number of the experiment that it changes; None for the suite's base.
        reported: what the source prints, by metric; also ``"parameters"`` and ``"seconds"``.
        measured: what was measured here; None where it has not been run.
    """

    number: int
    name: str
    chapter: str
    origin: Literal["source", "ours"]
    changed: str
    lesson: str
    reading: str
    builds_on: int | None
    reported: Mapping[str, float]
    measured: MeasuredExperiment | None


@dataclass(frozen=True)
class RankColumn:
    """Ranks of the same experiments by one metric, 1 for the highest; equal ones share the better rank.

    Attributes:
        metric: what is ranked by.
        ranks: by number.
    """

    metric: ExperimentMetric
    ranks: Mapping[int, int]


@dataclass(frozen=True)
class CombinedCalls:
    """What two networks flag together on held-out cases, or one alone, at given thresholds.

    Attributes:
        sensitivity, specificity: with Wilson limits.
        flagged: share of all cases.
        second_reads: share of all cases that the second network has to read.
    """

    sensitivity: Interval
    specificity: Interval
    flagged: Interval
    second_reads: Interval
