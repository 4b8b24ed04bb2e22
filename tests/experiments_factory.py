"""Made-up results of a suite, written as the engine writes them; the figures are fixed, not computed."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from itertools import combinations
from pathlib import Path

import numpy as np
from safetensors.numpy import save_file

from core.experiments.store import dump_results
from core.experiments.suite import Suite, load_suite
from core.experiments.sweeps import record
from core.experiments.sweeps.record import (
    Cases,
    Cost,
    Printed,
    SweepDifference,
    SweepResult,
    SweepRow,
)
from core.types import (
    EpochPoint,
    ExperimentMetric,
    ExperimentRun,
    FindingResult,
    Interval,
    LeaderboardRow,
    MeasuredExperiment,
    SeededFigure,
    SuiteResults,
)

CLASSES = ("mel", "nv", "bcc", "akiec", "bkl", "df", "vasc")
_SHARES = (0.12, 0.6, 0.08, 0.05, 0.1, 0.03, 0.02)


def interval(value: float, half: float = 0.02, n: int = 300) -> Interval:
    """A figure with limits on both sides of it."""
    return Interval(value, value - half, value + half, 0.95, n, "bootstrap of cases and of 3 seeds, 1000")


def measured(
    number: int, *, seeds: int = 3, gap: float = 0.1, half: float = 0.02, **figures: float
) -> MeasuredExperiment:
    """An experiment with these figures; those that are not named are 0.5; seeds lie .01 apart."""
    names: tuple[ExperimentMetric, ...] = (
        "auc",
        "melanoma_recall",
        "cancer_superclass",
        "cancer_pooled",
        "accuracy",
        "balanced_accuracy",
        "melanoma_auc",
    )
    return MeasuredExperiment(
        number=number,
        parameters=1000 * number,
        macs=1_000_000 * number,
        figures={
            name: SeededFigure(
                interval(figures.get(name, 0.5), half),
                tuple(figures.get(name, 0.5) + 0.01 * (seed - (seeds - 1) / 2) for seed in range(seeds)),
            )
            for name in names
        },
        runs=tuple(
            ExperimentRun(
                seed=seed,
                seconds=20.0 + seed,
                cpu_seconds=10.0 * number,
                curve=tuple(
                    EpochPoint(epoch, 1.0 / epoch, 1.0 / epoch + gap * epoch / 5, 0.6, 0.5)
                    for epoch in range(1, 6)
                ),
            )
            for seed in range(seeds)
        ),
    )


def row(
    number: int,
    *,
    name: str = "",
    chapter: str = "One",
    origin: str = "source",
    reported: Mapping[str, float] | None = None,
    of: MeasuredExperiment | None = None,
) -> LeaderboardRow:
    """A row of a leaderboard."""
    return LeaderboardRow(
        number=number,
        name=name or f"Run {number}",
        chapter=chapter,
        origin="ours" if origin == "ours" else "source",
        changed=f"Change {number}.",
        lesson=f"Lesson {number}.",
        reading="",
        builds_on=None,
        reported=reported or {},
        measured=of,
    )


def write_suite(
    folder: Path,
    *,
    numbers: tuple[int, ...] | None = None,
    seeds: int = 2,
    n_test: int = 300,
    n_val: int = 200,
) -> SuiteResults:
    """Write results of DermaMNIST's suite: JSON and every run's answers; figures are made up and fixed.

    Args:
        folder: gets both files.
        numbers: experiments that were run; all where None.
        seeds: runs of each.
        n_test, n_val: cases.
    """
    suite: Suite = load_suite("dermamnist")
    chosen = tuple(entry.number for entry in suite.experiments if numbers is None or entry.number in numbers)
    rng = np.random.default_rng(0)
    target = {
        part: np.sort(rng.choice(len(CLASSES), size=n, p=_SHARES)).astype(np.int8)
        for part, n in (("val", n_val), ("test", n_test))
    }
    arrays = {f"target/{part}": values for part, values in target.items()}
    for number in chosen:
        for seed in range(seeds):
            for part, values in target.items():
                logits = rng.normal(0, 1, (len(values), len(CLASSES))) + 0.1 * number * np.eye(7)[values]
                arrays[f"{number:02d}-{seed}/{part}"] = (
                    logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))
                ).astype(np.float16)
    by_recall = {number: 0.05 + 0.02 * ((7 * number) % 26) for number in chosen}
    results = SuiteResults(
        suite="dermamnist",
        data_sha256="0" * 64,
        classes=CLASSES,
        n_train=700,
        n_val=n_val,
        n_test=n_test,
        level=0.95,
        resamples=100,
        versions={"torch": "2"},
        commit="",
        experiments=tuple(
            measured(
                number,
                seeds=seeds,
                auc=0.7 + 0.01 * ((5 * number) % 26),
                melanoma_recall=by_recall[number],
                cancer_superclass=0.3 + 0.01 * ((3 * number) % 26),
                cancer_pooled=0.2 + 0.01 * ((11 * number) % 26),
                accuracy=0.5 + 0.01 * ((9 * number) % 26),
            )
            for number in chosen
        ),
        findings=tuple(
            FindingResult(entry.id, entry.words, state, "Working of it.", None)
            for entry, state in zip(suite.findings, ("reproduced", "contradicted", "undecided"), strict=False)
        )
        if numbers is None
        else (),
    )
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "dermamnist.json").write_bytes(dump_results(results))
    save_file(arrays, folder / "dermamnist.safetensors")
    return results


def write_sweep(folder: Path, *, run: bool = True) -> SweepResult:
    """Write a made-up ``mel_kd.json`` with the document's rows; settings lie .001 apart."""
    table = tomllib.loads((Path(record.__file__).parent / "mel_kd.toml").read_text(encoding="utf-8"))
    rows = []
    for place, row in enumerate(table["rows"]):
        value = 0.75 if row["kind"] == "control" else 0.8 + 0.001 * place
        figures = {
            name: SeededFigure(interval(value), (value - 0.01, value + 0.01))
            for name in ("roc_auc", "pr_auc", "ece")
        }
        rows.append(
            SweepRow(
                id=row["id"],
                title=row["title"],
                kind=row["kind"],
                note="",
                settings={},
                printed=Printed(**row.get("reported", {})),
                seeds=(0, 1) if run and row["kind"] != "teacher" else (),
                figures=figures if run else {},
                external=figures if run else {},
                cost=Cost(
                    parameters=1000,
                    macs=2000,
                    image_size=112,
                    bytes_float32=4000,
                    bytes_float16=2000,
                    bytes_one_output=2**21,
                ),
                seconds=12.0 if run else None,
                not_run="" if run else "Not trained here.",
            )
        )
    settings = [row.id for row in rows if row.kind == "distilled"]
    controls = [row.id for row in rows if row.kind == "control"]
    pairs = [*combinations(settings, 2), *((name, other) for name in settings for other in controls)]
    result = SweepResult(
        name="mel_kd",
        title=table["title"],
        citation=table["citation"],
        preset="mel5",
        overrides=(),
        training="Trained so.",
        data="On these.",
        split_sha256="0",
        teacher_sha256="",
        cases={
            "test": Cases(title="held-out test part", n=300, groups=290, positives=40),
            "external": Cases(title="PH2", n=100, groups=100, positives=20),
        },
        level=0.95,
        resamples=100,
        deviations=tuple(table["deviations"]),
        notes=tuple(table["notes"]),
        rows=tuple(rows),
        differences=tuple(
            SweepDifference(
                of=of,
                against=against,
                seeds=(0, 1),
                figures={
                    "roc_auc": SeededFigure(interval(0.05 if against in controls else 0.001), (0.0, 0.0))
                },
            )
            for of, against in pairs
        )
        if run
        else (),
        versions={"torch": "2"},
        commit="",
        commit_state="",
    )
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "mel_kd.json").write_text(result.model_dump_json(indent=1), encoding="utf-8")
    return result
