"""What networks cost against their teacher, and which student is recommended."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from core.bundle import Pair
from core.evaluation.delong import compare_auc
from core.evaluation.size_audit import audit_sizes
from core.types import HeldOut, LatencyReport
from tests.evaluation.cases_factory import make_held_out

ROLES = ("teacher", "student", "second_student")
SIZES = {"teacher": (1000, 10_000), "student": (400, 2_000), "second_student": (4200, 50_000)}


def make_pair(base: Pair, **sizes: tuple[int, int]) -> Pair:
    """The small pair as if its networks had these parameters and multiply-accumulates."""
    entries = {"second_student": base.network("student"), **base.card.networks}
    networks = {
        role: entries[role].model_copy(update={"parameters": parameters, "macs": macs})
        for role, (parameters, macs) in {**SIZES, **sizes}.items()
    }
    return Pair(base.card.model_copy(update={"networks": networks}), base.folder)


def timed(**medians: float) -> dict[str, LatencyReport]:
    return {
        role: LatencyReport(role, ms, ms * 1.2, ms, ms * 2, 0.1, 15, 2, 1) for role, ms in medians.items()
    }


def swap(cases: HeldOut, **sources: str) -> HeldOut:
    """The same cases with one role's answers taken from another."""
    return replace(
        cases,
        probs={**cases.probs, **{to: cases.probs[source] for to, source in sources.items()}},
        positive_prob={
            **cases.positive_prob,
            **{to: cases.positive_prob[source] for to, source in sources.items()},
        },
    )


def test_ratios_are_the_student_s_over_the_teacher_s(pair: Pair) -> None:
    found = audit_sizes(make_pair(pair), latency=timed(teacher=10, student=4, second_student=51))
    small, large = found.students
    assert (small.role, small.parameters, small.macs, small.time) == ("student", 0.4, 0.2, 0.4)
    assert (large.role, large.parameters, large.macs, large.time) == ("second_student", 4.2, 5.0, 5.1)
    assert small.bytes == pair.size_bytes("student") / pair.size_bytes("teacher")
    assert (small.bigger, small.slower, small.saves) == (False, False, True)
    assert (large.bigger, large.slower, large.saves) == (True, True, False)
    assert found.recommended == "student"
    assert [network.role for network in found.networks] == list(ROLES)
    assert (found.n, found.between, small.differences) == (0, {}, {})


def test_work_judges_speed_where_no_time_was_measured(pair: Pair) -> None:
    _, large = audit_sizes(make_pair(pair, second_student=(900, 50_000))).students
    assert large.time is None and large.slower and not large.bigger


def test_a_measured_time_outweighs_the_work(pair: Pair) -> None:
    latency = timed(teacher=10, student=30, second_student=9)
    found = audit_sizes(make_pair(pair, second_student=(900, 50_000)), latency=latency)
    assert found.student("student").slower and not found.student("second_student").slower
    assert found.recommended == "second_student"


@pytest.mark.parametrize(("spread", "slower"), [(0.05, True), (0.19, False), (0.5, False)])
def test_times_that_overlap_or_come_from_a_busy_machine_do_not_judge(pair: Pair, spread, slower) -> None:
    latency = {
        role: replace(report, spread=spread)
        for role, report in timed(teacher=10, student=11.5, second_student=51).items()
    }
    student = audit_sizes(make_pair(pair), latency=latency).student("student")
    assert student.time == pytest.approx(1.15)
    assert (student.steady, student.slower) == (slower, slower)


def test_within_five_per_cent_is_neither_bigger_nor_slower(pair: Pair) -> None:
    found = audit_sizes(make_pair(pair, student=(1050, 10_400)))
    assert found.student("student").saves


def test_equally_good_students_leave_it_to_cost(pair: Pair) -> None:
    cases = make_held_out(roles=(*ROLES, "control"))
    costly = make_pair(pair, second_student=(900, 5_000))
    cheap = make_pair(pair, second_student=(300, 1_000))
    assert audit_sizes(costly, cases).recommended == "student"
    found = audit_sizes(cheap, cases)
    assert found.recommended == "second_student"
    interval = found.between["roc_auc"]
    assert interval.low < 0 < interval.high
    probs = cases.positive_prob
    expected = compare_auc(probs["second_student"], probs["student"], cases.truth, cases.groups)
    assert interval == expected.difference


def test_a_better_student_that_saves_too_is_recommended_though_it_costs_more(pair: Pair) -> None:
    cases = swap(make_held_out(roles=(*ROLES, "control")), second_student="teacher", student="control")
    found = audit_sizes(make_pair(pair, second_student=(900, 9_000)), cases)
    assert found.recommended == "second_student"
    assert found.between["roc_auc"].low > 0


def test_a_better_student_that_saves_nothing_is_not_recommended(pair: Pair) -> None:
    cases = swap(make_held_out(roles=(*ROLES, "control")), second_student="teacher", student="control")
    found = audit_sizes(make_pair(pair), cases)
    assert found.recommended == "student"
    assert found.between["roc_auc"].high < 0


def test_accuracy_counts_cases_whose_class_is_right(pair: Pair) -> None:
    cases = make_held_out(roles=ROLES, repeated=True)
    found = audit_sizes(make_pair(pair), cases)
    right = {
        role: np.mean(np.array(cases.classes)[cases.probs[role].argmax(axis=1)] == cases.target)
        for role in ROLES
    }
    difference = found.student("student").differences["accuracy_top1"]
    assert difference.value == pytest.approx(right["student"] - right["teacher"])
    assert (found.n, found.groups) == (240, 120) and "120 groups" in difference.method


def test_accuracy_is_left_out_where_a_class_has_no_case(pair: Pair) -> None:
    cases = replace(make_held_out(roles=ROLES), classes=("mel", "nv", "bcc", "df"))
    found = audit_sizes(make_pair(pair), cases)
    assert set(found.student("student").differences) == {"roc_auc"}


def test_figures_are_the_card_s_for_the_card_s_question_only(pair: Pair) -> None:
    cases = replace(make_held_out(roles=ROLES), dataset="isic2017_test")
    own = audit_sizes(make_pair(pair), cases).network("teacher")
    assert own.figures["roc_auc"].value == 0.86
    other = audit_sizes(make_pair(pair), replace(cases, positives=("mel", "bcc"))).network("teacher")
    assert other.figures == {}


@pytest.mark.parametrize("lacking", ["held_out", "latency"])
def test_a_role_that_was_not_measured_is_named(pair: Pair, lacking: str) -> None:
    given = {
        "held_out": {"held_out": make_held_out(roles=("teacher", "student"))},
        "latency": {"latency": timed(teacher=10, student=4)},
    }
    with pytest.raises(ValueError, match=f"{lacking} lacks second_student"):
        audit_sizes(make_pair(pair), **given[lacking])
