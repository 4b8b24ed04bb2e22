"""``report``: every class of every role, and the published table where there is one."""

from __future__ import annotations

from functools import partial

import pytest

from core.bundle import load_pair
from core.cli import pairs as pair_commands
from core.evaluation.held_out import load_held_out
from core.evaluation.per_class import report_held_out
from tests.graded_pair import DATASET as GRADED
from tests.graded_pair import NAME, TEST, build_graded_models
from tests.lung_pair import LUNG_PAIR
from tests.pair_factory import PAIR
from tests.small_world import DATASET


@pytest.fixture
def graded(complete_models, tmp_path, monkeypatch):
    pair = build_graded_models(complete_models, tmp_path)
    monkeypatch.setattr(pair_commands, "load_pair", partial(load_pair, models=tmp_path))
    return pair


def test_json_holds_what_the_engine_measures(run, complete_models):
    record = run("report", PAIR, "--resamples", 30, "--json").json()
    expected = report_held_out(
        load_held_out(load_pair(PAIR, complete_models), DATASET), "student", scale="nominal", resamples=30
    )
    assert (record["dataset"], record["published"], record["checks"]) == (DATASET, None, [])
    for entry, found in zip(record["classes"]["student"], expected.classes, strict=True):
        assert (entry["code"], entry["support"]) == (found.code, found.support)
        assert entry["recall"]["value"] == (pytest.approx(found.recall.value) if found.support else None)
    assert record["confusion"]["teacher"]["counts"] and "roc_auc" in record["overall"]["control"]
    assert "quadratic_kappa" not in record["overall"]["student"]


def test_words_and_tables(run):
    found = run("report", PAIR, "--dataset", DATASET, "--resamples", 20)
    assert found.code == 0, found.err
    for words in ("Overall, 95 % limits", "Every class, control", "weighted_f1", "Rows the truth"):
        assert words in found.out
    assert "published" not in found.out


def test_grades_beside_the_published_table(run, graded):
    record = run("report", NAME, "--resamples", 20, "--json").json()
    assert (record["dataset"], record["n"]) == (GRADED, TEST)
    kappa = record["overall"]["student"]["quadratic_kappa"]
    assert -1 <= kappa["low"] <= kappa["value"] <= kappa["high"] <= 1
    assert record["published"]["overall"]["accuracy_top1"] == 0.85
    assert {check["state"] for check in record["checks"]} == {"consistent", "contradicted"}
    shown = run("report", NAME, "--resamples", 20)
    for words in ("vs 50", "Size of the test part: contradicted", "Macro F1: consistent", "0.86"):
        assert words in shown.out
    assert max(map(len, shown.out.splitlines())) <= 100


@pytest.fixture
def run_lung(run, lung_models, monkeypatch):
    monkeypatch.setattr(pair_commands, "load_pair", partial(load_pair, models=lung_models))
    return run


def test_a_summary_stands_beside_every_network(run_lung, lung_pair):
    record = run_lung("report", LUNG_PAIR, "--resamples", 20, "--json").json()
    assert record["published"] is None and record["published_summary"]["parts"] == [1341, 336, 420]
    limits = record["published_limits"]
    assert [entry["n"] for entry in limits["accuracy"]] == [420, 420, 420]
    assert limits["recall"]["value"] == pytest.approx(110 / 112)
    assert [check["state"] for check in record["checks"]].count("undecided") == 1
    for role in (*lung_pair.served_roles, "control"):
        malignant = record["classes"][role][2]
        assert malignant["code"] == "malignant"
        for figure in ("precision", "recall", "f1"):
            limit = malignant[figure]
            assert 0 <= limit["low"] < limit["value"] < limit["high"] <= 1
        matrix = record["confusion"][role]
        assert sum(map(sum, matrix["counts"])) == record["n"]
        share = matrix["shares"][2][2]
        assert (share["low"], share["high"]) == (malignant["recall"]["low"], malignant["recall"]["high"])


def test_a_summary_in_words(run_lung):
    shown = run_lung("report", LUNG_PAIR, "--resamples", 20).out.replace("\N{NO-BREAK SPACE}", " ")
    for words in (
        "Printed: ViT-B, teacher            420    98.09 % (96.3-99.0)",
        "110 of 112: 98.2 % (93.7-99.5)",
        "Here: second student",
        "These figures cannot be compared with each other.",
        "A student smaller than its teacher: undecided.",
    ):
        assert words in shown
    assert max(map(len, shown.splitlines())) <= 100


def test_the_card_of_grades_shows_kappa(run, graded):
    assert "quadratic weighted kappa" in run("card", NAME, "--refresh").out


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((PAIR, "--dataset", "ph2"), "The choices are isic2018_task3"),
        (("retina",), "no such pair is shipped"),
    ],
)
def test_refusals_are_one_line(run, arguments, words):
    found = run("report", *arguments)
    assert (found.code, found.out) == (1, "") and words in found.err and found.err.count("\n") == 1
