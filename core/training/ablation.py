"""Training the arms of an ablation: every arm from every seed, each a run that can be resumed.

``runs/<preset>-ablation/<arm>-<seed>/`` is a run's folder as any other (:mod:`core.training.runs`) with
``test.parquet`` beside: the answers to every test image as it is and turned. Two processes may share the work
by naming different arms.
"""

from __future__ import annotations

import hashlib
import io
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from torch import Tensor

from core.data.augment import Views
from core.data.base import load_pixels, sample_key
from core.data.batches import load_images
from core.errors import ConfigError
from core.metrics.flip_rate import TURNS, answer_turns
from core.networks.base import Network, build_network
from core.networks.flip_average import average_flips
from core.networks.weights import dump_weights, load_weights
from core.training.arms import Arm, recipe_of_arm
from core.training.checkpoint import write_kept
from core.training.fit import train_network
from core.training.images import (
    SplitSamples,
    TrainingImages,
    find_samples,
    find_test_samples,
    load_training_images,
)
from core.training.lesson import Lesson
from core.training.processes import by_first, told_by_first
from core.training.progress import Listener
from core.training.recipe import AblationRecipe, Recipe, StudentRecipe
from core.training.runs import WEIGHTS_NAME, Asked, RunResult, open_run, read_weights
from core.training.stages import prepare_lesson
from core.training.start import start_network
from core.training.topology import TopologyRows, answer, prepare_topology, write_spec
from core.training.trained import check_teacher, data_of, load_trained, stage_folder
from core.types import Sample

TEST_NAME = "test.parquet"
"""One row a test case and turn: ``case``, ``group``, ``target``, ``degrees``, ``prob_<code>``."""


def ablation_folder(recipe: Recipe, runs: Path) -> Path:
    """Folder of the ablation's runs."""
    return runs / f"{recipe.folder_name}-ablation"


def ablation_of(recipe: Recipe) -> AblationRecipe:
    """The recipe's ablation; ConfigError if it has none."""
    if recipe.ablation is None:
        raise ConfigError(
            recipe.pair.name, "this preset has no table [ablation]", "Add one, see docs/training.md"
        )
    return recipe.ablation


def train_arm(bench: Bench, arm: Arm, seed: int) -> RunResult:
    """Train one arm from one seed, going on where a killed run stopped, and answer the test images.

    Raises:
        ConfigError: the arm needs the preset's teacher, which is not trained; or the folder holds a run of
            another recipe or split.
        DataError, WeightsError: data or pretrained weights are missing.
    """
    recipe = recipe_of_arm(bench.ablation, arm, seed)
    folder = ablation_folder(bench.recipe, bench.runs) / recipe.name
    teacher = bench.teacher_weights if recipe.distill.asks_teacher else None
    asked = Asked(
        stage=recipe.name,
        recipe=recipe.model_dump(mode="json"),
        data=data_of(bench.recipe),
        split_sha256=bench.samples.sha256,
        teacher_sha256=None if teacher is None else hashlib.sha256(teacher).hexdigest(),
    )
    result = open_run(folder, asked, resume="if_unfinished")
    if result is None:
        images = bench.images if recipe.topology is None else bench.topology.beside(bench.images)
        if recipe.topology is not None:
            write_spec(folder, bench.topology.spec)
        network, fresh = start_network(recipe, images)
        (folder / TEST_NAME).unlink(missing_ok=True)
        result = train_network(
            network,
            recipe,
            images,
            folder,
            asked,
            fresh=fresh,
            lesson=bench.taught if teacher is not None else Lesson(bench.views, None),
            distill=recipe.distill,
            listener=bench.listener,
        )
    if not told_by_first((folder / TEST_NAME).is_file()):
        if recipe.topology is not None:
            _ = bench.topology  # several processes load it together, before the first goes on alone
        write_answers(bench, recipe, folder)
    return result


@by_first
def write_answers(bench: Bench, recipe: StudentRecipe, folder: Path) -> None:
    """Keep a finished run's answers to the test images beside it."""
    buffer = io.BytesIO()
    answer_test(bench, recipe, folder).to_parquet(buffer, index=False)
    write_kept(folder / TEST_NAME, buffer.getvalue())


def answer_test(bench: Bench, recipe: StudentRecipe, folder: Path) -> pd.DataFrame:
    """A finished run's probabilities of every test image and turn, as :data:`TEST_NAME` holds them."""
    samples = bench.samples
    network: Network = build_network(recipe.architecture, recipe.arguments, len(samples.classes))
    load_weights(network, read_weights(folder), str(folder / WEIGHTS_NAME))
    network = (average_flips(network) if recipe.flips == "averaged" else network).eval()
    topology = bench.test_topology if network.topology_inputs else None

    def look(pixels: NDArray[np.float32], rows: NDArray[np.intp]) -> NDArray[Any]:
        with torch.inference_mode():
            beside = None if topology is None else topology[torch.from_numpy(rows)]
            return answer(network, torch.from_numpy(pixels), beside).double().softmax(1).numpy()

    probs = answer_turns(look, bench.test_images.numpy())
    tables = [
        pd.DataFrame(
            {
                "case": [sample_key(sample) for sample in bench.test],
                "group": [sample.group for sample in bench.test],
                "target": [sample.label for sample in bench.test],
                "degrees": degrees,
                **{f"prob_{code}": turned[:, column] for column, code in enumerate(samples.classes)},
            }
        )
        for degrees, turned in zip(TURNS, probs, strict=True)
    ]
    return pd.concat(tables, ignore_index=True)


class Bench:
    """What the arms of one ablation share, each loaded when it is first needed and kept.

    Args:
        recipe: the preset as resolved, with an ablation.
        runs: folder of all runs; arms with a teacher need the preset's finished one there.
        root: folder of the data sets; None takes ``TWINLENS_DATA``.
        listener: told of progress.

    Raises:
        ConfigError: the preset has no ablation.
        DataError: the data sets cannot be read.
    """

    def __init__(
        self, recipe: Recipe, runs: Path, *, root: Path | None = None, listener: Listener | None = None
    ) -> None:
        self.recipe = recipe
        self.runs = runs
        self.root = root
        self.ablation = ablation_of(recipe)
        self.listener = listener or Listener()
        self.samples: SplitSamples = find_samples(recipe, root)

    @cached_property
    def test(self) -> tuple[Sample, ...]:
        """The test samples."""
        return find_test_samples(self.recipe, self.root)

    @cached_property
    def images(self) -> TrainingImages:
        """Training and validation images at the size of the ablation."""
        return load_training_images(self.samples, self.ablation.student.preprocessing, self.listener)

    @cached_property
    def test_images(self) -> Tensor:
        """(N, 3, S, S) uint8."""
        return load_images(self.test, self.ablation.student.preprocessing, load=load_pixels)

    @cached_property
    def topology(self) -> TopologyRows:
        """Grid and rows, shared with the preset's own student."""
        topology = self.ablation.student.topology
        if topology is None:
            raise ValueError("the student of an ablation has a topology")
        folder = stage_folder(self.recipe, self.runs, "topology")
        return prepare_topology(
            topology, self.samples, self.ablation.student.preprocessing, folder, self.listener
        )

    @cached_property
    def test_topology(self) -> Tensor:
        """(N, size) float32; a turned image has the numbers of the image."""
        frame, spec = self.ablation.student.preprocessing.frame, self.topology.spec
        return torch.from_numpy(
            np.concatenate([spec.apply(frame(load_pixels(sample))) for sample in self.test])
        )

    @cached_property
    def teacher_weights(self) -> bytes:
        """Of the preset's teacher."""
        check_teacher(self.recipe, self.runs, self.samples)
        return dump_weights(load_trained(self.recipe, self.runs, "teacher"))

    @cached_property
    def taught(self) -> Lesson:
        """The teacher's answers. Views do not depend on an arm's seed, so the teacher is asked once.

        Where views and augmentation are those of the preset's student, they are the answers kept for it.
        """
        student = self.ablation.student.model_copy(update={"seed": self.recipe.student.seed})
        return prepare_lesson(
            self.recipe, self.runs, student, self.samples, self.images, self.teacher_weights, self.listener
        )

    @cached_property
    def views(self) -> tuple[Views, ...]:
        """The views of the lesson: every arm sees the same pictures, with a teacher or without."""
        student = self.ablation.student.model_copy(update={"seed": self.recipe.student.seed})
        lesson = prepare_lesson(
            self.recipe, self.runs, student, self.samples, self.images, None, self.listener
        )
        return lesson.views
