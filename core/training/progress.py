"""What training tells whoever watches it: a command's progress bar, or nobody."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from core.training.runs import Asked, RunResult


@dataclass(frozen=True)
class EpochRecord:
    """One epoch, as a line of ``history.jsonl``.

    Attributes:
        epoch: from 0.
        terms: mean over the epoch's batches of each weighted loss term by name; they add up to the loss.
        val_roc_auc: of the positive classes on the validation split, in [0, 1], of what would ship.
        val_loss: cross-entropy on the validation split.
        val_monitor: the score of the validation split that the recipe's ``monitor`` names, which decides.
        lr: the rate of the last step of the first parameter group.
        seconds: wall-clock, validation included.
        best: whether it was the best epoch so far.
        val_accuracy: on the validation split.
        train_loss, train_accuracy: cross-entropy and accuracy of the watched training images, judged as the
            validation images are; None where none are watched.
    """

    epoch: int
    terms: dict[str, float] = field(default_factory=dict)
    val_roc_auc: float = 0.0
    val_loss: float = 0.0
    val_monitor: float = 0.0
    lr: float = 0.0
    seconds: float = 0.0
    best: bool = False
    val_accuracy: float = 0.0
    train_loss: float | None = None
    train_accuracy: float | None = None


class Listener:
    """Told what happens; does nothing. Subclass it to show progress.

    Attributes:
        batch_bar: whether Lightning draws its own bar of batches.
    """

    batch_bar = False

    def opened(self, folder: Path, asked: Asked) -> None:
        """A run's folder was entered, and there is work to do; :meth:`started` follows."""

    def started(self, stage: str, *, epochs: int, first_epoch: int) -> None:
        """A network begins, or goes on at ``first_epoch``."""

    def advanced(self, what: str, done: int, total: int) -> None:
        """Something that is not an epoch moved on, for example ``"reading images"``."""

    def warned(self, message: str) -> None:
        """Something was asked for that is allowed and probably not meant."""

    def finished_epoch(self, stage: str, record: EpochRecord) -> None:
        """An epoch is over, validated and safe on disk."""

    def closed(self, folder: Path, result: RunResult) -> None:
        """A run is over, its weights and result are on disk."""
