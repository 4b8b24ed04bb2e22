"""The guard around a store: which one is chosen, and that no failure of one reaches whoever logs."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from core.errors import ConfigError
from core.tracking import BACKENDS, open_tracker
from core.tracking import mlflow as mlflow_store
from core.tracking import wandb as wandb_store
from core.tracking.tracker import KEPT_NAME
from tests.tracking.runs import OUTCOME, RUN


def fail(message: str) -> None:
    raise AssertionError(message)


def log_all(name: str, runs: Path, warn: Callable[[str], None], folder: Path | None = None) -> None:
    """A whole run, twice."""
    tracker = open_tracker(name, runs, warn=warn)
    for _ in range(2):
        log = tracker.start(RUN, folder)
        log.log_epoch(0, {"val_loss": 0.7})
        log.log_epoch(1, {"val_loss": 0.6})
        log.finish(OUTCOME)
    tracker.close()


def test_the_stores_there_are():
    assert BACKENDS.names() == ("mlflow", "none", "wandb")


def test_none_writes_nothing(tmp_path):
    log_all("none", tmp_path, fail, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_auto_is_mlflow_where_it_is_installed(tmp_path):
    assert open_tracker("auto", tmp_path, warn=fail).name == "mlflow"


def test_auto_without_mlflow_is_nothing_and_says_so_in_one_line(tmp_path, monkeypatch):
    monkeypatch.setattr("core.tracking.tracker.is_installed", lambda: False)
    said: list[str] = []
    log_all("auto", tmp_path, said.append, tmp_path)
    assert len(said) == 1 and "MLflow is not installed" in said[0] and "\n" not in said[0]
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("name", "module"), [("mlflow", mlflow_store), ("wandb", wandb_store)])
def test_a_store_that_is_asked_for_by_name_and_not_installed(tmp_path, monkeypatch, name, module):
    monkeypatch.setattr(module, "find_spec", lambda name: None)
    with pytest.raises(ConfigError, match=rf"--track {name}: .* is not installed. pip install -r require"):
        open_tracker(name, tmp_path, warn=fail)


def test_a_name_that_is_none(tmp_path):
    with pytest.raises(ConfigError, match=r"mlflo: no such store .*Did you mean 'mlflow'"):
        open_tracker("mlflo", tmp_path, warn=fail)


def broken_by_text(store: Path) -> None:
    store.write_text("not a database at all, and long enough to be read as a page of one " * 20)


def broken_by_a_folder(store: Path) -> None:
    store.mkdir()


def broken_by_another_schema(store: Path) -> None:
    with closing(sqlite3.connect(store)) as connection:
        connection.execute("CREATE TABLE alembic_version (version_num VARCHAR(32))")
        connection.execute("INSERT INTO alembic_version VALUES ('of_the_future')")
        connection.commit()


@pytest.mark.parametrize(
    "damage", [broken_by_text, broken_by_a_folder, broken_by_another_schema], ids=lambda one: one.__name__
)
def test_a_broken_store_is_one_warning(tmp_path, damage):
    damage(tmp_path / "mlflow.db")
    said: list[str] = []
    log_all("mlflow", tmp_path, said.append, tmp_path)
    assert len(said) == 1 and said[0].startswith("mlflow failed (") and "training goes on" in said[0]
    assert not (tmp_path / KEPT_NAME).exists()


def test_a_store_that_another_process_holds_is_one_warning(runs, monkeypatch):
    monkeypatch.setattr(mlflow_store, "WAIT_SECONDS", 0.1)
    said: list[str] = []
    with closing(sqlite3.connect(runs / "mlflow.db")) as other:
        other.execute("BEGIN EXCLUSIVE")
        log_all("mlflow", runs, said.append)
    assert len(said) == 1 and "locked" in said[0]


def test_a_store_that_fails_in_the_middle_is_one_warning(runs, tmp_path):
    said: list[str] = []
    tracker = open_tracker("mlflow", runs, warn=said.append)
    log = tracker.start(RUN, tmp_path)
    log.log_epoch(0, {"val_loss": 0.7})
    with closing(sqlite3.connect(runs / "mlflow.db")) as connection:
        connection.execute("DROP TABLE metrics")
        connection.commit()
    log.log_epoch(1, {"val_loss": 0.6})
    log.log_epoch(2, {"val_loss": 0.5})
    log.finish(OUTCOME)
    tracker.close()
    assert len(said) == 1 and log.epochs_logged == 1


@pytest.mark.parametrize("content", ["", "{}", "[1]", '{"store": "mlflow", "run_id": "a", "epochs": null}'])
def test_a_run_s_note_that_cannot_be_read_begins_a_new_run(runs, tmp_path, content):
    (tmp_path / KEPT_NAME).write_text(content)
    log = open_tracker("mlflow", runs, warn=fail).start(RUN, tmp_path)
    assert log.run_id and log.epochs_logged == 0


def test_a_folder_that_cannot_keep_the_note_is_one_warning(runs, tmp_path):
    said: list[str] = []
    log = open_tracker("mlflow", runs, warn=said.append).start(RUN, tmp_path / "absent")
    log.log_epoch(0, {"val_loss": 0.7})
    assert len(said) == 1
