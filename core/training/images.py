"""The images a stage trains and validates on: the recipe's cohort, in memory at one size."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from torch import Tensor

from core.data.base import ROOT_VARIABLE, data_root, load_pixels
from core.data.batches import load_images, load_targets
from core.data.cohort import Cohort, build_cohort
from core.errors import DataError
from core.modalities.base import MODALITIES, Preprocessing
from core.training.progress import Listener
from core.training.recipe import Recipe
from core.types import Sample


@dataclass(frozen=True)
class SplitSamples:
    """Who is trained and validated on, before any pixel is read.

    Attributes:
        train, val: samples.
        classes: class codes in output order.
        positives: indices of the positive classes.
        sha256: of the whole split's assignment.
    """

    train: tuple[Sample, ...]
    val: tuple[Sample, ...]
    classes: tuple[str, ...]
    positives: tuple[int, ...]
    sha256: str


@dataclass(frozen=True)
class TrainingImages:
    """Pixels and classes.

    Attributes:
        train, val: (N, 3, H, W) uint8.
        train_target, val_target: (N,) int64.
        train_topology, val_topology: (N, size) float32, or None where no network takes any.
        num_classes: number of classes.
        positives: indices of the positive classes.
    """

    train: Tensor
    train_target: Tensor
    val: Tensor
    val_target: Tensor
    num_classes: int
    positives: tuple[int, ...]
    train_topology: Tensor | None = None
    val_topology: Tensor | None = None


def find_samples(recipe: Recipe, root: Path | None = None) -> SplitSamples:
    """Read the recipe's data sets and divide them.

    Raises:
        DataError: no folder of data sets is known; one is not laid out as published; or the validation split
            lacks a positive or a negative case, so that no epoch could be chosen on it.
    """
    data, cohort = recipe.data, _divide_recipe(recipe, root)
    modality = MODALITIES.get(recipe.pair.modality)
    positives = tuple(modality.classes.index(code) for code in modality.positives)
    train, val = (_limited(cohort.samples[name], data.limit) for name in ("train", "val"))
    flags = {sample.label in modality.positives for sample in val}
    if len(flags) < 2 or not train:
        raise DataError(
            ", ".join(data.datasets),
            f"{len(train)} training and {len(val)} validation images; both need cases, validation both with "
            f"{modality.positive_name} and without",
            "Use more data or other fractions",
        )
    return SplitSamples(train, val, modality.classes, positives, cohort.split.sha256)


def find_test_samples(recipe: Recipe, root: Path | None = None) -> tuple[Sample, ...]:
    """The test split, for reporting alone; errors as :func:`find_samples`, DataError also if it is empty."""
    test = _limited(_divide_recipe(recipe, root).samples["test"], recipe.data.limit)
    if not test:
        raise DataError(", ".join(recipe.data.datasets), "no test images", "Use other fractions")
    return test


def load_training_images(
    samples: SplitSamples, preprocessing: Preprocessing, listener: Listener
) -> TrainingImages:
    """Read and resize the training and validation images (see :func:`core.data.batches.load_images`)."""

    def read(part: Sequence[Sample], name: str) -> Tensor:
        return load_images(
            part,
            preprocessing,
            load=load_pixels,
            on_image=lambda done, total: listener.advanced(f"reading {name} images", done, total),
        )

    return TrainingImages(
        train=read(samples.train, "training"),
        train_target=load_targets(samples.train, samples.classes),
        val=read(samples.val, "validation"),
        val_target=load_targets(samples.val, samples.classes),
        num_classes=len(samples.classes),
        positives=samples.positives,
    )


def _divide_recipe(recipe: Recipe, root: Path | None) -> Cohort:
    root = root or data_root()
    if root is None:
        raise DataError(
            ROOT_VARIABLE, "the folder of the data sets is not known", f"Set {ROOT_VARIABLE} to it"
        )
    data = recipe.data
    return build_cohort(
        data.datasets, root, fractions=data.fractions, val_from_train=data.val_from_train, seed=data.seed
    )


def _limited(samples: Sequence[Sample], limit: int | None) -> tuple[Sample, ...]:
    """The first ``limit`` samples when classes take turns, so that even few hold every class."""
    if limit is None or len(samples) <= limit:
        return tuple(samples)
    turns: dict[str, int] = defaultdict(int)
    ranked = []
    for place, sample in enumerate(samples):
        ranked.append((turns[sample.label], place))
        turns[sample.label] += 1
    chosen = sorted(place for _, place in sorted(ranked)[:limit])
    return tuple(samples[place] for place in chosen)
