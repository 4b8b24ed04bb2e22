"""A student that is bigger or slower than its teacher is called so, and is never recommended in silence."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from core.figures.size_wording import describe_ground, describe_student, recommend, tabulate_sizes
from core.types import Interval, LatencyReport, NetworkSize, SizeAudit, StudentCost

TITLES = {"teacher": "Hybrid", "student": "MobileNetV3-Small", "second_student": "VGG16"}


def interval(value: float, half: float = 0.02) -> Interval:
    return Interval(value, value - half, value + half, 0.95, 200, "DeLong")


def network(role, parameters: int, ms: float | None = None, auc: float = 0.97) -> NetworkSize:
    latency = LatencyReport(role, ms, 2 * ms, ms, ms, 0.1, 15, 2, 1) if ms else None
    figures = {"roc_auc": interval(auc), "sensitivity": interval(0.9)}
    return NetworkSize(role, TITLES[role], parameters, 200_000_000, 224, 192, 2**21, latency, figures)


def audit(*students: StudentCost, between: float = 0.0, n: int = 200, ms: float | None = 10) -> SizeAudit:
    others = len(students) > 1
    return SizeAudit(
        pair="lung",
        title="Held-out slices" if n else "",
        n=n,
        groups=n // 2,
        networks=(
            network("teacher", 4_000_000, ms),
            *(network(student.role, round(4e6 * student.parameters), ms) for student in students),
        ),
        students=students,
        recommended="student",
        between={"roc_auc": interval(between)} if n and others else {},
    )


def cost(role="student", parameters=0.4, time: float | None = 0.23, *, auc: float = 0.0) -> StudentCost:
    return StudentCost(role, parameters, 0.2, 0.5, time, True, {"roc_auc": interval(auc)})


@pytest.mark.parametrize(
    ("student", "said"),
    [
        (
            cost("second_student", 4.2, 5.1),
            "The second student is bigger than its teacher (4.2 times the parameters) and slower than its "
            "teacher (5.1 times the time).",
        ),
        (
            cost(),
            "The student is smaller than its teacher (40\u00a0% of the parameters) and faster than its "
            "teacher (23\u00a0% of the time).",
        ),
        (
            cost(parameters=1.04, time=None),
            "The student is about as big as its teacher, and does less work than its teacher (20\u00a0% of "
            "the work); its time was not measured here.",
        ),
        (
            replace(cost(), time=2.5, steady=False),
            "The student is smaller than its teacher (40\u00a0% of the parameters), and does less work than "
            "its teacher (20\u00a0% of the work); its time here was too unsteady to judge (2.5 times the "
            "teacher's, on a busy machine).",
        ),
    ],
)
def test_size_and_speed_are_said_against_the_teacher(student: StudentCost, said: str) -> None:
    assert describe_student(student) == said


def test_the_recommended_student_is_named_with_the_reason_and_the_ground() -> None:
    text = recommend(audit(cost(), cost("second_student", 4.2, 5.1)))
    assert text.startswith(
        "**Use the student** (MobileNetV3-Small): it is smaller and faster than its teacher. The second "
        "student (VGG16) is bigger and slower than its teacher, so it saves nothing."
    )
    assert "On Held-out slices, n = 200: no difference between student and teacher is shown" in text
    assert "No difference between student and second student is shown (AUC 0.000 (−0.020 to +0.020))." in text


@pytest.mark.parametrize(
    ("parameters", "time", "words"),
    [
        (4.2, 5.1, "it is bigger and slower than its teacher"),
        (4.2, 0.5, "it is bigger but faster than its teacher"),
        (0.5, 1.5, "it is smaller but slower than its teacher"),
        (1.0, 1.5, "it is as big as and slower than its teacher"),
    ],
)
def test_a_student_that_saves_nothing_is_not_recommended_in_silence(parameters, time, words: str) -> None:
    text = recommend(audit(cost(parameters=parameters, time=time)))
    assert text.startswith("**No student here saves anything")
    assert f"although {words}" in text


def test_a_loss_against_the_teacher_is_said() -> None:
    text = recommend(audit(cost(auc=-0.05)))
    assert "the student reads less well than the teacher (AUC −0.050 (−0.070 to −0.030))" in text


def test_a_difference_without_limits_is_not_taken_for_equality() -> None:
    unknown = Interval(math.nan, math.nan, math.nan, 0.95, 4, "undefined: one class only")
    text = recommend(audit(StudentCost("student", 0.4, 0.2, 0.5, 0.3, True, {"roc_auc": unknown})))
    assert "cannot be told (AUC undefined: one class only)" in text


def test_the_table_holds_costs_and_figures_of_every_network() -> None:
    table = tabulate_sizes(audit(cost(), cost("second_student", 4.2, 5.1)))
    assert list(table) == ["", "Teacher", "Student", "Second student"]
    assert dict(zip(table[""], table["Second student"], strict=True)) == {
        "Network": "VGG16",
        "Parameters, million": "16.8",
        "Input, pixels": "192 × 224",
        "Multiplications for one picture, million": "200",
        "File, MiB": "2.0",
        "Time of a reading here, median": "10.0\u00a0ms",
        "95 of 100 readings take at most": "20.0\u00a0ms",
        "AUC": "0.97 (0.95–0.99)",
        "Sensitivity": "90.0\u00a0% (88.0–92.0)",
    }


def test_times_are_left_out_until_they_are_measured() -> None:
    found = audit(cost(time=None), n=0, ms=None)
    assert "Time of a reading here, median" not in tabulate_sizes(found)[""]
    assert "accuracy was not compared" in describe_ground(found)
    assert "less work to run than its teacher" in recommend(found)
    assert "Accuracy was not compared" in recommend(found)


def test_the_ground_says_how_times_and_figures_were_measured() -> None:
    words = describe_ground(audit(cost()))
    assert "15 readings of one picture by each network, taking turns, one thread" in words
    assert "Held-out slices, n = 200 cases in 100 independent groups" in words
