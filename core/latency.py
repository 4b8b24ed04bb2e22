"""The only stopwatch: wall-clock time of a call, repeated, with how steady the machine was."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.types import Interval, LatencyReport

Clock = Callable[[], float]
Run = Callable[[], object]

TURN_RUNS = 5
"""Runs of one turn that count."""

SETTLE_S = 0.1
"""How long a network runs before its turn counts. A runtime's threads keep spinning for tens of milliseconds
after their work and take the cores from the next one."""

FEWEST_TURNS = 4
"""Turns behind a ratio with limits; drawing fewer again says nothing."""

_SETTLE_RUNS = 1000
_RESAMPLES = 2000


def measure_latency(
    run: Run,
    *,
    label: str,
    threads: int,
    n: int = 30,
    warmup: int = 5,
    clock: Clock = time.perf_counter,
) -> LatencyReport:
    """Time one call, over and over.

    Only the call of ``run`` lies between two readings of the clock; prepare inputs and load models before.

    Args:
        run: what to time; takes nothing, its result is dropped.
        label: what it is called in the report.
        threads: threads that the timed code was given; noted, not set.
        n: runs that count, at least 1.
        warmup: runs before them that do not count (allocation, caches, lazy initialisation).
        clock: seconds, monotonic; a test passes its own.

    Returns:
        LatencyReport in milliseconds. Percentiles interpolate linearly between sorted runs (numpy's default);
        ``spread`` is the interquartile range over the median, 0 for a median of 0.

    Raises:
        ValueError: ``n`` or ``threads`` below 1, or ``warmup`` below 0.
    """
    return measure_interleaved({label: run}, threads=threads, n=n, warmup=warmup, clock=clock)[label]


def measure_interleaved(
    runs: Mapping[str, Run],
    *,
    threads: int,
    n: int = 30,
    warmup: int = 5,
    clock: Clock = time.perf_counter,
) -> dict[str, LatencyReport]:
    """Time several calls in turn, A-B-A-B, so that a change in the machine's load falls on all of them alike.

    Args:
        runs: label to what to time, in the order of a round.
        threads, n, warmup, clock: as in :func:`measure_latency`; warm-up takes turns too.

    Returns:
        Label to LatencyReport, in the order of ``runs``.

    Raises:
        ValueError: nothing to time, ``n`` or ``threads`` below 1, or ``warmup`` below 0.
    """
    if not runs:
        raise ValueError("runs must not be empty")
    for name, given, least in (("n", n, 1), ("warmup", warmup, 0), ("threads", threads, 1)):
        if given < least:
            raise ValueError(f"{name} must be at least {least}, it is {given}")
    for _ in range(warmup):
        for run in runs.values():
            run()
    taken: dict[str, list[float]] = {label: [] for label in runs}
    for _ in range(n):
        for label, run in runs.items():
            taken[label].append(_time(run, clock))
    return {
        label: _summarise(label, 1000 * np.asarray(seconds, dtype=np.float64), warmup=warmup, threads=threads)
        for label, seconds in taken.items()
    }


def measure_in_turns(
    runs: Mapping[str, Run],
    *,
    turns: int,
    turn_runs: int = TURN_RUNS,
    settle_s: float = SETTLE_S,
    budget_s: float = np.inf,
    clock: Clock = time.perf_counter,
    on_turn: Callable[[int], object] | None = None,
) -> dict[str, NDArray[np.float64]]:
    """Time several calls in turns of a few runs, A A A B B B A A A B B B, each turn with a run-up of its own.

    With more than one thread, single runs in alternation do not measure the network but the end of the one
    before: its runtime's threads still spin, and its weights fill the caches.

    Args:
        runs: label to what to time, in the order of a round.
        turns: of each label that count, at least 1; one before them does not.
        turn_runs: runs of a turn that count, at least 1.
        settle_s: seconds of runs before these that do not count; at least one run.
        budget_s: seconds after which no further round begins, once one counts; a busy machine would take
            minutes.
        clock: seconds, monotonic; a test passes its own.
        on_turn: told how many rounds are done, the one that does not count included.

    Returns:
        Label to (turns, turn_runs) milliseconds, in the order of ``runs``; fewer turns after ``budget_s``.

    Raises:
        ValueError: nothing to time, or ``turns`` or ``turn_runs`` below 1.
    """
    if not runs:
        raise ValueError("runs must not be empty")
    for name, given in (("turns", turns), ("turn_runs", turn_runs)):
        if given < 1:
            raise ValueError(f"{name} must be at least 1, it is {given}")
    taken: dict[str, list[list[float]]] = {label: [] for label in runs}
    until = clock() + budget_s
    for number in range(turns + 1):
        if number > 1 and clock() >= until:
            break
        for label, run in runs.items():
            _settle(run, settle_s, clock)
            seconds = [_time(run, clock) for _ in range(turn_runs)]
            if number:
                taken[label].append(seconds)
        if on_turn is not None:
            on_turn(number + 1)
    return {label: 1000 * np.asarray(seconds, dtype=np.float64) for label, seconds in taken.items()}


def summarise_turns(label: str, milliseconds: NDArray[np.float64], *, threads: int) -> LatencyReport:
    """Report (turns, turn_runs) milliseconds of :func:`measure_in_turns`."""
    return _summarise(label, milliseconds.ravel(), warmup=milliseconds.shape[1], threads=threads)


def compare_times(
    slower: NDArray[np.float64], faster: NDArray[np.float64], *, level: float = 0.95, seed: int = 0
) -> Interval:
    """Ratio of two medians, with limits by drawing the turns again, the same turns for both.

    Args:
        slower, faster: (turns, turn_runs) milliseconds of two calls that took turns with each other.
        level: of the limits.
        seed: of the draws.

    Returns:
        Interval with the runs of one call as n. The limits say how steady this measurement was; another
        machine is another question. There are none below :data:`FEWEST_TURNS` turns. Undefined where the
        faster one took no time that the clock could see.

    Raises:
        ValueError: the two do not have the same turns.
    """
    if slower.shape != faster.shape:
        raise ValueError(f"times must have the same turns, not {slower.shape} and {faster.shape}")
    if not np.median(faster) > 0:
        return Interval(np.nan, np.nan, np.nan, level, faster.size, "too short for the clock")
    value = float(np.median(slower) / np.median(faster))
    if len(slower) < FEWEST_TURNS:
        return Interval(value, np.nan, np.nan, level, slower.size, "too few turns for limits")
    drawn = np.random.default_rng(seed).integers(len(slower), size=(_RESAMPLES, len(slower)))
    medians = [np.median(times[drawn].reshape(_RESAMPLES, -1), axis=1) for times in (slower, faster)]
    with np.errstate(divide="ignore"):
        ratios = medians[0] / medians[1]
    low, high = np.percentile(ratios, [50 * (1 - level), 50 * (1 + level)])
    return Interval(value, float(low), float(high), level, slower.size, f"bootstrap of turns, {_RESAMPLES}")


def read_machine_load() -> float | None:
    """Mean number of busy processes over the last minute divided by the number of cores; 1 is fully busy.

    Returns:
        float of at least 0, or None on a platform that does not tell (Windows).
    """
    read: Any = getattr(os, "getloadavg", None)
    if read is None:
        return None
    try:
        return float(read()[0]) / (os.cpu_count() or 1)
    except OSError:
        return None


def _settle(run: Run, seconds: float, clock: Clock) -> None:
    until = clock() + seconds
    for _ in range(_SETTLE_RUNS):
        run()
        if clock() >= until:
            return


def _time(run: Run, clock: Clock) -> float:
    start = clock()
    run()
    return clock() - start


def _summarise(label: str, milliseconds: NDArray[np.float64], *, warmup: int, threads: int) -> LatencyReport:
    quarter, median, three_quarters, p95 = np.percentile(milliseconds, [25, 50, 75, 95])
    return LatencyReport(
        label=label,
        median_ms=float(median),
        p95_ms=float(p95),
        min_ms=float(milliseconds.min()),
        max_ms=float(milliseconds.max()),
        spread=float((three_quarters - quarter) / median) if median else 0.0,
        n=len(milliseconds),
        warmup=warmup,
        threads=threads,
        mean_ms=float(milliseconds.mean()),
    )
