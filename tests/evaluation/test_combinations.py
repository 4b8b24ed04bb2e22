"""The table of combinations: chosen on one set of cases, measured on another, honest where it cannot be."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from core.errors import DataError
from core.evaluation.combinations import compare_combinations, compute_target_specificity
from core.evaluation.strategies import STRATEGIES, flag_cases
from core.types import CombinationTable, HeldOut


def make(seed: int, split: str, n: int = 200, positive: int | None = None) -> HeldOut:
    rng = np.random.default_rng(seed)
    truth = rng.permutation(np.arange(n) < (n // 4 if positive is None else positive))
    shared = rng.normal(0, 0.1, n)
    probs = {
        role: np.clip(rng.normal(0.3 + gap * truth, 0.12) + shared, 0, 1)
        for role, gap in (("teacher", 0.4), ("student", 0.3), ("control", 0.2))
    }
    return HeldOut(
        title=f"{split} cases",
        dataset="made up",
        split=split,  # type: ignore[arg-type]
        classes=("mel", "nv"),
        positives=("mel",),
        image_ids=np.arange(n).astype(str),
        groups=np.arange(n).astype(str),
        target=np.where(truth, "mel", "nv"),
        truth=truth,
        probs={role: np.stack([p, 1 - p], axis=1) for role, p in probs.items()},
        positive_prob=probs,
        metadata={},
    )


VALIDATION, TEST = make(0, "val"), make(1, "test", n=300)


@pytest.fixture(scope="module")
def table() -> CombinationTable:
    return compare_combinations(VALIDATION, TEST, target=0.8, resamples=200)


def test_every_strategy_has_figures_of_held_out_cases(table: CombinationTable) -> None:
    assert tuple(row.name for row in table.rows) == STRATEGIES
    assert (table.validation_n, table.n, table.positives) == (200, 300, 75)
    for row in table.rows:
        flagged = flag_cases(row.name, row.thresholds, TEST.positive_prob)
        assert row.sensitivity.value == pytest.approx(flagged[TEST.truth].mean())
        assert row.specificity.value == pytest.approx((~flagged[~TEST.truth]).mean())
        assert row.validation_specificity.value >= 0.8
        assert row.sensitivity.n == 75 and row.validation_sensitivity.n == 50
        assert not row.problem and 0 <= row.teacher_reads.low <= row.teacher_reads.value <= 1
        for matched in row.matched:
            assert matched.difference.value == pytest.approx(
                row.sensitivity.value - matched.sensitivity.value
            )
            assert matched.difference.low <= matched.difference.value <= matched.difference.high
            assert matched.difference.method == "bootstrap by case, 200"


def test_nobody_is_set_against_himself(table: CombinationTable) -> None:
    against = {row.name: [matched.against for matched in row.matched] for row in table.rows}
    assert against["teacher"] == ["student"] and against["student"] == ["teacher"]
    assert against["control"] == against["cascade"] == ["teacher", "student"]


def test_only_the_cascade_saves_reading(table: CombinationTable) -> None:
    read = {row.name: row.teacher_reads for row in table.rows}
    assert 0 < read["cascade"].value < 0.4 and read["cascade"].low < read["cascade"].high
    assert (read["student"].value, read["control"].value) == (0, 0)
    assert all(read[name].value == 1 for name in ("teacher", "either", "both", "mean", "max"))
    assert read["mean"].method == "by design"


def test_reading_is_stated_at_the_prevalence() -> None:
    row = compare_combinations(VALIDATION, TEST, target=0.8, prevalence=0.02, resamples=5).rows[-1]
    student = TEST.positive_prob["student"]
    read = (student >= row.thresholds["student_low"]) & (student < row.thresholds["student_high"])
    assert row.teacher_reads.value == pytest.approx(
        0.02 * read[TEST.truth].mean() + 0.98 * read[~TEST.truth].mean()
    )
    assert row.teacher_reads.low < row.teacher_reads.value < row.teacher_reads.high


def test_a_sensitivity_can_be_the_aim() -> None:
    table = compare_combinations(VALIDATION, TEST, kind="sensitivity", target=0.9, resamples=5)
    assert all(row.validation_sensitivity.value >= 0.9 for row in table.rows)


def test_the_default_aim_is_what_the_student_spares() -> None:
    negative = VALIDATION.positive_prob["student"][~VALIDATION.truth]
    assert compute_target_specificity(VALIDATION, 0.4) == (negative < 0.4).mean()
    assert np.isnan(compute_target_specificity(make(2, "val", positive=200), 0.4))


def without(cases: HeldOut, role: str) -> HeldOut:
    return dataclasses.replace(
        cases, positive_prob={name: p for name, p in cases.positive_prob.items() if name != role}
    )


def test_a_missing_control_is_left_out() -> None:
    table = compare_combinations(VALIDATION, without(TEST, "control"), target=0.8, resamples=5)
    assert "control" not in [row.name for row in table.rows] and len(table.rows) == 7
    with pytest.raises(DataError, match="no probabilities of the teacher"):
        compare_combinations(without(VALIDATION, "teacher"), TEST, target=0.8)


def test_one_class_is_said_in_words() -> None:
    table = compare_combinations(VALIDATION, make(3, "test", positive=0), target=0.8, resamples=5)
    for row in table.rows:
        assert row.specificity.defined and not row.sensitivity.defined
        assert all("one class" in matched.difference.method for matched in row.matched)
    blind = compare_combinations(make(3, "val", positive=0), TEST, target=0.8, resamples=5)
    for row in blind.rows:
        assert row.problem == "the 200 validation cases are of one class, so no threshold can be chosen"
        assert not row.sensitivity.defined and row.sensitivity.method == row.problem
    flat = dataclasses.replace(
        VALIDATION, positive_prob={role: np.full(200, 0.3) for role in VALIDATION.roles}
    )
    for row in compare_combinations(flat, TEST, target=0.8, resamples=5).rows[:-1]:
        assert row.problem == "80 % specificity is not attainable on the 200 validation cases"


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"target": 0.0}, "target"),
        ({"target": 0.5, "prevalence": 2}, "prevalence"),
        ({"target": -1}, "target"),
    ],
)
def test_arguments_that_make_no_sense(options, words) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(ValueError, match=words):
        compare_combinations(VALIDATION, TEST, **options)
