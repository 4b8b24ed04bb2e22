"""``compare``: the verdict on every set of held-out cases, as words and as JSON."""

from __future__ import annotations

import pytest

from core.bundle import load_pair
from core.cli.arguments import parse_positives
from core.evaluation.compare import compare_networks, list_operating_points
from core.evaluation.held_out import load_held_out, load_validation
from tests.pair_factory import PAIR
from tests.small_world import DATASET, TEST, VAL


def test_json_holds_what_the_engine_measures(run, complete_models):
    record = run("compare", PAIR, "--resamples", 50, "--json").json()
    assert set(record) == {"pair", "positives", "datasets"} and record["positives"] == ["mel"]
    (entry,) = record["datasets"]
    pair = load_pair(PAIR, complete_models)
    held_out = load_held_out(pair, DATASET)
    points = list_operating_points(pair, held_out, load_validation(pair))
    expected = compare_networks(held_out, points["sensitivity_90"], resamples=50)
    assert entry["comparison"]["n"] == TEST
    assert entry["comparison"]["verdict"]["replace"] == expected.verdict.replace
    found = entry["comparison"]["aucs"]["teacher"]["difference"]
    assert found["value"] == pytest.approx(expected.aucs["teacher"].difference.value)
    assert entry["comparison"]["verdict"]["auc"]["margin"] == 0.02
    assert {row["stage"] for row in entry["calibration"]} == {"as_trained", "scaled"}
    assert entry["dataset"] == DATASET and entry["n"] == TEST and entry["n_validation"] == VAL
    assert set(entry) == {
        "pair",
        "dataset",
        "title",
        "positives",
        "n",
        "n_positive",
        "n_validation",
        "n_validation_positive",
        "caution",
        "sentences",
        "comparison",
        "calibration",
        "changed_cases",
        "subgroups",
        "compression",
    }


def test_words_and_table(run):
    found = run("compare", PAIR, "--dataset", DATASET, "--resamples", 20)
    assert found.code == 0, found.err
    assert f"thresholds for sensitivity_90 chosen on {VAL} validation cases" in found.out
    assert "student - control" in " ".join(found.out.split())
    assert "roc_auc      higher  teacher" in found.out and "DeLong" in found.out
    for words in ("as trained", "after temperature", "too few cases", "Weights, million", "25.1 -> 4.5"):
        assert words in found.out


def test_options_are_obeyed(run):
    arguments = ("compare", PAIR, "--resamples", 20, "--json")
    lenient = run(*arguments, "--margin", 0.9, "--sensitivity-margin", 0.95).json()["datasets"][0]
    assert lenient["comparison"]["verdict"]["auc"]["margin"] == 0.9
    other = run(*arguments, "--aim", "youden").json()["datasets"][0]["comparison"]
    assert other["points"]["student"]["name"] == "youden"


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--dataset", "ph2"), "The choices are isic2018_task3"),
        (("--positives", "scc"), "Choose from mel"),
        (("--aim", "best"), "best: no such operating point. The choices are sensitivity_90"),
        (("--margin", 0), "--margin: 0.0 is not between 0 and 1"),
        (("--sensitivity-margin", 1.5), "--sensitivity-margin: 1.5 is not between 0 and 1"),
    ],
)
def test_refusals_are_one_line(run, options, words):
    found = run("compare", PAIR, *options)
    assert (found.code, found.out) == (1, "") and found.err.startswith("error: ")
    assert words in found.err and found.err.count("\n") == 1


def test_an_unknown_pair(run):
    assert "retina: no such pair is shipped" in run("compare", "retina").err


def test_positives_by_code_or_by_name(complete_models):
    pair = load_pair(PAIR, complete_models)
    assert parse_positives(pair, "").codes == pair.card.positives
    assert parse_positives(pair, "cancer").noun == "skin cancer"
    assert parse_positives(pair, "akiec, mel,bcc").noun == "skin cancer"
    assert parse_positives(pair, "mel,nv").codes == ("mel", "nv")
