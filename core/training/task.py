"""The one Lightning task, for teacher, student and control: losses by name, running averages, validation.

Whatever is random in a step (order, views, mixing, dropout) is drawn from (seed, epoch, batch), never from a
state that goes on between steps; with model, optimiser and schedule restored, a resumed run therefore takes
the very steps the uninterrupted one would have taken. Several processes (:mod:`core.training.processes`) draw
the same, and each computes its rows of every batch.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Iterable, Mapping
from dataclasses import asdict, replace
from typing import Any

import lightning.pytorch as pl
import torch
from torch import Tensor

from core.data.batches import EpochBatches, OrderedBatches, generator_for
from core.data.sampling import class_weights, index_weights
from core.distill.base import DISTILLERS, join_terms
from core.distill.consistency import rotation_consistency, turn_images
from core.distill.focal import focal_loss
from core.errors import ConfigError
from core.networks.base import Network
from core.training.examples import Examples, draw_examples
from core.training.images import TrainingImages
from core.training.lesson import Lesson, as_channels_last
from core.training.network_recipe import NetworkRecipe
from core.training.optimiser import build_optimiser
from core.training.preprocessing_check import check_preprocessing
from core.training.processes import average_terms, check_batch_size, join_parts, present
from core.training.progress import EpochRecord
from core.training.recipe import DistillRecipe
from core.training.start import keep_frozen_
from core.training.topology import answer, check_topology
from core.training.validation import BATCH_SIZE, ValidationScores, is_better, score_validation, score_watched
from core.training.whole_batch import as_whole_batch


class TrainingTask(pl.LightningModule):
    """Trains one network on images in memory, with or without a teacher's answers.

    Args:
        network: starts from its present weights; changed in place.
        recipe: how to train it.
        images: training and validation images at the network's own size.
        fresh: names of the parameters that pretrained weights did not fill; their rate is multiplied.
        lesson: the teacher's views and answers; None without distillation.
        distill: method and weights; needed with a lesson.

    Attributes:
        average: the running average of the weights, or None.
        history: one record an epoch.
        best: weights of the best epoch so far, by name, on the CPU.
    """

    steps: Tensor

    def __init__(
        self,
        network: Network,
        recipe: NetworkRecipe,
        images: TrainingImages,
        *,
        fresh: Iterable[str] = (),
        lesson: Lesson | None = None,
        distill: DistillRecipe | None = None,
    ) -> None:
        super().__init__()
        if lesson is not None and distill is None:
            raise ValueError("distill is needed with a lesson")
        check_topology(network, images, recipe.name)
        self.renormalise = check_preprocessing(network, recipe)
        self.network = keep_frozen_(as_channels_last(network).train())
        self.average = copy.deepcopy(network).eval().requires_grad_(False) if recipe.ema_decay > 0 else None
        self.recipe = recipe
        self.images = images
        self.fresh = frozenset(fresh)
        self.lesson = lesson
        self.distill = distill
        self.class_weights = _weigh_classes(recipe, images)
        self.register_buffer("steps", torch.zeros((), dtype=torch.int64))
        batch_size = min(recipe.batch_size, len(images.train))
        check_batch_size(recipe.name, batch_size)
        drawn = torch.from_numpy(index_weights(images.train_target.numpy()))
        self.batches = EpochBatches(
            len(images.train),
            batch_size,
            recipe.seed,
            self.epochs_done,
            weights=drawn if recipe.sampler == "weighted" else None,
        )
        self.history: list[EpochRecord] = []
        self.best: dict[str, Tensor] = {}
        self.sessions: list[dict[str, int]] = []
        self._sums: dict[str, float] = {}
        self._answers: dict[int, Tensor] = {}
        self.validation = ValidationScores(math.nan, math.nan)
        self.watched: ValidationScores | None = None

    def epochs_done(self) -> int:
        """Whole epochs this network has been trained for, over all sessions."""
        return int(self.steps) // len(self.batches)

    @property
    def served(self) -> Network:
        """The network that would ship now: the running average where there is one."""
        return self.network if self.average is None else self.average

    @property
    def best_record(self) -> EpochRecord:
        """The best epoch so far; ValueError before the first."""
        return max((record for record in self.history if record.best), key=lambda record: record.epoch)

    @property
    def finished(self) -> bool:
        """Whether all epochs are done, or patience has run out."""
        if not self.history:
            return False
        waited = self.history[-1].epoch - self.best_record.epoch
        out_of_patience = self.recipe.patience is not None and waited >= self.recipe.patience
        return out_of_patience or len(self.history) >= self.recipe.epochs

    def train_dataloader(self) -> EpochBatches:
        """Row numbers of the training split."""
        return self.batches

    def val_dataloader(self) -> OrderedBatches:
        """Row numbers of the validation split."""
        return OrderedBatches(len(self.images.val), BATCH_SIZE)

    def configure_optimizers(self) -> Any:
        """AdamW and its schedule, stepped every batch."""
        total = self.recipe.epochs * len(self.batches)
        optimiser, schedule = build_optimiser(self.network, self.recipe, self.fresh, total_steps=total)
        return {"optimizer": optimiser, "lr_scheduler": {"scheduler": schedule, "interval": "step"}}

    def training_step(self, batch: tuple[int, Tensor], batch_idx: int) -> Tensor:
        """One batch: views, logits, loss terms."""
        number, rows = int(batch[0]), batch[1].cpu()
        key = (self.recipe.seed, "batch", self.epochs_done(), number)
        torch.manual_seed(generator_for(*key, "network").initial_seed())
        examples = draw_examples(
            self.images,
            rows,
            self.recipe,
            generator_for(*key),
            lesson=self.lesson,
            distill=self.distill,
            device=self.device,
            places=present().rows(len(rows)),
        )
        if self.renormalise is not None:
            examples = replace(examples, pixels=self.renormalise(examples.pixels))
        with as_whole_batch(len(examples.pixels)):
            terms = self._terms(examples, generator_for(*key, "turn"))
        for name, term in terms.items():
            self._sums[name] = self._sums.get(name, 0.0) + float(term.detach())
            self.log(f"train/{name}", term.detach(), prog_bar=True, batch_size=len(rows))
        return torch.stack(list(terms.values())).sum()

    def on_train_batch_end(self, outputs: Any, batch: Any, batch_idx: int) -> None:
        """Move the running average and count the step."""
        self.steps += 1
        if self.average is None:
            return
        taken = int(self.steps)
        decay = min(self.recipe.ema_decay, (1 + taken) / (10 + taken))
        with torch.no_grad():
            new = self.network.state_dict()
            for name, old in self.average.state_dict().items():
                if old.is_floating_point():
                    old.lerp_(new[name], 1 - decay)
                else:
                    old.copy_(new[name])

    def on_validation_epoch_start(self) -> None:
        """Forget earlier answers."""
        self._answers = {}

    def validation_step(self, batch: tuple[int, Tensor], batch_idx: int) -> None:
        """Logits of one batch of plain images, from the weights that would ship; processes take turns."""
        number, rows = int(batch[0]), batch[1].cpu()
        if number % present().count != present().rank:
            return
        pixels = self.images.val[rows].to(self.device).float() / 255
        topology = self.images.val_topology
        if topology is not None:
            topology = topology[rows].to(self.device)
        pixels = pixels.contiguous(memory_format=torch.channels_last)
        self._answers[number] = answer(self.served, pixels, topology).float().cpu()

    def on_validation_epoch_end(self) -> None:
        """Score the validation split."""
        logits, target = join_parts(self._answers), self.images.val_target
        if not bool(torch.isfinite(logits).all()):
            raise ConfigError(
                f"{self.recipe.name}: optimiser.lr={self.recipe.optimiser.lr:g}",
                f"training diverged in epoch {self.epochs_done()}, the network's answers are not finite",
                "Use a lower rate, a longer warmup or grad_clip",
            )
        self.validation = score_validation(logits, target, self.images.positives)
        if self.recipe.watch_training:
            self.watched = score_watched(self.served, self.images, self.recipe)
        self.log("val/roc_auc", self.validation.roc_auc, prog_bar=True)

    def close_epoch(self, *, seconds: float) -> EpochRecord:
        """File the epoch that has just been validated, and keep its weights if it is the best."""
        count = len(self.batches)
        monitor, scores = self.recipe.monitor, self.validation
        value = scores.monitored(monitor, epoch=len(self.history))
        best = not self.history or is_better(monitor, value, self.best_record.val_monitor)
        schedule = self.lr_schedulers()
        rate = (
            schedule.get_last_lr()[0] if isinstance(schedule, torch.optim.lr_scheduler.LRScheduler) else 0.0
        )
        record = EpochRecord(
            epoch=len(self.history),
            terms={name: total / count for name, total in average_terms(self._sums).items()},
            val_roc_auc=scores.roc_auc,
            val_loss=scores.cross_entropy,
            val_monitor=value,
            lr=float(rate),
            seconds=seconds,
            best=best,
            val_accuracy=scores.accuracy,
            train_loss=None if self.watched is None else self.watched.cross_entropy,
            train_accuracy=None if self.watched is None else self.watched.accuracy,
        )
        self.history.append(record)
        self._sums = {}
        if best:
            state = self.served.state_dict()
            self.best = {name: tensor.detach().cpu().clone() for name, tensor in state.items()}
        return record

    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Add what is not a weight: history, best weights, sessions."""
        checkpoint["progress"] = {
            "history": [asdict(record) for record in self.history],
            "best": self.best,
            "sessions": self.sessions,
        }

    def on_load_checkpoint(self, checkpoint: Mapping[str, Any]) -> None:
        """Take it back."""
        progress = checkpoint["progress"]
        self.history = [EpochRecord(**record) for record in progress["history"]]
        self.best = dict(progress["best"])
        began = self.sessions[len(progress["sessions"]) :]
        self.sessions = [*progress["sessions"], *began]

    def open_session(self, *, threads: int) -> None:
        """Note that training begins or goes on now, with so many threads."""
        self.sessions.append({"threads": threads, "first_epoch": len(self.history)})

    def _terms(self, examples: Examples, generator: torch.Generator) -> dict[str, Tensor]:
        """The weighted loss terms of one batch by name.

        For consistency the batch and its turned copy go through the network together, each image turned by
        one of the three right angles, so that batch normalisation treats both alike.
        """
        recipe, pixels, topology = self.recipe, examples.pixels, examples.topology
        if recipe.consistency_weight > 0:
            processes = present()
            quarters = torch.randint(1, 4, (len(pixels) * processes.count,), generator=generator)
            quarters = quarters[processes.rows(len(quarters))]
            pixels = torch.cat([pixels, turn_images(pixels, quarters)])
            pixels = pixels.contiguous(memory_format=torch.channels_last)
            topology = None if topology is None else topology.repeat(2, 1)  # a turn leaves topology as it is
        answers = answer(self.network, pixels, topology).float()
        logits = answers[: len(examples.pixels)]
        plain = focal_loss(
            logits, examples.target, gamma=recipe.loss.focusing, class_weights=self.class_weights
        )
        terms = {"plain": plain}
        if examples.taught is not None and self.distill is not None:
            method = DISTILLERS.get(self.distill.method)
            found = method(logits, examples.taught, examples.target, temperature=self.distill.temperature)
            share = self.distill.kd_weight_at(self.epochs_done(), recipe.epochs)
            terms = join_terms(plain, found, kd_weight=share)
        if recipe.consistency_weight > 0:
            turned = answers[len(examples.pixels) :]
            terms["consistency"] = recipe.consistency_weight * rotation_consistency(logits, turned)
        return terms


def _weigh_classes(recipe: NetworkRecipe, images: TrainingImages) -> Tensor:
    """Weight of each class in the plain loss, (C,) float32."""
    counts = torch.bincount(images.train_target, minlength=images.num_classes).numpy()
    loss = recipe.loss
    power = loss.class_weight_power if loss.class_weighting == "inverse_frequency" else 1.0
    return torch.from_numpy(class_weights(counts, loss.weighting, beta=loss.beta, power=power)).float()
