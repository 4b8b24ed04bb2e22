"""``python -m core sizes`` prints what the pages say."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest

from core.bundle import Pair, list_pairs, load_pair
from core.cli import pairs as pair_commands
from core.evaluation.held_out import load_held_out
from core.evaluation.size_audit import audit_sizes
from core.figures.size_wording import describe_student, recommend
from tests.lung_pair import LUNG_DATASET, LUNG_PAIR
from tests.pair_factory import PAIR


@pytest.fixture
def run_lung(run, lung_models: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(pair_commands, "load_pair", partial(load_pair, models=lung_models))
    monkeypatch.setattr(pair_commands, "list_pairs", partial(list_pairs, lung_models))
    return run


def test_the_record_is_the_audit_s(run_lung, lung_pair: Pair) -> None:
    record = run_lung("sizes", LUNG_PAIR, "--runs", 0, "--json").json()
    audit = audit_sizes(lung_pair, load_held_out(lung_pair, LUNG_DATASET))
    assert record["recommended"] == audit.recommended == "student"
    assert record["words"] == recommend(audit).replace("**", "")
    small, large = record["students"]
    assert (large["role"], large["bigger"], large["slower"], large["time"]) == (
        "second_student",
        True,
        True,
        None,
    )
    assert large["words"] == describe_student(audit.students[1])
    assert small["differences"]["roc_auc"]["value"] == audit.students[0].differences["roc_auc"].value
    assert [network["latency"] for network in record["networks"]] == [None] * 3


def test_times_are_measured_in_turns(run_lung) -> None:
    networks = run_lung("sizes", LUNG_PAIR, "--runs", 2, "--json").json()["networks"]
    assert [network["latency"]["n"] for network in networks] == [2, 2, 2]


def test_text_holds_the_table_and_the_sentences(run_lung, lung_pair: Pair) -> None:
    text = run_lung("sizes", LUNG_PAIR, "--runs", 0).out
    assert "Second student" in text and "ResNet-18" in text
    assert "Use the student (MobileNetV3-Small)" in " ".join(text.split())


def test_a_pair_without_predictions_is_judged_by_cost(run, pair_models, monkeypatch) -> None:
    monkeypatch.setattr(pair_commands, "load_pair", partial(load_pair, models=pair_models))
    found = run("sizes", PAIR, "--runs", 0)
    assert found.code == 0 and "accuracy was not compared" in " ".join(found.out.split())


def test_other_commands_serve_every_role(run_lung) -> None:
    assert [row["role"] for row in run_lung("pairs", "--json").json()] == [
        "teacher",
        "student",
        "second_student",
    ]
    assert "second student" in run_lung("card", LUNG_PAIR).out
    refused = run_lung("explain", "none.png", "--pair", LUNG_PAIR, "--out", "x", "--role", "control")
    assert "The choices are teacher, student, second_student" in refused.err
