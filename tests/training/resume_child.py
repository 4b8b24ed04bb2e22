"""Trains the tiny student in a process of its own, which a test may kill: argv presets, data, runs."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import torch

from core.training.presets import load_recipe
from core.training.progress import EpochRecord, Listener
from core.training.stages import distill_student


class Slow(Listener):
    """Says when an epoch is safe on disk, then waits to be killed."""

    def finished_epoch(self, stage: str, record: EpochRecord) -> None:
        print(f"epoch {record.epoch}", flush=True)
        time.sleep(600)


if __name__ == "__main__":
    torch.set_num_threads(1)
    recipe = load_recipe("tiny", ["student.epochs=4"], folder=Path(sys.argv[1]))
    distill_student(
        recipe,
        Path(sys.argv[3]),
        role="control",
        root=Path(sys.argv[2]),
        resume="if_unfinished",
        listener=Slow(),
    )
