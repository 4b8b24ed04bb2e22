"""No store: what is logged goes nowhere, and nothing is installed for it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from core.tracking.base import BACKENDS, State
from core.types.tracking import RunOutcome, TrackedRun


class Nowhere:
    """Both a store without runs and a run in it."""

    run_id = ""

    def start(self, run: TrackedRun) -> Nowhere:
        """Begin nothing."""
        return self

    def resume(self, run: TrackedRun, run_id: str) -> None:
        """There is none."""

    def log_epoch(self, epoch: int, metrics: Mapping[str, float]) -> None:
        """Store nothing."""

    def close(self, state: State, outcome: RunOutcome) -> None:
        """End nothing."""


@BACKENDS.register("none")
def open_nowhere(runs: Path) -> Nowhere:
    """Log nowhere."""
    return Nowhere()
