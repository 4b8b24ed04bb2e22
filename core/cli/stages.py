"""The command that says where the time of a reading goes."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Annotated, Any

import typer

from core.cli import pairs
from core.cli.arguments import PairArgument
from core.cli.output import JsonOption, print_json, print_table, print_text
from core.figures.latency_words import describe_published_times

if TYPE_CHECKING:
    from core.types import StageTimes


def add_commands(app: typer.Typer) -> None:
    """Add this module's command to the command line."""
    app.command()(stages)


def stages(
    pair_name: PairArgument,
    *,
    runs: Annotated[int, typer.Option(min=5, help="Timed rounds of all stages.")] = 20,
    as_json: JsonOption = False,
) -> None:
    """Time every stage of a reading on one thread of this machine, from the file to the maps."""
    from core.release.stages import measure_stages

    times = measure_stages(pairs.load_pair(pair_name), runs=runs)
    if as_json:
        print_json(record_stages(times))
    else:
        _print_stages(times)


def record_stages(times: StageTimes) -> dict[str, Any]:
    """The stages as JSON, which ``latency`` prints too."""
    height, width, size = times.picture
    return {
        "pair": times.pair,
        "picture": {"height": height, "width": width, "bytes": size},
        "load_per_core": times.load_per_core,
        "stages": {
            name: {
                "title": times.titles[name],
                "median_ms": report.median_ms,
                "p95_ms": report.p95_ms,
                "spread": report.spread,
                "busy_machine": report.noisy,
                "n": report.n,
                "threads": report.threads,
            }
            for name, report in times.stages.items()
        },
        "teacher_over_student": times.teacher_over_student,
        "published": times.published,
    }


def _print_stages(times: StageTimes) -> None:
    height, width, size = times.picture
    load = "" if times.load_per_core is None else f"; {times.load_per_core:.1f} busy processes a core"
    print_text(f"{times.pair}: sample picture of {width} x {height} pixels, JPEG of {size:,} bytes{load}")
    print_table(
        [
            {
                "stage": name,
                "what": times.titles[name],
                "median ms": f"{report.median_ms:.2f}",
                "p95 ms": f"{report.p95_ms:.2f}",
                "spread": f"{report.spread:.2f}",
                "busy machine": "yes" if report.noisy else "no",
            }
            for name, report in times.stages.items()
        ]
    )
    ratio = times.teacher_over_student
    print_text(
        f"Teacher over student: {_format(ratio['network'])} for the network alone, "
        f"{_format(ratio['end_to_end'])} from the file to probabilities. Rounds that count: "
        f"{times.stages['decode'].n}, one thread; spread is the interquartile range over the median"
    )
    if times.published:
        print_text(describe_published_times(times.published))


def _format(ratio: float) -> str:
    return "undefined" if math.isnan(ratio) else f"{ratio:.2f}"
