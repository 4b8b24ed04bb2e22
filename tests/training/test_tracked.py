"""Real training, logged by the listener: what the store has is what the run's folder has."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from mlflow import MlflowClient
from mlflow.entities import Run

from core.tracking import open_tracker
from core.training.progress import EpochRecord, Listener
from core.training.stages import distill_student, train_teacher
from core.training.tracked import TrackingListener


class Interrupt(Listener):
    """Leaves training after an epoch, as an interrupt would; with no epoch it only watches."""

    def __init__(self, epoch: int | None = None) -> None:
        self.epoch = epoch
        self.told: list[str] = []

    def opened(self, folder, asked) -> None:
        self.told.append(f"opened {asked.stage}")

    def started(self, stage, *, epochs, first_epoch) -> None:
        self.told.append(f"started {stage}")

    def finished_epoch(self, stage: str, record: EpochRecord) -> None:
        self.told.append(f"epoch {stage} {record.epoch}")
        if record.epoch == self.epoch:
            raise RuntimeError("stopped by the test")

    def closed(self, folder, result) -> None:
        self.told.append(f"closed {result.asked.stage}")


def fail(message: str) -> None:
    raise AssertionError(message)


def all_runs(runs: Path) -> dict[str, Run]:
    there = MlflowClient(tracking_uri=f"sqlite:///{runs}/mlflow.db")
    found = there.search_runs([one.experiment_id for one in there.search_experiments()])
    assert len({run.info.run_name for run in found}) == len(found)
    return {run.info.run_name: run for run in found}


def curve(runs: Path, run: Run, key: str) -> list[tuple[int, float]]:
    there = MlflowClient(tracking_uri=f"sqlite:///{runs}/mlflow.db")
    return sorted((entry.step, entry.value) for entry in there.get_metric_history(run.info.run_id, key))


def history(folder: Path) -> list[dict]:
    return [json.loads(line) for line in (folder / "history.jsonl").read_text().splitlines()]


def test_every_stage_of_a_teacher_is_logged(recipe, data_root, tmp_path, monkeypatch):
    monkeypatch.setattr("core.training.tracked.describe_origin", lambda: {"commit": "c" * 40})
    inner = Interrupt()
    tracker = open_tracker("mlflow", tmp_path, warn=fail)
    train_teacher(recipe, tmp_path, root=data_root, listener=TrackingListener(inner, tracker))
    logged = all_runs(tmp_path)
    assert set(logged) == {"tiny/teacher-one", "tiny/teacher-two", "tiny/teacher"}
    assert all(run.info.status == "FINISHED" for run in logged.values())
    stage = ["opened teacher-one", "started teacher-one", "epoch teacher-one 0", "epoch teacher-one 1"]
    assert inner.told[:5] == [*stage, "closed teacher-one"]
    assert inner.told[-2:] == ["opened teacher", "closed teacher"]

    run, folder = logged["tiny/teacher-one"], tmp_path / "tiny" / "teacher-one"
    assert run.data.params["optimiser.lr"] == "0.001"
    assert run.data.params["loss.class_weight_power"] == "0.5"
    assert run.data.params["data.fractions"] == "[0.5, 0.3, 0.2]"
    result = json.loads((folder / "result.json").read_text())
    assert run.data.tags["split_sha256"] == result["asked"]["split_sha256"]
    assert run.data.tags["data"] == "isic2018_task3"
    assert run.data.tags["commit"] == run.data.tags["mlflow.source.git.commit"] == "c" * 40
    assert run.data.tags["version.torch"] == result["versions"]["torch"]
    assert run.data.metrics["final.validation_roc_auc"] == pytest.approx(result["validation_roc_auc"])
    lines = history(folder)
    for key in ("val_loss", "val_roc_auc", "lr"):
        assert curve(tmp_path, run, key) == [(line["epoch"], pytest.approx(line[key])) for line in lines]
    for term, value in lines[0]["terms"].items():
        assert curve(tmp_path, run, f"terms.{term}")[0] == (0, pytest.approx(value))
    (curves,) = (tmp_path / "mlflow-artifacts" / "tiny" / run.info.run_id).rglob("curves.csv")
    rows = list(csv.DictReader(curves.open()))
    assert [float(row["val_loss"]) for row in rows] == [line["val_loss"] for line in lines]
    assert {path.name for path in curves.parent.iterdir()} == {
        "curves.csv",
        "history.jsonl",
        "result.json",
        "run.json",
    }


def test_a_resumed_training_goes_on_in_the_same_run(recipe, data_root, tmp_path):
    tracker = open_tracker("mlflow", tmp_path, warn=fail)
    with pytest.raises(RuntimeError, match="stopped by the test"):
        # the inner listener stops it after the epoch is on disk and before it is logged
        listener = TrackingListener(Interrupt(1), tracker)
        distill_student(recipe, tmp_path, role="control", root=data_root, listener=listener)
    tracker.close()
    before = all_runs(tmp_path)["tiny/control"]
    assert before.info.status == "KILLED" and len(curve(tmp_path, before, "val_loss")) == 1

    tracker = open_tracker("mlflow", tmp_path, warn=fail)
    listener = TrackingListener(Listener(), tracker)
    distill_student(
        recipe, tmp_path, role="control", root=data_root, resume="if_unfinished", listener=listener
    )
    after = all_runs(tmp_path)["tiny/control"]
    assert (after.info.run_id, after.info.status) == (before.info.run_id, "FINISHED")
    lines = history(tmp_path / "tiny" / "control")
    assert len(lines) == 3
    assert curve(tmp_path, after, "val_loss") == [
        (line["epoch"], pytest.approx(line["val_loss"])) for line in lines
    ]


def test_a_broken_store_does_not_stop_training_or_change_it(recipe, data_root, tmp_path):
    said: list[str] = []
    tracked, plain = tmp_path / "tracked", tmp_path / "plain"
    tracked.mkdir()
    (tracked / "mlflow.db").write_text("not a database " * 100)
    listener = TrackingListener(Listener(), open_tracker("mlflow", tracked, warn=said.append))
    results = [
        distill_student(recipe, folder, role="control", root=data_root, listener=one)
        for folder, one in ((tracked, listener), (plain, Listener()))
    ]
    assert results[0].weights_sha256 == results[1].weights_sha256
    assert len(said) == 1 and "mlflow failed" in said[0]


def test_only_the_first_of_several_processes_logs(recipe, data_root, tmp_path, monkeypatch):
    from lightning.pytorch.utilities import rank_zero_only

    monkeypatch.setattr(rank_zero_only, "rank", 1)
    listener = TrackingListener(Listener(), open_tracker("mlflow", tmp_path, warn=fail))
    listener.opened(tmp_path, None)
    assert not (tmp_path / "mlflow.db").exists()
