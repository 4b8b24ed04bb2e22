"""What was measured of a pair's cost, as tables: rows of text under their titles."""

from __future__ import annotations

from core.figures.latency_words import (
    SERVING,
    TRAINING,
    describe_ratio,
    in_ms,
    in_percent,
    in_threads,
    in_times,
    name_cost,
)
from core.figures.wording import NO_BREAK, ROLE_TITLES
from core.types import MemoryUse, PairLatency, PublishedCosts, StageTimes, TimeTable

Rows = list[dict[str, str]]

_MIB = 2**20
_NOTHING = "–"


def tabulate_times(table: TimeTable) -> Rows:
    """A row for each network, runtime and number of threads."""
    return [
        {
            "Network": name_cost(table.network(time.network)),
            "Runtime": table.runtimes[time.runtime],
            "Threads": str(time.report.threads),
            "Median": in_ms(time.report.median_ms),
            "95 of 100 within": in_ms(time.report.p95_ms),
            "Mean": in_ms(time.report.mean_ms),
            "Shortest": in_ms(time.report.min_ms),
            "Longest": in_ms(time.report.max_ms),
            "Images a second": f"{time.report.per_second:,.1f}",
            "Spread": in_percent(time.report.spread) + (", busy" if time.report.noisy else ""),
            "n": str(time.report.n),
        }
        for time in table.times
    ]


def tabulate_ratios(table: TimeTable) -> Rows:
    """A row for each ratio: what is divided by what, and one column for each number of threads."""
    counts = sorted({ratio.threads for ratio in table.ratios})
    found: dict[str, dict[str, str]] = {}
    for ratio in table.ratios:
        what = describe_ratio(table, ratio)
        row = found.setdefault(
            what, {"Ratio of medians": what, **{_title(count): _NOTHING for count in counts}}
        )
        row[_title(ratio.threads)] = in_times(ratio)
    return list(found.values())


def tabulate_costs(table: TimeTable, memory: tuple[MemoryUse, ...] = ()) -> Rows:
    """A row for each network: parameters, work, file, and the memory it needs in each runtime."""
    used = {(use.network, use.runtime): use for use in memory}
    runtimes = [name for name in table.runtimes if any(use.runtime == name for use in memory)]
    rows = []
    for cost in table.networks:
        row = {
            "Network": name_cost(cost),
            "Architecture": cost.title,
            "Parameters, million": f"{cost.parameters / 1e6:,.2f}",
            "Multiply-adds a picture, GMAC": f"{cost.macs / 1e9:,.2f}",
            "Input, pixels": f"{cost.width} × {cost.height}",
            "File, MiB": _NOTHING if cost.file_bytes is None else f"{cost.file_bytes / _MIB:,.1f}",
        }
        for name in runtimes:
            row[f"Memory in {table.runtimes[name]}, MiB"] = _memory(used.get((cost.name, name)))
        rows.append(row)
    return rows


def tabulate_stages(stages: StageTimes) -> Rows:
    """A row for each stage of a reading, in its order."""
    return [
        {
            "Stage": _name_stage(name),
            "What": stages.titles[name],
            "Median": in_ms(report.median_ms),
            "95 of 100 within": in_ms(report.p95_ms),
            "Spread": in_percent(report.spread) + (", busy" if report.noisy else ""),
            "n": str(report.n),
        }
        for name, report in stages.stages.items()
    ]


def tabulate_published(published: PublishedCosts) -> Rows:
    """A row for each network of the source document, as printed; what it does not print has no column."""
    rows = []
    for network in published.networks:
        times = "; ".join(f"{ms:g}{NO_BREAK}ms ({name})" for name, ms in network.milliseconds.items())
        rows.append({"Network": f"{ROLE_TITLES[network.role]}: {network.name}", "Time, as printed": times})
        if any(one.megabytes is not None for one in published.networks):
            rows[-1]["Size"] = _or_nothing(network.megabytes, "MB")
        if any(one.gflops is not None for one in published.networks):
            rows[-1]["Work"] = _or_nothing(network.gflops, "GFLOPs")
    return rows


def tabulate_beside(latency: PairLatency) -> Rows:
    """The ratios that the source document's own figures give, beside the same ratios here.

    Returns:
        A row for each; empty where nothing can be compared.
    """
    published, table = latency.published, latency.table
    if published is None:
        return []
    rows = []
    here = [_ratio_here(table, (("teacher", name), ("student", name))) for name in (TRAINING, SERVING)]
    if published.time_ratio is not None:
        rows.append(_beside("Teacher over student, time", f"{published.time_ratio:.1f}", here))
    sizes = [table.network(role).file_bytes for role in ("teacher", "student")]
    if published.size_ratio is not None and sizes[0] and sizes[1]:
        counted = [f"{sizes[0] / sizes[1]:.1f} (counted)"]
        rows.append(_beside("Teacher over student, size of the file", f"{published.size_ratio:.1f}", counted))
    for speedup in published.speedups:
        beside = latency.comparisons
        found = (
            [
                _ratio_here(beside, ((speedup.network, name), ("student", name)))
                for name in (TRAINING, SERVING)
            ]
            if beside is not None
            else ["not measured"]
        )
        own = ", ".join(f"{ratio:g} ({name})" for name, ratio in speedup.by_table.items())
        claim = f"{own} by its table; {speedup.claimed} by its text"
        rows.append(_beside(f"{speedup.name} over student, time", claim, found))
    return rows


def _or_nothing(value: float | None, unit: str) -> str:
    return _NOTHING if value is None else f"{value:g}{NO_BREAK}{unit}"


def _beside(what: str, published: str, here: list[str]) -> dict[str, str]:
    return {"Ratio": what, "Published": published, "Here": "; ".join(filter(None, here))}


def _ratio_here(table: TimeTable, keys: tuple[tuple[str, str], tuple[str, str]]) -> str:
    threads = min(time.report.threads for time in table.times)
    ratio = table.find_ratio(*keys, threads)
    return f"{table.runtimes[keys[0][1]]} {in_times(ratio)}" if ratio else ""


def _memory(use: MemoryUse | None) -> str:
    if use is None:
        return _NOTHING
    text = f"{use.resident_bytes / _MIB:,.0f}"
    if use.peak_bytes is not None and use.peak_bytes > use.resident_bytes * 1.05:
        text += f" (at most {use.peak_bytes / _MIB:,.0f})"
    return text


def _name_stage(name: str) -> str:
    for role, title in sorted(ROLE_TITLES.items(), key=lambda item: -len(item[0])):
        for suffix, words in (("_int8", ", in 8 bits"), ("", "")):
            if name.startswith(f"{role}{suffix}_"):
                return f"{title}{words}"
    return {"decode": "Read the file", "quality_gate": "Check the picture"}.get(name, "Everything")


def _title(threads: int) -> str:
    return in_threads(threads).capitalize()
