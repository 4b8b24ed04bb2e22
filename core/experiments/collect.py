"""From finished runs to the two files that the page, the command and anyone else read."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
from safetensors.numpy import load_file, save

from core.errors import DataError
from core.experiments.bench import load_bench
from core.experiments.findings import judge_findings
from core.experiments.measure import Resampled
from core.experiments.store import RESULTS_DIR, as_probs, dump_results
from core.experiments.suite import Suite
from core.experiments.tasks import Task
from core.experiments.train import ANSWERS_NAME, COST_NAME, PARTS, finished_tasks, suite_runs
from core.tracking.origin import describe_origin
from core.training.checkpoint import write_kept
from core.training.runs import HISTORY_NAME, RunResult, load_result
from core.types import EpochPoint, ExperimentMetric, ExperimentRun, MeasuredExperiment, SuiteResults


def collect_results(
    suite: Suite,
    runs: Path,
    *,
    root: Path | None = None,
    folder: Path = RESULTS_DIR,
    resamples: int = 1000,
    level: float = 0.95,
) -> SuiteResults:
    """Measure all finished runs, judge the suite's findings, and write both files.

    Args:
        suite: the suite.
        runs: folder of all runs.
        root: folder of the data sets; None takes ``TWINLENS_DATA``.
        folder: where the files go.
        resamples, level: of the limits.

    Raises:
        DataError: no run is finished; a run is of other data than is found now; or data cannot be read.
    """
    tasks = finished_tasks(suite, runs)
    if not tasks:
        raise DataError(
            str(suite_runs(suite, runs)),
            "no run is finished",
            f"Run `python -m core experiments run {suite.name}`",
        )
    bench = load_bench(suite, root)
    target = {name: bench.part(name)[1].numpy() for name in PARTS}
    arrays = {f"target/{name}": values.astype(np.int8) for name, values in target.items()}
    resampled = Resampled(target["test"], bench.classes, resamples=resamples, level=level)
    finished: dict[Task, RunResult] = {}
    for task in tasks:
        place = suite_runs(suite, runs) / task.stage
        result = load_result(place)
        if result is None or result.asked.split_sha256 != bench.sha256:
            raise DataError(str(place), "it was trained on other data than is found now", "Delete the folder")
        answers = load_file(place / ANSWERS_NAME)
        arrays |= {f"{task.stage}/{name}": answers[name] for name in PARTS}
        resampled.add(task, as_probs(answers["test"]))
        finished[task] = result
    results = SuiteResults(
        suite=suite.name,
        data_sha256=bench.sha256,
        classes=bench.classes,
        n_train=len(bench.images.train),
        n_val=len(target["val"]),
        n_test=len(target["test"]),
        level=level,
        resamples=resamples,
        versions=next(iter(finished.values())).versions,
        commit=describe_origin()["commit"],
        experiments=tuple(
            _measure(number, suite_runs(suite, runs), finished, resampled)
            for number in sorted({task.number for task in tasks})
        ),
        findings=judge_findings(suite, resampled),
    )
    folder.mkdir(parents=True, exist_ok=True)
    write_kept(folder / f"{suite.name}.safetensors", save(arrays))
    write_kept(folder / f"{suite.name}.json", dump_results(results))
    return results


def _measure(
    number: int, place: Path, finished: dict[Task, RunResult], resampled: Resampled
) -> MeasuredExperiment:
    tasks = [task for task in finished if task.number == number]
    costs = {task: json.loads((place / task.stage / COST_NAME).read_text(encoding="utf-8")) for task in tasks}
    names: list[ExperimentMetric] = list(resampled.runs[tasks[0]])
    return MeasuredExperiment(
        number=number,
        parameters=costs[tasks[0]]["parameters"],
        macs=costs[tasks[0]]["macs"],
        figures={name: resampled.figure(name, number) for name in names},
        runs=tuple(
            ExperimentRun(
                seed=task.seed,
                seconds=round(finished[task].seconds, 1),
                cpu_seconds=costs[task]["cpu_seconds"],
                curve=_read_curve(place / task.stage / HISTORY_NAME),
            )
            for task in tasks
        ),
    )


def _read_curve(path: Path) -> tuple[EpochPoint, ...]:
    records = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    return tuple(
        EpochPoint(
            epoch=record["epoch"] + 1,
            **{
                key: round(record[key], 5)
                for key in ("train_loss", "val_loss", "train_accuracy", "val_accuracy")
            },
        )
        for record in records
    )
