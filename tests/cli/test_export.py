"""``python -m core export``: what it writes, and what it prints."""

from __future__ import annotations

import json
from functools import partial

import pytest

from core.bundle import load_pair, save_pair
from core.card import Int8Allowance
from core.cli import pairs as pair_commands
from tests.pair_factory import PAIR
from tests.small_world import DATASET, TEST


@pytest.fixture
def loose(run, complete_models, tmp_path, monkeypatch):
    """The command line on a copy of the pair whose card allows whatever a network of random weights does."""
    base = load_pair(PAIR, complete_models)
    card = base.card.model_copy(update={"int8_allowance": Int8Allowance(flips=1, auc=1)})
    save_pair(card, {name: base.read(name) for name in base.card.files}, tmp_path / "models")
    monkeypatch.setattr(pair_commands, "load_pair", partial(load_pair, models=tmp_path / "models"))
    monkeypatch.setattr("core.release.int8_times.ROUNDS", 3)
    return run


def test_json_names_steps_and_files(run, tmp_path) -> None:
    out = tmp_path / "out"
    record = run("export", PAIR, "--out", out, "--json").json()
    assert (record["pair"], record["role"], record["web"]) == (PAIR, "student", False)
    gate, selftest, files = record["steps"]
    assert gate["step"] == "gate" and gate["largest_difference"] <= gate["tolerance"]
    assert selftest["n"] == len(json.loads((out / "selftest.json").read_text())["cases"]) == gate["n"]
    written = {str(path.relative_to(out)) for path in out.rglob("*") if path.is_file()}
    assert written == {*record["files"], "model.json"} and files["n"] == len(written)


def test_text_and_another_role(run, tmp_path) -> None:
    found = run("export", PAIR, "--out", tmp_path / "out", "--role", "teacher")
    assert found.code == 0 and "differ from the network's by at most" in " ".join(found.out.split())
    assert "teacher.onnx" in found.out and not (tmp_path / "out" / "student.onnx").exists()
    assert max(map(len, found.out.splitlines())) <= 100


def test_what_is_wrong_is_one_line(run, tmp_path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    taken = run("export", PAIR, "--out", tmp_path)
    assert taken.code == 1 and "no earlier export" in taken.err
    role = run("export", PAIR, "--out", tmp_path / "out", "--role", "control")
    assert role.code == 1 and "not a role that can be run" in role.err


def test_8_bits_are_made_written_into_the_pair_and_exported(loose, small_data, tmp_path) -> None:
    out = tmp_path / "out"
    record = loose("export", PAIR, "--int8", "--root", small_data, "--out", out, "--json").json()
    assert record["int8"]["sets"][DATASET]["n"] == TEST and record["dry_run"] is False
    pair = load_pair(PAIR, tmp_path / "models")
    assert pair.precisions("student") == ("float", "int8")
    assert (out / "student.int8.onnx").read_bytes() == pair.read("student.int8.onnx")
    assert "student.int8.onnx" in record["files"]
    assert json.loads(pair.read("student.int8.json")) == record["int8"]


def test_a_dry_run_reports_and_writes_nothing(loose, small_data, tmp_path) -> None:
    found = loose("export", PAIR, "--int8", "--root", small_data, "--dry-run")
    assert found.code == 0
    text = " ".join(found.out.split())
    assert "times less than in float32" in text and f"of {TEST} decisions change" in text
    assert "The pair is as it was." in text
    assert load_pair(PAIR, tmp_path / "models").precisions("student") == ("float",)


def test_without_anything_to_do_or_data_it_says_what_to_name(run) -> None:
    nothing = run("export", PAIR)
    assert nothing.code == 1 and "--out" in nothing.err and "--int8" in nothing.err
    data = run("export", PAIR, "--int8")
    assert data.code == 1 and "--root or TWINLENS_DATA" in data.err
