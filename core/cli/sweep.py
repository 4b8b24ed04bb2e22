"""Commands that run the melanoma document's tables again: thirteen teachers, and settings of distillation."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from core.cli.arguments import ResamplesOption
from core.cli.laboratory import (
    RunsOption,
    SetOption,
    ThreadsOption,
    require_data_root,
    tell_progress,
    use_threads,
)
from core.cli.output import JsonOption, format_interval, format_signed, print_json, print_table, print_text
from core.cli.tracking import TrackOption, tracked
from core.errors import ConfigError

if TYPE_CHECKING:
    from core.experiments.sweeps.record import Cost, SweepDifference, SweepMetric, SweepResult, SweepRow
    from core.experiments.sweeps.table import SweepTable

OnlyOption = Annotated[str, typer.Option(help="Rows to train, commas between; all if not given.")]
SeedsOption = Annotated[
    int | None, typer.Option(min=1, max=20, help="Runs of each row; the table's number if not given.")
]
ResultsOption = Annotated[
    Path | None,
    typer.Option(help="Folder of the table; where it is written, runs/sweeps/results if not given."),
]
StoredOption = Annotated[bool, typer.Option("--stored", help="Show the stored table, train nothing.")]


def add_commands(group: typer.Typer) -> None:
    """Add ``sweep kd`` and ``sweep teachers`` to a group of commands."""
    sweep = typer.Typer(help="Run the melanoma document's tables again.", no_args_is_help=True)
    sweep.command()(kd)
    sweep.command()(teachers)
    group.add_typer(sweep, name="sweep")


def kd(
    *,
    only: OnlyOption = "",
    seeds: SeedsOption = None,
    overrides: SetOption = None,
    runs: RunsOption = Path("runs"),
    results: ResultsOption = None,
    threads: ThreadsOption = None,
    track: TrackOption = "auto",
    resamples: ResamplesOption = 1000,
    stored: StoredOption = False,
    as_json: JsonOption = False,
) -> None:
    """Distil one student at every temperature and weight of the document's Table II, and without a teacher.

    Finished runs are kept and unfinished ones go on, so the command may be interrupted. The table covers all
    finished runs.
    """
    if stored:
        _show_stored("mel_kd", results, as_json)
        return
    from core.experiments.sweeps.kd import plan_kd

    use_threads(threads)
    _run(plan_kd(overrides or (), seeds=seeds), only, runs, results, track, resamples, as_json)


def teachers(
    *,
    only: OnlyOption = "",
    pretrained: Annotated[
        str, typer.Option(help="auto: ImageNet weights, trained as the preset says; none: a small re-run.")
    ] = "none",
    image_size: Annotated[
        int | None, typer.Option(min=16, max=1024, help="Pixels; as the table says if not given.")
    ] = None,
    epochs: Annotated[int | None, typer.Option(min=1, help="As the table says if not given.")] = None,
    seeds: SeedsOption = None,
    overrides: SetOption = None,
    runs: RunsOption = Path("runs"),
    results: ResultsOption = None,
    threads: ThreadsOption = None,
    track: TrackOption = "auto",
    resamples: ResamplesOption = 1000,
    stored: StoredOption = False,
    as_json: JsonOption = False,
) -> None:
    """Train the thirteen teachers of the document's Table I, and weigh every one of them.

    Finished runs are kept and unfinished ones go on. Teachers that are not trained are weighed all the same.
    """
    if stored:
        _show_stored("mel_teachers", results, as_json)
        return
    if pretrained not in ("auto", "none"):
        raise ConfigError(f"--pretrained {pretrained}", "no such choice", "The choices are auto, none")
    from core.experiments.sweeps.teachers import plan_teachers

    use_threads(threads)
    table = plan_teachers(
        pretrained="auto" if pretrained == "auto" else "none",
        image_size=image_size,
        epochs=epochs,
        seeds=seeds,
        overrides=overrides or (),
    )
    _run(table, only, runs, results, track, resamples, as_json)


def _show_stored(name: str, results: Path | None, as_json: JsonOption) -> None:
    from core.experiments.sweeps.record import RESULTS_DIR, load_sweep

    _print(load_sweep(name, results or RESULTS_DIR), as_json)  # type: ignore[arg-type]


def _run(
    table: SweepTable,
    only: str,
    runs: Path,
    results: Path | None,
    track: str,
    resamples: int,
    as_json: JsonOption,
) -> None:
    """Train what is asked for, then report everything that is finished."""
    from core.experiments.sweeps.bench import SweepBench
    from core.experiments.sweeps.report import report_sweep
    from core.experiments.sweeps.train import plan_runs, train_runs

    rows = table.choose_rows(tuple(name.strip() for name in only.split(",") if name.strip()))
    root = require_data_root()
    with tracked(tell_progress(as_json), track, runs, quiet=as_json) as listener:
        bench = SweepBench(table, runs, root=root, listener=listener)
        planned = plan_runs(rows, table.seeds)
        train_runs(
            bench,
            planned,
            lambda run, result, done: typer.echo(f"{done} of {len(planned)}: {run.stage}", err=True),
        )
    _print(report_sweep(bench, folder=results or runs / "sweeps" / "results", resamples=resamples), as_json)


def _print(result: SweepResult, as_json: JsonOption) -> None:
    if as_json:
        print_json(result.model_dump(mode="json"))
        return
    test = result.cases["test"]
    print_text(
        f"{test.n} test cases in {test.groups} groups, {test.positives} with melanoma; {result.training} "
        f"{100 * result.level:g} % limits over cases and, with several seeds, over seeds."
    )
    print_table([_line(row) for row in result.rows])
    if result.differences:
        print()
        print_table([_difference(entry) for entry in result.differences])
    for sentence in (*result.deviations, *result.notes):
        print_text(f"- {sentence}")


def _line(row: SweepRow) -> dict[str, object]:
    from core.experiments.sweeps.record import SWEEP_METRICS

    return {
        "row": row.title,
        "seeds": len(row.seeds) or "",
        **{f"printed {key}": _printed(row, key) for key in ("roc_auc", "pr_auc", "ece")},
        **{key: _figure(row, key) for key in SWEEP_METRICS},
        "printed MB": _or_blank(row.printed.size_mb),
        **_weight(row.cost),
        "seconds": _or_blank(row.seconds),
    }


def _printed(row: SweepRow, key: str) -> str:
    value = getattr(row.printed, key)
    return "" if value is None else f"{value:.3f}"


def _figure(row: SweepRow, key: SweepMetric) -> str:
    found = row.figures.get(key)
    return "" if found is None else format_interval(found.interval)


def _weight(cost: Cost | None) -> dict[str, object]:
    """MB as the document counts them: 2**20 bytes of a network with one output."""
    if cost is None:
        return {"MB": "", "parameters": "", "MMACs": ""}
    return {
        "MB": f"{cost.mebibytes_one_output:.1f}",
        "parameters": cost.parameters,
        "MMACs": f"{cost.macs / 1e6:.0f}",
    }


def _difference(entry: SweepDifference) -> dict[str, object]:
    return {
        "rows": f"{entry.of} minus {entry.against}",
        "seeds": len(entry.seeds),
        **{key: format_signed(figure.interval) for key, figure in entry.figures.items()},
    }


def _or_blank(value: float | None) -> str:
    return "" if value is None else f"{value:g}"
