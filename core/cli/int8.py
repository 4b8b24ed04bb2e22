"""The command that says what a network in 8 bits saves and what it changes."""

from __future__ import annotations

from typing import Annotated

import typer

from core.cli import pairs
from core.cli.arguments import PairArgument
from core.cli.output import JsonOption, print_json, print_table, print_text
from core.errors import BundleError


def add_commands(app: typer.Typer) -> None:
    """Add this module's command to the command line."""
    app.command()(int8)


def int8(
    pair_name: PairArgument,
    *,
    role: Annotated[str, typer.Option(help="A role that ships in 8 bits.")] = "student",
    as_json: JsonOption = False,
) -> None:
    """Print the gate's report on a network in 8 bits: drift, decisions that change, ways tried, times."""
    from core.figures.int8_words import (
        describe_int8,
        tabulate_drift,
        tabulate_flipped,
        tabulate_times,
        tabulate_trials,
    )
    from core.int8_card import read_int8_report

    pair = pairs.load_pair(pair_name)
    report = read_int8_report(pair, pairs.served_role(pair, role))
    if report is None:
        raise BundleError(
            f"{pair_name}/{role}",
            "it does not ship in 8 bits",
            f"Make it: python -m core export {pair_name} --role {role} --int8 --root DIR",
        )
    if as_json:
        print_json(report.model_dump(mode="json"))
        return
    allowance = pair.card.int8_allowance
    print_text(f"{pair_name}: {describe_int8(report)}")
    print_text(
        f"The card allows {allowance.flips:.1%} changed decisions and {allowance.auc:g} less ROC-AUC on any "
        "set of held-out cases."
    )
    print()
    print_table(tabulate_drift(report))
    print()
    flipped = tabulate_flipped(report)
    if flipped:
        print_text("Held-out cases whose decision changes:")
        print_table(flipped, keys=2)
    else:
        print_text("No decision on a held-out case changes.")
    print()
    print_table(tabulate_times(report))
    print()
    print_table(tabulate_trials(report))
