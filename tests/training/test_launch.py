"""Starting several processes: what is refused, how all end when one does, and the real commands."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from core.errors import ConfigError
from core.training.launch import free_port, launched
from core.training.processes import ALONE, Processes, present, together
from core.training.progress import Listener
from tests.training.process_child import Trial
from tests.training.test_processes import REPOSITORY, TRIALS, start

SMALL = (
    *("--set", 'data.datasets=["isic2018_task3"]'),
    *("--set", "teacher.pretrained=none", "--set", "teacher.architecture=small_cnn"),
    *("--set", "student.pretrained=none", "--set", "student.architecture=small_cnn"),
    *("--set", "student.arguments={}", "--set", "teacher.precision=fp32"),
    *("--fast", "--threads", "1", "--track", "none", "--json"),
)


def enter(devices: int, nodes: int) -> Processes:
    with launched(devices, nodes) as processes:
        return processes


def run_command(*words: str, data: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", *words],
        cwd=REPOSITORY,
        env={**os.environ, "TWINLENS_DATA": str(data), "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=False,
    )


def test_one_process_starts_nothing():
    before = dict(os.environ)
    assert enter(1, 1) is ALONE and present() is ALONE
    assert dict(os.environ) == before and not torch.distributed.is_initialized()


@pytest.mark.parametrize(
    ("devices", "nodes", "surroundings", "message"),
    [
        (0, 1, {}, "--devices 0 --nodes 1: both start at 1"),
        (1, 2, {}, "cannot find each other without MASTER_ADDR, MASTER_PORT, NODE_RANK"),
        (2, 2, {"MASTER_ADDR": "first", "MASTER_PORT": "29500"}, "without NODE_RANK"),
        (1, 1, {"TORCHELASTIC_RUN_ID": "x", "WORLD_SIZE": "2"}, "--devices 1 .*torchrun started 2 processes"),
        (4, 1, {"TORCHELASTIC_RUN_ID": "x", "WORLD_SIZE": "2"}, "--devices 4 .*torchrun started 2 processes"),
        (2, 1, {"SLURM_NTASKS": "4", "SLURM_NTASKS_PER_NODE": "2"}, "SLURM started 4 processes"),
        (2, 2, {"SLURM_NTASKS": "4"}, "Replace --ntasks by --ntasks-per-node"),
    ],
)
def test_numbers_that_do_not_fit_are_refused(monkeypatch, devices, nodes, surroundings, message):
    for name, value in surroundings.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(ConfigError, match=message):
        enter(devices, nodes)


def test_more_gpus_than_there_are_are_refused(monkeypatch):
    monkeypatch.setattr("torch.cuda.is_available", lambda: True)
    monkeypatch.setattr("torch.cuda.device_count", lambda: 2)
    with pytest.raises(ConfigError, match=r"--devices 4: this machine has 2 GPUs. Use at most 2"):
        enter(4, 1)


def test_a_batch_that_cannot_be_shared_evenly_is_refused(tmp_path):
    trial = Trial.of({"batch_size": 8})
    with (
        together(Processes(devices=3)),
        pytest.raises(ConfigError, match=r"made: batch_size 8: 3 processes .* multiple of 3, such as 6 or 9"),
    ):
        trial.train(tmp_path, Listener())


def test_rows_of_all_processes_are_the_batch():
    parts = [Processes(devices=2, nodes=2, rank=rank).rows(12) for rank in range(4)]
    assert torch.cat(parts).tolist() == list(range(12)) and {len(part) for part in parts} == {3}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("task", "message"),
    [
        ("fail-second", "process 2 of 2: it ended with exit code 1, so all were ended"),
        ("kill-second", f"process 2 of 2: it was killed by signal {signal.SIGKILL.value}, so all were ended"),
    ],
)
def test_one_that_ends_badly_ends_all_with_one_message(tmp_path, task, message):
    process = start(task, "2", tmp_path, {"epochs": 2})
    told, said = process.communicate(timeout=240)
    assert process.returncode == 1 and told == ""
    errors = [line for line in said.splitlines() if line.startswith("error: ")]
    assert len(errors) == 1 and errors[0].startswith(f"error: {message}")
    assert ("made to fail" in said) == (task == "fail-second")
    assert said.count("Traceback") == (1 if task == "fail-second" else 0)


@pytest.mark.slow
@pytest.mark.parametrize("launcher", ["by hand", "SLURM"])
def test_two_machines_find_each_other(tmp_path, launcher):
    """Both are this one; SLURM is no more than its variables."""
    trial = TRIALS["turned copies, a weighted sampler, batch normalisation"]
    shared = {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(free_port())}
    each = [{"NODE_RANK": str(node)} for node in range(2)]
    if launcher == "SLURM":
        shared |= {
            "SLURM_NTASKS": "2",
            "SLURM_NTASKS_PER_NODE": "1",
            "SLURM_NNODES": "2",
            "SLURM_JOB_ID": "1",
        }
        each = [{"SLURM_PROCID": n, "SLURM_LOCALID": "0", "SLURM_NODEID": n} for n in ("0", "1")]
    processes = [start("gradient", "1x2", tmp_path, trial, **shared, **own) for own in each]
    for process in processes:
        _, said = process.communicate(timeout=240)
        assert process.returncode == 0, said
    (tmp_path / "alone").mkdir()
    one = Trial.of(trial).gradient(tmp_path / "alone")
    for rank in range(2):
        found = load_file(tmp_path / "0" / f"gradient-{rank}.safetensors")
        for key, gradient in one.items():
            torch.testing.assert_close(found[key], gradient, rtol=1e-5, atol=1e-6)


@pytest.mark.slow
def test_the_commands_in_two_processes_alone_and_under_torchrun(data_root, tmp_path):
    runs = ("--runs", str(tmp_path / "shared"))
    taught = run_command("core", "train", "mel5", *SMALL, *runs, "--devices", "2", data=data_root)
    assert taught.returncode == 0, taught.stderr
    alone = ("--runs", str(tmp_path / "alone"))
    one = run_command("core", "train", "mel5", *SMALL, *alone, data=data_root)
    (result,), (expected,) = json.loads(taught.stdout), json.loads(one.stdout)
    assert result["validation_roc_auc"] == pytest.approx(expected["validation_roc_auc"], abs=1e-6)
    assert result["asked"] == expected["asked"]

    torchrun = ("torch.distributed.run", "--standalone", "--nproc-per-node", "2", "-m")
    found = run_command(*torchrun, "core", "distill", "mel5", *SMALL, *runs, "--devices", "2", data=data_root)
    assert found.returncode == 0, found.stderr
    assert [entry["asked"]["stage"] for entry in json.loads(found.stdout)] == ["student", "control"]

    refused = run_command(
        *("core", "train", "mel5", *SMALL, "--set", "teacher.batch_size=7", "--devices", "2"),
        *("--runs", str(tmp_path / "refused")),
        data=data_root,
    )
    errors = [line for line in refused.stderr.splitlines() if "error" in line]
    assert refused.returncode == 1 and len(errors) == 1 and "batch_size 7: 2 processes" in errors[0]
    assert "Traceback" not in refused.stderr
