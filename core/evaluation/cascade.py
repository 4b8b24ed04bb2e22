"""The thresholds of a cascade: the student decides what is clear, the teacher reads what is not."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from core.metrics.specificity_at_sensitivity import ROUNDING
from core.types import FLAG_NOBODY, TargetKind

STEPS = 40
"""Ends of the grey zone are looked for among this many quantiles of the student's probabilities."""

Array = NDArray[np.float64]


class _Grey(NamedTuple):
    """One grey zone with the teacher's threshold in it that reaches the aim."""

    gain: int
    cases: int
    low: float
    high: float
    teacher: float


def choose_cascade(
    student: Array,
    teacher: Array,
    truth: NDArray[np.bool_],
    *,
    kind: TargetKind,
    target: float,
    grey_limit: float,
) -> dict[str, float]:
    """Ends of the student's grey zone and the teacher's threshold inside it, for one aim on validation cases.

    A case below ``student_low`` is not flagged and one from ``student_high`` up is; those between are read by
    the teacher. Every grey zone between two quantiles of the student's probabilities that holds no more than
    ``grey_limit`` of the cases is tried, the empty one among them, each with the teacher's threshold that
    just reaches the target. The one with the best other rate is taken, of equal ones the smallest.

    Args:
        student, teacher: (N,) float in [0, 1].
        truth: (N,) bool, both classes there.
        kind, target: the rate to reach, a share in (0, 1].
        grey_limit: largest share of the cases that may be read by the teacher, in [0, 1].

    Returns:
        ``student_low``, ``student_high`` and ``teacher``; empty where no cascade reaches the target short of
        flagging everyone or nobody, as for a single network.

    Raises:
        ValueError: ``grey_limit`` is outside [0, 1].
    """
    if not 0 <= grey_limit <= 1:
        raise ValueError(f"grey_limit must lie in [0, 1], it is {grey_limit}")
    order = np.argsort(student, kind="stable")
    by_student, read, positive = student[order], teacher[order], truth[order]
    ends = np.append(
        np.unique(np.quantile(student, np.linspace(0, 1, STEPS + 1), method="lower")), FLAG_NOBODY
    )
    place = np.searchsorted(by_student, ends, side="left")
    most = int(grey_limit * truth.size + ROUNDING)
    fit = _spare_enough if kind == "specificity" else _find_enough
    best: _Grey | None = None
    for first in range(ends.size):
        for last in range(first, ends.size):
            cases = int(place[last] - place[first])
            if cases > most:
                break
            found = fit(read, positive, int(place[first]), int(place[last]), target)
            if found is None or _is_trivial(read, int(place[first]), int(place[last]), found[1]):
                continue
            grey = _Grey(found[0], cases, float(ends[first]), float(ends[last]), found[1])
            if best is None or (grey.gain, -grey.cases) > (best.gain, -best.cases):
                best = grey
    if best is None:
        return {}
    return {"student_low": best.low, "student_high": best.high, "teacher": best.teacher}


def _is_trivial(read: Array, first: int, last: int, threshold: float) -> bool:
    """Whether everyone is flagged, or nobody: from case ``last`` on, and of first..last by the teacher."""
    flagged = read.size - last + int(np.count_nonzero(read[first:last] >= threshold))
    return flagged in (0, read.size)


def _spare_enough(
    read: Array, positive: NDArray[np.bool_], first: int, last: int, specificity: float
) -> tuple[int, float] | None:
    """(positives found, the teacher's threshold) of grey cases first..last; None if too few are spared."""
    negatives = positive.size - int(positive.sum())
    may_flag = negatives - math.ceil(specificity * negatives - ROUNDING)
    may_flag -= int(np.count_nonzero(~positive[last:]))
    if may_flag < 0:
        return None
    grey, has_it = read[first:last], positive[first:last]
    alarms = np.sort(grey[~has_it])[::-1]
    above = grey[grey > alarms[may_flag]] if may_flag < alarms.size else grey
    threshold = float(above.min(initial=FLAG_NOBODY))
    return int(np.count_nonzero(positive[last:])) + int(
        np.count_nonzero(grey[has_it] >= threshold)
    ), threshold


def _find_enough(
    read: Array, positive: NDArray[np.bool_], first: int, last: int, sensitivity: float
) -> tuple[int, float] | None:
    """(negatives spared, the teacher's threshold) of grey cases first..last; None if too few are found."""
    must_find = math.ceil(sensitivity * int(positive.sum()) - ROUNDING) - int(
        np.count_nonzero(positive[last:])
    )
    grey, has_it = read[first:last], positive[first:last]
    hits = np.sort(grey[has_it])[::-1]
    if must_find > hits.size:
        return None
    threshold = float(hits[must_find - 1]) if must_find > 0 else FLAG_NOBODY
    return int(np.count_nonzero(~positive[:first])) + int(
        np.count_nonzero(grey[~has_it] < threshold)
    ), threshold
