"""Commands that make pairs and look at data: refusals here, the whole way on real images under its marker."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from core.intake.synthetic import draw_sample
from core.training.presets import list_presets

ROOT = Path(__file__).resolve().parents[2]
DATA = os.environ.get("TWINLENS_DATA", "")


def test_presets(run):
    rows = run("presets", "--json").json()
    assert tuple(row["preset"] for row in rows) == list_presets()
    assert all(row["student"] and row["teacher"] and row["data"] for row in rows)
    assert "melanoma" in run("presets").out


def test_data_check_on_made_up_images(run, small_data):
    reports = {
        report["name"]: report for report in run("data", "check", "--root", small_data, "--json").json()
    }
    assert reports["isic2018_task3"]["images_found"] == 36
    assert reports["isic2018_task3"]["state"] == "partial"
    assert reports["ph2"]["state"] == "missing" and reports["ph2"]["problem"]
    assert "36 of " in run("data", "check", "--root", small_data).out


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("train", "nothing"), "nothing: no such preset. The choices are"),
        (("train", "melanom"), "Did you mean 'melanoma'?"),
        (("train", "melanoma"), "TWINLENS_DATA: not set"),
        (("train", "melanoma", "--set", "teacher.epochs"), "not of the form key.sub=value"),
        (("train", "melanoma", "--set", "teacher.epoch=3"), "teacher"),
        (("train", "melanoma", "--set", "student.epochs=none"), "student.epochs"),
        (("distill", "melanoma"), "TWINLENS_DATA: not set"),
        (("distill", "melanoma", "--role", "teacher"), "no such role to train. The choices are student"),
        (("save", "melanoma"), "TWINLENS_DATA: not set"),
        (("save", "nothing"), "nothing: no such preset"),
        (("data", "check"), "TWINLENS_DATA: not set"),
        (("data", "check", "--root", "/nowhere/at/all"), "/nowhere/at/all: no such folder"),
    ],
)
def test_errors_are_one_line_that_names_the_problem(run, arguments, words):
    found = run(*arguments)
    assert (found.code, found.out) == (1, "")
    assert words in found.err and found.err.startswith("error: "), found.err
    assert found.err.count("\n") == 1 and "Traceback" not in found.err, found.err


@pytest.mark.realdata
def test_data_check_on_the_real_folder(run):
    reports = {report["name"]: report for report in run("data", "check", "--root", DATA, "--json").json()}
    isic = reports["isic2017"]
    assert isic["state"] == "complete"
    counts = {part: sum(classes.values()) for part, classes in isic["expected"].items()}
    assert counts == {"train": 2000, "val": 150, "test": 600}
    assert isic["found"] == isic["expected"]
    assert reports["ham10000"]["images_expected"] == 10015
    assert reports["ph2"]["images_expected"] == 200
    for name in ("isic2017", "isic2018_task3", "ham10000", "ph2"):
        assert reports[name]["ungrouped_duplicates"] == reports[name]["label_conflicts"] == [], name


@pytest.mark.realdata
@pytest.mark.slow
def test_the_whole_way_on_real_images(tmp_path):
    """train, distill, save --fast; then everything a user does with a pair, each in a process of its own."""
    environment = {
        **os.environ,
        "TWINLENS_DATA": DATA,
        "TWINLENS_RUNS": str(tmp_path / "runs"),
        "TWINLENS_MODELS": str(tmp_path / "models"),
        "OMP_NUM_THREADS": "1",
    }

    def core(*arguments: object):
        done = subprocess.run(
            [sys.executable, "-m", "core", *map(str, arguments), "--json"],
            cwd=ROOT,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    pair = "melanoma-fast"
    core("train", "melanoma", "--fast", "--threads", 1)
    assert {run["asked"]["stage"] for run in core("distill", "melanoma", "--fast", "--threads", 1)} == {
        "student",
        "control",
    }
    files = {row["file"]: row for row in core("save", "melanoma", "--fast")}
    assert {"teacher.onnx", "student.onnx", "predictions.parquet", "split.json"} <= set(files)
    for name, row in files.items():
        assert (tmp_path / "models" / pair / name).stat().st_size == row["bytes"]
    assert {(row["pair"], row["role"]) for row in core("pairs")} == {(pair, "teacher"), (pair, "student")}

    ph2 = core("evaluate", pair, "--dataset", "ph2", "--root", Path(DATA) / "ph2", "--split", "all")
    assert (ph2["pair"], ph2["dataset"], ph2["n"], ph2["used_in_training"]) == (pair, "ph2", 100, 0)
    card = json.loads((tmp_path / "models" / pair / "card.json").read_text())
    for role in ("teacher", "student", "control"):
        for name, figure in ph2["metrics"][role].items():
            stored = card["reports"]["ph2"]["metrics"][role][name]
            for key in ("value", "low", "high"):
                assert figure[key] == pytest.approx(stored[key], abs=1e-6), (role, name, key)

    photo = tmp_path / "drawn.png"
    Image.fromarray(draw_sample("irregular").pixels).save(photo)
    for row in core("predict", photo, "--pair", pair):
        assert sum(row["probs"].values()) == pytest.approx(1)
    found = core("explain", photo, "--pair", pair, "--role", "teacher", "--out", tmp_path / "maps")
    assert np.load(found["raw"]).ndim == 2 and Path(found["overlay"]).stat().st_size > 1000
