"""The commands of the sweeps: stored tables, refusals, and a run from end to end on made-up pictures."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from core.cli.sweep import add_commands
from core.errors import ConfigError, DataError
from tests.experiments.test_sweeps_record import make_result
from tests.small_world import write_ph2
from tests.training.conftest import write_data

SMALL = [
    "data.datasets=['isic2018_task3']",
    "data.fractions=[0.5, 0.25, 0.25]",
    "teacher.batch_size=8",
]


def run(*arguments: str):
    app = typer.Typer()
    add_commands(app)
    return CliRunner().invoke(app, ["sweep", *arguments])


@pytest.fixture
def stored(tmp_path: Path) -> Path:
    (tmp_path / "mel_kd.json").write_text(make_result().model_dump_json(), encoding="utf-8")
    return tmp_path


def test_the_stored_table_is_shown_without_data(stored, monkeypatch):
    monkeypatch.delenv("TWINLENS_DATA", raising=False)
    found = run("kd", "--stored", "--results", str(stored))
    assert found.exit_code == 0
    for text in ("10 test cases in 9 groups, 3 with melanoma", "0.921", "0.800 (0.700-0.900)", "undefined"):
        assert text in found.stdout
    assert "a minus b" in found.stdout and "- d" in found.stdout
    record = json.loads(run("kd", "--stored", "--results", str(stored), "--json").stdout)
    assert record["rows"][0]["printed"]["roc_auc"] == 0.921


def test_nothing_stored_is_said(tmp_path):
    found = run("teachers", "--stored", "--results", str(tmp_path))
    assert isinstance(found.exception, DataError)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["teachers", "--pretrained", "some"], "The choices are auto, none"),
        (["teachers", "--only", "resnet7"], "no such row"),
        (["kd", "--only", "t3-w05"], "no such row"),
        (["kd", "--set", "student.eposh=3"], "no such key"),
    ],
)
def test_what_does_not_fit_is_refused_before_anything_is_read(arguments, message):
    found = run(*arguments)
    assert isinstance(found.exception, ConfigError)
    assert message in str(found.exception)


def test_data_sets_are_asked_for(monkeypatch):
    monkeypatch.delenv("TWINLENS_DATA", raising=False)
    found = run("kd")
    assert isinstance(found.exception, DataError) and "TWINLENS_DATA" in str(found.exception)


def test_one_teacher_is_trained_and_all_are_weighed(tmp_path, monkeypatch):
    root = write_ph2(write_data(tmp_path / "data", count=60), count=12)
    monkeypatch.setenv("TWINLENS_DATA", str(root))
    overrides = [part for override in SMALL for part in ("--set", override)]
    options = ["--only", "resnet18", "--image-size", "32", "--epochs", "1", "--resamples", "20"]
    places = ["--runs", str(tmp_path / "runs"), "--threads", "1"]
    found = run("teachers", *options, *places, "--track", "none", *overrides)
    assert found.exit_code == 0, found.exception
    assert "1 of 1: resnet18-0" in found.stderr
    written = tmp_path / "runs" / "sweeps" / "results" / "mel_teachers.json"
    content = json.loads(written.read_text())
    assert [bool(row["figures"]) for row in content["rows"]] == [True] + 12 * [False]
    assert all(row["cost"]["parameters"] > 4e6 for row in content["rows"])
