"""Networks timed in turn, in every runtime that can run them, for each number of threads."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Collection, Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from core.latency import (
    SETTLE_S,
    TURN_RUNS,
    Clock,
    compare_times,
    measure_in_turns,
    read_machine_load,
    summarise_turns,
)
from core.release.runtimes import RUNTIMES, Run, Servable, give_threads
from core.types import NetworkTime, TimeRatio, TimeTable

Key = tuple[str, str]
"""Name of a network, name of a runtime."""

Milliseconds = dict[Key, NDArray[np.float64]]
"""(turns, turn_runs) of each."""

OnProgress = Callable[[float, str], object]
"""Told the share in [0, 1] that is done, and what comes next, in words."""


def measure_table(
    servables: Sequence[Servable],
    *,
    threads: Sequence[int],
    runs: int,
    compare: Iterable[tuple[Key, Key]] = (),
    runtimes: Collection[str] | None = None,
    turn_runs: int = TURN_RUNS,
    settle_s: float = SETTLE_S,
    budget_s: float = math.inf,
    clock: Clock = time.perf_counter,
    on_progress: OnProgress | None = None,
) -> TimeTable:
    """Time every network alone, one picture at a time: its inputs are prepared, its answer is dropped.

    All networks and runtimes take turns within one number of threads; torch's threads are then as before.

    Args:
        servables: in the order in which they are shown.
        threads: numbers of threads, one after the other.
        runs: that count, of each; rounded up to whole turns.
        compare: (numerator, denominator) of ratios; those that could not be timed are left out.
        runtimes: names of those to time in; None takes all.
        turn_runs, settle_s, budget_s, clock: as in :func:`core.latency.measure_in_turns`.
        on_progress: see :data:`OnProgress`.

    Raises:
        BundleError: a file is missing or altered.
        ValueError: nothing to time, or ``runs`` or a number of threads below 1.
    """
    if runs < 1 or min(threads, default=0) < 1:
        raise ValueError(f"runs and threads must be at least 1, they are {runs} and {tuple(threads)}")
    load = read_machine_load()
    times: list[NetworkTime] = []
    ratios: list[TimeRatio] = []
    wanted = list(compare)
    for place, count in enumerate(threads):
        words = f"{len(servables)} networks, {count} thread{'s' if count > 1 else ''}"

        def tell(share: float, place: int = place, words: str = words) -> None:
            if on_progress is not None:
                on_progress((place + share) / len(threads), words)

        found = time_servables(
            servables,
            threads=count,
            runs=runs,
            runtimes=runtimes,
            turn_runs=turn_runs,
            settle_s=settle_s,
            budget_s=budget_s,
            clock=clock,
            on_share=tell,
        )
        times += report_times(found, count)
        ratios += divide_times(found, count, wanted)
    return TimeTable(
        load_before=load,
        runtimes=name_runtimes(),
        networks=tuple(servable.cost for servable in servables),
        times=tuple(times),
        ratios=tuple(ratios),
    )


def time_servables(
    servables: Sequence[Servable],
    *,
    threads: int,
    runs: int,
    runtimes: Collection[str] | None = None,
    turn_runs: int = TURN_RUNS,
    settle_s: float = SETTLE_S,
    budget_s: float = math.inf,
    clock: Clock = time.perf_counter,
    on_share: Callable[[float], object],
) -> Milliseconds:
    """Times of :func:`measure_table` with one number of threads, as (turns, turn_runs) milliseconds."""
    turns = math.ceil(runs / turn_runs)
    on_share(0.0)
    with give_threads(threads):
        found = measure_in_turns(
            _open(servables, threads, runtimes),
            turns=turns,
            turn_runs=turn_runs,
            settle_s=settle_s,
            budget_s=budget_s,
            clock=clock,
            on_turn=lambda done: on_share(done / (turns + 1)),
        )
    return {_split(label): milliseconds for label, milliseconds in found.items()}


def report_times(found: Milliseconds, threads: int) -> list[NetworkTime]:
    """What was timed, summarised, in the same order."""
    return [
        NetworkTime(*key, summarise_turns(" ".join(key), milliseconds, threads=threads))
        for key, milliseconds in found.items()
    ]


def divide_times(found: Milliseconds, threads: int, compare: Iterable[tuple[Key, Key]]) -> list[TimeRatio]:
    """Ratios of what was timed in turn; those that could not be timed are left out."""
    noisy = {(time.network, time.runtime): time.report.noisy for time in report_times(found, threads)}
    return [
        TimeRatio(top, bottom, threads, compare_times(found[top], found[bottom]), noisy[top] or noisy[bottom])
        for top, bottom in compare
        if top in found and bottom in found
    ]


def name_runtimes() -> dict[str, str]:
    """Name to title of every runtime."""
    return {name: runtime.title for name, runtime in RUNTIMES.items()}


def _open(servables: Sequence[Servable], threads: int, runtimes: Collection[str] | None) -> dict[str, Run]:
    found = {}
    for servable in servables:
        for name, runtime in RUNTIMES.items():
            if runtimes is not None and name not in runtimes:
                continue
            if servable.cost.precision not in runtime.precisions:
                continue
            run = runtime.open(servable, threads)
            if run is not None:
                found[f"{servable.cost.name} {name}"] = run
    return found


def _split(label: str) -> Key:
    network, _, runtime = label.rpartition(" ")
    return network, runtime
