"""What training in memory is worth: ``python -m benchmarks.experiment_epoch [--pictures 2048] [--rounds 3]``.

One epoch three ways, taking turns: as ``experiments run`` trains it (pictures in memory as one tensor,
augmentation of the whole batch at once, channels last); as the plain loop of a course trains it, in this
process and with two workers (a ``Dataset`` that augments one Pillow image at a time with torchvision's
transforms, and a ``DataLoader``). Network, optimiser and batch size are the same; validation, history and
checkpoints are left out of all of them. Pictures are noise: what they show does not change the time.

Three runs of the suite ``dermamnist``: 2, the smallest network; 8, which augments nothing either, so that
only how pictures are fetched differs; 13, with flips, rotation and colour jitter. Prints JSON; ``ratio`` is
the plain loop's epoch over ours. One thread everywhere, as ``experiments run`` has in each of its processes.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from collections.abc import Callable

import torch
import torch.nn.functional as F
from PIL import Image
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from core.data.batches import EpochBatches, generator_for
from core.experiments.recipes import recipe_of
from core.experiments.suite import load_suite
from core.latency import read_machine_load
from core.networks.torchvision_ops import ensure_torchvision
from core.training.examples import draw_examples
from core.training.images import TrainingImages
from core.training.network_recipe import NetworkRecipe
from core.training.optimiser import build_optimiser
from core.training.start import start_network

RUNS = {"smallest": 2, "plain": 8, "augmented": 13}
WORKERS = 2


class PillowDataset(Dataset[tuple[Tensor, int]]):
    """Pictures one at a time, as a course reads them: an array, a Pillow image, transforms, a tensor."""

    def __init__(self, images: TrainingImages, recipe: NetworkRecipe) -> None:
        ensure_torchvision()
        from torchvision import transforms as t

        augment = recipe.augment
        steps: list[Callable[..., object]] = []
        if augment.horizontal_flip:
            steps.append(t.RandomHorizontalFlip(augment.horizontal_flip))
        if augment.rotation:
            steps.append(t.RandomRotation(augment.rotation / 2))
        if augment.brightness:
            steps.append(t.ColorJitter(augment.brightness, augment.contrast, augment.saturation))
        self.transform = t.Compose([*steps, t.ToTensor()])
        self.pixels = images.train.permute(0, 2, 3, 1).numpy()
        self.target = images.train_target.tolist()

    def __len__(self) -> int:
        return len(self.target)

    def __getitem__(self, row: int) -> tuple[Tensor, int]:
        return self.transform(Image.fromarray(self.pixels[row])), self.target[row]


class Epochs:
    """A network that trains an epoch at a time on whatever batches it is given."""

    def __init__(self, images: TrainingImages, recipe: NetworkRecipe, layout: torch.memory_format) -> None:
        network, fresh = start_network(recipe, images)
        self.network = network.to(memory_format=layout).train()  # type: ignore[call-overload]
        self.optimiser, _ = build_optimiser(network, recipe, fresh, total_steps=1)
        self.images, self.recipe = images, recipe

    def step(self, pixels: Tensor, target: Tensor) -> None:
        """One step of the optimiser."""
        self.optimiser.zero_grad()
        F.cross_entropy(self.network(pixels), target).backward()
        self.optimiser.step()

    def in_memory(self) -> None:
        """As training here draws its batches."""
        size = self.recipe.batch_size
        for number, rows in EpochBatches(len(self.images.train), size, 0, lambda: 0):
            key = (self.recipe.seed, "batch", 0, number)
            torch.manual_seed(generator_for(*key, "network").initial_seed())
            examples = draw_examples(
                self.images,
                rows,
                self.recipe,
                generator_for(*key),
                lesson=None,
                distill=None,
                device=torch.device("cpu"),
            )
            self.step(examples.pixels, examples.target)

    def loaded(self, loader: DataLoader[tuple[Tensor, int]]) -> None:
        """As a plain loop does."""
        for pixels, target in loader:
            self.step(pixels, target)


def measure(number: int, count: int, rounds: int) -> dict[str, object]:
    """Seconds of an epoch each way, and ratios."""
    recipe = recipe_of(load_suite("dermamnist"), number)
    generator = torch.Generator().manual_seed(0)
    pixels = torch.randint(0, 256, (count, 3, 28, 28), dtype=torch.uint8, generator=generator)
    target = torch.arange(count) % 7
    images = TrainingImages(pixels, target, pixels[:64], target[:64], num_classes=7, positives=(0,))
    size, dataset = recipe.batch_size, PillowDataset(images, recipe)
    here = DataLoader(dataset, size, shuffle=True, drop_last=True)
    workers = DataLoader(dataset, size, shuffle=True, drop_last=True, num_workers=WORKERS)
    layouts = {"in_memory": torch.channels_last, "loader": torch.contiguous_format}
    layouts["loader_workers"] = layouts["loader"]
    networks = {name: Epochs(images, recipe, layout) for name, layout in layouts.items()}
    ways: dict[str, Callable[[], None]] = {
        "in_memory": networks["in_memory"].in_memory,
        "loader": lambda: networks["loader"].loaded(here),
        "loader_workers": lambda: networks["loader_workers"].loaded(workers),
    }
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    for round_number in range(rounds + 1):
        for name, train in ways.items():
            start = time.perf_counter()
            train()
            if round_number:  # the first epoch of each warms up
                seconds[name].append(time.perf_counter() - start)
    ours = statistics.median(seconds["in_memory"])
    return {
        "run": number,
        "epoch_s": {name: [round(value, 2) for value in found] for name, found in seconds.items()},
        "ratio": round(statistics.median(seconds["loader"]) / ours, 2),
        f"ratio_{WORKERS}_workers": round(statistics.median(seconds["loader_workers"]) / ours, 2),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pictures", type=int, default=2048)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    torch.set_num_threads(1)
    load = read_machine_load()
    found = {name: measure(number, options.pictures, options.rounds) for name, number in RUNS.items()}
    print(
        json.dumps(
            {
                "pictures": options.pictures,
                "threads": torch.get_num_threads(),
                "load_per_core_before": load,
                "load_per_core_after": read_machine_load(),
                **found,
            }
        )
    )


if __name__ == "__main__":
    main()
