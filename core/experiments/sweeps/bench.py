"""What the runs of one sweep share: images, held-out cases, and the shipped teacher's answers."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Literal

from torch import Tensor

from core.bundle import MODELS_DIR, Pair, load_pair
from core.data.base import data_root, load_pixels, read_samples, sample_key
from core.data.batches import load_images
from core.errors import ConfigError, DataError
from core.experiments.sweeps.table import SweepTable
from core.predict import open_network
from core.training.images import (
    SplitSamples,
    TrainingImages,
    find_samples,
    find_test_samples,
    load_training_images,
)
from core.training.lesson import Lesson, ask_teacher, draw_lesson_views, lesson_key
from core.training.network_recipe import NetworkRecipe
from core.training.progress import Listener
from core.training.recipe import Recipe
from core.types import Sample

PartName = Literal["val", "test", "external"]
PARTS: tuple[PartName, ...] = ("val", "test", "external")
EXTERNAL = ("ph2",)
"""Data sets that are reported on and never trained on, as the melanoma pair has them."""
TEACHER_PRECISION = "bf16"
"""In which the teacher is asked about training images, as the melanoma pair's own student was."""


@dataclass(frozen=True)
class HeldOut:
    """The cases of one part.

    Attributes:
        samples: N cases.
        pixels: (N, 3, S, S) uint8.
    """

    samples: tuple[Sample, ...]
    pixels: Tensor

    @property
    def keys(self) -> tuple[str, ...]:
        """``source/image_id`` of each."""
        return tuple(sample_key(sample) for sample in self.samples)


class SweepBench:
    """Everything is loaded when it is first needed, and kept.

    Args:
        table: the sweep.
        runs: folder of all runs.
        root: folder of the data sets; None takes ``TWINLENS_DATA``.
        models: folder of the pairs, which holds the teacher.
        listener: told of progress.

    Raises:
        ConfigError: the preset divides the data otherwise than the teacher's pair did, so that the teacher
            may have seen held-out cases.
        DataError: the data sets cannot be read.
    """

    def __init__(
        self,
        table: SweepTable,
        runs: Path,
        *,
        root: Path | None = None,
        models: Path = MODELS_DIR,
        listener: Listener | None = None,
    ) -> None:
        self.table = table
        self.runs = runs
        self.root = root or data_root()
        self.models = models
        self.listener = listener or Listener()
        self.recipe: Recipe = table.recipe()
        self.samples: SplitSamples = find_samples(self.recipe, self.root)
        pair = self.pair
        if pair is not None and pair.card.split.sha256 != self.samples.sha256:
            raise ConfigError(
                f"{table.name}: teacher_pair {table.teacher_pair!r}",
                "it was trained on another division of the data, and may know held-out cases",
                "Use the data of its preset, or another pair",
            )

    @property
    def network(self) -> NetworkRecipe:
        """The recipe that rows have in common."""
        return self.recipe.teacher.members[0] if self.pair is None else self.recipe.student

    @cached_property
    def pair(self) -> Pair | None:
        """The pair whose teacher teaches."""
        name = self.table.teacher_pair
        return None if name is None else load_pair(name, self.models)

    @cached_property
    def images(self) -> TrainingImages:
        """Training and validation images at the rows' size."""
        return load_training_images(self.samples, self.network.preprocessing, self.listener)

    @cached_property
    def held_out(self) -> Mapping[PartName, HeldOut]:
        """The cases that every run answers."""
        if self.root is None:
            raise DataError("TWINLENS_DATA", "not set", "Set it to the folder of the data sets")
        limit = self.recipe.data.limit
        external = [sample for name in EXTERNAL for sample in read_samples(name, self.root)][:limit]
        parts: dict[PartName, tuple[Sample, ...]] = {
            "val": self.samples.val,
            "test": find_test_samples(self.recipe, self.root),
            "external": tuple(external),
        }
        preprocessing = self.network.preprocessing
        return {
            name: HeldOut(samples, load_images(samples, preprocessing, load=load_pixels))
            for name, samples in parts.items()
        }

    @property
    def teacher_sha256(self) -> str:
        """Of the teacher's weights file, as its card names it."""
        pair = self._teaching_pair
        return hashlib.sha256(pair.read_served("teacher")).hexdigest()

    @cached_property
    def lesson(self) -> Lesson:
        """The teacher's answers to every training image, at its own size; asked once and kept.

        They do not depend on a run's seed.
        """
        pair, student = self._teaching_pair, self.recipe.student
        seen = load_training_images(self.samples, pair.network("teacher").preprocessing, self.listener)
        views = draw_lesson_views(
            len(self.samples.train), student.distill.views, student.augment, seed=student.seed
        )
        key = lesson_key(
            weights=pair.read_served("teacher"),
            split_sha256=self.samples.sha256,
            images=seen.train,
            settings=student.augment,
            seed=student.seed,
            precision=TEACHER_PRECISION,
        )
        logits = ask_teacher(
            open_network(pair, "teacher"),
            seen.train,
            views,
            student.augment,
            folder=sweep_folder(self.table, self.runs) / "teacher-answers",
            key=key,
            precision=TEACHER_PRECISION,
            listener=self.listener,
        )
        return Lesson(views, logits)

    @property
    def views(self) -> Lesson:
        """The same views without answers: what the control sees."""
        student = self.recipe.student
        count = len(self.samples.train)
        return Lesson(
            draw_lesson_views(count, student.distill.views, student.augment, seed=student.seed), None
        )

    @property
    def _teaching_pair(self) -> Pair:
        if self.pair is None:
            raise ValueError(f"{self.table.name} names no teacher_pair")
        return self.pair


def sweep_folder(table: SweepTable, runs: Path) -> Path:
    """Folder of a sweep's runs."""
    return runs / "sweeps" / table.name
