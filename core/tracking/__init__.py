"""Where a training run is logged: MLflow on a local store, Weights & Biases offline, or nowhere.

::

    tracker = open_tracker("auto", Path("runs"))                 # "mlflow", "wandb" or "none" as well
    log = tracker.start(TrackedRun(name=..., group=..., stage=..., parameters=flatten(recipe),
                                   tags=describe_origin()), folder)
    log.log_epoch(0, {"val_loss": 0.61, "terms.plain": 0.7})     # epochs count from 0
    log.finish(RunOutcome(metrics={"best_epoch": 0.0}, artifacts={"history.jsonl": content}))
    tracker.close()                                              # runs left open count as interrupted

``folder`` is the run's own folder or None. It keeps the run's id in ``tracking.json``, so that a run that was
killed goes on in the same place: ``log.epochs_logged`` says how many epochs are there already, and logging
one of them again does nothing. Training needs none of this: :class:`core.training.tracked.TrackingListener`
logs every run whose listener it is.

Nothing that a store does can stop a run. The first failure is said once, through ``warn``, and training goes
on without a log. No store is asked over a network; what the libraries would tell their makers is switched
off.
"""

from core.tracking.base import BACKENDS, Backend, RunLog, TrackName
from core.tracking.origin import describe_origin
from core.tracking.parameters import flatten
from core.tracking.tracker import TRACK_VARIABLE, Tracked, Tracker, open_tracker

__all__ = [
    "BACKENDS",
    "TRACK_VARIABLE",
    "Backend",
    "RunLog",
    "TrackName",
    "Tracked",
    "Tracker",
    "describe_origin",
    "flatten",
    "open_tracker",
]
