"""MLflow on a real SQLite store: what was logged is read back by a client of its own."""

from __future__ import annotations

import json
import math
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from mlflow import MlflowClient
from mlflow.entities import Run

from core.tracking import open_tracker
from core.types.tracking import RunOutcome
from tests.tracking.runs import OUTCOME, RUN

ROOT = Path(__file__).resolve().parents[2]


def fail(message: str) -> None:
    raise AssertionError(message)


def client(runs: Path) -> MlflowClient:
    return MlflowClient(tracking_uri=f"sqlite:///{runs}/mlflow.db")


def all_runs(runs: Path) -> list[Run]:
    there = client(runs)
    return there.search_runs([experiment.experiment_id for experiment in there.search_experiments()])


def curve(runs: Path, run_id: str, key: str) -> list[tuple[int, float]]:
    return sorted((entry.step, entry.value) for entry in client(runs).get_metric_history(run_id, key))


def test_everything_of_a_run_is_in_the_store(tmp_path):
    tracker = open_tracker("mlflow", tmp_path, warn=fail)
    log = tracker.start(RUN)
    run_id = log.run_id
    for epoch, loss in enumerate((0.7, 0.5, math.nan)):
        log.log_epoch(epoch, {"val_loss": loss, "train_loss": None})
    log.finish(OUTCOME)

    (run,) = all_runs(tmp_path)
    assert run.info.run_id == run_id
    assert (run.info.run_name, run.info.status) == ("melanoma/student", "FINISHED")
    assert run.data.params == {
        "optimiser.lr": "0.001",
        "epochs": "3",
        "ema_decay": "None",
        "augment.scale": "[0.8, 1.0]",
    }
    assert {key: run.data.tags[key] for key in RUN.tags} == RUN.tags
    assert run.data.tags["stage"] == "student"
    assert run.data.tags["mlflow.source.git.commit"] == "0" * 40
    steps = curve(tmp_path, run.info.run_id, "val_loss")
    assert steps[:2] == [(0, 0.7), (1, 0.5)] and steps[2][0] == 2 and math.isnan(steps[2][1])
    assert set(run.data.metrics) == {"val_loss", "final.best_epoch"}
    there = client(tmp_path)
    assert {entry.path for entry in there.list_artifacts(run.info.run_id)} == set(OUTCOME.artifacts)
    for name, content in OUTCOME.artifacts.items():
        local = there.download_artifacts(run.info.run_id, name, str(tmp_path))
        assert Path(local).read_bytes() == content
    assert list((tmp_path / "mlflow-artifacts" / "melanoma").rglob("history.jsonl"))
    assert there.get_experiment(run.info.experiment_id).name == "melanoma"


def test_a_run_that_was_cut_off_goes_on_in_the_same_place(runs):
    folder = runs / "melanoma" / "student"
    folder.mkdir(parents=True)
    first = open_tracker("mlflow", runs, warn=fail)
    log = first.start(RUN, folder)
    log.log_epoch(0, {"val_loss": 0.7})
    first.close()
    (before,) = all_runs(runs)
    assert before.info.status == "KILLED"

    second = open_tracker("mlflow", runs, warn=fail)
    log = second.start(replace(RUN, tags={**RUN.tags, "commit": "1" * 40}), folder)
    assert log.epochs_logged == 1
    assert all_runs(runs)[0].info.status == "RUNNING"
    for epoch, loss in enumerate((0.9, 0.6, 0.4)):
        log.log_epoch(epoch, {"val_loss": loss})
    log.finish(OUTCOME)
    (after,) = all_runs(runs)
    assert (after.info.run_id, after.info.status) == (before.info.run_id, "FINISHED")
    assert curve(runs, after.info.run_id, "val_loss") == [(0, 0.7), (1, 0.6), (2, 0.4)]
    assert after.data.tags["commit"] == "1" * 40


@pytest.mark.parametrize("lost", ["store", "run"])
def test_a_run_that_the_store_no_longer_has_begins_anew(runs, new_store, lost):
    folder = runs / "student"
    folder.mkdir()
    first = open_tracker("mlflow", runs, warn=fail).start(RUN, folder)
    first.log_epoch(0, {"val_loss": 0.7})
    if lost == "store":
        runs = new_store()
    else:
        client(runs).delete_run(first.run_id)
    second = open_tracker("mlflow", runs, warn=fail).start(RUN, folder)
    assert (second.epochs_logged, len(all_runs(runs))) == (0, 1)
    assert second.run_id != first.run_id


def test_runs_of_two_groups_are_two_experiments(runs):
    tracker = open_tracker("mlflow", runs, warn=fail)
    for group in ("melanoma", "lung", "melanoma"):
        tracker.start(replace(RUN, group=group)).finish(RunOutcome())
    there = client(runs)
    names = {entry.name for entry in there.search_experiments()} - {"Default"}
    assert names == {"melanoma", "lung"} and len(all_runs(runs)) == 3
    kinds = {there.get_experiment_by_name(name).tags["mlflow.experimentKind"] for name in names}
    assert kinds == {"custom_model_development"}


def test_more_parameters_than_one_request_takes_and_one_that_is_too_long(runs):
    parameters = {f"key.{place}": place for place in range(250)} | {"long": "x" * 7000}
    open_tracker("mlflow", runs, warn=fail).start(replace(RUN, parameters=parameters)).finish(OUTCOME)
    (run,) = all_runs(runs)
    assert len(run.data.params) == 251 and run.data.params["long"] == "x" * 6000


OFFLINE = """
import json, socket, sys
from pathlib import Path
asked = []
def refuse(self, address, *rest):
    asked.append(str(address))
    raise OSError("no network here")
socket.socket.connect = refuse
socket.socket.connect_ex = refuse
socket.getaddrinfo = lambda *address, **rest: refuse(None, address)
from core.tracking import open_tracker
from tests.tracking.runs import OUTCOME, RUN
said = []
log = open_tracker("mlflow", Path(sys.argv[1]), warn=said.append).start(RUN)
log.log_epoch(0, {"val_loss": 0.5})
log.finish(OUTCOME)
import time; time.sleep(2)  # a thread that tells someone of the run would have had its turn
from mlflow.telemetry import get_telemetry_client
print(json.dumps([asked, said, get_telemetry_client() is None]))
"""


def test_nothing_is_asked_over_a_network(tmp_path, monkeypatch):
    """In a process of its own that does not look like a test or a CI, where MLflow is silent anyway."""
    for name in ("CI", "GITHUB_ACTIONS", "PYTEST_CURRENT_TEST", "DO_NOT_TRACK", "MLFLOW_DISABLE_TELEMETRY"):
        monkeypatch.delenv(name, raising=False)
    done = subprocess.run(
        [sys.executable, "-c", OFFLINE, str(tmp_path)], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout.splitlines()[-1]) == [[], [], True]
    assert all_runs(tmp_path)[0].info.status == "FINISHED"
