"""A killed run goes on to the very weights of the uninterrupted one."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from safetensors.torch import load_file

from core.errors import ConfigError
from core.training.checkpoint import read_checkpoint
from core.training.presets import load_recipe
from core.training.progress import EpochRecord, Listener
from core.training.stages import distill_student, train_teacher

REPOSITORY = Path(__file__).resolve().parents[2]
CHILD = Path(__file__).with_name("resume_child.py")


def start(presets: Path, data_root: Path, runs: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, str(CHILD), str(presets), str(data_root), str(runs)],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
    )


def kill_after(child: subprocess.Popen[str], line: str) -> None:
    for said in child.stdout:
        if said.strip() == line:
            break
    child.send_signal(signal.SIGKILL)
    assert child.wait() == -signal.SIGKILL


@pytest.mark.slow
def test_killed_twice_and_resumed_gives_the_same_bits(presets, data_root, tmp_path):
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    kill_after(start(presets, data_root, broken), "epoch 0")
    (broken / "tiny/control/.last.ckpt.x.tmp").write_bytes(b"left by a killed writer")
    kill_after(start(presets, data_root, broken), "epoch 1")
    recipe = load_recipe("tiny", ["student.epochs=4"], folder=presets)
    for runs in (whole, broken):
        distill_student(recipe, runs, role="control", root=data_root, resume="if_unfinished")

    folders = [runs / "tiny/control" for runs in (whole, broken)]
    first, second = (load_file(folder / "weights.safetensors") for folder in folders)
    assert first.keys() == second.keys()
    assert all((first[name] == second[name]).all() for name in first)
    states = [read_checkpoint(folder / "last.ckpt") for folder in folders]
    for name, tensor in states[0]["state_dict"].items():
        assert (tensor == states[1]["state_dict"][name]).all(), name
    results = [json.loads((folder / "result.json").read_text()) for folder in folders]
    assert [session["first_epoch"] for session in results[1]["sessions"]] == [0, 1, 2]
    assert all(session["threads"] == 1 for session in results[1]["sessions"])
    assert results[0]["weights_sha256"] == results[1]["weights_sha256"]
    histories = [(folder / "history.jsonl").read_text().splitlines() for folder in folders]
    for one, other in zip(*histories, strict=True):
        assert {**json.loads(one), "seconds": 0} == {**json.loads(other), "seconds": 0}
    assert not list(folders[1].glob(".*.tmp"))


class StopAfter(Listener):
    """Leaves training in the middle, as an interrupt would."""

    def __init__(self, epoch: int) -> None:
        self.epoch = epoch

    def finished_epoch(self, stage: str, record: EpochRecord) -> None:
        if record.epoch == self.epoch:
            raise RuntimeError("stopped by the test")


def test_an_unfinished_run_is_refused_without_resume(recipe, data_root, tmp_path):
    with pytest.raises(RuntimeError, match="stopped by the test"):
        train_teacher(recipe, tmp_path, root=data_root, only_member="one", listener=StopAfter(0))
    with pytest.raises(ConfigError, match="--resume"):
        train_teacher(recipe, tmp_path, root=data_root, only_member="one")
    result = train_teacher(recipe, tmp_path, root=data_root, only_member="one", resume="if_unfinished")
    assert result.epochs == 2


def test_killed_between_the_last_epoch_and_the_result(recipe, data_root, tmp_path):
    before = train_teacher(recipe, tmp_path, root=data_root, only_member="one")
    folder = tmp_path / "tiny/teacher-one"
    (folder / "result.json").unlink()
    (folder / "weights.safetensors").unlink()
    after = train_teacher(recipe, tmp_path, root=data_root, only_member="one", resume="if_unfinished")
    assert after == before


@pytest.mark.parametrize("override", ["student.optimiser.lr=0.1", "data.seed=5", "student.augment.erase=0.0"])
def test_a_run_of_another_recipe_is_not_reused(presets, recipe, data_root, tmp_path, override):
    with pytest.raises(RuntimeError, match="stopped by the test"):
        distill_student(recipe, tmp_path, role="control", root=data_root, listener=StopAfter(0))
    other = load_recipe("tiny", [override], folder=presets)
    key = override.partition("=")[0].rpartition(".")[2]
    with pytest.raises(ConfigError, match=rf"another recipe .*{key} was"):
        distill_student(other, tmp_path, role="control", root=data_root, resume="if_unfinished")


def test_a_run_of_another_recipe_is_replaced_where_that_is_asked_for(presets, recipe, data_root, tmp_path):
    before = train_teacher(recipe, tmp_path, root=data_root)
    assert train_teacher(recipe, tmp_path, root=data_root, resume="or_replace") == before
    (tmp_path / "tiny/teacher-one/left.txt").write_text("of the run before")
    other = load_recipe("tiny", ["teacher.members.one.optimiser.lr=0.1"], folder=presets)
    after = train_teacher(other, tmp_path, root=data_root, resume="or_replace")
    assert after.asked.recipe["members"][0]["optimiser"]["lr"] == 0.1
    assert after.weights_sha256 != before.weights_sha256
    assert not (tmp_path / "tiny/teacher-one/left.txt").exists()


def test_replacing_goes_on_with_an_unfinished_run_of_the_same_recipe(recipe, data_root, tmp_path):
    with pytest.raises(RuntimeError, match="stopped by the test"):
        train_teacher(recipe, tmp_path, root=data_root, only_member="one", listener=StopAfter(0))
    result = train_teacher(recipe, tmp_path, root=data_root, only_member="one", resume="or_replace")
    assert [session["first_epoch"] for session in result.sessions] == [0, 1]
