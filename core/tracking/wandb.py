"""Weights & Biases, offline: runs are written under ``runs/wandb`` and sent nowhere.

Who wants them on a server sends them by hand, with ``wandb sync``. The package is optional
(requirements-wandb.txt).
"""

from __future__ import annotations

import os
import uuid
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.errors import ConfigError
from core.tracking.base import BACKENDS, State
from core.types.tracking import RunOutcome, TrackedRun

if TYPE_CHECKING:
    from wandb.sdk.wandb_run import Run

PROJECT = "twinlens"


class WandbRun:
    """One run in its folder ``runs/wandb/offline-run-<time>-<id>``."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self.run_id = str(run.id)

    def log_epoch(self, epoch: int, metrics: Mapping[str, float]) -> None:
        """Store one epoch as a step."""
        self._run.log(dict(metrics), step=epoch, commit=True)

    def close(self, state: State, outcome: RunOutcome) -> None:
        """Store figures in the summary and files beside the run."""
        self._run.summary.update({**outcome.metrics, "state": state})
        for name, content in outcome.artifacts.items():
            (Path(self._run.dir) / name).write_bytes(content)
        self._run.finish(exit_code=0 if state == "finished" else 1)


class WandbStore:
    """The offline runs of one folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def start(self, run: TrackedRun) -> WandbRun:
        """Begin a run."""
        return self._begin(run, uuid.uuid4().hex[:8])

    def resume(self, run: TrackedRun, run_id: str) -> WandbRun | None:
        """Go on under the same id in a folder of its own; None where no folder has that id."""
        there = list((self._folder / "wandb").glob(f"offline-run-*-{run_id}*"))
        return self._begin(run, run_id) if there else None

    def _begin(self, run: TrackedRun, run_id: str) -> WandbRun:
        os.environ["WANDB_MODE"] = "offline"
        os.environ["WANDB_ERROR_REPORTING"] = "false"
        os.environ["DO_NOT_TRACK"] = "true"
        import wandb

        self._folder.mkdir(parents=True, exist_ok=True)
        config: dict[str, Any] = {**run.parameters, "tags": dict(run.tags), "stage": run.stage}
        settings = wandb.Settings(
            mode="offline",
            silent=True,
            console="off",
            disable_git=True,
            disable_code=True,
            save_code=False,
            x_disable_stats=True,
            x_disable_machine_info=True,
        )
        begun = wandb.init(
            project=PROJECT,
            dir=self._folder,
            id=run_id,
            name=run.name,
            group=run.group,
            job_type=run.stage,
            config=config,
            resume="allow",
            reinit="create_new",
            settings=settings,
        )
        return WandbRun(begun)


@BACKENDS.register("wandb")
def open_wandb(runs: Path) -> WandbStore:
    """The offline runs of a folder of runs; ConfigError if the package is not installed."""
    if find_spec("wandb") is None:
        raise ConfigError(
            "--track wandb", "Weights & Biases is not installed", "pip install -r requirements-wandb.txt"
        )
    return WandbStore(runs.resolve())
