"""Commands about the sources' suites of experiments: run them again, and read what came of it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, get_args

import typer

from core.cli.laboratory import RunsOption, require_data_root
from core.cli.output import JsonOption, format_interval, print_json, print_table, print_text
from core.cli.tracking import TrackOption, tracked
from core.errors import ConfigError
from core.types import ExperimentMetric

if TYPE_CHECKING:
    from core.experiments.tasks import Task
    from core.training.runs import RunResult
    from core.types import LeaderboardRow, SuiteResults

app = typer.Typer(
    help="Suites of experiments: as their sources print them and as run again.", no_args_is_help=True
)

SuiteArgument = Annotated[str, typer.Argument(metavar="SUITE", help="A suite, for example dermamnist.")]
ResultsOption = Annotated[
    Path | None, typer.Option(help="Folder of results; those that ship with TwinLens if not given.")
]
SHOWN: dict[ExperimentMetric, str] = {
    "auc": "AUC",
    "melanoma_recall": "melanoma recall",
    "cancer_superclass": "cancer, as any",
    "cancer_pooled": "cancer, as its own",
    "accuracy": "accuracy",
}


@app.command("list")
def list_experiments(suite: SuiteArgument = "dermamnist", *, as_json: JsonOption = False) -> None:
    """List the experiments of a suite and what the source prints of them."""
    from core.experiments.suite import load_suite

    found = load_suite(suite)
    if as_json:
        print_json([entry.model_dump(mode="json") for entry in found.experiments])
        return
    print_table(
        [
            {
                "run": entry.number,
                "name": entry.name,
                "chapter": entry.chapter,
                "builds on": entry.parent or "base",
            }
            for entry in found.experiments
        ]
    )


@app.command()
def run(
    suite: SuiteArgument = "dermamnist",
    *,
    only: Annotated[str, typer.Option(help="Numbers, commas between; all if not given.")] = "",
    seeds: Annotated[int, typer.Option(min=1, max=20, help="Runs of each experiment.")] = 1,
    jobs: Annotated[
        int | None, typer.Option(min=1, help="Runs at a time, one thread each; all cores if not given.")
    ] = None,
    runs: RunsOption = Path("runs"),
    out: Annotated[
        Path | None, typer.Option(help="Folder of the results; inside the folder of runs if not given.")
    ] = None,
    resamples: Annotated[int, typer.Option(min=1, help="Behind the limits.")] = 1000,
    track: TrackOption = "auto",
    as_json: JsonOption = False,
) -> None:
    """Train the experiments of a suite again, measure them on its test part, and hold its statements to them.

    Finished runs are kept and unfinished ones go on at their last epoch, so the command may be interrupted.
    Results cover all finished runs.
    """
    from core.experiments.collect import collect_results
    from core.experiments.suite import load_suite
    from core.experiments.train import plan_tasks, suite_runs, train_tasks
    from core.training.progress import Listener

    found = load_suite(suite)
    root = require_data_root()
    tasks = plan_tasks(found, _numbers(only), seeds)
    place = suite_runs(found, runs)
    with tracked(Listener(), track, runs, quiet=True) as listener:

        def tell(task: Task, result: RunResult, done: int) -> None:
            folder = place / task.stage
            listener.opened(folder, result.asked)
            listener.closed(folder, result)
            typer.echo(
                f"{done}/{len(tasks)}  run {task.number} ({found.experiment(task.number).name}), seed "
                f"{task.seed}: {result.epochs} epochs in {result.seconds:.0f} s",
                err=True,
            )

        train_tasks(found, tasks, runs, root=root, jobs=jobs, on_done=tell)
    results = collect_results(found, runs, root=root, folder=out or place / "results", resamples=resamples)
    _print_results(suite, results, as_json, sort="auc")


@app.command()
def show(
    suite: SuiteArgument = "dermamnist",
    *,
    results: ResultsOption = None,
    sort: Annotated[str, typer.Option(help="Metric that orders the rows, the highest first.")] = "auc",
    as_json: JsonOption = False,
) -> None:
    """Print the leaderboard of a suite, reported beside run again, and the statements held against it."""
    from core.experiments.store import RESULTS_DIR, StoredSuite

    if sort not in get_args(ExperimentMetric):
        choices = ", ".join(get_args(ExperimentMetric))
        raise ConfigError(f"--sort {sort}", "no such metric", f"The choices are {choices}")
    _print_results(suite, StoredSuite(suite, results or RESULTS_DIR).results, as_json, sort=sort)


def _print_results(suite: str, results: SuiteResults, as_json: JsonOption, *, sort: str) -> None:
    from core.experiments.leaderboard import build_leaderboard
    from core.experiments.suite import load_suite

    found = load_suite(suite)
    if as_json:
        print_json(results)
        return
    rows = sorted(build_leaderboard(found, results), key=lambda row: _value(row, sort), reverse=True)
    parts = f"{results.n_train:,} training, {results.n_val:,} validation and {results.n_test:,} test pictures"
    limits = f"mean over seeds with {100 * results.level:g} % limits over cases and seeds"
    print_text(f"{found.title}. {parts}; {limits}. {found.caution}")
    print()
    print_table([_describe(row) for row in rows], keys=2)
    if results.findings:
        print()
    for finding in results.findings:
        print_text(f"{finding.state.upper()}: {finding.words}. {finding.working}")


def _describe(row: LeaderboardRow) -> dict[str, str]:
    measured = row.measured
    cells = {"run": str(row.number), "name": row.name}
    for metric, title in SHOWN.items():
        reported = row.reported.get(metric)
        cells[f"{title}, reported"] = "" if reported is None else f"{reported:.3f}"
        cells[title] = "" if measured is None else format_interval(measured.figures[metric].interval)
    cells["seeds"] = "" if measured is None else str(len(measured.runs))
    cells["parameters"] = "" if measured is None else f"{measured.parameters:,}"
    cells["processor s"] = "" if measured is None else f"{measured.cpu_seconds:.0f}"
    return cells


def _value(row: LeaderboardRow, metric: str) -> float:
    if row.measured is None:
        return float("-inf")
    return row.measured.figures[metric].interval.value  # type: ignore[index]


def _numbers(only: str) -> tuple[int, ...]:
    """``"8,9"`` as numbers; ConfigError if it is anything else."""
    parts = [part.strip() for part in only.split(",") if part.strip()]
    wrong = [part for part in parts if not part.isdigit()]
    if wrong:
        raise ConfigError(
            f"--only {only}", f"{wrong[0]!r} is not a number", "Write for example --only 8,9,15"
        )
    return tuple(int(part) for part in parts)
