"""Logging training runs: a listener that tells a tracker of them, and everything else to another listener."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from lightning.pytorch.utilities import rank_zero_only

from core.tracking import Tracked, Tracker, describe_origin, flatten
from core.training.progress import EpochRecord, Listener
from core.training.runs import (
    HISTORY_NAME,
    RESULT_NAME,
    RUN_NAME,
    Asked,
    RunResult,
    library_versions,
)
from core.types.tracking import RunOutcome, TrackedRun

CURVES_NAME = "curves.csv"


class TrackingListener(Listener):
    """Logs every run that it is told of, in the process of rank 0 alone.

    What is logged of an epoch is its line of ``history.jsonl``, so that epochs which a killed or failing
    tracker missed follow with the next one.

    Args:
        inner: told of everything, before the tracker.
        tracker: see :mod:`core.tracking`.
    """

    def __init__(self, inner: Listener, tracker: Tracker) -> None:
        self.batch_bar = inner.batch_bar
        self._inner = inner
        self._tracker = tracker
        self._runs: dict[str, tuple[Path, Tracked]] = {}

    def opened(self, folder: Path, asked: Asked) -> None:
        """Begin the run in the store, or go on with it."""
        self._inner.opened(folder, asked)
        if getattr(rank_zero_only, "rank", 0) == 0:
            log = self._tracker.start(describe_run(folder, asked), folder)
            self._runs[asked.stage] = folder, log

    def started(self, stage: str, *, epochs: int, first_epoch: int) -> None:
        """Pass it on."""
        self._inner.started(stage, epochs=epochs, first_epoch=first_epoch)

    def advanced(self, what: str, done: int, total: int) -> None:
        """Pass it on."""
        self._inner.advanced(what, done, total)

    def warned(self, message: str) -> None:
        """Pass it on."""
        self._inner.warned(message)

    def finished_epoch(self, stage: str, record: EpochRecord) -> None:
        """Log the epoch, and those before it that are not logged yet."""
        self._inner.finished_epoch(stage, record)
        if stage in self._runs:
            _catch_up(*self._runs[stage])

    def closed(self, folder: Path, result: RunResult) -> None:
        """Log what came out, and end the run in the store."""
        self._inner.closed(folder, result)
        if result.asked.stage in self._runs:
            folder, log = self._runs.pop(result.asked.stage)
            log_result(folder, result, log)


def describe_run(folder: Path, asked: Asked) -> TrackedRun:
    """What is known of a run from its folder ``<group>/<stage>`` and what was asked of it."""
    tags = {
        **describe_origin(),
        "split_sha256": asked.split_sha256,
        "data": ", ".join(asked.data.get("datasets", ())),
        **{f"version.{name}": version for name, version in library_versions().items()},
    }
    if asked.teacher_sha256 is not None:
        tags["teacher_sha256"] = asked.teacher_sha256
    group = folder.resolve().parent.name
    parameters = flatten({**asked.recipe, "data": asked.data})
    return TrackedRun(f"{group}/{asked.stage}", group, asked.stage, parameters, tags)


def log_result(folder: Path, result: RunResult, log: Tracked) -> None:
    """Log a finished run's last epochs, figures and files."""
    _catch_up(folder, log)
    metrics = {
        "final.validation_roc_auc": result.validation_roc_auc,
        "final.epochs": float(result.epochs),
        "final.seconds": result.seconds,
    }
    if result.best_epoch is not None:
        metrics["final.best_epoch"] = float(result.best_epoch)
    names = (RUN_NAME, HISTORY_NAME, RESULT_NAME)
    files = {name: (folder / name).read_bytes() for name in names if (folder / name).is_file()}
    if history := _read_history(folder):
        files[CURVES_NAME] = _write_curves(history)
    log.finish(RunOutcome(metrics, files))


def _catch_up(folder: Path, log: Tracked) -> None:
    for row in _read_history(folder)[log.epochs_logged :]:
        log.log_epoch(int(row["epoch"]), _numbers(row))


def _read_history(folder: Path) -> list[dict[str, Any]]:
    path = folder / HISTORY_NAME
    lines = path.read_text(encoding="utf-8").splitlines() if path.is_file() else []
    return [json.loads(line) for line in lines]


def _numbers(row: Mapping[str, Any]) -> dict[str, float | None]:
    """An epoch's numbers by name; a loss term is ``"terms.<name>"``, and ``best`` is 1 or 0."""
    flat = flatten({key: value for key, value in row.items() if key != "epoch"})
    return {key: value if value is None else float(value) for key, value in flat.items()}


def _write_curves(history: Sequence[Mapping[str, Any]]) -> bytes:
    """The history as a table, one line an epoch, for any program that reads CSV."""
    rows = [{"epoch": row["epoch"], **_numbers(row)} for row in history]
    buffer = io.StringIO()
    table = csv.DictWriter(buffer, list(dict.fromkeys(key for row in rows for key in row)))
    table.writeheader()
    table.writerows(rows)
    return buffer.getvalue().encode()
