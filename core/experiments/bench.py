"""The images that a suite of experiments shares: read once, kept in memory as the publisher divided them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from torch import Tensor

from core.data.base import DATASETS, ROOT_VARIABLE, data_root, load_pixels
from core.data.batches import load_images, load_targets
from core.errors import DataError
from core.experiments.recipes import recipe_of
from core.experiments.suite import Suite
from core.modalities.base import MODALITIES, Preprocessing
from core.training.images import TrainingImages
from core.types import Sample

Part = Literal["val", "test"]


@dataclass(frozen=True)
class Bench:
    """Images and classes of a suite.

    Attributes:
        images: training and validation images.
        test, test_target: (N, 3, H, W) uint8 and (N,) int64.
        classes: class codes in output order.
        sha256: of every picture's name, part and class and of all pixels: what was trained and tested on.
    """

    images: TrainingImages
    test: Tensor
    test_target: Tensor
    classes: tuple[str, ...]
    sha256: str

    def part(self, name: Part) -> tuple[Tensor, Tensor]:
        """Pixels and classes of validation or test part."""
        return (self.images.val, self.images.val_target) if name == "val" else (self.test, self.test_target)


def load_bench(suite: Suite, root: Path | None = None) -> Bench:
    """Read the suite's data set at the size of its base recipe.

    Args:
        suite: names data set and modality.
        root: folder of the data sets; None takes ``TWINLENS_DATA``.

    Raises:
        DataError: no folder is known, the data set is not laid out as published, or it has no division of its
            publisher into training, validation and test part.
    """
    root = root or data_root()
    if root is None:
        raise DataError(
            ROOT_VARIABLE, "the folder of the data sets is not known", f"Set {ROOT_VARIABLE} to it"
        )
    dataset = DATASETS.get(suite.dataset)
    samples = dataset.read(root / dataset.folder)
    parts: dict[str, list[Sample]] = {name: [] for name in ("train", "val", "test")}
    for sample in samples:
        if sample.split is not None and not sample.disputed:
            parts[sample.split].append(sample)
    empty = [name for name, members in parts.items() if not members]
    if empty:
        raise DataError(
            suite.dataset,
            f"its publisher names no {', '.join(empty)} part",
            "Choose a data set that is divided",
        )
    modality = MODALITIES.get(suite.modality)
    side = recipe_of(suite, suite.experiments[0].number).image_size
    pixels = {name: _load(members, side) for name, members in parts.items()}
    targets = {name: load_targets(members, modality.classes) for name, members in parts.items()}
    digest = hashlib.sha256()
    for name, members in parts.items():
        digest.update(json.dumps([name, [[s.image_id, s.label] for s in members]]).encode())
        digest.update(pixels[name].numpy().tobytes())
    return Bench(
        images=TrainingImages(
            train=pixels["train"],
            train_target=targets["train"],
            val=pixels["val"],
            val_target=targets["val"],
            num_classes=len(modality.classes),
            positives=tuple(modality.classes.index(code) for code in modality.positives),
        ),
        test=pixels["test"],
        test_target=targets["test"],
        classes=modality.classes,
        sha256=digest.hexdigest(),
    )


def _load(samples: Sequence[Sample], side: int) -> Tensor:
    return load_images(samples, Preprocessing(height=side, width=side), load=load_pixels)
