"""Where a command logs the runs that it trains."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, get_args

import typer

from core.errors import ConfigError
from core.tracking.base import TrackName
from core.tracking.tracker import TRACK_VARIABLE, open_tracker, warn_on_stderr

if TYPE_CHECKING:
    from core.training.progress import Listener

TrackOption = Annotated[
    str,
    typer.Option(
        envvar=TRACK_VARIABLE,
        help="Where runs are logged: mlflow, wandb (offline), none, or auto: MLflow where it is installed.",
    ),
]


@contextmanager
def tracked(listener: Listener, track: str, runs: Path, *, quiet: bool) -> Iterator[Listener]:
    """A listener that also logs; runs that are cut off are marked as interrupted.

    Args:
        listener: told of everything.
        track: choice of the user.
        runs: folder of all runs.
        quiet: whether the listener shows nothing, so that warnings go to standard error.

    Raises:
        ConfigError: no such choice, or its package is not installed.
    """
    from core.training.tracked import TrackingListener

    choices = get_args(TrackName)
    if track not in choices:
        raise ConfigError(f"--track {track}", "no such choice", f"The choices are {', '.join(choices)}")
    warn = warn_on_stderr if quiet else listener.warned
    tracker = open_tracker(track, runs, warn=warn)  # type: ignore[arg-type]
    try:
        yield TrackingListener(listener, tracker)
    finally:
        tracker.close()
