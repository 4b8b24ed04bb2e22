"""Figures of every class and the confusion matrix: by hand, by scikit-learn, and undefined."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binomtest
from sklearn.metrics import precision_recall_fscore_support

from core.bundle import load_pair
from core.evaluation.estimates import evaluate_metric
from core.evaluation.held_out import list_held_out, load_held_out
from core.evaluation.intervals import TOO_FEW_GROUPS
from core.evaluation.per_class import (
    NEVER_CALLED,
    NO_CASE,
    NO_SPREAD,
    report_classes,
    report_held_out,
)
from core.evaluation.report import evaluate_role
from core.metrics.base import METRICS
from core.types import ClassReport
from tests.held_out_factory import draw_cases

CODES = ("none", "mild", "severe")


def report(truth: list[int], called: list[int], groups: list[int] | None = None, **options) -> ClassReport:
    probs = np.eye(3)[called] * 0.7 + 0.1
    target = [CODES[place] for place in truth]
    return report_classes(
        probs, target, groups or range(len(truth)), classes=CODES, **{"resamples": 60, **options}
    )


def test_by_hand() -> None:
    found = report([0] * 5 + [1] * 4 + [2] * 3, [0, 0, 0, 0, 1, 0, 0, 1, 1, 0, 1, 2])
    assert found.n == 12
    assert found.confusion.counts == ((4, 1, 0), (2, 2, 0), (1, 1, 1))
    assert found.confusion.support == (5, 4, 3)
    none, mild, severe = found.classes
    assert (none.support, none.called, mild.called, severe.called) == (5, 7, 4, 1)
    assert (none.precision.value, none.recall.value) == pytest.approx((4 / 7, 4 / 5))
    assert (none.precision.n, none.recall.n, none.f1.n) == (7, 5, 12)
    assert severe.f1.value == pytest.approx(2 / 4)
    assert found.confusion.shares[2][0].value == pytest.approx(1 / 3)
    limits = binomtest(1, 3).proportion_ci(method="wilson")
    share = found.confusion.shares[2][0]
    assert (share.low, share.high, share.n) == pytest.approx((limits.low, limits.high, 3))
    assert none.recall == found.confusion.shares[0][0]


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10_000), n=st.integers(6, 60))
def test_same_as_scikit_learn(seed: int, n: int) -> None:
    rng = np.random.default_rng(seed)
    truth, called = rng.integers(0, 3, (2, n))
    found = report(truth.tolist(), called.tolist(), resamples=5)
    theirs = np.array(precision_recall_fscore_support(truth, called, labels=range(3), zero_division=0))
    for entry, (precision, recall, f1, support) in zip(found.classes, theirs.T, strict=True):
        assert entry.support == support
        if support:
            assert entry.precision.defined == (entry.called > 0)
            assert not entry.called or entry.precision.value == pytest.approx(precision)
            assert (entry.recall.value, entry.f1.value) == pytest.approx((recall, f1))
        for interval in (entry.precision, entry.recall, entry.f1):
            if interval.defined and math.isfinite(interval.low):
                assert 0 <= interval.low <= interval.value <= interval.high <= 1


def test_a_class_without_cases_has_no_figures_but_words() -> None:
    found = report([0, 0, 1, 1], [0, 1, 1, 2])
    severe = found.classes[2]
    assert (severe.support, severe.called) == (0, 1)
    for interval in (severe.precision, severe.recall, severe.f1, *found.confusion.shares[2]):
        assert not interval.defined and interval.method == NO_CASE
    assert found.overall["macro_f1"].method == "undefined: a class has no case"
    assert found.overall["accuracy_top1"].value == 0.5 and found.overall["weighted_f1"].defined


def test_a_class_that_is_never_called() -> None:
    found = report([0, 0, 0, 1, 1, 2, 2], [0, 0, 1, 1, 1, 0, 1]).classes[2]
    assert found.precision.method == NEVER_CALLED and not found.precision.defined
    assert found.recall.value == 0 and found.recall.high > 0
    assert (found.f1.value, found.f1.method) == (0.0, NO_SPREAD) and math.isnan(found.f1.low)


def test_no_cases_at_all() -> None:
    found = report_classes(np.empty((0, 3)), [], [], classes=CODES)
    assert found.n == 0 and all(not entry.f1.defined for entry in found.classes)
    assert found.overall["accuracy_top1"].method == "undefined: no cases"


def test_groups_are_the_observations() -> None:
    truth, called = [0] * 8 + [1] * 8 + [2] * 8, ([0] * 6 + [1] * 2) * 3
    alone, paired = report(truth, called), report(truth, called, [place // 2 for place in range(24)])
    first, same = alone.classes[0], paired.classes[0]
    assert first.recall.method == "Wilson" and same.recall.method == "Wilson, 4 groups"
    assert same.recall.value == first.recall.value and same.recall.low < first.recall.low
    assert paired.confusion.shares[0][0] == same.recall
    assert same.f1.method == "bootstrap by group, 60" and first.f1.method == "bootstrap by case, 60"


def test_a_class_of_one_group_has_an_f1_without_limits() -> None:
    found = report([0] * 6 + [1, 1], [0, 0, 0, 1, 0, 0, 1, 0], [0, 1, 2, 3, 4, 5, 6, 6])
    assert found.classes[1].f1.method == TOO_FEW_GROUPS and found.classes[1].f1.defined


def test_overall_figures_are_those_of_the_report_of_a_role() -> None:
    cases = draw_cases(300, group_size=2)
    found = report_held_out(cases, "student", scale="ordinal", resamples=80)
    code = np.array([cases.classes.index(target) for target in cases.target])
    for name, interval in found.overall.items():
        alone = evaluate_metric(name, cases.probs["student"], code, cases.groups, resamples=80)
        assert (interval.value, interval.low, interval.high) == pytest.approx(
            (alone.value, alone.low, alone.high), abs=1e-12
        )
        assert METRICS.get(name).needs == "probs"
    assert set(found.overall) >= {"macro_f1", "weighted_f1", "quadratic_kappa", "accuracy_top1"}
    assert "quadratic_kappa" not in report_held_out(cases, "student", scale="nominal", resamples=5).overall


def test_f1_and_its_mean_come_from_the_same_resamples() -> None:
    cases = draw_cases(200)
    found = report_held_out(cases, "teacher", scale="nominal", resamples=200)
    mean = np.mean([entry.f1.value for entry in found.classes])
    assert found.overall["macro_f1"].value == pytest.approx(mean)
    widths = [entry.f1.high - entry.f1.low for entry in found.classes]
    assert found.overall["macro_f1"].high - found.overall["macro_f1"].low < max(widths)


def test_wrong_input_is_refused() -> None:
    with pytest.raises(ValueError, match="scc"):
        report_classes(np.eye(3), ["none", "mild", "scc"], range(3), classes=CODES)
    with pytest.raises(ValueError, match="classes"):
        report_classes(np.eye(3), ["none", "mild", "none"], range(3), classes=CODES[:2])


def test_the_shipped_pair_s_classes_agree_with_its_card() -> None:
    pair = load_pair("melanoma")
    for dataset in list_held_out(pair):
        cases = load_held_out(pair, dataset)
        stored = pair.card.reports[dataset].metrics
        for role in cases.roles:
            found = report_held_out(cases, role, scale=pair.modality.scale, resamples=1000)
            assert sum(found.confusion.support) == cases.n == found.n
            for name, interval in found.overall.items():
                if name in stored[role]:
                    old = stored[role][name].record()
                    assert (interval.value, interval.low, interval.high) == pytest.approx(
                        (old.value, old.low, old.high), abs=1e-9
                    )
                else:
                    assert name not in ("macro_f1",) or not interval.defined


def test_reports_of_grades_have_kappa() -> None:
    cases = draw_cases(120)
    role = cases.probs["teacher"]
    point = load_pair("melanoma").operating_point("teacher")
    options = {"classes": cases.classes, "positives": cases.positives, "resamples": 30}
    arrays = (role, cases.positive_prob["teacher"], cases.target, cases.groups, point)
    graded, named = evaluate_role(*arrays, scale="ordinal", **options), evaluate_role(*arrays, **options)
    assert set(graded) - set(named) == {"quadratic_kappa", "mean_absolute_grade_error"}
    assert {name: graded[name] for name in named} == named
