"""Commands that make pairs: train a teacher, distil a student, save both as a shipped pair."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from core.bundle import MODELS_DIR
from core.cli.output import JsonOption, print_json, print_table
from core.cli.tracking import TrackOption, tracked
from core.data.base import data_root
from core.errors import DataError

if TYPE_CHECKING:
    from core.training.progress import Listener
    from core.training.runs import Resume

RUNS_VARIABLE = "TWINLENS_RUNS"

PresetArgument = Annotated[str, typer.Argument(metavar="PRESET", help="A preset; `presets` lists them.")]
SetOption = Annotated[
    list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="Override a key; repeatable.")
]
FastOption = Annotated[bool, typer.Option("--fast", help="A smoke run of seconds, its result worth nothing.")]
ResumeOption = Annotated[bool, typer.Option("--resume", help="Go on where an interrupted run stopped.")]
ReplaceOption = Annotated[
    bool, typer.Option("--replace", help="As --resume; a run of another recipe is deleted and trained anew.")
]
RunsOption = Annotated[Path, typer.Option(envvar=RUNS_VARIABLE, help="Folder of training runs.")]
ThreadsOption = Annotated[int | None, typer.Option(min=1, help="Threads of torch; all cores if not given.")]
DevicesOption = Annotated[
    int,
    typer.Option(min=1, help="Processes on each machine: GPUs where it has any, else shares of its cores."),
]
NodesOption = Annotated[int, typer.Option(min=1, help="Machines; start the command on each.")]


def add_commands(app: typer.Typer) -> None:
    """Add this module's commands to the command line."""
    for command in (presets, train, distill, save):
        app.command()(command)


def presets(*, as_json: JsonOption = False) -> None:
    """List the presets."""
    from core.training.presets import list_presets, load_recipe

    rows = []
    for name in list_presets():
        recipe = load_recipe(name)
        rows.append(
            {
                "preset": name,
                "pair": recipe.pair.title,
                "teacher": " + ".join(member.architecture for member in recipe.teacher.members),
                "student": recipe.student.architecture,
                "data": " + ".join(recipe.data.datasets),
            }
        )
    if as_json:
        print_json(rows)
    else:
        print_table(rows)


def train(
    preset: PresetArgument,
    *,
    overrides: SetOption = None,
    member: Annotated[str | None, typer.Option(help="Train only this member of the teacher.")] = None,
    fast: FastOption = False,
    resume: ResumeOption = False,
    replace: ReplaceOption = False,
    runs: RunsOption = Path("runs"),
    threads: ThreadsOption = None,
    devices: DevicesOption = 1,
    nodes: NodesOption = 1,
    track: TrackOption = "auto",
    as_json: JsonOption = False,
) -> None:
    """Train the teacher of a preset; its members one after another where it has several."""
    from core.training.presets import load_recipe
    from core.training.stages import train_teacher

    recipe = load_recipe(preset, overrides or (), size="fast" if fast else "full")
    root = require_data_root()
    with (
        joined(devices, nodes, threads) as first,
        tracked(
            tell_progress(as_json or not first), track if first else "none", runs, quiet=as_json
        ) as listener,
    ):
        result = train_teacher(
            recipe,
            runs,
            root=root,
            only_member=member,
            resume=choose_resume(resume=resume, replace=replace),
            listener=listener,
        )
    _print_results([result.model_dump(mode="json")], as_json)


def distill(
    preset: PresetArgument,
    *,
    overrides: SetOption = None,
    role: Annotated[str, typer.Option(help="student, control, or both.")] = "both",
    fast: FastOption = False,
    resume: ResumeOption = False,
    replace: ReplaceOption = False,
    runs: RunsOption = Path("runs"),
    threads: ThreadsOption = None,
    devices: DevicesOption = 1,
    nodes: NodesOption = 1,
    track: TrackOption = "auto",
    as_json: JsonOption = False,
) -> None:
    """Distil the student of a preset from its trained teacher, and train its control without one."""
    from core.errors import ConfigError
    from core.training.presets import load_recipe
    from core.training.stages import distill_student

    choices = {"student": ("student",), "control": ("control",), "both": ("student", "control")}
    if role not in choices:
        raise ConfigError(role, "no such role to train", f"The choices are {', '.join(choices)}")
    recipe = load_recipe(preset, overrides or (), size="fast" if fast else "full")
    root = require_data_root()
    with (
        joined(devices, nodes, threads) as first,
        tracked(
            tell_progress(as_json or not first), track if first else "none", runs, quiet=as_json
        ) as listener,
    ):
        results = [
            distill_student(
                recipe,
                runs,
                role=one,  # type: ignore[arg-type]
                root=root,
                resume=choose_resume(resume=resume, replace=replace),
                listener=listener,
            ).model_dump(mode="json")
            for one in choices[role]
        ]
    _print_results(results, as_json)


def save(
    preset: PresetArgument,
    *,
    overrides: SetOption = None,
    fast: FastOption = False,
    runs: RunsOption = Path("runs"),
    models: Annotated[Path, typer.Option(help="Folder of shipped pairs.")] = MODELS_DIR,
    as_json: JsonOption = False,
) -> None:
    """Write models/<pair>/ from finished runs: export, gates, held-out predictions, thresholds, card."""
    from core.release.save import save_preset
    from core.training.presets import load_recipe

    pair = save_preset(
        load_recipe(preset, overrides or (), size="fast" if fast else "full"),
        root=require_data_root(),
        runs=runs,
        models=models,
        on_step=lambda step: typer.echo(step, err=True),
    )
    records = [
        {"file": name, "bytes": (pair.folder / name).stat().st_size, "sha256": digest}
        for name, digest in pair.card.files.items()
    ]
    if as_json:
        print_json(records)
    else:
        print_table(records)


def choose_resume(*, resume: bool, replace: bool) -> Resume:
    """What becomes of a run that is in the folder already."""
    if replace:
        return "or_replace"
    return "if_unfinished" if resume else "never"


def require_data_root() -> Path:
    """The folder of the data sets; DataError if ``TWINLENS_DATA`` names none."""
    root = data_root()
    if root is None:
        raise DataError("TWINLENS_DATA", "not set", "Set it to the folder of the data sets")
    return root


def use_threads(threads: int | None) -> None:
    """Give torch so many threads, or all cores."""
    import torch

    torch.set_num_threads(threads or os.cpu_count() or 1)


@contextmanager
def joined(devices: int, nodes: int, threads: int | None) -> Iterator[bool]:
    """Train in several processes (:func:`core.training.launch.launched`), each with its share of the cores.

    Gives whether this process is the first, which alone writes and speaks; the others end with the context.
    """
    from core.training.launch import launched

    with launched(devices, nodes) as processes:
        use_threads(threads or max(1, (os.cpu_count() or 1) // devices))
        yield processes.is_first


def tell_progress(as_json: JsonOption) -> Listener:
    """Who is told of progress; imported late, since the training room brings torch along."""
    from core.cli.progress import TerminalListener
    from core.training.progress import Listener

    return Listener() if as_json else TerminalListener()


def _print_results(results: list[dict[str, object]], as_json: JsonOption) -> None:
    if as_json:
        print_json(results)
        return
    shown = ("epochs", "best_epoch", "validation_roc_auc", "seconds", "weights_sha256")
    print_table([{key: result[key] for key in shown} for result in results])
