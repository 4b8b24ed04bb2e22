"""Training the rows of a sweep, each from several seeds; each run can be resumed.

``runs/sweeps/<sweep>/<row>-<seed>/`` is a run's folder as any other (:mod:`core.training.runs`) with
``answers.safetensors`` beside: log-odds (N,) float32 of the positive finding for every held-out part.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.numpy import load, save
from torch import Tensor

from core.experiments.sweeps.bench import PARTS, PartName, SweepBench, sweep_folder
from core.experiments.sweeps.clock import ProcessorClock
from core.experiments.sweeps.table import TableRow, is_taught
from core.networks.base import Network, build_network
from core.networks.weights import load_weights
from core.training.checkpoint import write_kept
from core.training.fit import train_network
from core.training.recipe import StudentRecipe
from core.training.runs import WEIGHTS_NAME, Asked, RunResult, load_result, open_run, read_weights
from core.training.start import start_network
from core.training.trained import data_of
from core.training.validation import positive_score

ANSWERS_NAME = "answers.safetensors"
BATCH_SIZE = 64


@dataclass(frozen=True)
class SweepRun:
    """One run of a sweep."""

    row: TableRow = field(hash=False)
    seed: int

    @property
    def stage(self) -> str:
        """Name of its folder."""
        return f"{self.row.id}-{self.seed}"


def plan_runs(rows: Sequence[TableRow], seeds: int) -> tuple[SweepRun, ...]:
    """Every trained row from every seed, seed by seed, so that a sweep cut short has whole tables."""
    return tuple(SweepRun(row, seed) for seed in range(seeds) for row in rows if row.is_trained)


def train_runs(
    bench: SweepBench,
    planned: Sequence[SweepRun],
    on_done: Callable[[SweepRun, RunResult, int], None] = lambda run, result, done: None,
) -> None:
    """Train what is not trained yet, one run after another; a killed run goes on at its last finished epoch.

    Args:
        bench: what the runs share.
        planned: of :func:`plan_runs`.
        on_done: told of each finished run and how many are finished.

    Raises:
        ConfigError: a folder holds a run of another recipe or of other data.
        DataError: the data sets cannot be read.
        WeightsError: pretrained weights were asked for and are not there.
    """
    for done, run in enumerate(planned, start=1):
        on_done(run, train_run(bench, run), done)


def train_run(bench: SweepBench, run: SweepRun) -> RunResult:
    """Train one run, or go on with it, and answer the held-out cases; errors as :func:`train_runs`."""
    recipe = bench.table.recipe_of(run.row, run.seed)
    folder = sweep_folder(bench.table, bench.runs) / run.stage
    taught = is_taught(recipe)
    asked = Asked(
        stage=run.stage,
        recipe=recipe.model_dump(mode="json"),
        data=data_of(bench.recipe),
        split_sha256=bench.samples.sha256,
        teacher_sha256=bench.teacher_sha256 if taught else None,
    )
    result = open_run(folder, asked, resume="if_unfinished")
    if result is None:
        network, fresh = start_network(recipe, bench.images)
        (folder / ANSWERS_NAME).unlink(missing_ok=True)
        student = recipe if isinstance(recipe, StudentRecipe) else None
        result = train_network(
            network,
            recipe,
            bench.images,
            folder,
            asked,
            fresh=fresh,
            lesson=None if student is None else bench.lesson if taught else bench.views,
            distill=None if student is None else student.distill,
            listener=ProcessorClock(bench.listener),
        )
    if not (folder / ANSWERS_NAME).is_file():
        network = build_network(recipe.architecture, recipe.arguments, len(bench.samples.classes))
        load_weights(network, read_weights(folder), str(folder / WEIGHTS_NAME))
        answers: dict[str, NDArray[np.float32]] = {
            name: answer_part(network, bench.held_out[name].pixels, bench.samples.positives) for name in PARTS
        }
        write_kept(folder / ANSWERS_NAME, save(answers))
    return result


def answer_part(network: Network, pixels: Tensor, positives: tuple[int, ...]) -> NDArray[np.float32]:
    """Log-odds (N,) float32 of the positive classes together for (N, 3, S, S) uint8, the network in eval
    mode.
    """
    network.eval()
    with torch.inference_mode():
        logits = [
            network((batch.float() / 255).contiguous(memory_format=torch.channels_last)).float()
            for batch in pixels.split(BATCH_SIZE)
        ]
    return positive_score(torch.cat(logits), torch.tensor(positives)).numpy().astype(np.float32)


def finished_runs(bench: SweepBench, rows: Sequence[TableRow]) -> tuple[SweepRun, ...]:
    """The finished runs of these rows with their answers, by row and seed."""
    found = []
    for row in rows:
        folders = sweep_folder(bench.table, bench.runs).glob(f"{row.id}-*")
        for folder in folders:
            seed = folder.name.removeprefix(f"{row.id}-")
            if seed.isdigit() and (folder / ANSWERS_NAME).is_file() and load_result(folder) is not None:
                found.append(SweepRun(row, int(seed)))
    order = {row.id: place for place, row in enumerate(rows)}
    return tuple(sorted(found, key=lambda run: (order[run.row.id], run.seed)))


def read_answers(bench: SweepBench, run: SweepRun) -> dict[PartName, NDArray[np.float32]]:
    """A finished run's log-odds by part."""
    content = (sweep_folder(bench.table, bench.runs) / run.stage / ANSWERS_NAME).read_bytes()
    tensors = load(content)
    return {name: tensors[name] for name in PARTS}
