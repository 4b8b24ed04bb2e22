"""The command that trains a student with and without each of its pieces, and says what each is worth."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from core.cli.arguments import ResamplesOption
from core.cli.laboratory import (
    DevicesOption,
    FastOption,
    NodesOption,
    PresetArgument,
    RunsOption,
    SetOption,
    ThreadsOption,
    joined,
    require_data_root,
    tell_progress,
)
from core.cli.output import JsonOption, format_interval, format_signed, print_json, print_table, print_text
from core.cli.tracking import TrackOption, tracked

if TYPE_CHECKING:
    from core.release.ablation import AblationReport
    from core.types import Interval


def add_commands(app: typer.Typer) -> None:
    """Add this module's command to the command line."""
    app.command()(ablate)


def ablate(
    preset: PresetArgument,
    *,
    arms: Annotated[str, typer.Option(help="Arms to train, commas between; all if not given.")] = "",
    seeds: Annotated[
        int | None, typer.Option(min=1, help="Runs of each arm; the preset's number if not given.")
    ] = None,
    overrides: SetOption = None,
    fast: FastOption = False,
    runs: RunsOption = Path("runs"),
    threads: ThreadsOption = None,
    devices: DevicesOption = 1,
    nodes: NodesOption = 1,
    track: TrackOption = "auto",
    resamples: ResamplesOption = 1000,
    as_json: JsonOption = False,
) -> None:
    """Train a student with and without each of its pieces, and compare them on the test cases.

    Finished runs are kept and unfinished ones go on, so the command may be interrupted, and two processes may
    share the work by naming different arms. The report covers all finished runs.
    """
    from core.release.ablation import report_ablation
    from core.training.ablation import Bench, train_arm
    from core.training.arms import choose_arms
    from core.training.presets import load_recipe

    chosen = choose_arms(tuple(name.strip() for name in arms.split(",") if name.strip()))
    recipe = load_recipe(preset, overrides or (), size="fast" if fast else "full")
    root = require_data_root()
    with (
        joined(devices, nodes, threads) as first,
        tracked(
            tell_progress(as_json or not first), track if first else "none", runs, quiet=as_json
        ) as listener,
    ):
        bench = Bench(recipe, runs, root=root, listener=listener)
        for seed in range(seeds or bench.ablation.seeds):
            for arm in chosen:
                train_arm(bench, arm, seed)
    report = report_ablation(recipe, runs, resamples=resamples)
    if as_json:
        print_json(report.model_dump(mode="json"))
    else:
        _print_report(report)


def _print_report(report: AblationReport) -> None:
    from core.release.ablation import as_interval

    print_text(
        f"{report.n} test cases in {report.groups} groups; mean over seeds, "
        f"{100 * report.level:g} % limits over cases and seeds"
    )
    print_table(
        [
            {
                "arm": name,
                "seeds": len(arm.seeds),
                **{key: _format(key, as_interval(entry, report)) for key, entry in arm.figures.items()},
            }
            for name, arm in report.arms.items()
        ]
    )
    differences = [
        {
            "arm": f"{name} minus {arm.against}",
            **{key: format_signed(as_interval(entry, report)) for key, entry in arm.minus.items()},
        }
        for name, arm in report.arms.items()
        if arm.minus
    ]
    if differences:
        print()
        print_table(differences)


def _format(name: str, interval: Interval) -> str:
    """Kappa may lie below 0."""
    return format_signed(interval) if name == "quadratic_kappa" else format_interval(interval)
