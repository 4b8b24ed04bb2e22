"""The command that measures a pair's heat maps over held-out cases and writes what it found into the pair."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from core.cli import pairs
from core.cli.arguments import PairArgument
from core.cli.laboratory import RunsOption, ThreadsOption, use_threads
from core.cli.output import JsonOption, print_json, print_text

if TYPE_CHECKING:
    from core.release.explanations import OnStep

RootsOption = Annotated[Path, typer.Option(help="Folder of the data sets, one folder each.")]
MethodsOption = Annotated[
    str, typer.Option(help="Methods, commas between; all that apply to a network if not given.")
]


def add_commands(app: typer.Typer) -> None:
    """Add this module's command to the command line."""
    app.command()(explanations)


def explanations(
    pair_name: PairArgument,
    *,
    root: RootsOption,
    datasets: Annotated[
        str, typer.Option(help="Sets of held-out cases, commas between; those that the pair reports on.")
    ] = "",
    methods: MethodsOption = "",
    images: Annotated[int, typer.Option(min=1, help="Cases whose maps are judged in full.")] = 40,
    slow_images: Annotated[int, typer.Option(min=0, help="Of these, cases for the slow methods.")] = 12,
    learned_images: Annotated[
        int, typer.Option(min=0, help="Of the first, cases compared with shuffled weights.")
    ] = 12,
    slow_trials: Annotated[
        int, typer.Option(min=0, help="The same, and for stability, for the slow methods.")
    ] = 6,
    seed: Annotated[int, typer.Option(min=0, help="Of the draws and the shuffled weights.")] = 0,
    runs: RunsOption = Path("runs"),
    threads: ThreadsOption = 1,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Measure and print; leave the pair as it is.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Measure the heat maps of a pair on held-out cases, and write the figures into the pair.

    What was measured is kept under --runs: a run that was killed goes on where it was.
    """
    from core.release.explanations import measure_explanations, write_explanations
    from core.release.explanations_plan import Plan

    use_threads(threads)
    pair = pairs.load_pair(pair_name)
    found = measure_explanations(
        pair,
        root,
        plan=Plan(images, slow_images, learned_images, slow_trials, seed),
        methods=split_names(methods),
        datasets=split_names(datasets),
        runs=runs,
        on_step=open_bar(),
    )
    if not dry_run:
        pair = write_explanations(pair, found)
    if as_json:
        print_json(found.model_dump(mode="json"))
        return
    print_text(
        f"{pair_name}: {', '.join(f'{entry.title} (n = {entry.n})' for entry in found.datasets.values())}; "
        + ("the pair is as it was" if dry_run else f"written to {pair.card.explanations}")
    )
    print_text(f"See: python -m core faithfulness {pair_name}, and agreement, and pointing")


def split_names(text: str) -> tuple[str, ...] | None:
    """Names from an option with commas; None where it was not given."""
    return tuple(name.strip() for name in text.split(",") if name.strip()) or None


def open_bar() -> OnStep:
    """A bar of cases on standard error, which leaves standard output to results."""
    from tqdm.auto import tqdm

    bars: list[tqdm] = []

    def advance(case: str, done: int, total: int) -> None:
        bar = bars[0] if bars else tqdm(total=total, unit="case", mininterval=1)
        bars[:] = [bar]
        bar.set_description(case, refresh=False)
        bar.update(done - bar.n)
        if done == total:
            bar.close()

    return advance
