"""The command that lists the cases that teacher and student call the same for different reasons."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from core.cli import pairs
from core.cli.arguments import PairArgument, UntrainedSplitOption
from core.cli.explanations import open_bar
from core.cli.faithfulness import open_record, print_caution, require_explanations
from core.cli.laboratory import use_threads
from core.cli.output import JsonOption, format_interval, format_signed, print_json, print_table, print_text
from core.errors import ConfigError

if TYPE_CHECKING:
    from core.bundle import Pair
    from core.explanation_card import AgreedCase, AgreementFigures

LiveSetOption = Annotated[
    str, typer.Option(help="A set of held-out cases; with --root it is measured now, else all that shipped.")
]
LiveRootOption = Annotated[
    Path | None, typer.Option(help="Measure now: the data set's own folder, or the folder that holds it.")
]


def add_commands(app: typer.Typer) -> None:
    """Add this module's command to the command line."""
    app.command()(agreement)


def agreement(
    pair_name: PairArgument,
    *,
    dataset: LiveSetOption = "",
    root: LiveRootOption = None,
    split: UntrainedSplitOption = "test",
    top: Annotated[int, typer.Option(min=1, help="Cases to list of each set.")] = 20,
    as_json: JsonOption = False,
) -> None:
    """List held-out cases that teacher and student call the same while their maps differ most."""
    pair = pairs.load_pair(pair_name)
    found = _measure(pair, dataset, root, split) if root else _read(pair, dataset)
    if as_json:
        print_json(
            open_record(pair)
            | {
                "datasets": {
                    name: figures.model_dump(mode="json", exclude={"cases"})
                    | {"other_reasons": [case.model_dump(mode="json") for case in _list(figures, top)]}
                    for name, figures in found.items()
                }
            }
        )
        return
    print_caution(pair)
    for name, figures in found.items():
        _print_set(pair, name, figures, top)


def _read(pair: Pair, dataset: str) -> dict[str, AgreementFigures]:
    found = require_explanations(pair).agreement
    return {name: found[name] for name in choose_sets(pair, tuple(found), dataset)}


def _measure(pair: Pair, dataset: str, root: Path, split: str) -> dict[str, AgreementFigures]:
    from core.release.explanations import measure_agreement

    require_dataset(dataset)
    use_threads(1)
    return {dataset: measure_agreement(pair, dataset, root, split=split, on_step=open_bar())}


def choose_sets(pair: Pair, names: tuple[str, ...], dataset: str) -> tuple[str, ...]:
    """All measured sets, or the one named.

    Raises:
        ConfigError: it was not measured.
    """
    if dataset and dataset not in names:
        raise ConfigError(
            dataset,
            f"not among what was measured of {pair.card.pair}: {', '.join(names) or 'nothing'}",
            "Name one of these, or --root to measure now",
        )
    return (dataset,) if dataset else names


def require_dataset(dataset: str) -> None:
    """Raise ConfigError where a folder was named and no set."""
    if not dataset:
        raise ConfigError("--root", "which data set is in it was not said", "Name it with --dataset")


def _print_set(pair: Pair, name: str, figures: AgreementFigures, top: int) -> None:
    chance = _format(figures.chance_overlap)
    listed, total = _list(figures, top), len(figures.list_other_reasons())
    print()
    print_text(
        f"{name}: {figures.method} maps of the teacher's call in both networks, n = {len(figures.cases)}; "
        "medians with 95 % limits"
    )
    print_table(
        [
            {"measure": title, "value": words}
            for title, words in (
                ("rank correlation", format_signed(figures.rank.record())),
                (
                    f"overlap (chance {chance})",
                    format_interval(figures.overlap.record()),
                ),
                ("structural similarity", format_signed(figures.ssim.record())),
                ("distance of centres", format_interval(figures.distance.record())),
                ("both call it the same", format_interval(figures.same_call.record())),
            )
        ]
    )
    print()
    print_text(f"Both call it the same, maps least alike first: {len(listed)} of {total}")
    print_table(
        [
            {
                "image": case.image_id,
                "called": case.called["teacher"],
                "true": case.label,
                "rank": f"{case.rank:.2f}",
                "overlap": _format(case.overlap),
                "ssim": _format(case.ssim),
                "distance": _format(case.distance),
            }
            for case in listed
        ]
    )


def _list(figures: AgreementFigures, top: int) -> tuple[AgreedCase, ...]:
    return figures.list_other_reasons()[:top]


def _format(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f}"
