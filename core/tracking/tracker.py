"""The one way to a store: opens it, finds a run again, and never lets it stop a training run."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeVar

from core.atomic import write_atomic
from core.errors import TwinLensError
from core.tracking.base import BACKENDS, Backend, RunLog, State, TrackName
from core.tracking.mlflow import is_installed
from core.types.tracking import RunOutcome, TrackedRun

TRACK_VARIABLE = "TWINLENS_TRACK"
KEPT_NAME = "tracking.json"
T = TypeVar("T")
Warn = Callable[[str], None]


def warn_on_stderr(message: str) -> None:
    """Say it where results do not go."""
    print(f"warning: {message}", file=sys.stderr)


def open_tracker(name: TrackName, runs: Path, *, warn: Warn = warn_on_stderr) -> Tracker:
    """Open a store of training runs.

    Args:
        name: of the store; ``"auto"`` is MLflow where it is installed, and otherwise nothing, which is said.
        runs: folder of all runs; the store lies in it.
        warn: told of the first failure of the store, and no other.

    Raises:
        ConfigError: no such store, or its package is not installed. A store that cannot be opened for another
            reason is a warning when the first run begins, and nothing is logged.
    """
    chosen: str = name
    if name == "auto":
        chosen = "mlflow" if is_installed() else "none"
        if chosen == "none":
            warn("MLflow is not installed, so runs are logged nowhere but in their own folders")
    tracker = Tracker(chosen, warn)
    make = BACKENDS.get(chosen)
    tracker.backend = tracker.guarded(lambda: make(runs))
    return tracker


class Tracker:
    """A store behind a guard: after its first failure it is left alone, and whoever calls notices nothing.

    Args:
        name: of the store.
        warn: told of the failure.
    """

    def __init__(self, name: str, warn: Warn) -> None:
        self.name = name
        self.backend: Backend | None = None
        self._warn = warn
        self._failed = False
        self._open: list[Tracked] = []

    def start(self, run: TrackedRun, folder: Path | None = None) -> Tracked:
        """Begin a run, or go on with the one that its folder remembers.

        Args:
            run: what is known of it.
            folder: of the run; None if it is never gone on with.
        """
        kept = _read_kept(folder, self.name)
        backend = self.backend
        log: RunLog | None = None
        epochs = 0
        if backend is not None and kept is not None:
            run_id, epochs = kept
            log = self.guarded(lambda: backend.resume(run, run_id))
        if backend is not None and log is None:
            epochs = 0
            log = self.guarded(lambda: backend.start(run))
        tracked = Tracked(self, log, folder, epochs)
        tracked.keep()
        self._open.append(tracked)
        return tracked

    def close(self) -> None:
        """Mark runs that are still open as interrupted; they can be gone on with."""
        for tracked in tuple(self._open):
            tracked.end("interrupted", RunOutcome())

    def guarded(self, act: Callable[[], T]) -> T | None:
        """What ``act`` returns; None once anything has failed. Errors that name the user's choice go on."""
        if self._failed:
            return None
        try:
            return act()
        except TwinLensError:
            raise
        except Exception as error:  # noqa: BLE001 - whatever a store raises, the training it logs goes on
            self._failed = True
            lines = str(error).strip().splitlines() or [type(error).__name__]
            self._warn(
                f"{self.name} failed ({lines[0]}); training goes on and is not logged there. "
                "History and result are in the run's own folder as ever"
            )
            return None

    def forget(self, tracked: Tracked) -> None:
        """A run has ended."""
        if tracked in self._open:
            self._open.remove(tracked)


class Tracked:
    """One run in the tracker's store.

    Attributes:
        epochs_logged: how many epochs the store has, from this session and earlier ones.
    """

    def __init__(self, tracker: Tracker, log: RunLog | None, folder: Path | None, epochs: int) -> None:
        self.epochs_logged = epochs
        self._tracker = tracker
        self._log = log
        self._folder = folder

    @property
    def run_id(self) -> str | None:
        """The store's name for the run; None where it is logged nowhere."""
        return (self._log.run_id or None) if self._log is not None else None

    def log_epoch(self, epoch: int, metrics: Mapping[str, float | None]) -> None:
        """Store an epoch's numbers, counted from 0; those that are None are left out, and so is an epoch that
        the store has.
        """
        log = self._log
        if log is None or epoch < self.epochs_logged:
            return
        there = {key: float(value) for key, value in metrics.items() if value is not None}

        def act() -> None:
            log.log_epoch(epoch, there)
            self.epochs_logged = epoch + 1
            self.keep()

        self._tracker.guarded(act)

    def finish(self, outcome: RunOutcome) -> None:
        """Store what came out, and end the run."""
        self.end("finished", outcome)

    def end(self, state: State, outcome: RunOutcome) -> None:
        """End the run; a second end does nothing."""
        log, self._log = self._log, None
        if log is not None:
            self._tracker.guarded(lambda: log.close(state, outcome))
        self._tracker.forget(self)

    def keep(self) -> None:
        """Remember in the run's folder where it is logged."""
        if self._folder is None or self.run_id is None:
            return
        kept = {"store": self._tracker.name, "run_id": self.run_id, "epochs": self.epochs_logged}
        path = self._folder / KEPT_NAME
        self._tracker.guarded(lambda: write_atomic(path, (json.dumps(kept) + "\n").encode()))


def _read_kept(folder: Path | None, store: str) -> tuple[str, int] | None:
    """Id and epochs of the run that a folder remembers in this store; None if it remembers none."""
    if folder is None or not (folder / KEPT_NAME).is_file():
        return None
    try:
        kept = json.loads((folder / KEPT_NAME).read_text(encoding="utf-8"))
        if kept["store"] != store:
            return None
        return str(kept["run_id"]), int(kept["epochs"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
