"""Processes that compute gradients, or train, together: argv task, DEVICES[xNODES], folder, recipes.

A test starts the first one, which starts the others as the commands do.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file

from core.errors import TwinLensError
from core.networks.base import Network, build_network
from core.training.fit import EpochKeeper, build_trainer, quiet_lightning, train_network
from core.training.images import TrainingImages
from core.training.launch import launched
from core.training.lesson import Lesson, draw_lesson_views
from core.training.network_recipe import NetworkRecipe
from core.training.progress import EpochRecord, Listener
from core.training.recipe import DistillRecipe
from core.training.runs import Asked, RunResult
from core.training.task import TrainingTask

ASKED = Asked(stage="made", recipe={}, data={}, split_sha256="0")


def make_images(topology: int) -> TrainingImages:
    """26 training images of noise in three unequal classes, and 70 for validation: two batches of it."""
    draw = torch.Generator().manual_seed(0)
    pixels = torch.randint(0, 256, (96, 3, 32, 32), dtype=torch.uint8, generator=draw)
    target = torch.tensor([0, 1, 1, 2, 2, 2])[torch.arange(96) % 6]
    numbers = torch.rand(96, topology, generator=draw, dtype=torch.float64) if topology else None
    return TrainingImages(
        pixels[:26],
        target[:26],
        pixels[26:],
        target[26:],
        num_classes=3,
        positives=(0,),
        train_topology=None if numbers is None else numbers[:26],
        val_topology=None if numbers is None else numbers[26:],
    )


def make_network(recipe: NetworkRecipe) -> Network:
    """The same untrained network in every process."""
    torch.manual_seed(7)
    return build_network(recipe.architecture, recipe.arguments, 3)


class FirstGradient(TrainingTask):
    """Keeps the gradient of the first step, averaged over the processes, before anything moves."""

    gradient: dict[str, torch.Tensor] | None = None

    def on_before_optimizer_step(self, optimizer: torch.optim.Optimizer) -> None:
        """After the backward pass and the exchange."""
        if self.gradient is None:
            named = self.network.named_parameters()
            self.gradient = {name: p.grad.clone().contiguous() for name, p in named if p.grad is not None}


class Teller(Listener):
    """Says what it is told on standard output, which only the first process has."""

    def finished_epoch(self, stage: str, record: EpochRecord) -> None:
        """Say that an epoch is safe on disk."""
        print(f"epoch {record.epoch}", flush=True)


@dataclass(frozen=True)
class Trial:
    """A recipe with what it is trained on.

    Attributes:
        recipe: of a small network on images of 32 pixels, in batches of 8.
        images: of its kind.
        lesson, distill: a teacher's made-up answers; None without.
    """

    recipe: NetworkRecipe
    images: TrainingImages
    lesson: Lesson | None
    distill: DistillRecipe | None

    @classmethod
    def of(cls, changes: dict[str, Any]) -> Trial:
        """The trial of a recipe's changes; ``"taught": true`` adds the teacher."""
        base = {"name": "made", "architecture": "small_cnn", "image_size": 32, "batch_size": 8, "epochs": 1}
        own = {key: value for key, value in changes.items() if key != "taught"}
        recipe = NetworkRecipe.model_validate({**base, **own})
        images = make_images(recipe.arguments.get("topology_inputs", 0))
        if not changes.get("taught"):
            return cls(recipe, images, None, None)
        views = draw_lesson_views(len(images.train), 3, recipe.augment, seed=1)
        answers = torch.randn(3, 26, 3, generator=torch.Generator().manual_seed(5))
        return cls(recipe, images, Lesson(views, answers), DistillRecipe(temperature=2.0, kd_weight=0.6))

    def gradient(self, folder: Path) -> dict[str, torch.Tensor]:
        """Of the first step, in double precision, so that rounding is not taken for a difference."""
        network = make_network(self.recipe).double()
        task = FirstGradient(network, self.recipe, self.images, lesson=self.lesson, distill=self.distill)
        with quiet_lightning(), torch.random.fork_rng():
            build_trainer(self.recipe, EpochKeeper(folder, "made", Listener()), bar="off").fit(task)
        return task.gradient or {}

    def train(self, folder: Path, listener: Listener) -> RunResult:
        """To the end, from the checkpoint if there is one."""
        network = make_network(self.recipe)
        more = {"lesson": self.lesson, "distill": self.distill, "listener": listener}
        return train_network(network, self.recipe, self.images, folder, ASKED, **more)


def main() -> None:
    """Do one task for each recipe, and write what came out into the folder."""
    task, shape, folder, changes = sys.argv[1:]
    devices, _, nodes = shape.partition("x")
    with launched(int(devices), int(nodes or 1)) as processes:
        torch.set_num_threads(1)
        if task == "fail-second" and processes.rank == 1:
            raise RuntimeError("this process was made to fail")
        if task == "kill-second" and processes.rank == 1:
            os.kill(os.getpid(), signal.SIGKILL)
        for number, trial in enumerate(map(Trial.of, json.loads(changes))):
            out = Path(folder) / str(number)
            out.mkdir(exist_ok=True)
            if task == "gradient":
                found = trial.gradient(out)
                save_file(found, out / f"gradient-{processes.rank}.safetensors")
            else:
                trial.train(out, Teller())


if __name__ == "__main__":
    try:
        main()
    except TwinLensError as error:
        print(f"error: {error}", file=sys.stderr)
        sys.exit(1)
