"""Progress on a terminal: training's as a bar of epochs and a line for each, a slow map's as one bar."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from tqdm.auto import tqdm

from core.training.progress import EpochRecord, Listener


@contextmanager
def follow_share(what: str) -> Iterator[Callable[[float], None]]:
    """A bar on standard error, where that is a terminal, for what tells the share in [0, 1] that is done.

    It is drawn with the first share told, so that what tells none shows nothing.
    """
    bars: list[tqdm] = []

    def tell(share: float) -> None:
        done = round(100 * share)
        if not bars:
            quiet = not sys.stderr.isatty()
            bars.append(tqdm(total=100, initial=done, desc=what, unit="%", leave=False, disable=quiet))
        bars[0].update(done - bars[0].n)

    try:
        yield tell
    finally:
        for bar in bars:
            bar.close()


@contextmanager
def follow_files(what: str) -> Iterator[Callable[[int, int], None]]:
    """A bar on standard error, where that is a terminal, for what tells how many files of all are done.

    Its rate counts from the first file told: those that an earlier run did are not ascribed to this one.
    """
    bars: list[tqdm] = []

    def tell(done: int, total: int) -> None:
        if not bars:
            quiet = not sys.stderr.isatty()
            bars.append(
                tqdm(total=total, initial=done - 1, desc=what, unit="file", leave=False, disable=quiet)
            )
        bars[0].update(done - bars[0].n)

    try:
        yield tell
    finally:
        for bar in bars:
            bar.close()


class TerminalListener(Listener):
    """Draws progress on standard error, which leaves standard output to results."""

    def __init__(self) -> None:
        self._epochs: tqdm | None = None
        self._task: tqdm | None = None

    def started(self, stage: str, *, epochs: int, first_epoch: int) -> None:
        """Open the bar of epochs."""
        self._close_task()
        self._epochs = tqdm(total=epochs, initial=first_epoch, desc=stage, unit="epoch")

    def advanced(self, what: str, done: int, total: int) -> None:
        """Move the bar of whatever comes before or after the epochs."""
        if self._task is None or self._task.desc != what:
            self._close_task()
            self._task = tqdm(total=total, desc=what, leave=False)
            self._task.desc = what
        self._task.update(done - self._task.n)
        if done == total:
            self._close_task()

    def warned(self, message: str) -> None:
        """Print the warning on standard error."""
        tqdm.write(f"warning: {message}", file=sys.stderr)

    def finished_epoch(self, stage: str, record: EpochRecord) -> None:
        """Move the bar of epochs and say what the epoch gave."""
        if self._epochs is None:
            return
        terms = ", ".join(f"{name} {value:.3f}" for name, value in record.terms.items())
        mark = " (best so far)" if record.best else ""
        self._epochs.write(
            f"{stage} epoch {record.epoch + 1}: {terms}; validation ROC-AUC {record.val_roc_auc:.4f}, "
            f"{record.seconds:.0f} s{mark}"
        )
        self._epochs.update(1)
        if self._epochs.n >= (self._epochs.total or 0):
            self._epochs.close()

    def _close_task(self) -> None:
        if self._task is not None:
            self._task.close()
            self._task = None
