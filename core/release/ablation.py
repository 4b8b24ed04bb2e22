"""What an ablation found: figures of each arm over its seeds, and paired differences with limits.

Limits answer "other cases and other seeds": each resample draws whole groups of cases within the grades and,
on its own, seeds, both with replacement and the same ones for every arm. With three seeds the share that is
due to training is known roughly at best; the figures of every seed are kept beside.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from core.atomic import write_atomic
from core.errors import DataError
from core.evaluation.intervals import interval_from_draws
from core.evaluation.resampling import draw_weights
from core.evaluation.weighted_ranks import Ranking
from core.metrics.confusion import average_f1, weigh_kappa
from core.metrics.flip_rate import TURNS, find_flips
from core.modalities.base import MODALITIES, Modality
from core.predict import compute_positive_prob
from core.release.ablation_record import AblationReport, ArmReport, FigureOfArm
from core.release.ablation_record import as_interval as as_interval
from core.training.ablation import TEST_NAME, ablation_folder, ablation_of
from core.training.arms import ARMS
from core.training.recipe import Recipe
from core.training.runs import load_result

REPORT_NAME = "ablation.json"
Figures = dict[str, NDArray[np.float64]]
Runs = Mapping[tuple[str, int], Figures]


Summarise = Callable[[NDArray[np.float64]], FigureOfArm]


def report_ablation(
    recipe: Recipe, runs: Path, *, resamples: int = 1000, seed: int = 0, level: float = 0.95
) -> AblationReport:
    """Compute the report of all finished runs, and write it into the ablation's folder.

    Args:
        recipe: the preset as resolved, with an ablation.
        runs: folder of all runs.
        resamples: behind the limits, at least 1.
        seed: of the resamples.
        level: coverage of the limits.

    Raises:
        ConfigError: the preset has no ablation.
        DataError: no run is finished, or runs answered different test cases.
    """
    ablation = ablation_of(recipe)
    modality = MODALITIES.get(recipe.pair.modality)
    folder = ablation_folder(recipe, runs)
    tables, seconds, splits = _read_runs(folder)
    if not tables:
        raise DataError(str(folder), "no arm is trained yet", f"Run ablate {recipe.pair.name}")
    facts = next(iter(tables.values())).query("degrees == 0")
    groups = facts["group"].to_numpy()
    target = np.array([modality.classes.index(code) for code in facts["target"]])
    blocks = [np.ones((1, len(target))), *draw_weights(groups, target, resamples=resamples, seed=seed)]
    found = {run: _resample_run(table, modality, target, blocks) for run, table in tables.items()}
    draws = np.random.default_rng([seed, 1]).random((resamples, len(found)))
    arms = {
        name: _report_arm(name, found, seconds, lambda values: _summarise(values, draws, groups, level))
        for name in ARMS
        if any(of_arm == name for of_arm, _ in found)
    }
    report = AblationReport(
        preset=recipe.pair.name,
        split_sha256=splits.pop(),
        n=len(target),
        groups=len(np.unique(groups)),
        level=level,
        resamples=resamples,
        student=ablation.student.model_dump(mode="json"),
        arms=arms,
    )
    write_atomic(folder / REPORT_NAME, (report.model_dump_json(indent=1) + "\n").encode())
    return report


def _report_arm(
    name: str, found: Runs, seconds: Mapping[tuple[str, int], float], summarise: Summarise
) -> ArmReport:
    """One arm: its figures over its seeds, and the differences on the seeds that ``against`` has too."""
    arm = ARMS[name]
    seeds = tuple(number for of_arm, number in found if of_arm == name)
    base = arm.against
    both = tuple(number for number in seeds if base is not None and (base, number) in found)
    own, minus = _stack(found, name, seeds), {}
    if base is not None and both:
        first, second = _stack(found, name, both), _stack(found, base, both)
        minus = {figure: first[figure] - second[figure] for figure in first}
    return ArmReport(
        title=arm.title,
        against=base,
        seeds=seeds,
        figures={key: summarise(values) for key, values in own.items()},
        minus={key: summarise(values) for key, values in minus.items()},
        seconds=float(np.mean([seconds[name, number] for number in seeds])),
    )


def _read_runs(
    folder: Path,
) -> tuple[dict[tuple[str, int], pd.DataFrame], dict[tuple[str, int], float], set[str]]:
    """Answers and training seconds of every finished run by arm and seed, and the hash of their one split."""
    tables: dict[tuple[str, int], pd.DataFrame] = {}
    seconds: dict[tuple[str, int], float] = {}
    splits: set[str] = set()
    for path in sorted(folder.glob(f"*/{TEST_NAME}")):
        arm, _, number = path.parent.name.rpartition("-")
        result = load_result(path.parent)
        if arm not in ARMS or result is None:
            continue
        run = (arm, int(number))
        tables[run] = pd.read_parquet(path)
        seconds[run] = result.seconds
        splits.add(result.asked.split_sha256)
        first = next(iter(tables.values()))
        if not tables[run][["case", "target", "degrees"]].equals(first[["case", "target", "degrees"]]):
            raise DataError(str(path), "it answers other test cases than the other runs", "Delete its folder")
    if len(splits) > 1:
        raise DataError(str(folder), "its runs are of different splits", "Delete the folder and train again")
    return tables, seconds, splits


def _resample_run(
    table: pd.DataFrame, modality: Modality, target: NDArray[np.intp], blocks: list[NDArray[np.float64]]
) -> Figures:
    """Every figure of one run: (1 + resamples,), the first on the cases as they are."""
    columns = [f"prob_{code}" for code in modality.classes]
    answers = np.stack([table.loc[table["degrees"] == turn, columns].to_numpy() for turn in TURNS])
    probs, flips = answers[0], find_flips(answers).astype(np.float64)
    size = len(modality.classes)
    cell = target * size + probs.argmax(axis=1)
    cells = np.eye(size * size)[cell]
    truth = np.isin(target, [modality.classes.index(code) for code in modality.positives])
    ranking = Ranking(compute_positive_prob(probs, modality.classes, modality.positives), truth)
    parts: dict[str, list[NDArray[np.float64]]] = {}
    for weights in blocks:
        counts = (weights @ cells).reshape(-1, size, size)
        hits = np.diagonal(counts, axis1=1, axis2=2)
        total, of_class = weights.sum(axis=1), counts.sum(axis=2)
        recall = np.divide(hits, of_class, out=np.full_like(hits, np.nan), where=of_class > 0)
        figures = {
            "accuracy": hits.sum(axis=1) / total,
            "macro_f1": average_f1(counts),
            "roc_auc": ranking.weigh(weights).roc_auc(),
            **{f"recall_{code}": recall[:, place] for place, code in enumerate(modality.classes)},
            "flip_rate": weights @ flips / total,
        }
        if modality.scale == "ordinal":
            figures["quadratic_kappa"] = weigh_kappa(counts)
        for name, values in figures.items():
            parts.setdefault(name, []).append(values)
    return {name: np.concatenate(values) for name, values in parts.items()}


def _stack(found: Runs, arm: str, seeds: tuple[int, ...]) -> Figures:
    """(seeds, 1 + resamples) of every figure."""
    return {name: np.stack([found[arm, number][name] for number in seeds]) for name in found[arm, seeds[0]]}


def _summarise(
    values: NDArray[np.float64], draws: NDArray[np.float64], groups: NDArray[np.object_], level: float
) -> FigureOfArm:
    """Mean over the seeds, and limits from resampled cases and seeds."""
    count = len(values)
    by_seed = tuple(None if np.isnan(value) else float(value) for value in values[:, 0])
    if None in by_seed:
        return FigureOfArm(value=None, low=None, high=None, by_seed=by_seed)
    picked = np.minimum((draws[:, :count] * count).astype(np.intp), count - 1)
    resampled = np.take_along_axis(values[:, 1:].T, picked, axis=1).mean(axis=1)
    interval = interval_from_draws(float(values[:, 0].mean()), resampled, groups, level=level)
    limits = (None if np.isnan(limit) else limit for limit in (interval.low, interval.high))
    low, high = limits
    return FigureOfArm(value=interval.value, low=low, high=high, by_seed=by_seed)
