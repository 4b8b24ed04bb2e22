"""From a sweep's finished runs to the files that the page, the command and anyone else read.

``results/<sweep>.json`` is a :class:`core.experiments.sweeps.record.SweepResult`. ``<sweep>.safetensors``
holds what every run said of every held-out case: ``<row>-<seed>/<part>``, log-odds (N,) float32 of melanoma,
and ``target/<part>`` (N,) int8, 1 for melanoma; the names of the cases are in its header.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from itertools import combinations
from pathlib import Path
from typing import Any, get_args

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import save

from core.bundle import Pair
from core.errors import DataError
from core.experiments.sweeps.bench import PARTS, PartName, SweepBench, sweep_folder
from core.experiments.sweeps.clock import read_processor_seconds
from core.experiments.sweeps.record import (
    RESULTS_DIR,
    Cases,
    Cost,
    Part,
    SweepDifference,
    SweepResult,
    SweepRow,
)
from core.experiments.sweeps.resampled import Resampled
from core.experiments.sweeps.table import TableRow
from core.experiments.sweeps.train import SweepRun, finished_runs, read_answers
from core.experiments.sweeps.weigh import weigh_network
from core.modalities.base import MODALITIES
from core.tracking.origin import describe_origin
from core.training.checkpoint import write_kept
from core.training.network_recipe import NetworkRecipe
from core.training.runs import RunResult, load_result

TITLES: Mapping[Part, str] = {
    "test": "held-out test part of the melanoma pair's data",
    "external": "PH2, external, never used in training",
}
REPORTED: tuple[Part, ...] = get_args(Part)


def report_sweep(
    bench: SweepBench,
    *,
    folder: Path = RESULTS_DIR,
    resamples: int = 1000,
    level: float = 0.95,
) -> SweepResult:
    """Measure all finished runs of a sweep, compare its rows, and write both files.

    Args:
        bench: of the sweep.
        folder: where the files go.
        resamples, level: of the limits.

    Raises:
        DataError: a run was trained on another division of the data.
    """
    table = bench.table
    runs = finished_runs(bench, table.rows)
    results = {run: _check(bench, run) for run in runs}
    answers = {run: read_answers(bench, run) for run in runs}
    resampled = {name: _resample(bench, name, answers, resamples, level) for name in REPORTED}
    origin = describe_origin()
    report = SweepResult(
        name=table.name,
        title=table.title,
        citation=table.citation,
        preset=table.preset,
        overrides=table.overrides,
        training=describe_training(bench.network),
        data=_describe_data(bench),
        split_sha256=bench.samples.sha256,
        teacher_sha256="" if bench.pair is None else bench.teacher_sha256,
        cases={name: _count(bench, name) for name in REPORTED},
        level=level,
        resamples=resamples,
        deviations=table.deviations,
        notes=(*table.notes, *table.small_notes),
        rows=tuple(_row(bench, row, results, resampled) for row in table.rows),
        differences=_compare(table.rows, resampled["test"]),
        versions=next(iter(results.values())).versions if results else {},
        commit=origin["commit"],
        commit_state=origin.get("commit_state", ""),
    )
    folder.mkdir(parents=True, exist_ok=True)
    if answers:
        write_kept(folder / f"{table.name}.safetensors", _pack(bench, answers))
    write_kept(folder / f"{table.name}.json", (report.model_dump_json(indent=1) + "\n").encode())
    return report


def describe_training(recipe: NetworkRecipe) -> str:
    """How a network was trained, one sentence of figures."""
    optimiser, schedule, stop = recipe.optimiser, recipe.schedule, recipe.patience
    start = "from random weights" if recipe.pretrained == "none" else f"ImageNet weights: {recipe.pretrained}"
    rate = {
        "onecycle": f"one cycle of the rate up to {optimiser.lr:g}",
        "cosine": f"a rate of {optimiser.lr:g} that falls as a cosine",
        "constant": f"a constant rate of {optimiser.lr:g}",
    }[schedule.name]
    kept = (
        "the last epoch is kept"
        if recipe.monitor == "last"
        else f"the epoch of best validation {recipe.monitor} is kept"
    )
    average = f", running average of the weights {recipe.ema_decay:g}" if recipe.ema_decay else ""
    ends = f", at most {stop} epochs without gain" if stop is not None and recipe.monitor != "last" else ""
    return (
        f"{recipe.image_size} pixels, {start}, {recipe.epochs} epochs{ends}, batches of {recipe.batch_size}, "
        f"{optimiser.name} with {rate} and decay {optimiser.weight_decay:g}{average}; {kept}; "
        f"loss {recipe.loss.name}."
    )


def _describe_data(bench: SweepBench) -> str:
    samples = bench.samples
    names = " and ".join(bench.recipe.data.datasets)
    return (
        f"{names}, divided by lesion or group of copies: {len(samples.train)} training and "
        f"{len(samples.val)} validation photographs."
    )


def _check(bench: SweepBench, run: SweepRun) -> RunResult:
    place = sweep_folder(bench.table, bench.runs) / run.stage
    result = load_result(place)
    recipe = bench.table.recipe_of(run.row, run.seed).model_dump(mode="json")
    if result is None or result.asked.split_sha256 != bench.samples.sha256 or result.asked.recipe != recipe:
        raise DataError(
            str(place), "it was trained with another recipe or on other data", "Delete the folder"
        )
    return result


def _truth(bench: SweepBench, name: PartName) -> NDArray[np.bool_]:
    positives = MODALITIES.get(bench.recipe.pair.modality).positives
    return np.array([sample.label in positives for sample in bench.held_out[name].samples])


def _resample(
    bench: SweepBench,
    name: Part,
    answers: Mapping[SweepRun, Mapping[PartName, NDArray[np.float32]]],
    resamples: int,
    level: float,
) -> Resampled:
    samples = bench.held_out[name].samples
    resampled = Resampled(
        [sample.label for sample in samples],
        _truth(bench, name),
        [sample.group for sample in samples],
        resamples=resamples,
        level=level,
    )
    for run, given in answers.items():
        resampled.add(run.row.id, run.seed, given[name].astype(np.float64))
    if bench.pair is not None:
        for row in bench.table.rows:
            if row.kind == "teacher":
                resampled.add_probs(row.id, 0, _shipped_probs(bench.pair, bench.held_out[name].keys))
    return resampled


def _shipped_probs(pair: Pair, keys: tuple[str, ...]) -> NDArray[np.float64]:
    """What the pair's card says of its teacher's answers to these cases, (N,)."""
    table = pair.predictions().query("role == 'teacher'")
    table = table.set_index(table["dataset"].astype(str) + "/" + table["image_id"].astype(str))
    return np.asarray(table["positive_prob"].loc[list(keys)], dtype=np.float64)


def _count(bench: SweepBench, name: Part) -> Cases:
    samples = bench.held_out[name].samples
    return Cases(
        title=TITLES[name],
        n=len(samples),
        groups=len({sample.group for sample in samples}),
        positives=int(_truth(bench, name).sum()),
    )


def _row(
    bench: SweepBench,
    row: TableRow,
    results: Mapping[SweepRun, RunResult],
    resampled: Mapping[Part, Resampled],
) -> SweepRow:
    mine = [run for run in results if run.row.id == row.id]
    seconds = [read_processor_seconds(sweep_folder(bench.table, bench.runs) / run.stage) for run in mine]
    known = [value for value in seconds if value is not None]
    figures = resampled["test"].figures(row.id)
    return SweepRow(
        id=row.id,
        title=row.title,
        kind=row.kind,
        note=row.note,
        settings=_settings(row),
        printed=row.reported,
        seeds=tuple(run.seed for run in mine),
        figures=figures,
        external=resampled["external"].figures(row.id),
        cost=_weigh(bench, row),
        seconds=round(sum(known) / len(known), 1) if known else None,
        not_run="" if figures else _explain_gap(bench, row),
    )


def _explain_gap(bench: SweepBench, row: TableRow) -> str:
    command = bench.table.name.removeprefix("mel_")
    return f"Not trained here: run `python -m core experiments sweep {command} --only {row.id}`."


def _settings(row: TableRow) -> dict[str, float | str]:
    if row.architecture is not None:
        return {"architecture": row.architecture}
    return {key: value for key, value in (row.distill | row.loss).items() if isinstance(value, float | str)}


def _weigh(bench: SweepBench, row: TableRow) -> Cost:
    classes = len(bench.samples.classes)
    if row.kind == "teacher" and bench.pair is not None:
        entry = bench.pair.network("teacher")
        return weigh_network(entry.architecture, entry.arguments, classes, entry.preprocessing.height)
    recipe = bench.table.recipe_of(row, 0)
    return weigh_network(recipe.architecture, recipe.arguments, classes, recipe.image_size)


def _compare(rows: tuple[TableRow, ...], resampled: Resampled) -> tuple[SweepDifference, ...]:
    """Every pair of rows with several seeds, the later one subtracted."""
    found = []
    for first, second in combinations(rows, 2):
        if len(resampled.seeds_of(first.id)) < 2:
            continue
        seeds, figures = resampled.difference(first.id, second.id)
        if figures:
            found.append(SweepDifference(of=first.id, against=second.id, seeds=seeds, figures=figures))
    return tuple(found)


def _pack(bench: SweepBench, answers: Mapping[SweepRun, Mapping[PartName, NDArray[np.float32]]]) -> bytes:
    arrays: dict[str, NDArray[Any]] = {
        f"target/{name}": _truth(bench, name).astype(np.int8) for name in PARTS
    }
    arrays |= {f"{run.stage}/{name}": given[name] for run, given in answers.items() for name in PARTS}
    header = {f"cases/{name}": json.dumps(bench.held_out[name].keys) for name in PARTS}
    return save(arrays, metadata=header)
