"""Training the experiments of a suite, each from several seeds, several at a time, each to be resumed.

``runs/experiments/<suite>/<number>-<seed>/`` is a run's folder as any other (:mod:`core.training.runs`) with
``answers.safetensors`` beside: log-probabilities (N, C) float16 of the validation and the test part.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.numpy import save
from torch import Tensor

from core.experiments.bench import Bench, Part, load_bench
from core.experiments.recipes import recipe_of
from core.experiments.suite import SUITES_DIR, Suite, load_suite
from core.experiments.tasks import Task
from core.networks.base import Network, describe_network
from core.training.checkpoint import write_kept
from core.training.fit import train_network
from core.training.network_recipe import NetworkRecipe
from core.training.progress import Listener
from core.training.recipe import DataRecipe
from core.training.runs import Asked, RunResult, load_result, open_run
from core.training.start import start_network

ANSWERS_NAME, COST_NAME = "answers.safetensors", "cost.json"
PARTS: tuple[Part, ...] = ("val", "test")
BATCH_SIZE = 256
_LONG = ("resnet18_small_stem", "resnet18")


def suite_runs(suite: Suite, runs: Path) -> Path:
    """Folder of the suite's runs."""
    return runs / "experiments" / suite.name


def plan_tasks(suite: Suite, numbers: Sequence[int], seeds: int) -> tuple[Task, ...]:
    """Every asked experiment from every seed, the longest first, so that no process waits for another's last.

    Args:
        suite: the suite.
        numbers: experiments; all where empty.
        seeds: how many; they are counted from 0.

    Raises:
        ConfigError: no such experiment.
    """
    chosen = [suite.experiment(number).number for number in numbers] or [e.number for e in suite.experiments]
    recipes = {number: recipe_of(suite, number) for number in chosen}

    def length(number: int) -> tuple[int, int]:
        recipe = recipes[number]
        rank = _LONG.index(recipe.architecture) if recipe.architecture in _LONG else len(_LONG)
        return rank, -recipe.epochs

    ordered = sorted(chosen, key=length)
    return tuple(Task(number, seed) for number in ordered for seed in range(seeds))


def train_tasks(
    suite: Suite,
    tasks: Sequence[Task],
    runs: Path,
    *,
    root: Path | None = None,
    jobs: int | None = None,
    folder: Path = SUITES_DIR,
    on_done: Callable[[Task, RunResult, int], None] | None = None,
) -> None:
    """Train what is not trained yet; a killed run goes on at its last finished epoch.

    Small networks gain nothing from a second thread, so that every process has one and there are as many as
    processors.

    Args:
        suite: read from ``folder``.
        tasks: of :func:`plan_tasks`.
        runs: folder of all runs.
        root: folder of the data sets; None takes ``TWINLENS_DATA``.
        jobs: processes; None takes the number of processors. One trains in this process.
        folder: of the suites' files.
        on_done: told of each finished run and how many are finished.

    Raises:
        ConfigError: a folder holds a run of another recipe or of other data.
        DataError: the data set cannot be read.
    """
    tell = on_done or (lambda task, result, done: None)
    todo = [task for task in tasks if not _is_done(suite_runs(suite, runs) / task.stage)]
    done = len(tasks) - len(todo)
    jobs = min(jobs or os.cpu_count() or 1, max(1, len(todo)))
    if jobs == 1:
        threads = torch.get_num_threads()
        torch.set_num_threads(1)
        try:
            bench = load_bench(suite, root)
            for place, task in enumerate(todo, start=done + 1):
                tell(task, train_task(suite, task, bench, runs), place)
        finally:
            torch.set_num_threads(threads)
        return
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(jobs, mp_context=context) as pool:
        futures = {pool.submit(_work, task, runs, suite.name, folder, root): task for task in todo}
        try:
            for future in as_completed(futures):
                done += 1
                tell(futures[future], future.result(), done)
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def train_task(suite: Suite, task: Task, bench: Bench, runs: Path) -> RunResult:
    """Train one run in this process, or go on with it, and answer validation and test part."""
    recipe = recipe_of(suite, task.number, seed=task.seed)
    folder = suite_runs(suite, runs) / task.stage
    asked = Asked(
        stage=task.stage,
        recipe=recipe.model_dump(mode="json"),
        data=DataRecipe(datasets=(suite.dataset,)).model_dump(mode="json"),
        split_sha256=bench.sha256,
    )
    result = open_run(folder, asked, resume="if_unfinished")
    if result is not None and (folder / ANSWERS_NAME).is_file():
        return result
    network, fresh = start_network(recipe, bench.images)
    began = time.process_time()
    result = train_network(network, recipe, bench.images, folder, asked, fresh=fresh, listener=Listener())
    answers = {str(name): answer_part(network, bench.part(name)[0]) for name in PARTS}
    _write_cost(folder, network, recipe, cpu_seconds=time.process_time() - began)
    write_kept(folder / ANSWERS_NAME, save(answers))
    return result


def answer_part(network: Network, pixels: Tensor) -> NDArray[np.float16]:
    """Log-probabilities (N, C) float16 of (N, 3, H, W) uint8, from the network in eval mode."""
    network.eval()
    with torch.inference_mode():
        logits = [network(batch.float() / 255) for batch in pixels.split(BATCH_SIZE)]
    return torch.cat(logits).double().log_softmax(1).numpy().astype(np.float16)


def finished_tasks(suite: Suite, runs: Path) -> tuple[Task, ...]:
    """The finished runs of a suite, by number and seed."""
    found = []
    for path in suite_runs(suite, runs).glob(f"*/{ANSWERS_NAME}"):
        number, _, seed = path.parent.name.partition("-")
        if number.isdigit() and seed.isdigit() and _is_done(path.parent):
            found.append(Task(int(number), int(seed)))
    return tuple(sorted(found, key=lambda task: (task.number, task.seed)))


def _write_cost(folder: Path, network: Network, recipe: NetworkRecipe, *, cpu_seconds: float) -> None:
    size = (recipe.image_size, recipe.image_size)
    record = describe_network(network, recipe.architecture, recipe.arguments, size)
    cost = {"parameters": record.parameters, "macs": record.macs, "cpu_seconds": round(cpu_seconds, 2)}
    write_kept(folder / COST_NAME, (json.dumps(cost) + "\n").encode())


def _is_done(folder: Path) -> bool:
    return (folder / ANSWERS_NAME).is_file() and load_result(folder) is not None


_WORKER: dict[str, tuple[Suite, Bench]] = {}
"""What one process of :func:`train_tasks` keeps between its runs."""


def _work(task: Task, runs: Path, name: str, folder: Path, root: Path | None) -> RunResult:
    if "here" not in _WORKER:
        torch.set_num_threads(1)
        suite = load_suite(name, folder)
        _WORKER["here"] = (suite, load_bench(suite, root))
    suite, bench = _WORKER["here"]
    return train_task(suite, task, bench, runs)
