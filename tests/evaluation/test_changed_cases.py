"""Every case that changes sides is listed once, under the right heading."""

from __future__ import annotations

import numpy as np
import pytest

from core.evaluation.changed_cases import list_changed_cases
from tests.evaluation.cases_factory import make_held_out, make_points


def test_four_cases_by_hand():
    held_out = make_held_out(6, roles=("teacher", "student"))  # mel nv bcc mel nv bcc
    held_out.positive_prob["teacher"][:] = [0.9, 0.9, 0.1, 0.1, 0.1, 0.8]
    held_out.positive_prob["student"][:] = [0.2, 0.3, 0.7, 0.6, 0.1, 0.8]
    points = make_points({"teacher": 0.5, "student": 0.5})
    found = list_changed_cases(held_out, points["teacher"], points["student"])
    listed = [(case.image_id, case.target, case.change) for case in found.cases]
    assert listed == [
        ("case_000", "mel", "lost_positive"),
        ("case_003", "mel", "gained_positive"),
        ("case_002", "bcc", "false_alarm_added"),
        ("case_001", "nv", "false_alarm_spared"),
    ]
    assert (found.cases[0].teacher_prob, found.cases[0].student_prob) == (0.9, 0.2)
    assert found.net_found.value == found.net_alarms.value == 0
    assert found.net_found.low == pytest.approx(-found.net_found.high) and found.net_found.high > 200


def test_counts_and_net_figures_agree_with_the_thresholds():
    held_out, points = make_held_out(300), make_points({"teacher": 0.5, "student": 0.35})
    found = list_changed_cases(held_out, points["teacher"], points["student"])
    teacher = held_out.positive_prob["teacher"] >= 0.5
    student = held_out.positive_prob["student"] >= 0.35
    assert len(found.cases) == int((teacher != student).sum())
    assert len({case.image_id for case in found.cases}) == len(found.cases)
    truth = held_out.truth
    gained = int(student[truth].sum()) - int(teacher[truth].sum())
    alarms = int(student[~truth].sum()) - int(teacher[~truth].sum())
    assert found.net_found.value == pytest.approx(gained / 300 * 1000)
    assert found.net_alarms.value == pytest.approx(alarms / 300 * 1000)
    assert found.count("gained_positive") - found.count("lost_positive") == gained
    lost = [
        abs(case.teacher_prob - case.student_prob)
        for case in found.cases
        if case.change == "false_alarm_added"
    ]
    assert lost == sorted(lost, reverse=True)


def test_a_case_on_the_threshold_is_flagged():
    held_out = make_held_out(6, roles=("teacher", "student"))
    held_out.positive_prob["teacher"][:] = 0.5
    held_out.positive_prob["student"][:] = np.nextafter(0.5, 0)
    points = make_points({"teacher": 0.5, "student": 0.5})
    found = list_changed_cases(held_out, points["teacher"], points["student"])
    assert found.count("lost_positive") == 2 and found.count("false_alarm_spared") == 4
