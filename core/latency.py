"""The only stopwatch: wall-clock time of a call, repeated, with how steady the machine was."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from core.types import LatencyReport

Clock = Callable[[], float]


def measure_latency(
    run: Callable[[], object],
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
    runs: Mapping[str, Callable[[], object]],
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
            start = clock()
            run()
            taken[label].append(clock() - start)
    return {
        label: _summarise(label, seconds, warmup=warmup, threads=threads) for label, seconds in taken.items()
    }


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


def _summarise(label: str, seconds: list[float], *, warmup: int, threads: int) -> LatencyReport:
    milliseconds = np.asarray(seconds) * 1000
    quarter, median, three_quarters, p95 = np.percentile(milliseconds, [25, 50, 75, 95])
    return LatencyReport(
        label=label,
        median_ms=float(median),
        p95_ms=float(p95),
        min_ms=float(milliseconds.min()),
        max_ms=float(milliseconds.max()),
        spread=float((three_quarters - quarter) / median) if median else 0.0,
        n=len(seconds),
        warmup=warmup,
        threads=threads,
    )
