"""Which cases change sides when the student replaces its teacher, and what that costs in 1,000."""

from __future__ import annotations

import dataclasses

import numpy as np
from numpy.typing import NDArray

from core.evaluation.mcnemar import paired_share_interval
from core.types import Change, ChangedCase, ChangedCases, HeldOut, Interval, OperatingPoint

_ORDER: tuple[Change, ...] = ("lost_positive", "gained_positive", "false_alarm_added", "false_alarm_spared")


def list_changed_cases(
    held_out: HeldOut, teacher: OperatingPoint, student: OperatingPoint, *, level: float = 0.95
) -> ChangedCases:
    """List the cases that only one of teacher and student flags, each at its own threshold.

    Args:
        held_out: reported cases of both roles.
        teacher, student: the operating points, chosen on validation cases.
        level: coverage of the limits of the net figures.

    Returns:
        ChangedCases; net figures are per 1,000 cases of the data's own mixture.
    """
    of_teacher, of_student = held_out.positive_prob["teacher"], held_out.positive_prob["student"]
    by_teacher, by_student = of_teacher >= teacher.threshold, of_student >= student.threshold
    truth = held_out.truth
    where: dict[Change, NDArray[np.bool_]] = {
        "lost_positive": truth & by_teacher & ~by_student,
        "gained_positive": truth & ~by_teacher & by_student,
        "false_alarm_added": ~truth & ~by_teacher & by_student,
        "false_alarm_spared": ~truth & by_teacher & ~by_student,
    }
    by_size = np.argsort(-np.abs(of_teacher - of_student), kind="stable")
    cases = [
        ChangedCase(
            str(held_out.image_ids[index]),
            str(held_out.target[index]),
            change,
            float(of_teacher[index]),
            float(of_student[index]),
        )
        for change in _ORDER
        for index in by_size[where[change][by_size]]
    ]
    groups = len(np.unique(held_out.groups))
    counts = {change: int(chosen.sum()) for change, chosen in where.items()}
    found = paired_share_interval(
        counts["gained_positive"], counts["lost_positive"], held_out.n, groups, level=level
    )
    alarms = paired_share_interval(
        counts["false_alarm_added"], counts["false_alarm_spared"], held_out.n, groups, level=level
    )
    return ChangedCases(tuple(cases), _per_1000(found), _per_1000(alarms))


def _per_1000(share: Interval) -> Interval:
    return dataclasses.replace(
        share,
        value=share.value * 1000,
        low=share.low * 1000,
        high=share.high * 1000,
        method=f"per 1,000 cases, {share.method}",
    )
