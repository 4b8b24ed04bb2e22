"""A run as training would describe it, and what came out of it."""

from __future__ import annotations

from core.types.tracking import RunOutcome, TrackedRun

RUN = TrackedRun(
    name="melanoma/student",
    group="melanoma",
    stage="student",
    parameters={"optimiser.lr": 0.001, "epochs": 3, "ema_decay": None, "augment.scale": "[0.8, 1.0]"},
    tags={"commit": "0" * 40, "split_sha256": "ab", "data": "isic2017", "version.torch": "2.13.0"},
)
OUTCOME = RunOutcome(
    metrics={"final.best_epoch": 1.0},
    artifacts={"history.jsonl": b'{"epoch": 0}\n', "curves.csv": b"epoch\n0\n"},
)
