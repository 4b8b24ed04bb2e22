"""What one pair costs on this machine: times, ratios, memory, stages, beside what was published."""

from __future__ import annotations

import math
import time
from collections.abc import Collection, Sequence
from functools import partial

from core.bundle import Pair
from core.evaluation.published_costs import find_costs
from core.intake.samples import open_first_sample
from core.latency import SETTLE_S, Clock
from core.release.latency_comparisons import measure_comparisons
from core.release.latency_memory import can_measure, list_memory, measure_memory
from core.release.latency_networks import (
    count_cores,
    describe_machine,
    list_networks,
    name_network,
    open_servable,
)
from core.release.latency_table import Key, OnProgress, measure_table
from core.release.runtimes import RUNTIMES, SERVING, TRAINING
from core.release.stages import measure_stages
from core.types import MemoryUse, PairLatency, TimeTable

RUNS, STAGE_RUNS = 50, 20

_WEIGHTS = {"times": 10.0, "memory": 1.5, "stages": 8.0, "comparisons": 60.0}
"""Rough seconds of each part (memory: of each network), to divide a bar by."""


def measure_pair(
    pair: Pair,
    *,
    threads: Sequence[int] = (),
    runs: int = RUNS,
    memory: Collection[str] = tuple(RUNTIMES),
    stage_runs: int = STAGE_RUNS,
    comparisons: bool = False,
    settle_s: float = SETTLE_S,
    budget_s: float = math.inf,
    clock: Clock = time.perf_counter,
    on_progress: OnProgress | None = None,
) -> PairLatency:
    """Measure what a pair costs on this machine.

    Args:
        pair: whose served networks are run, in every precision that ships.
        threads: numbers of threads of the networks' times; empty takes one and all cores.
        runs: of each network, runtime and number of threads.
        memory: runtimes in which memory is measured, each network in a process of its own.
        stage_runs: rounds of the stages of a reading; 0 leaves them out.
        comparisons: whether to time other networks beside the student.
        settle_s, budget_s, clock, on_progress: as in :func:`core.release.latency_table.measure_table`.

    Raises:
        DataError: the modality has no sample picture.
        BundleError: a file is missing or altered.
    """
    wanted = list_memory(pair, memory) if can_measure() else ()
    steps = {"times": _WEIGHTS["times"]}
    steps |= {"memory": _WEIGHTS["memory"] * len(wanted)} if wanted else {}
    steps |= {"stages": _WEIGHTS["stages"]} if stage_runs else {}
    steps |= {"comparisons": _WEIGHTS["comparisons"]} if comparisons else {}
    tell = partial(_tell, on_progress, steps)
    table = time_pair(
        pair,
        threads=threads,
        runs=runs,
        settle_s=settle_s,
        budget_s=budget_s,
        clock=clock,
        on_progress=partial(tell, "times"),
    )
    used: list[MemoryUse] = []
    for number, (role, precision, runtime) in enumerate(wanted):
        tell("memory", number / len(wanted), "memory, one network a process")
        found = measure_memory(pair, role, precision, runtime)
        used += [found] if found is not None else []
    stages = None
    if stage_runs:
        tell("stages", 0.0, "the stages of a reading")
        stages = measure_stages(pair, runs=stage_runs)
    beside = None
    if comparisons:
        beside = measure_comparisons(pair, on_progress=partial(tell, "comparisons"))
    return PairLatency(
        pair=pair.card.pair,
        title=pair.modality.title,
        machine=describe_machine(),
        table=table,
        memory=tuple(used),
        stages=stages,
        published=find_costs(pair.card.modality),
        comparisons=beside,
    )


def time_pair(
    pair: Pair,
    *,
    threads: Sequence[int] = (),
    runs: int = RUNS,
    settle_s: float = SETTLE_S,
    budget_s: float = math.inf,
    clock: Clock = time.perf_counter,
    on_progress: OnProgress | None = None,
) -> TimeTable:
    """Time a pair's networks alone; arguments as in :func:`measure_pair`."""
    case = open_first_sample(pair.card.modality)
    return measure_table(
        [open_servable(pair, role, precision, case) for role, precision in list_networks(pair)],
        threads=threads or default_threads(),
        runs=runs,
        compare=list_ratios(pair),
        settle_s=settle_s,
        budget_s=budget_s,
        clock=clock,
        on_progress=on_progress,
    )


def default_threads() -> tuple[int, ...]:
    """One thread, and as many as there are cores where that is more."""
    return tuple(sorted({1, count_cores()}))


def list_ratios(pair: Pair) -> list[tuple[Key, Key]]:
    """What is compared: teacher over each student in one runtime, teacher in torch over student as served.

    The last one is not what distillation saves: it adds what the runtime saves. Where a network ships in
    8 bits, the same network in float over it, as served, is compared too.
    """
    found: list[tuple[Key, Key]] = []
    for role, precision in list_networks(pair):
        name = name_network(role, precision)
        if role != "teacher":
            found += [
                (("teacher", runtime), (name, runtime))
                for runtime, entry in RUNTIMES.items()
                if precision in entry.precisions
            ]
            found.append((("teacher", TRAINING), (name, SERVING)))
        if precision != "float":
            found.append(((role, SERVING), (name, SERVING)))
    return found


def _tell(
    on_progress: OnProgress | None, steps: dict[str, float], step: str, share: float, words: str
) -> None:
    if on_progress is None:
        return
    names = list(steps)
    before = sum(steps[name] for name in names[: names.index(step)])
    on_progress((before + share * steps[step]) / sum(steps.values()), words)
