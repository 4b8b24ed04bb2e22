"""``python -m core export``: what it writes, and what it prints."""

from __future__ import annotations

import json

from tests.pair_factory import PAIR


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
