"""Two processes (gloo, on the CPU) do what one does: gradients, whole trainings, resumed trainings."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from core.training.progress import Listener
from tests.training.process_child import Trial

REPOSITORY = Path(__file__).resolve().parents[2]
CHILD = Path(__file__).with_name("process_child.py")
BACKBONE = {"architecture": "mobilenetv3_small_100", "arguments": {"drop_rate": 0.3}}
TRIALS = {
    "mixing, class weights, a teacher, dropout": {
        "arguments": {"dropout": 0.4},
        "mixup": 0.4,
        "loss": {"name": "focal", "class_weight_power": 1.0, "label_smoothing": 0.1},
        "taught": True,
    },
    "turned copies, a weighted sampler, batch normalisation": {
        "arguments": {"batch_norm": "after", "dropout": 0.4},
        "consistency_weight": 0.3,
        "sampler": "weighted",
    },
    "normalisation with an activation inside, stochastic depth": {
        "architecture": "mobilenetv3_small_100",
        "arguments": {"drop_rate": 0.3, "drop_path_rate": 0.3},
        "taught": True,
    },
    "attention and topology": {
        "architecture": "attentive",
        "arguments": {"topology_inputs": 9, "topology_hidden": [8, 4], "backbone": BACKBONE},
        "mixup": 0.4,
    },
}
TRAINING = {
    "arguments": {"batch_norm": "after", "dropout": 0.4, "filters": [4, 8]},
    "epochs": 3,
    "mixup": 0.4,
    "ema_decay": 0.9,
    "grad_clip": 1.0,
    "watch_training": 10,
    "taught": True,
    "optimiser": {"name": "sgd", "lr": 0.05, "momentum": 0.9},
}


def start(task: str, shape: str, folder: Path, *trials: dict, **surroundings: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, str(CHILD), task, shape, str(folder), json.dumps(trials)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(REPOSITORY), "OMP_NUM_THREADS": "1", **surroundings},
    )


def children_of(process: subprocess.Popen[str]) -> list[int]:
    path = Path(f"/proc/{process.pid}/task/{process.pid}/children")
    return [int(number) for number in path.read_text().split()]


def wait_until_gone(numbers: list[int]) -> None:
    until = time.monotonic() + 30
    while any(Path(f"/proc/{number}").exists() for number in numbers):
        assert time.monotonic() < until, f"{numbers} are left"
        time.sleep(0.1)


@pytest.fixture(scope="module")
def gradients_of_two(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[dict[str, torch.Tensor]]]:
    folder = tmp_path_factory.mktemp("gradients")
    process = start("gradient", "2", folder, *TRIALS.values())
    _, said = process.communicate()
    assert process.returncode == 0, said
    return {
        name: [load_file(folder / str(number) / f"gradient-{rank}.safetensors") for rank in range(2)]
        for number, name in enumerate(TRIALS)
    }


@pytest.mark.slow
@pytest.mark.parametrize("name", TRIALS)
def test_two_processes_give_the_gradient_of_one(name, gradients_of_two, tmp_path):
    one = Trial.of(TRIALS[name]).gradient(tmp_path)
    first, second = gradients_of_two[name]
    assert one.keys() == first.keys() == second.keys() and one
    largest = max(float(gradient.abs().max()) for gradient in one.values())
    for key, gradient in one.items():
        torch.testing.assert_close(first[key], second[key], rtol=0, atol=0)
        torch.testing.assert_close(first[key], gradient, rtol=1e-5, atol=1e-6 * largest)


def test_a_gradient_is_not_that_of_other_rows(tmp_path):
    """The comparison above would notice: one process that sees half of the batch finds another gradient."""
    name = next(iter(TRIALS))
    whole = Trial.of(TRIALS[name]).gradient(tmp_path)
    half = Trial.of({**TRIALS[name], "batch_size": 4}).gradient(tmp_path)
    largest = max(float(gradient.abs().max()) for gradient in whole.values())
    assert max(float((whole[key] - half[key]).abs().max()) for key in whole) > 1e-2 * largest


@pytest.mark.slow
def test_a_training_that_changes_its_number_of_processes_ends_as_that_of_one(tmp_path):
    whole, shared, broken = (tmp_path / name for name in ("whole", "shared", "broken"))
    for folder in (whole, shared, broken):
        (folder / "0").mkdir(parents=True)
    alone = Trial.of(TRAINING).train(whole / "0", Listener())

    process = start("train", "2", shared, TRAINING)
    told, said = process.communicate()
    assert process.returncode == 0, said
    assert told.split("\n")[:3] == ["epoch 0", "epoch 1", "epoch 2"], "each epoch is told once"

    process = start("train", "2", broken, TRAINING)
    assert process.stdout is not None and process.stdout.readline() == "epoch 0\n"
    others = children_of(process)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert len(others) == 1
    wait_until_gone(others)
    gone_on = Trial.of(TRAINING).train(broken / "0", Listener())

    assert len(gone_on.sessions) == 2
    expected = load_file(whole / "0/weights.safetensors")
    for folder in (shared, broken):
        found = load_file(folder / "0/weights.safetensors")
        assert found.keys() == expected.keys()
        for key in expected:
            torch.testing.assert_close(found[key], expected[key], rtol=2e-3, atol=2e-4)
        result = json.loads((folder / "0/result.json").read_text())
        assert result["best_epoch"] == alone.best_epoch
        lines = [json.loads(line) for line in (folder / "0/history.jsonl").read_text().splitlines()]
        before = [json.loads(line) for line in (whole / "0/history.jsonl").read_text().splitlines()]
        for line, other in zip(lines, before, strict=True):
            assert line["terms"] == pytest.approx(other["terms"], rel=1e-3)
            assert line["val_loss"] == pytest.approx(other["val_loss"], rel=1e-3)
            assert line["train_loss"] == pytest.approx(other["train_loss"], rel=1e-3)
            assert line["val_roc_auc"] == pytest.approx(other["val_roc_auc"], abs=2e-3)
