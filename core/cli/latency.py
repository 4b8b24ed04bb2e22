"""The command that times a pair's networks on this machine and says what they cost."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any

import typer

from core.cli import pairs
from core.cli.output import JsonOption, print_json, print_table, print_text
from core.cli.stages import record_stages
from core.errors import ConfigError

if TYPE_CHECKING:
    from core.release.latency_table import OnProgress
    from core.types import PairLatency, TimeTable

OptionalPair = Annotated[str, typer.Argument(metavar="[PAIR]", help="Name of a pair; all pairs without one.")]
ALL = "all"
_KEYS = 3


def add_commands(app: typer.Typer) -> None:
    """Add this module's command to the command line."""
    app.command()(latency)


def latency(
    pair_name: OptionalPair = "",
    *,
    threads: Annotated[
        str, typer.Option(help="Numbers of threads, commas between; `all` stands for all cores.")
    ] = f"1,{ALL}",
    runs: Annotated[
        int, typer.Option(min=5, help="Timed runs of each network in each runtime, five in a turn.")
    ] = 50,
    comparisons: Annotated[
        bool,
        typer.Option(
            "--comparisons",
            help="Also time ResNet-101, EfficientNet-B5, ConvNeXt-Small and ResNeXt-101 beside the student.",
        ),
    ] = False,
    stages: Annotated[
        bool, typer.Option("--stages/--no-stages", help="Where the time of a reading goes.")
    ] = True,
    memory: Annotated[
        bool, typer.Option("--memory/--no-memory", help="Memory of each network, in a process of its own.")
    ] = True,
    as_json: JsonOption = False,
) -> None:
    """Time the networks of a pair, or of all, on this machine, with ratios, stages, sizes and memory.

    Networks take turns, one picture at a time. A machine that was busy is called so.
    """
    from core.release.latency_networks import describe_machine
    from core.release.latency_report import STAGE_RUNS, measure_pair
    from core.release.runtimes import RUNTIMES

    bundles = [pairs.load_pair(name) for name in ([pair_name] if pair_name else pairs.list_pairs())]
    counts = parse_threads(threads)
    found = []
    for bundle in bundles:
        with _follow(bundle.card.pair) as tell:
            one = measure_pair(
                bundle,
                threads=counts,
                runs=runs,
                memory=tuple(RUNTIMES) if memory else (),
                stage_runs=min(runs, STAGE_RUNS) if stages else 0,
                comparisons=comparisons,
                on_progress=tell,
            )
        found.append(one)
        if not as_json:
            _print(one)
    if as_json:
        print_json({"machine": describe_machine(), "pairs": [_record(one) for one in found]})


def parse_threads(text: str) -> tuple[int, ...]:
    """``"1,all"`` as numbers, each once, in order.

    Raises:
        ConfigError: something is neither a number above 0 nor ``all``.
    """
    from core.release.latency_networks import count_cores

    counts = []
    for part in (part.strip() for part in text.split(",")):
        number = count_cores() if part == ALL else int(part) if part.isdecimal() else 0
        if number < 1:
            raise ConfigError(
                "--threads", f"{part!r} is not a number of threads", f"Give numbers above 0 or {ALL}: 1,{ALL}"
            )
        counts.append(number)
    return tuple(dict.fromkeys(counts))


@contextmanager
def _follow(name: str) -> Iterator[OnProgress]:
    from core.cli.progress import follow_share

    with follow_share(name) as tell:
        yield lambda share, _words: tell(share)


def _print(found: PairLatency) -> None:
    from core.figures import latency_tables as tables
    from core.figures import latency_words as words
    from core.release.latency_memory import METHOD

    print(f"{found.pair}: {found.title}\n{'=' * (len(found.pair) + len(found.title) + 2)}")
    _print_table(found.table, words.headline(found).replace("**", ""))
    print_table(tables.tabulate_costs(found.table, found.memory))
    if found.memory:
        print_text(f"Memory: {METHOD}.")
    if found.stages is not None:
        print("\nThe stages of a reading, one thread\n")
        print_table(tables.tabulate_stages(found.stages), keys=2)
    if found.published is not None:
        print("\nWhat the source document prints\n")
        print_table(tables.tabulate_published(found.published))
        print()
        print_table(tables.tabulate_beside(found))
        for sentence in (*found.published.errors, found.published.words):
            print_text(sentence)
        print_text(found.published.citation)
    if found.comparisons is not None:
        print("\nOther networks beside the student, random weights, one thread\n")
        _print_table(found.comparisons, words.describe_comparisons(found.comparisons))
        print_table(tables.tabulate_costs(found.comparisons))
    print_text(words.describe_machine(found.machine))
    print()


def _print_table(table: TimeTable, opening: str) -> None:
    from core.figures import latency_tables as tables
    from core.figures import latency_words as words

    print_text(opening)
    print_text(words.noise_verdict(table) or words.describe_rest(table))
    print()
    print_table(tables.tabulate_times(table), keys=_KEYS)
    print()
    print_table(tables.tabulate_ratios(table))
    print_text(words.LIMITS_OF_A_RATIO)
    for note in table.notes:
        print_text(note)
    print()


def _record(found: PairLatency) -> dict[str, Any]:
    from core.figures import latency_words as words

    return {
        "pair": found.pair,
        "title": found.title,
        "words": words.headline(found).replace("**", ""),
        "verdict": words.noise_verdict(found.table) or words.describe_rest(found.table),
        **_table_record(found.table),
        "memory": found.memory,
        "stages": None if found.stages is None else record_stages(found.stages),
        "published": found.published,
        "comparisons": None if found.comparisons is None else _table_record(found.comparisons),
    }


def _table_record(table: TimeTable) -> dict[str, Any]:
    return {
        "busy": bool(table.noisy),
        "load_per_core": table.load_before,
        "networks": table.networks,
        "times": [
            {
                "network": time.network,
                "runtime": time.runtime,
                "threads": time.report.threads,
                "median_ms": time.report.median_ms,
                "p95_ms": time.report.p95_ms,
                "mean_ms": time.report.mean_ms,
                "min_ms": time.report.min_ms,
                "max_ms": time.report.max_ms,
                "images_per_second": time.report.per_second,
                "spread": time.report.spread,
                "busy": time.report.noisy,
                "n": time.report.n,
            }
            for time in table.times
        ],
        "ratios": [
            {
                "numerator": {"network": ratio.numerator[0], "runtime": ratio.numerator[1]},
                "denominator": {"network": ratio.denominator[0], "runtime": ratio.denominator[1]},
                "threads": ratio.threads,
                "ratio": ratio.ratio,
                "busy": ratio.noisy,
            }
            for ratio in table.ratios
        ],
        "notes": table.notes,
    }
