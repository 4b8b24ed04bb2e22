"""The thresholds command on the small pair: what the engine says, for programs and for people."""

from __future__ import annotations

from typing import get_args

import numpy as np
import pytest

from core.bundle import load_pair
from core.evaluation.aims import choose_threshold
from core.evaluation.held_out import load_held_out, load_validation
from core.evaluation.thresholds import compute_threshold_table
from core.types import FIGURES, Strategy
from tests.pair_factory import PAIR
from tests.small_world import DATASET, TEST, VAL

FAST = ("--resamples", 20)


@pytest.fixture
def pair_at_hand(complete_models):
    return load_pair(PAIR, complete_models)


def test_json_is_what_the_engine_says(run, pair_at_hand):
    options = ("--aim", "youden", "--prevalence", 0.02, "--cost-ratio", 10)
    found = run("thresholds", PAIR, *options, *FAST, "--json").json()
    cases, validation = load_held_out(pair_at_hand, DATASET), load_validation(pair_at_hand)
    assert (found["dataset"], found["n"], found["n_validation"]) == (DATASET, TEST, VAL)
    assert (found["aim"], found["prevalence"], found["prevalence_given"]) == ("youden", 0.02, True)
    assert list(found["roles"]) == list(cases.roles)
    for role, entry in found["roles"].items():
        choice = choose_threshold(
            "youden",
            validation.positive_prob[role],
            validation.truth,
            validation.groups,
            chosen_on=f"validation cases, n = {VAL}",
        )
        assert (entry["words"], entry["state"], entry["tied"]) == (choice.words, choice.state, choice.tied)
        if choice.point is None:
            assert entry["held_out"] is None and entry["threshold"] is None
            continue
        assert entry["validation"]["sensitivity"]["value"] == choice.point.sensitivity.value
        table = compute_threshold_table(
            cases.positive_prob[role],
            cases.truth,
            cases.groups,
            thresholds=np.array([choice.threshold]),
            prevalence=0.02,
        )
        assert sum(entry["held_out"]["counts"].values()) == TEST
        for figure in FIGURES:
            expected, shown = table.interval(figure, 0), entry["held_out"][figure]
            assert shown["method"] == expected.method
            assert shown["value"] == (pytest.approx(expected.value) if expected.defined else None)
        cost = 10 * table.missed_per_1000[0] + 980 * (1 - table.specificity[0])
        assert entry["held_out"]["cost_per_1000"]["value"] == pytest.approx(cost)
    assert found["positive_set"] is None


def test_json_has_the_decision_curve_and_the_combinations(run):
    found = run("thresholds", PAIR, "--threshold", 0.3, *FAST, "--json").json()
    curve = found["decision_curve"]
    assert set(curve["roles"]) == {"teacher", "student", "control"} and curve["rebased_from"] is None
    assert 0.0476 in curve["thresholds"] and len(curve["thresholds"]) == len(curve["flag_everyone"]) == 6
    assert len(curve["student_minus_teacher"]) == 6
    for index, difference in enumerate(curve["student_minus_teacher"]):
        student, teacher = (curve["roles"][role][index]["value"] for role in ("student", "teacher"))
        assert difference["value"] == pytest.approx(student - teacher)
    assert found["prevalence_given"] is False and found["aim"] == "given"
    assert all(entry["threshold"] == 0.3 for entry in found["roles"].values())
    rows = found["combinations"]["rows"]
    assert [row["name"] for row in rows] == list(get_args(Strategy))
    for row in rows:
        assert (row["sensitivity"]["value"] is None) is bool(row["problem"])
        assert not row["problem"] or row["problem"] in row["sensitivity"]["method"]
    everyone = run("thresholds", PAIR, "--threshold", 0, *FAST, "--json").json()
    assert everyone["combinations"].startswith("Not compared: the student has no threshold")


def test_a_named_set_shows_both_definitions(run, pair_at_hand):
    found = run("thresholds", PAIR, "--positives", "cancer", "--threshold", 0.4, *FAST, "--json").json()
    cases = load_held_out(pair_at_hand, DATASET, positives=("mel", "bcc", "akiec"))
    assert found["positives"] == ["mel", "bcc", "akiec"] and found["n_positive"] == int(cases.truth.sum())
    for role, calls in found["positive_set"].items():
        called = np.array(cases.classes)[cases.probs[role].argmax(axis=1)]
        own = (called == cases.target)[cases.truth].mean()
        assert calls["pooled_recall"]["value"] == pytest.approx(own)
        some = np.isin(called, found["positives"])[cases.truth].mean()
        assert calls["superclass_call"]["value"] == pytest.approx(some)
    same = run(
        "thresholds", PAIR, "--positives", "akiec, bcc,mel", "--threshold", 0.4, *FAST, "--json"
    ).json()
    assert same["positive_set"] == found["positive_set"]


def test_table_for_people(run):
    found = run(
        "thresholds",
        PAIR,
        "--threshold",
        0.3,
        "--prevalence",
        0.05,
        "--rebase",
        "--positives",
        "cancer",
        *FAST,
    )
    assert found.code == 0, found.err
    for words in (
        f"threshold given; combinations set on {VAL} validation cases",
        "prevalence 5 % as given",
        "flagged per 1,000",
        "Net benefit per 1,000 people",
        "probabilities moved from a prevalence of",
        "Teacher and student together",
        "pooled recall",
        "superclass call",
    ):
        assert words in " ".join(found.out.split())
    assert "nan" not in found.out.lower().split() and "-0.0 " not in found.out


def test_the_card_names_the_aim_when_none_is_given(run, pair_at_hand):
    found = run("thresholds", PAIR, *FAST, "--json").json()
    assert found["aim"] == pair_at_hand.card.operating_point
    assert all(entry["words"] for entry in found["roles"].values())


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--aim", "best"), "best: no such aim"),
        (("--positives", "cat"), "Choose from mel, nv"),
        (("--positives", ","), "neither a set of classes nor a class"),
        (("--dataset", "cats"), "The choices are"),
        (("--threshold", 1.5), "not between 0 and 1"),
        (("--threshold", 0.5, "--aim", "youden"), "Give one of the two"),
        (("--prevalence", 0), "--prevalence: 0.0 is not between 0 and 1"),
        (("--cost-ratio", -1), "--cost-ratio: -1.0 is not a number above 0"),
        (("--rebase",), "Give --prevalence too"),
    ],
)
def test_what_makes_no_sense_is_one_line(run, options, words):
    found = run("thresholds", PAIR, *options)
    assert (found.code, found.out) == (1, "") and words in found.err
    assert found.err.startswith("error: ") and found.err.count("\n") == 1
