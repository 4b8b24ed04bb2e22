"""What asking the teacher once is worth: ``python -m benchmarks.distil_epoch [--images 320] [--rounds 3]``.

The student of the preset ``melanoma`` is trained for whole epochs on the same pictures in the same order,
with the teacher's answers kept (:mod:`core.training.lesson`) and asking the shipped teacher about each view
at each step, taking turns. Asking at each step is one look of the teacher at the view, in whichever precision
is faster here; keeping them asks about every view of every picture beforehand, and about the picture itself
twice, for both of its turns: that is timed between the epochs, on some of the pictures. Every step is the
training task's own: views, loss, gradients, running average.

Prints JSON. ``ratio`` is an epoch that asks over one that does not, of the training steps alone;
``ratio_with_validation`` with the pass over the validation pictures that closes either. ``pays_back`` is the
number of epochs after which having asked beforehand has cost less. Pictures are crops of drawings: what they
show does not change the time.
"""

from __future__ import annotations

import argparse
import json
import math
import statistics
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from core.bundle import load_pair
from core.data.augment import Augmentation, Views, apply_views
from core.data.batches import generator_for
from core.intake.samples import list_samples, open_sample
from core.latency import read_machine_load
from core.networks.base import Network
from core.predict import open_network
from core.training.examples import draw_examples
from core.training.images import TrainingImages
from core.training.lesson import BATCH_SIZE, Lesson, as_channels_last, ask_teacher, draw_lesson_views
from core.training.presets import load_recipe
from core.training.progress import Listener
from core.training.recipe import StudentRecipe
from core.training.start import start_network
from core.training.task import TrainingTask

BAR = 1.8
TIMED = 16
"""Pictures that asking beforehand is timed on."""


@dataclass(frozen=True)
class AskingLesson(Lesson):
    """The same choice of views, the teacher asked about each when it is chosen."""

    teacher: Network | None = None
    images: Tensor | None = None
    settings: Augmentation | None = None
    bf16: bool = False

    def choose(self, rows: Tensor, drawn: Views, generator: torch.Generator) -> tuple[Views, Tensor | None]:
        """As :meth:`Lesson.choose`; logits of the chosen views, (B, C) float32."""
        chosen, _ = super().choose(rows, drawn, generator)
        if self.teacher is None or self.images is None or self.settings is None:
            raise ValueError("teacher, images and settings are needed to ask")
        size = (self.images.shape[2], self.images.shape[3])
        pixels = apply_views(self.images[rows], chosen, size=size, padding=self.settings.padding)
        return chosen, ask(self.teacher, pixels, bf16=self.bf16)


def ask(teacher: Network, pixels: Tensor, *, bf16: bool) -> Tensor:
    """Logits (B, C) float32 of (B, 3, H, W), in batches as :func:`core.training.lesson.ask_teacher` takes."""
    pixels = pixels.contiguous(memory_format=torch.channels_last)
    with torch.inference_mode(), torch.autocast("cpu", dtype=torch.bfloat16, enabled=bf16):
        found = torch.cat([teacher(part).float() for part in pixels.split(BATCH_SIZE)])
    return found.clone()


def make_images(count: int, side: int, classes: int) -> TrainingImages:
    """Crops of drawings, (count, 3, side, side) uint8; for validation as many as the preset keeps."""
    rng = np.random.default_rng(0)
    drawings = [open_sample("dermoscopy", name).pixels for name in list_samples("dermoscopy")]

    def draw(number: int) -> tuple[Tensor, Tensor]:
        crops = []
        for index in range(number):
            pixels = drawings[index % len(drawings)]
            top, left = (int(rng.integers(0, length - side + 1)) for length in pixels.shape[:2])
            crops.append(pixels[top : top + side, left : left + side].transpose(2, 0, 1))
        return torch.from_numpy(np.stack(crops)), torch.arange(number) % classes

    train, target = draw(count)
    val, val_target = draw(math.ceil(count * 0.15 / 0.7))
    return TrainingImages(train, target, val, val_target, classes, (0,))


class Trained:
    """One student in training, an epoch at a time, outside a trainer that would log and save."""

    def __init__(self, recipe: StudentRecipe, images: TrainingImages, lesson: Lesson) -> None:
        network, fresh = start_network(recipe, images)
        self.task = TrainingTask(network, recipe, images, fresh=fresh, lesson=lesson, distill=recipe.distill)
        made = self.task.configure_optimizers()
        self.optimiser, self.schedule = made["optimizer"], made["lr_scheduler"]["scheduler"]

    def train(self) -> float:
        """Seconds of the training steps of one epoch."""
        task, recipe = self.task, self.task.recipe
        task.network.train()
        epoch, start = task.epochs_done(), time.perf_counter()
        for number, rows in list(task.batches):
            key = (recipe.seed, "batch", epoch, int(number))
            torch.manual_seed(generator_for(*key, "network").initial_seed())
            examples = draw_examples(
                task.images,
                rows,
                recipe,
                generator_for(*key),
                lesson=task.lesson,
                distill=task.distill,
                device=torch.device("cpu"),
            )
            self.optimiser.zero_grad()
            torch.stack(list(task._terms(examples, generator_for(*key, "turn")).values())).sum().backward()
            torch.nn.utils.clip_grad_norm_(task.network.parameters(), recipe.grad_clip)
            self.optimiser.step()
            self.schedule.step()
            task.on_train_batch_end(None, None, int(number))
        return time.perf_counter() - start

    def validate(self) -> float:
        """Seconds of the pass over the validation pictures."""
        start = time.perf_counter()
        self.task.on_validation_epoch_start()
        with torch.inference_mode():
            for number, batch in enumerate(self.task.val_dataloader()):
                self.task.validation_step(batch, number)
        return time.perf_counter() - start


def measure(count: int, rounds: int) -> dict[str, object]:
    recipe = load_recipe("melanoma", ["student.pretrained=none"]).student
    pair = load_pair("melanoma")
    images = make_images(count, recipe.image_size, len(pair.card.classes))
    teacher = as_channels_last(open_network(pair, "teacher"))
    views = draw_lesson_views(count, recipe.distill.views, recipe.augment, seed=recipe.seed)
    look = images.train[:16].float() / 255
    speed = {"fp32": _time(teacher, look, bf16=False), "bf16": _time(teacher, look, bf16=True)}
    precision = min(speed, key=lambda name: speed[name])
    bf16 = precision == "bf16"
    asked_s: list[float] = []

    def ask_all(number: int) -> Tensor:
        """The kept answers about the first pictures; their seconds for all of them are noted."""
        some = tuple(one.take(torch.arange(number)) for one in views)
        start = time.perf_counter()
        with tempfile.TemporaryDirectory() as folder:
            answers = ask_teacher(
                teacher,
                images.train[:number],
                some,
                recipe.augment,
                folder=Path(folder),
                key="answers",
                precision=precision,
                listener=Listener(),
            )
        asked_s.append((time.perf_counter() - start) * count / number)
        return answers

    # Answers about the first pictures stand for the others too: what they say does not change the time.
    found = ask_all(min(TIMED, count))
    logits = found[:, torch.arange(count) % found.shape[1]]
    asked_s.clear()
    asking = AskingLesson(views, logits, teacher, images.train, recipe.augment, bf16)
    students = {
        "kept": Trained(recipe, images, Lesson(views, logits)),
        "asked": Trained(recipe, images, asking),
    }
    epochs: dict[str, list[float]] = {name: [] for name in students}
    validation: list[float] = []
    for number in range(rounds + 1):
        ask_all(min(TIMED, count))
        order = list(students) if number % 2 else list(students)[::-1]
        for name in order:
            seconds = students[name].train()
            if number:  # the first epoch of each warms up
                epochs[name].append(seconds)
                validation.append(students[name].validate())
    beforehand = statistics.median(asked_s)
    kept, asked = (statistics.median(epochs[name]) for name in ("kept", "asked"))
    closing = statistics.median(validation)
    return {
        "images": count,
        "rounds": rounds,
        "threads": torch.get_num_threads(),
        "teacher_precision": precision,
        "teacher_seconds_16_images": {name: round(value, 2) for name, value in speed.items()},
        "epoch_s": {name: [round(value, 2) for value in found] for name, found in epochs.items()},
        "validation_s": round(closing, 2),
        "ratio": round(asked / kept, 2),
        "ratio_each_round": [
            round(one / other, 2) for one, other in zip(epochs["asked"], epochs["kept"], strict=True)
        ],
        "ratio_with_validation": round((asked + closing) / (kept + closing), 2),
        "bar": BAR,
        "asked_beforehand_s": round(beforehand, 1),
        "pays_back": round(beforehand / (asked - kept), 1),
        "epochs_of_the_preset": recipe.epochs,
    }


def _time(teacher: Network, pixels: Tensor, *, bf16: bool) -> float:
    ask(teacher, pixels, bf16=bf16)
    start = time.perf_counter()
    ask(teacher, pixels, bf16=bf16)
    return time.perf_counter() - start


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--images", type=int, default=320)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=1, help="of torch")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    load = read_machine_load()
    found = measure(options.images, options.rounds)
    print(json.dumps({"load_per_core_before": load, "load_per_core_after": read_machine_load(), **found}))


if __name__ == "__main__":
    main()
