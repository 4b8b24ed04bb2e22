"""The command that prints how faithful, stable and dependent on the weights a pair's heat maps are."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

import typer

from core.cli import pairs
from core.cli.arguments import PairArgument
from core.cli.output import JsonOption, format_interval, format_signed, print_json, print_table, print_text
from core.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from core.bundle import Pair
    from core.explanation_card import ExplanationCard
    from core.types import Role

KEYS = {"explained", "datasets", "random_orders", "slow_methods", "faithfulness", "learned", "versions"}
"""Of the record, in JSON."""

Figures = TypeVar("Figures")


def add_commands(app: typer.Typer) -> None:
    """Add this module's command to the command line."""
    app.command()(faithfulness)


def faithfulness(pair_name: PairArgument, *, as_json: JsonOption = False) -> None:
    """Print what was measured of every method's maps on held-out cases, teacher and student."""
    pair = pairs.load_pair(pair_name)
    found = require_explanations(pair)
    if as_json:
        names = {
            "datasets",
            "explained",
            "random_orders",
            "slow_methods",
            "faithfulness",
            "learned",
            "versions",
        }
        print_json(open_record(pair) | found.model_dump(mode="json", include=names))
        return
    print_caution(pair)
    for name, roles in found.faithfulness.items():
        _print_set(found, name)
        print_table(
            [
                {
                    "method": method,
                    "role": role,
                    "deletion": format_interval(figures.deletion_auc.record()),
                    "insertion": format_interval(figures.insertion_auc.record()),
                    "gap": format_signed(figures.gap.record()),
                    "largest random gap": format_interval(figures.random_gap.record()),
                    "above random": format_interval(figures.above_random.record(), digits=2),
                    "below random": format_interval(figures.below_random.record(), digits=2),
                    "flat": format_interval(figures.flat.record(), digits=2),
                    "stability": format_signed(figures.stability.record(), digits=2),
                    "empty": format_interval(figures.without_evidence.record(), digits=2),
                    "n": figures.without_evidence.n,
                }
                for method, role, figures in by_method(roles)
            ],
            keys=2,
        )
    print()
    _print_learned(found)


def _print_set(found: ExplanationCard, name: str) -> None:
    entry = found.datasets[name]
    print()
    print_text(f"{entry.title}: maps of {found.explained}; medians and shares with 95 % limits")
    print_text(
        "Deletion: lower is better; insertion and gap (insertion minus deletion): higher is better. Above "
        "and below random: share of cases whose gap is larger, or smaller, than that of all "
        f"{found.random_orders} random orders; {found.chance_above:.2f} for an order that knows nothing. "
        "Flat: share of cases whose probability hardly moves, whatever is taken away. Stability: lowest rank "
        "correlation under flips and noise. Empty: share of maps without evidence, left out of the rest"
    )


def _print_learned(found: ExplanationCard) -> None:
    print_text(
        "Rank correlation with maps of the same network whose weights are in disorder, those of its head or "
        "all: near 1, a map does not show what was learned"
    )
    print_table(
        [
            {
                "method": method,
                "role": role,
                "head": format_signed(figures.head.record(), digits=2),
                "all weights": format_signed(figures.all.record(), digits=2),
                "n": figures.all.n,
            }
            for method, role, figures in by_method(found.learned)
        ],
        keys=2,
    )


def by_method(roles: Mapping[Role, Mapping[str, Figures]]) -> list[tuple[str, Role, Figures]]:
    """(method, role, figures), a method's networks one below the other."""
    rows = [(method, role, figures) for role, found in roles.items() for method, figures in found.items()]
    return sorted(rows, key=lambda row: row[0])


def require_explanations(pair: Pair) -> ExplanationCard:
    """The pair's record of explanations.

    Raises:
        ConfigError: it has none.
        BundleError: the file is damaged, or of other weights.
    """
    from core.explanation_card import load_explanations

    found = load_explanations(pair)
    if found is None:
        raise ConfigError(
            pair.card.pair,
            "its heat maps have not been measured",
            f"Measure them: python -m core explanations {pair.card.pair} --root DIR",
        )
    return found


def open_record(pair: Pair) -> dict[str, object]:
    """What a JSON record opens with."""
    return {"pair": pair.card.pair, "caution": pair.card.caution}


def print_caution(pair: Pair) -> None:
    """What must stand beside a pair's figures."""
    if pair.card.caution:
        print_text(f"Caution: {pair.card.caution}")
