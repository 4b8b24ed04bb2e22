from __future__ import annotations

import numpy as np
import pytest

from core.card import IntervalEntry, NetworkEntry, OperatingPointEntry, ReportEntry
from core.modalities.base import Preprocessing
from core.modalities.dermoscopy import DERMOSCOPY
from core.modalities.fundus import FUNDUS
from core.types import Interval, LatencyReport, OperatingPoint, Prediction
from core.ui import wording

NAN = float("nan")
RATE = Interval(0.9, 0.81, 0.95, 0.95, 90, "Wilson")
POINT = OperatingPoint("sensitivity_90", 0.12, "validation split, n = 494", RATE, RATE)


def prediction(role: str, *, flagged: bool) -> Prediction:
    probs = np.full(7, 1 / 7)
    return Prediction(
        "melanoma", role, DERMOSCOPY.classes, np.zeros(7, np.float32), probs, 1 / 7, POINT, flagged, 1.0
    )


@pytest.mark.parametrize(
    ("teacher", "student", "sentence"),
    [
        (True, True, "Both networks flag this lesion for melanoma."),
        (False, False, "Neither network flags this lesion for melanoma."),
        (
            True,
            False,
            "The networks disagree: the teacher flags this lesion for melanoma, the student does not.",
        ),
        (
            False,
            True,
            "The networks disagree: the student flags this lesion for melanoma, the teacher does not.",
        ),
    ],
)
def test_agreement(teacher, student, sentence) -> None:
    both = {
        "teacher": prediction("teacher", flagged=teacher),
        "student": prediction("student", flagged=student),
    }
    assert wording.describe_agreement(both, DERMOSCOPY) == sentence
    warning = wording.explain_agreement(both, DERMOSCOPY)
    assert ("does not rule melanoma out" in warning) == (not teacher and not student)


@pytest.mark.parametrize(
    ("teacher", "student", "second", "sentence", "of_second"),
    [
        (
            True,
            True,
            False,
            "Teacher and student flag this lesion for melanoma.",
            "The second student disagrees: it does not flag this lesion.",
        ),
        (
            False,
            False,
            False,
            "Neither teacher nor student flags this lesion for melanoma.",
            "The second student agrees: it does not flag this lesion.",
        ),
        (
            False,
            True,
            True,
            "Teacher and student disagree: the student flags this lesion for melanoma, the teacher does not.",
            "The second student sides with the student: it flags this lesion.",
        ),
        (
            False,
            True,
            False,
            "Teacher and student disagree: the student flags this lesion for melanoma, the teacher does not.",
            "The second student sides with the teacher: it does not flag this lesion.",
        ),
    ],
)
def test_a_second_student_that_disagrees_is_not_hidden(teacher, student, second, sentence, of_second) -> None:
    flags = {"teacher": teacher, "student": student, "second_student": second}
    every = {role: prediction(role, flagged=flagged) for role, flagged in flags.items()}
    assert wording.describe_agreement(every, DERMOSCOPY) == sentence
    assert wording.describe_second_student(every, DERMOSCOPY) == of_second
    advice = wording.explain_agreement(every, DERMOSCOPY)
    assert advice.startswith("Look at every probability") == (len({*flags.values()}) == 2)


def test_without_a_second_student_nothing_is_said_of_it() -> None:
    both = {role: prediction(role, flagged=True) for role in ("teacher", "student")}
    assert wording.describe_second_student(both, DERMOSCOPY) == ""


def test_a_teacher_of_two_students_is_not_called_the_large_network() -> None:
    assert wording.subtitle_role("teacher", ("teacher", "student")) == "the large network"
    assert "large" not in wording.subtitle_role("teacher", ("teacher", "student", "second_student"))


def test_sentences_of_an_ordinal_modality() -> None:
    probs = np.array([0.05, 0.1, 0.6, 0.2, 0.05])
    graded = Prediction(
        "fundus", "student", FUNDUS.classes, np.zeros(5, np.float32), probs, 0.85, POINT, True, 1.0
    )
    assert wording.describe_grade(graded, FUNDUS) == (
        "Most probable: **Moderate retinopathy** (grade 2, 60.0\u00a0%). Expected grade **2.1** on the "
        "scale from 0 to 4, spread ± 0.8: how widely it shares its probability out, not an error margin."
    )
    both = {"teacher": graded, "student": graded}
    assert wording.describe_agreement(both, FUNDUS) == (
        "Both networks flag this eye for referable retinopathy."
    )
    assert "some eyes without referable retinopathy are flagged too" in wording.explain_agreement(
        both, FUNDUS
    )


def test_unflagged_says_how_many_are_missed() -> None:
    both = {role: prediction(role, flagged=False) for role in ("teacher", "student")}
    assert "About 10 of 100 melanomas stay unflagged" in wording.explain_agreement(both, DERMOSCOPY)


def entry(parameters: int, macs: int) -> NetworkEntry:
    point = OperatingPointEntry.of(POINT)
    return NetworkEntry(
        title="N",
        architecture="resnet18",
        arguments={},
        preprocessing=Preprocessing(height=192, width=224),
        cam_layer="features_out",
        feature_shape=(1, 1, 1),
        parameters=parameters,
        macs=macs,
        temperature=1.0,
        operating_points=(point,),
        weights=None,
        onnx=None,
        recipe={},
    )


def test_cost_in_words() -> None:
    rows = dict(wording.describe_cost(entry(6_500_000, 570_000_000), 13_400_000))
    assert rows["Size"] == "13.4 MB on disk"
    assert rows["Weights"] == "6.5 million learned numbers"
    assert rows["Work"] == "570.0 million multiplications per picture"
    assert rows["Sees"] == "224 × 192 pixels"


def test_report_table_and_undefined_figures() -> None:
    def stored(value: float) -> IntervalEntry:
        return IntervalEntry.of(Interval(value, value - 0.05, value + 0.05, 0.95, 600, "bootstrap"))

    report = ReportEntry(
        title="ISIC 2017 test split",
        n=600,
        positives=117,
        metrics={"teacher": {"roc_auc": stored(0.85), "sensitivity": stored(NAN), "brier": stored(0.1)}},
    )
    heading, table = wording.tabulate_report(report, DERMOSCOPY)
    assert heading == "ISIC 2017 test split: 600 cases, 117 melanomas"
    assert table == {
        "": [
            "AUC",
            "Sensitivity",
            "Specificity",
        ],
        "Teacher": ["0.85 (0.80–0.90)", "not defined on these cases", "not measured"],
    }


def test_latency_says_threads_runs_and_a_busy_machine() -> None:
    report = LatencyReport("teacher", 4.71, 6, 4, 7, 0.1, 7, 1, 1)
    text = wording.describe_latency(report, 3.2)
    assert text.startswith("4.7 ms to prepare and read a picture (median of 7 runs, one thread);")
    assert "3.2 ms for the network alone" in text
    busy = wording.describe_latency(LatencyReport("t", 4.7, 6, 4, 7, 0.5, 7, 1, 2), 3.2)
    assert "2 threads; the machine was busy" in busy


@pytest.mark.parametrize(
    ("probs", "flagged", "explained"),
    [
        ((0.1, 0.4, 0.3, 0.1, 0.1), True, True),
        ((0.1, 0.4, 0.3, 0.1, 0.1), False, False),
        ((0.1, 0.2, 0.5, 0.1, 0.1), False, True),
        ((0.1, 0.2, 0.5, 0.1, 0.1), True, False),
    ],
)
def test_a_flag_that_differs_from_the_grade_is_explained(probs, flagged, explained) -> None:
    graded = Prediction(
        "fundus",
        "student",
        FUNDUS.classes,
        np.zeros(5, np.float32),
        np.array(probs),
        sum(probs[2:]),
        POINT,
        flagged,
        1.0,
    )
    text = wording.describe_grade(graded, FUNDUS)
    assert ("The flag goes by the sum of 3 grades" in text) == explained


def test_the_record_of_a_call() -> None:
    truth = np.array(["moderate", "moderate", "severe", "severe", "severe", "mild"])
    called = np.array(["moderate", "mild", "moderate", "moderate", "severe", "mild"])
    assert wording.describe_record(truth, called, "moderate", FUNDUS) == (
        "Held out: right in 1 of 3 pictures that it called so (the others: 2 severe retinopathy); it "
        "called so 1 of 2 that were graded so."
    )
    assert wording.describe_record(truth, called, "severe", FUNDUS) == (
        "Held out: right in 1 of 1 pictures that it called so; it called so 1 of 3 that were graded so."
    )
    assert not wording.describe_record(truth, called, "proliferative", FUNDUS)


def test_a_note_names_its_classes() -> None:
    note = "Added to its logits, fitted on 484 validation cases: no_dr -1.02, mild +0.13."
    assert wording.spell_note(note, FUNDUS) == (
        "Added to its scores before they become probabilities (logits), fitted on 484 validation cases: "
        "no apparent retinopathy \N{MINUS SIGN}1.02, mild retinopathy +0.13."
    )
    assert wording.spell_note("Trained on a laptop.", FUNDUS) == "Trained on a laptop."
