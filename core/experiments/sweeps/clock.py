"""Processor time of a run over all its sessions, beside the run."""

from __future__ import annotations

import json
import time
from pathlib import Path

from core.training.checkpoint import write_kept
from core.training.progress import EpochRecord, Listener
from core.training.runs import Asked, RunResult

CLOCK_NAME = "processor.json"


class ProcessorClock(Listener):
    """Adds up the processor seconds of every epoch, and passes on what it is told.

    Other programs on the machine lengthen a training's wall-clock time and hardly its processor time.

    Args:
        inner: told everything.
    """

    def __init__(self, inner: Listener) -> None:
        self.inner = inner
        self.batch_bar = inner.batch_bar
        self._folder = Path()
        self._seconds = 0.0
        self._began = 0.0

    def opened(self, folder: Path, asked: Asked) -> None:
        """Take up what earlier sessions took."""
        self._folder, self._seconds = folder, read_processor_seconds(folder) or 0.0
        self._began = time.process_time()
        self.inner.opened(folder, asked)

    def started(self, stage: str, *, epochs: int, first_epoch: int) -> None:
        """Start the clock; a run begun anew forgets what was taken before."""
        self._seconds = self._seconds if first_epoch else 0.0
        self._began = time.process_time()
        self.inner.started(stage, epochs=epochs, first_epoch=first_epoch)

    def finished_epoch(self, stage: str, record: EpochRecord) -> None:
        """Add the epoch."""
        now = time.process_time()
        self._seconds += now - self._began
        self._began = now
        content = json.dumps({"processor_seconds": round(self._seconds, 2)}) + "\n"
        write_kept(self._folder / CLOCK_NAME, content.encode())
        self.inner.finished_epoch(stage, record)

    def advanced(self, what: str, done: int, total: int) -> None:
        """Passed on."""
        self.inner.advanced(what, done, total)

    def warned(self, message: str) -> None:
        """Passed on."""
        self.inner.warned(message)

    def closed(self, folder: Path, result: RunResult) -> None:
        """Passed on."""
        self.inner.closed(folder, result)


def read_processor_seconds(folder: Path) -> float | None:
    """What a run's epochs took so far; None where it kept no count."""
    path = folder / CLOCK_NAME
    if not path.is_file():
        return None
    return float(json.loads(path.read_text(encoding="utf-8"))["processor_seconds"])
