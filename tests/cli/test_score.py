"""``score``: the answers of ``predict``, one line at the end, exit code 1 where a file was not scored."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from PIL import Image

from tests.pair_factory import PAIR, sample_pixels


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "pictures"
    made.mkdir()
    for seed in range(4):
        Image.fromarray(sample_pixels(seed)).save(made / f"{seed}.png")
    return made


def read(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as stream:
        next(stream)
        return list(csv.DictReader(stream))


def test_the_table_says_what_predict_says(run, folder, tmp_path):
    out = tmp_path / "s.csv"
    record = run("score", folder, "--pair", PAIR, "--role", "all", "--out", out, "--json").json()
    assert (record["files"], record["states"]) == (4, {"ok": 4, "refused": 0, "error": 0})
    assert set(record["flagged"]) == {"teacher", "student"} and record["files_per_second"] > 0
    said = run("predict", *sorted(folder.iterdir()), "--pair", PAIR, "--json").json()
    rows = {found["file"]: found for found in read(out)}
    assert len(said) == 8
    for one in said:
        found = rows[Path(one["file"]).name]
        assert float(found[f"{one['role']}_positive_prob"]) == pytest.approx(one["positive_prob"], abs=1e-6)
        assert (found[f"{one['role']}_flagged"] == "1") is one["flagged"]
        assert found["quality"] == one["quality"]


def test_one_line_at_the_end_and_again_at_once(run, folder, tmp_path):
    arguments = ("score", folder, "--pair", PAIR, "--out", tmp_path / "s.csv")
    first = run(*arguments)
    assert first.code == 0 and first.err == ""
    said = " ".join(first.out.split())
    assert said.startswith(f"{PAIR}: 4 files, 4 pictures: 4 scored,") and "files a second" in said
    again = run(*arguments)
    assert again.code == 0 and "(4 by an earlier run)" in again.out and "a second" not in again.out


def test_a_bad_file_is_named_in_the_table_and_the_exit_code_says_so_also_the_second_time(
    run, folder, tmp_path
):
    (folder / "bad.png").write_bytes(b"no picture")
    out = tmp_path / "s.csv"
    for _ in range(2):
        found = run("score", folder, "--pair", PAIR, "--out", out)
        assert found.code == 1 and "1 not read" in " ".join(found.out.split())
    (bad,) = [one for one in read(out) if one["state"] != "ok"]
    assert bad["file"] == "bad.png" and bad["state"] == "error" and bad["reason"]


def test_what_cannot_be_done_is_one_line(run, folder, tmp_path):
    out = tmp_path / "s.csv"
    found = run("score", folder, "--pair", PAIR, "--out", out, "--role", "control")
    assert (found.code, found.out) == (1, "") and "not a role that can be run" in found.err
    assert run("score", folder, "--pair", PAIR, "--out", out).code == 0
    found = run("score", folder, "--pair", PAIR, "--out", out, "--ungradable")
    assert found.code == 1 and "its scores were made otherwise: ungradable was False" in found.err
    found = run("score", tmp_path / "nowhere", "--pair", PAIR, "--out", tmp_path / "t.csv")
    assert found.code == 1 and "no such folder" in found.err


def test_a_run_that_is_stopped_says_how_to_go_on(run, folder, tmp_path, monkeypatch):
    from core.release import score_folder

    original = score_folder.ScoreTable.append

    def append(self, stamp, rows):
        if stamp.name == "2.png":
            raise KeyboardInterrupt
        original(self, stamp, rows)

    monkeypatch.setattr(score_folder.ScoreTable, "append", append)
    out = tmp_path / "s.csv"
    found = run("score", folder, "--pair", PAIR, "--out", out)
    assert found.code == 130 and "the same command goes on" in found.err
    assert [one["file"] for one in read(out)] == ["0.png", "1.png"]
