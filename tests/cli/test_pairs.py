"""Commands on shipped pairs: what they print, what they write, what they refuse."""

from __future__ import annotations

import re
import shutil
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from core.bundle import list_pairs, load_pair
from core.cli import pairs as pair_commands
from core.cli.progress import follow_share
from core.intake.raster import read_case
from core.predict import open_predictor, predict_case
from tests.pair_factory import PAIR, sample_pixels
from tests.small_world import COUNT, DATASET, TEST


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    path = tmp_path / "a photo.png"
    Image.fromarray(sample_pixels(1, 300)).save(path)
    return path


def test_pairs(run, complete_models):
    pair = load_pair(PAIR, complete_models)
    rows = run("pairs", "--json").json()
    assert [(row["pair"], row["role"]) for row in rows] == [(PAIR, "teacher"), (PAIR, "student")]
    for row in rows:
        assert row["onnx_bytes"] == len(pair.read(f"{row['role']}.onnx"))
        assert row["parameters"] == pair.network(row["role"]).parameters
    assert "ResNet-18" in run("pairs").out


def test_pairs_says_which_file_was_altered(run, complete_models, tmp_path, monkeypatch):
    shutil.copytree(complete_models, tmp_path, dirs_exist_ok=True)
    (tmp_path / PAIR / "student.onnx").write_bytes(b"not it")
    monkeypatch.setattr(pair_commands, "load_pair", partial(load_pair, models=tmp_path))
    monkeypatch.setattr(pair_commands, "list_pairs", partial(list_pairs, tmp_path))
    found = run("pairs", "--json")
    assert (found.code, found.out) == (1, "") and "student.onnx: its SHA-256 begins" in found.err


def test_evaluate(run, small_data):
    arguments = ("evaluate", PAIR, "--dataset", DATASET, "--root", small_data)
    record = run(*arguments, "--split", "test", "--json").json()
    counts = {"n", "positives", "used_in_training", "disputed"}
    assert set(record) == {"pair", "dataset", "split", "metrics"} | counts
    assert (record["pair"], record["dataset"], record["n"]) == (PAIR, DATASET, TEST)
    assert set(record["metrics"]) == {"teacher", "student", "control"}
    for figures in record["metrics"].values():
        assert {"roc_auc", "pr_auc", "ece", "sensitivity", "specificity"} <= set(figures)
        for figure in figures.values():
            assert set(figure) == {"value", "low", "high", "level", "n", "method"}
            if figure["value"] is not None:
                assert 0 <= figure["low"] <= figure["value"] <= figure["high"] <= 1
    table = run(*arguments)
    assert table.code == 0 and f"n = {COUNT}, {COUNT // 3} positive" in table.out
    assert "24 of these images were used to train or tune the pair: the figures flatter it" in table.out
    assert "flatter" not in run(*arguments, "--split", "test").out


def test_predict_gives_what_the_page_gives(run, complete_models, photo):
    pair = load_pair(PAIR, complete_models)
    rows = run("predict", photo, "--pair", PAIR, "--json").json()
    case = read_case(photo.read_bytes(), title=photo.name, modality="dermoscopy")
    assert [row["role"] for row in rows] == ["teacher", "student"]
    for row in rows:
        page = predict_case(open_predictor(pair, row["role"]), case)
        assert row["file"] == str(photo)
        assert list(row["probs"]) == list(pair.card.classes)
        assert list(row["probs"].values()) == pytest.approx(page.probs, abs=1e-6)
        assert row["positive_prob"] == pytest.approx(page.positive_prob, abs=1e-6)
        assert row["threshold"] == page.operating_point.threshold and row["flagged"] is page.flagged
    assert len(run("predict", photo, photo, "--pair", PAIR, "--json").json()) == 4
    assert str(photo) in run("predict", photo, "--pair", PAIR).out


@pytest.mark.parametrize("role", ["teacher", "student"])
def test_explain_writes_picture_and_map(run, photo, tmp_path, role):
    out = tmp_path / "new" / "folder"
    found = run("explain", photo, "--pair", PAIR, "--role", role, "--out", out, "--json").json()
    assert (found["role"], found["method"], found["class"]) == (role, "gradcam", "mel")
    assert {path.name for path in out.iterdir()} == {
        Path(found["overlay"]).name,
        Path(found["raw"]).name,
    }
    raw = np.load(found["raw"], allow_pickle=False)
    assert raw.dtype == np.float32 and raw.ndim == 2 and raw.min() >= 0 and raw.max() <= 1
    assert (raw.max() > 0) == (found["state"] == "ok") == (found["peak"] > 0)
    with Image.open(found["overlay"]) as overlay:
        assert overlay.size == (300, 300) and overlay.mode == "RGB"
    other = run(
        "explain", photo, "--pair", PAIR, "--role", role, "--class", "nv", "--out", out, "--json"
    ).json()
    assert other["class"] == "nv" and other["raw"] != found["raw"]
    assert "gradcam" in run("explain", photo, "--pair", PAIR, "--out", out).out


def test_explain_takes_every_method_that_the_network_has_the_means_for(run, photo, pair, tmp_path):
    from core.explain.base import EXPLAINERS, list_explainers
    from core.predict import open_network

    methods = list_explainers(open_network(pair, "student"))
    for method in EXPLAINERS.names():
        arguments = ("explain", photo, "--pair", PAIR, "--method", method, "--out", tmp_path, "--json")
        if method in methods:
            found = run(*arguments).json()
            assert found["method"] == method and Path(found["raw"]).is_file() and found["unit"]
        else:
            refused = run(*arguments)
            assert refused.code == 1
            assert f"The choices for this network are {', '.join(methods)}" in " ".join(refused.err.split())
    assert "gradcam" in methods and "rollout" not in methods
    assert set(re.findall(r"[a-z_]+", pair_commands.METHODS_HELP)) >= set(EXPLAINERS.names())


def test_a_bar_is_drawn_for_what_tells_its_progress_only(capsys, monkeypatch):
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    with follow_share("quick"):
        pass
    assert capsys.readouterr().err == ""
    with pytest.raises(KeyboardInterrupt), follow_share("occlusion") as tell:
        tell(0.25)
        tell(0.5)
        raise KeyboardInterrupt
    shown = capsys.readouterr().err
    assert "occlusion:  25%" in shown and shown.endswith("\r"), "and taken off, also after a cancel"


def refusals(photo: Path, data: Path, folder: Path):
    text, empty = folder / "notes.txt", folder / "empty.png"
    text.write_text("not an image")
    empty.write_bytes(b"")
    explain = ("explain", photo, "--pair", PAIR, "--out", folder / "maps")
    return {
        ("predict", photo, "--pair", "retina"): "retina: no such pair is shipped",
        ("predict", folder / "none.png", "--pair", PAIR): "none.png: cannot be read (No such file",
        ("predict", folder, "--pair", PAIR): "cannot be read (Is a directory)",
        ("predict", text, "--pair", PAIR): "notes.txt: ",
        ("predict", empty, "--pair", PAIR): "empty.png: ",
        (
            *explain,
            "--role",
            "control",
        ): "control: not a role that can be run. The choices are teacher, student",
        (*explain, "--method", "guess"): "guess: no such explainer. The choices are cbam_gate, eig",
        (*explain, "--class", "scc"): "scc: no such class. The choices are mel, nv",
        ("explain", photo, "--pair", PAIR, "--out", text): "notes.txt",
        ("latency", "retina"): "retina: no such pair is shipped",
        ("evaluate", "retina", "--dataset", DATASET, "--root", data): "retina: no such pair is shipped",
        ("evaluate", PAIR, "--dataset", "mnist", "--root", data): "mnist: no such data set",
        ("evaluate", PAIR, "--dataset", DATASET, "--root", folder / "none"): "no such folder",
        ("evaluate", PAIR, "--dataset", DATASET, "--root", data, "--split", "half"): "half: no such split",
    }


def test_errors_are_one_line_that_names_the_problem(run, photo, small_data, tmp_path):
    for arguments, words in refusals(photo, small_data, tmp_path).items():
        found = run(*arguments)
        assert found.code == 1 and found.out == "", arguments
        assert words in found.err and found.err.startswith("error: "), (arguments, found.err)
        assert found.err.count("\n") == 1 and "Traceback" not in found.err, (arguments, found.err)
    assert not (tmp_path / "maps").exists() or not any((tmp_path / "maps").iterdir())


def test_card(run, complete_models):
    card = load_pair(PAIR, complete_models).card
    assert run("card", PAIR, "--json").json() == card.model_dump(mode="json")
    assert "0.860 (0.820-0.890)" in run("card", PAIR).out
    assert run("card", "retina").err.startswith("error: retina: no such pair is shipped")


def test_card_refresh_adds_what_the_predictions_give(run, complete_models, tmp_path, monkeypatch):
    shutil.copytree(complete_models, tmp_path, dirs_exist_ok=True)
    monkeypatch.setattr(pair_commands, "load_pair", partial(load_pair, models=tmp_path))
    before = run("card", PAIR, "--json").json()
    assert DATASET not in before["reports"]
    after = run("card", PAIR, "--refresh", "--json").json()
    assert after["reports"][DATASET]["n"] == TEST and after["files"] == before["files"]
    assert run("card", PAIR, "--json").json() == after
