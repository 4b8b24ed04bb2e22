"""Any two runs of a suite read together (DMN4): the first stands for the one that reads first.

They are put in the places of student (the first reader) and teacher (the second), so that everything that
the pages say of combining a pair (:mod:`core.evaluation.combinations`) holds for them too.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

import numpy as np

from core.evaluation.intervals import proportion_interval
from core.evaluation.strategies import find_read_cases, flag_cases
from core.experiments.store import StoredSuite
from core.experiments.tasks import Task
from core.types import CombinedCalls, HeldOut, Strategy


def hold_out(
    stored: StoredSuite,
    first: Task,
    second: Task,
    *,
    part: Literal["val", "test"],
    positives: Sequence[str],
    title: str,
) -> HeldOut:
    """Cases of a part with what both runs say of them.

    Args:
        stored: results of the suite.
        first: takes the place of the student, who reads first.
        second: takes the place of the teacher.
        part: ``"val"`` to choose thresholds on, ``"test"`` to report.
        positives: class codes that count as positive together.
        title: of the cases, for headings.

    Raises:
        DataError: a run is not in the results.
    """
    classes = stored.results.classes
    target = np.asarray(classes)[stored.target(part)]
    member = np.isin(classes, tuple(positives))
    probs = {
        "teacher": stored.probs(second.number, second.seed, part),
        "student": stored.probs(first.number, first.seed, part),
    }
    names = np.array([f"{part}_{index:05d}" for index in range(len(target))])
    return HeldOut(
        title=title,
        dataset=stored.results.suite,
        split=part,
        classes=classes,
        positives=tuple(positives),
        image_ids=names,
        groups=names,
        target=target,
        truth=np.isin(target, tuple(positives)),
        probs=probs,  # type: ignore[arg-type]
        positive_prob={role: of_role[:, member].sum(axis=1) for role, of_role in probs.items()},  # type: ignore[misc]
        metadata={},
    )


def call_cases(
    held_out: HeldOut, strategy: Strategy, thresholds: Mapping[str, float], *, level: float = 0.95
) -> CombinedCalls:
    """What a strategy flags at thresholds set by hand.

    Args:
        held_out: of :func:`hold_out`.
        strategy: see :data:`core.types.Strategy`; ``"student"`` is the first run alone.
        thresholds: see :class:`core.types.Combination`.
        level: of the limits.
    """
    flags = flag_cases(strategy, thresholds, held_out.positive_prob)
    reads = find_read_cases(strategy, thresholds, held_out.positive_prob)
    everyone, groups = np.ones(held_out.n, dtype=bool), held_out.groups
    return CombinedCalls(
        sensitivity=proportion_interval(flags, held_out.truth, groups, level),
        specificity=proportion_interval(~flags, ~held_out.truth, groups, level),
        flagged=proportion_interval(flags, everyone, groups, level),
        second_reads=proportion_interval(reads, everyone, groups, level),
    )
