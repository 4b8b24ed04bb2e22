"""What a store of training runs is, and where stores are filed.

A store is one file of this room: it registers a function from the folder of all runs to a :class:`Backend`.
The function raises ConfigError where the store's library is not installed; it is imported when the first run
begins.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Literal, Protocol

from core.registry import Registry
from core.types.tracking import RunOutcome, TrackedRun

TrackName = Literal["auto", "mlflow", "wandb", "none"]
"""Choices of ``--track``; ``"auto"`` is MLflow where it is installed and nothing otherwise."""

State = Literal["finished", "interrupted"]


class RunLog(Protocol):
    """One run in a store; any of these may raise whatever the store raises."""

    @property
    def run_id(self) -> str:
        """The store's name for the run, with which it is found again."""
        ...

    def log_epoch(self, epoch: int, metrics: Mapping[str, float]) -> None:
        """Store an epoch's numbers; epochs count from 0."""
        ...

    def close(self, state: State, outcome: RunOutcome) -> None:
        """Store what came out, and end the run."""
        ...


class Backend(Protocol):
    """A store."""

    def start(self, run: TrackedRun) -> RunLog:
        """Begin a run."""
        ...

    def resume(self, run: TrackedRun, run_id: str) -> RunLog | None:
        """Go on with a run; None where the store has none of this id."""
        ...


BACKENDS: Registry[Callable[[Path], Backend]] = Registry("store of training runs", "core.tracking")
