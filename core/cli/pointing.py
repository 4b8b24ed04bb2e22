"""The command that holds heat maps against published outlines of the finding."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import typer

from core.cli import pairs
from core.cli.agreement import LiveRootOption, LiveSetOption, choose_sets, require_dataset
from core.cli.arguments import PairArgument, UntrainedSplitOption
from core.cli.explanations import MethodsOption, open_bar, split_names
from core.cli.faithfulness import by_method, open_record, print_caution, require_explanations
from core.cli.laboratory import use_threads
from core.cli.output import JsonOption, format_interval, format_signed, print_json, print_table, print_text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from core.bundle import Pair
    from core.explanation_card import LocalisationFigures
    from core.types import Role

    OfSet = Mapping[Role, Mapping[str, LocalisationFigures]]


def add_commands(app: typer.Typer) -> None:
    """Add this module's command to the command line."""
    app.command()(pointing)


def pointing(
    pair_name: PairArgument,
    *,
    dataset: LiveSetOption = "",
    root: LiveRootOption = None,
    split: UntrainedSplitOption = "test",
    methods: MethodsOption = "",
    as_json: JsonOption = False,
) -> None:
    """Print how often a map's peak lies inside the outlined finding, and how much of the map does."""
    pair = pairs.load_pair(pair_name)
    wanted = split_names(methods)
    found = _measure(pair, dataset, root, split, wanted) if root else _read(pair, dataset, wanted)
    if as_json:
        print_json(
            open_record(pair)
            | {
                "datasets": {
                    name: {
                        role: {method: figures.model_dump(mode="json") for method, figures in of_role.items()}
                        for role, of_role in roles.items()
                    }
                    for name, roles in found.items()
                }
            }
        )
        return
    print_caution(pair)
    if not found:
        print_text(f"{pair.card.pair}: no outlines of the finding are published with its data sets")
    for name, roles in found.items():
        _print_set(name, roles)


def _read(pair: Pair, dataset: str, methods: tuple[str, ...] | None) -> dict[str, OfSet]:
    found = require_explanations(pair).localisation
    return {
        name: {
            role: {
                method: figures for method, figures in of_role.items() if methods is None or method in methods
            }
            for role, of_role in found[name].items()
        }
        for name in choose_sets(pair, tuple(found), dataset)
    }


def _measure(
    pair: Pair, dataset: str, root: Path, split: str, methods: tuple[str, ...] | None
) -> dict[str, OfSet]:
    from core.release.explanations import measure_localisation_of

    require_dataset(dataset)
    use_threads(1)
    return {
        dataset: measure_localisation_of(
            pair,
            dataset,
            root,
            split=split,
            methods=methods,
            on_step=open_bar(),
        )
    }


def _print_set(name: str, roles: OfSet) -> None:
    print()
    print_text(f"{name}: maps of the teacher's call against the outlined finding, 95 % limits")
    print_table(
        [
            {
                "method": method,
                "role": role,
                "peak inside": format_interval(figures.hit.record(), digits=2),
                "middle inside": format_interval(figures.centre.record(), digits=2),
                "map inside": format_interval(figures.energy.record(), digits=2),
                "area inside": format_interval(figures.area.record(), digits=2),
                "map minus area": format_signed(figures.above_area.record(), digits=2),
                "empty": format_interval(figures.without_evidence.record(), digits=2),
                "n": figures.without_evidence.n,
            }
            for method, role, figures in by_method(roles)
        ],
        keys=2,
    )
    print_text(
        "Peak inside: share of maps whose peak lies inside the outline; an empty map misses. Middle inside: "
        "share of outlines that hold the middle of the picture, where lesions mostly are. Map inside: median "
        "share of the map there, of maps that are not empty. Area inside: median share of the picture there, "
        "which is what both are by chance"
    )
