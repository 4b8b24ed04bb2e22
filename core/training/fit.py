"""Training one network with Lightning: an epoch, its validation, its checkpoint, and the next."""

from __future__ import annotations

import logging
import time
import warnings
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

import lightning.pytorch as pl
import torch
from lightning.pytorch.callbacks import Callback
from lightning.pytorch.strategies import DDPStrategy

from core.data.sampling import correction_warning
from core.networks.base import Network
from core.networks.weights import dump_weights, round_weights_
from core.training.checkpoint import LAST_NAME, AtomicCheckpointIO, read_checkpoint
from core.training.images import TrainingImages
from core.training.lesson import Lesson
from core.training.network_recipe import NetworkRecipe
from core.training.processes import present, told_by_first
from core.training.progress import Listener
from core.training.recipe import DistillRecipe
from core.training.runs import Asked, RunResult, close_run, write_history
from core.training.task import TrainingTask


class EpochKeeper(Callback):
    """After each validated epoch: files it, writes history and checkpoint, and stops when it is time.

    Args:
        folder: of the run.
        stage: what the listener is told.
        listener: told after the checkpoint is safe.
    """

    def __init__(self, folder: Path, stage: str, listener: Listener) -> None:
        self.folder = folder
        self.stage = stage
        self.listener = listener
        self._began = time.perf_counter()

    def on_train_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Start the clock."""
        self._began = time.perf_counter()

    def on_train_epoch_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """File the epoch; validation has run before."""
        if not isinstance(pl_module, TrainingTask):
            raise TypeError(f"pl_module is a {type(pl_module).__name__}, a TrainingTask was expected")
        now = time.perf_counter()
        record = pl_module.close_epoch(seconds=told_by_first(now - self._began))
        self._began = now
        trainer.save_checkpoint(self.folder / LAST_NAME)
        write_history(self.folder, pl_module.history)
        self.listener.finished_epoch(self.stage, record)
        trainer.should_stop = pl_module.finished


def train_network(
    network: Network,
    recipe: NetworkRecipe,
    images: TrainingImages,
    folder: Path,
    asked: Asked,
    *,
    fresh: Collection[str] = (),
    lesson: Lesson | None = None,
    distill: DistillRecipe | None = None,
    listener: Listener,
) -> RunResult:
    """Train to the end, from the folder's checkpoint if it has one, and write weights and result.

    The weights are those of the best epoch by the recipe's ``monitor``, rounded to what the file holds;
    ``network`` holds them, in eval mode, when this returns. Of several processes the first alone writes, and
    tells its listener; all return the same.

    Args:
        network: started as the recipe says; changed in place.
        recipe, images, fresh, lesson, distill: see :class:`core.training.task.TrainingTask`.
        folder: opened with :func:`core.training.runs.open_run`.
        asked: what was asked.
        listener: told of epochs.
    """
    listener = listener if present().is_first else Listener()
    listener.opened(folder, asked)
    task = TrainingTask(network, recipe, images, fresh=fresh, lesson=lesson, distill=distill)
    last = folder / LAST_NAME
    checkpoint = read_checkpoint(last) if last.is_file() else None
    if checkpoint is not None:
        task.on_load_checkpoint(checkpoint)
    done = len(task.history)
    doubled = correction_warning(
        weighted_sampler=recipe.sampler == "weighted", weighting=recipe.loss.weighting
    )
    if doubled is not None:
        listener.warned(f"{asked.stage}: {doubled}")
    listener.started(asked.stage, epochs=recipe.epochs, first_epoch=done)
    if not task.finished:
        task.open_session(threads=torch.get_num_threads())
        with quiet_lightning(), torch.random.fork_rng():
            keeper = EpochKeeper(folder, asked.stage, listener)
            trainer = build_trainer(recipe, keeper, bar="on" if listener.batch_bar else "off")
            trainer.fit(task, ckpt_path=last if checkpoint else None, weights_only=True)
        if trainer.interrupted:
            raise KeyboardInterrupt
    network.load_state_dict(task.best)
    network.cpu().eval()
    round_weights_(network)
    best = task.best_record
    result = close_run(
        folder,
        asked,
        dump_weights(network),
        history=task.history,
        validation_roc_auc=best.val_roc_auc,
        best_epoch=best.epoch,
        sessions=task.sessions,
    )
    listener.closed(folder, result)
    return result


def build_trainer(recipe: NetworkRecipe, keeper: EpochKeeper, *, bar: Literal["on", "off"]) -> pl.Trainer:
    """A Lightning trainer that does what the recipe says and nothing of its own accord.

    Present processes (:mod:`core.training.launch`) compute gradients together, each on its rows, and average
    them; buffers are alike in all of them, so none are sent (:mod:`core.training.whole_batch`).
    """
    processes = present()
    strategy: str | DDPStrategy = "auto"
    if processes.count > 1:
        strategy = DDPStrategy(cluster_environment=processes.environment, broadcast_buffers=False)
    return pl.Trainer(
        accelerator="auto" if processes.count == 1 or torch.cuda.is_available() else "cpu",
        devices=processes.devices,
        num_nodes=processes.nodes,
        strategy=strategy,
        use_distributed_sampler=False,
        precision="bf16-mixed" if recipe.precision == "bf16" else "32-true",
        max_epochs=recipe.epochs,
        gradient_clip_val=recipe.grad_clip,
        callbacks=[keeper],
        plugins=[AtomicCheckpointIO()],
        logger=False,
        enable_checkpointing=False,
        enable_model_summary=False,
        enable_progress_bar=bar == "on",
        num_sanity_val_steps=0,
        default_root_dir=keeper.folder,
    )


@contextmanager
def quiet_lightning() -> Iterator[None]:
    """Lightning without its advice on data loaders, loggers and devices, which does not apply here."""
    noisy = logging.getLogger("lightning.pytorch")
    level = noisy.level
    noisy.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", module=r"lightning\..*")
            warnings.filterwarnings("ignore", message="Grad strides do not match")  # of 1 x 1 convolutions
            yield
    finally:
        noisy.setLevel(level)
