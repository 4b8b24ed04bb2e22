"""MLflow on a local SQLite file, ``runs/mlflow.db``; artifacts under ``runs/mlflow-artifacts``.

``mlflow-skinny`` with SQLAlchemy and alembic is all it needs; the pages that show the store (``make mlflow``)
come from requirements-mlflow.txt. The client is told its store; MLflow's global state is left alone.
"""

from __future__ import annotations

import logging
import os
import sqlite3
import tempfile
import time
from collections.abc import Mapping
from contextlib import closing
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from core.errors import ConfigError
from core.tracking.base import BACKENDS, State
from core.types.tracking import RunOutcome, TrackedRun

if TYPE_CHECKING:
    from mlflow import MlflowClient

STORE_NAME, ARTIFACTS_NAME = "mlflow.db", "mlflow-artifacts"
WAIT_SECONDS = 5.0
"""For a store that another process is writing to."""
_STATUS = {"finished": "FINISHED", "interrupted": "KILLED"}
_TRAINING = {"mlflow.experimentKind": "custom_model_development"}
"""MLflow's pages then open on training, not on chat models."""
_LONGEST = 6000
"""Characters of a parameter that MLflow keeps."""


def is_installed() -> bool:
    """Whether MLflow and what it needs for SQLite are there; imports nothing."""
    return all(find_spec(name) is not None for name in ("mlflow", "sqlalchemy", "alembic"))


class MlflowRun:
    """One run in the store."""

    def __init__(self, client: MlflowClient, run_id: str) -> None:
        self._client = client
        self.run_id = run_id

    def log_epoch(self, epoch: int, metrics: Mapping[str, float]) -> None:
        """Store one epoch as a step of every curve."""
        self._log(metrics, step=epoch)

    def close(self, state: State, outcome: RunOutcome) -> None:
        """Store figures and files, and mark the run finished or killed."""
        self._log(outcome.metrics, step=0)
        if outcome.artifacts:
            with tempfile.TemporaryDirectory() as folder:
                for name, content in outcome.artifacts.items():
                    (Path(folder) / name).write_bytes(content)
                self._client.log_artifacts(self.run_id, folder)
        self._client.set_terminated(self.run_id, _STATUS[state])

    def _log(self, metrics: Mapping[str, float], *, step: int) -> None:
        from mlflow.entities import Metric

        now = int(time.time() * 1000)
        entries = [Metric(key, float(value), now, step) for key, value in metrics.items()]
        if entries:
            self._client.log_batch(self.run_id, metrics=entries)


class MlflowStore:
    """The store of one folder of runs, made when the first run begins."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @cached_property
    def _client(self) -> MlflowClient:
        from mlflow import MlflowClient

        for chatty in ("mlflow", "alembic"):
            logging.getLogger(chatty).setLevel(logging.CRITICAL)
        self._folder.mkdir(parents=True, exist_ok=True)
        store = self._folder / STORE_NAME
        _check_writable(store)
        return MlflowClient(tracking_uri=f"sqlite:///{store.as_posix()}")

    def start(self, run: TrackedRun) -> MlflowRun:
        """Begin a run in the experiment of its group."""
        from mlflow.entities import Param

        begun = self._client.create_run(self._experiment(run.group), run_name=run.name, tags=_tags(run))
        log = MlflowRun(self._client, begun.info.run_id)
        parameters = [Param(key, str(value)[:_LONGEST]) for key, value in run.parameters.items()]
        for first in range(0, len(parameters), 100):
            self._client.log_batch(log.run_id, params=parameters[first : first + 100])
        return log

    def resume(self, run: TrackedRun, run_id: str) -> MlflowRun | None:
        """Go on with a run; None where the store has none of this id, or it was deleted there."""
        from mlflow.exceptions import MlflowException

        try:
            found = self._client.get_run(run_id)
        except MlflowException as error:
            if error.error_code == "RESOURCE_DOES_NOT_EXIST":
                return None
            raise
        if found.info.lifecycle_stage != "active":
            return None
        self._client.update_run(run_id, status="RUNNING")
        for key, value in _tags(run).items():
            self._client.set_tag(run_id, key, value)
        return MlflowRun(self._client, run_id)

    def _experiment(self, name: str) -> str:
        from mlflow.exceptions import MlflowException

        found = self._client.get_experiment_by_name(name)
        if found is not None:
            return str(found.experiment_id)
        try:
            place = self._folder / ARTIFACTS_NAME / name
            made = self._client.create_experiment(name, artifact_location=place.as_uri(), tags=_TRAINING)
        except MlflowException as error:  # another process was quicker
            found = self._client.get_experiment_by_name(name)
            if error.error_code != "RESOURCE_ALREADY_EXISTS" or found is None:
                raise
            return str(found.experiment_id)
        return str(made)


@BACKENDS.register("mlflow")
def open_mlflow(runs: Path) -> MlflowStore:
    """The store of a folder of runs; ConfigError if MLflow is not installed."""
    if not is_installed():
        raise ConfigError("--track mlflow", "MLflow is not installed", "pip install -r requirements.txt")
    os.environ["MLFLOW_DISABLE_TELEMETRY"] = (
        "true"  # read when MLflow is imported, so before anything here does
    )
    os.environ["DO_NOT_TRACK"] = "true"
    return MlflowStore(runs.resolve())


def _check_writable(store: Path) -> None:
    """Raise at once what MLflow would try again for minutes: not SQLite, locked, read-only, disk full."""
    with closing(sqlite3.connect(store, timeout=WAIT_SECONDS)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        connection.execute(f"PRAGMA user_version = {version}")
        connection.commit()


def _tags(run: TrackedRun) -> dict[str, str]:
    """Ours, and the one that MLflow's pages show as the version of a run."""
    tags = {**run.tags, "stage": run.stage, "mlflow.source.name": "TwinLens", "mlflow.source.type": "LOCAL"}
    if "commit" in run.tags:
        tags["mlflow.source.git.commit"] = run.tags["commit"]
    return tags
