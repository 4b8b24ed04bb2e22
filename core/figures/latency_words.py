"""What was measured of a pair's cost on this machine, in sentences."""

from __future__ import annotations

import math

from core.figures.wording import NO_BREAK, ROLE_TITLES, name_role
from core.types import (
    ALIKE,
    Machine,
    NetworkCost,
    NetworkTime,
    PairLatency,
    PublishedCosts,
    TimeRatio,
    TimeTable,
)

SERVING, TRAINING = "onnxruntime", "torch"
"""Names of the runtimes in a :class:`core.types.TimeTable` that answers here, and that publications mostly
time."""

LIMITS_OF_A_RATIO = (
    "Ratios: medians of networks that took turns; in brackets what drawing the turns again gives, 95 of 100 "
    "times. They say how steady this measurement was; another machine has other ratios."
)

PRECISION_WORDS = {"float": "", "int8": "in 8 bits"}
AT_REST = 0.5
"""Busy processes a core up to which a machine is called at rest."""

_QUICK_MS = 10


def in_ms(milliseconds: float) -> str:
    """``"4.91 ms"``, ``"46.2 ms"``, ``"1,204 ms"``: three digits, no more than a stopwatch can tell."""
    digits = 2 if milliseconds < _QUICK_MS else 1 if milliseconds < 10 * _QUICK_MS else 0
    return f"{milliseconds:,.{digits}f}{NO_BREAK}ms"


def in_percent(share: float) -> str:
    """A spread, in whole per cent."""
    return f"{100 * share:.0f}{NO_BREAK}%"


def in_threads(threads: int) -> str:
    """``"one thread"``, ``"2 threads"``."""
    return "one thread" if threads == 1 else f"{threads} threads"


def name_cost(cost: NetworkCost) -> str:
    """A network in a table: ``"Student"``, ``"Student, in 8 bits"``, ``"ResNet-101"``."""
    title = cost.title if cost.role is None else ROLE_TITLES[cost.role]
    words = PRECISION_WORDS[cost.precision]
    return f"{title}, {words}" if words else title


def headline(latency: PairLatency) -> str:
    """What the measurement comes to: a sentence on every student as it is served, on one thread."""
    table = latency.table
    threads = min(time.report.threads for time in table.times)
    teacher = table.find("teacher", SERVING, threads)
    sentences: list[str] = []
    busy = teacher is not None and teacher.noisy
    for cost in table.networks:
        report = table.find(cost.name, SERVING, threads)
        if cost.role in (None, "teacher") or report is None:
            continue
        busy = busy or report.noisy
        ratio = table.find_ratio(("teacher", SERVING), (cost.name, SERVING), threads)
        name = f"the {_inside(cost)}"
        took = f" ({in_ms(teacher.median_ms)})" if teacher and not sentences else ""
        opening = f"On this machine {name}" if not sentences else f"{name[0].upper()}{name[1:]}"
        sentences.append(f"{opening} answers in **{in_ms(report.median_ms)}**{_relate(ratio, took)}.")
    runs = max(time.report.n for time in table.times if time.report.threads == threads)
    sentences.append(
        f"That is the network alone, one picture at a time, in {table.runtimes[SERVING]}, "
        f"{in_threads(threads)}, n = {runs} runs of each{', on a busy machine' if busy else ''}."
    )
    return " ".join(sentences)


def describe_rest(table: TimeTable) -> str:
    """That the times are steady, with what says so; empty where they are not."""
    if table.noisy or not table.times:
        return ""
    worst = max(time.report.spread for time in table.times)
    quiet = table.load_before is None or table.load_before <= AT_REST
    opening = "The machine was at rest" if quiet else "Other work ran, but the times are steady"
    marked = " Ratios marked busy rest on turns that were not." if any(r.noisy for r in table.ratios) else ""
    return (
        f"{opening}: no time spreads by more than {in_percent(worst)} (half of the runs lie within that "
        f"share of the median){_load(table)}.{marked}"
    )


def noise_verdict(table: TimeTable) -> str:
    """``"This machine was busy: spread 38 %, run again ..."``; empty where it was at rest."""
    noisy = table.noisy
    if not noisy:
        return ""
    worst = max(noisy, key=lambda time: time.report.spread)
    share = in_percent(worst.report.spread)
    return (
        f"This machine was busy: spread {share}, run again. {len(noisy)} of {len(table.times)} times spread "
        f"by more than 20{NO_BREAK}%, most of all {_name_time(table, worst)}{_load(table)}. Times and ratios "
        "that rest on them are marked."
    )


def describe_comparisons(table: TimeTable) -> str:
    """How much longer other networks take than the student, as it is served, one sentence."""
    parts = []
    threads = min(time.report.threads for time in table.times)
    runtime = SERVING if any(time.runtime == SERVING for time in table.times) else TRAINING
    for cost in table.networks:
        ratio = table.find_ratio((cost.name, runtime), ("student", runtime), threads)
        if cost.role is None and ratio is not None and ratio.ratio.defined:
            parts.append(f"{cost.title} {ratio.ratio.value:.0f} times")
    return (
        f"Other networks take longer than the student, both in {table.runtimes[runtime]}, "
        f"{in_threads(threads)}: {', '.join(parts)}. Their weights are random, because time does not depend "
        "on what a network has learned; their input is the student's."
    )


def describe_ratio(table: TimeTable, ratio: TimeRatio) -> str:
    """What is divided by what: ``"teacher over student, both in ONNX Runtime"``."""
    (above, above_runtime), (below, below_runtime) = ratio.numerator, ratio.denominator
    names = [_inside(table.network(name)) for name in (above, below)]
    titles = [table.runtimes[name] for name in (above_runtime, below_runtime)]
    if above_runtime == below_runtime:
        return f"{names[0]} over {names[1]}, both in {titles[0]}"
    return f"{names[0]} in {titles[0]} over {names[1]} in {titles[1]}"


def in_times(ratio: TimeRatio) -> str:
    """``"9.4 (9.2–9.6)"``, with ``"busy"`` behind it where a time behind it is noisy."""
    interval, busy = ratio.ratio, ", busy" if ratio.noisy else ""
    if not interval.defined:
        return interval.method
    if math.isnan(interval.low):
        return f"{interval.value:.1f} ({interval.method}){busy}"
    digits = 1 if interval.value >= 1 else 2
    value, low, high = (f"{number:.{digits}f}" for number in (interval.value, interval.low, interval.high))
    return f"{value} ({low}–{high}){busy}"


def describe_machine(machine: Machine) -> str:
    """Processor, cores, system and versions, for a caption."""
    versions = ", ".join(f"{name} {number}" for name, number in machine.versions.items())
    cores = "1 core" if machine.cores == 1 else f"{machine.cores} cores"
    return f"{machine.processor}, {cores}, {machine.system}; {versions}"


def describe_published_times(published: PublishedCosts) -> str:
    """A source document's milliseconds as printed, and what it does not say of them."""
    parts = []
    for network in published.networks:
        times = ", ".join(
            f"{ms:g} ms" + (f" on an {name}" if "not named" not in name else "")
            for name, ms in network.milliseconds.items()
        )
        parts.append(f"Published for {network.name}: {times}.")
    return " ".join([*parts, published.words])


def _relate(ratio: TimeRatio | None, took: str) -> str:
    if ratio is None or not ratio.ratio.defined:
        return ""
    value = ratio.ratio.value
    if abs(value - 1) <= ALIKE:
        return f", about as fast as its teacher{took}"
    if value > 1:
        return f", **{value:.1f} times as fast** as its teacher{took}"
    return f" and takes **{1 / value:.1f} times as long** as its teacher{took}"


def _name_time(table: TimeTable, time: NetworkTime) -> str:
    name = _inside(table.network(time.network))
    return f"{name} in {table.runtimes[time.runtime]} on {in_threads(time.report.threads)}"


def _inside(cost: NetworkCost) -> str:
    """A network inside a sentence: ``"student"``, ``"student in 8 bits"``, ``"ResNet-101"``."""
    name = cost.title if cost.role is None else name_role(cost.role)
    return f"{name} {PRECISION_WORDS[cost.precision]}".strip()


def _load(table: TimeTable) -> str:
    if table.load_before is None:
        return ""
    return f"; {table.load_before:.1f} busy processes a core when timing began"
