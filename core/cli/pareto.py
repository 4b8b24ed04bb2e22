"""The command that sets size, time and worth of every served network side by side."""

from __future__ import annotations

from typing import Annotated

import typer

from core.cli import pairs
from core.cli.latency import OptionalPair
from core.cli.output import JsonOption, print_json, print_table, print_text
from core.errors import ConfigError


def add_commands(app: typer.Typer) -> None:
    """Add this module's command to the command line."""
    app.command()(pareto)


def pareto(
    pair_name: OptionalPair = "",
    *,
    dataset: Annotated[
        str,
        typer.Option(help="Set of held-out cases, pairs without it are left out; else each pair's largest."),
    ] = "",
    runs: Annotated[
        int, typer.Option(min=0, help="Timed runs of each network; 0 judges by the work instead of the time.")
    ] = 20,
    as_json: JsonOption = False,
) -> None:
    """Set size, time and ROC-AUC side by side, and mark what no other network of its pair beats."""
    from core.figures.latency_words import noise_verdict
    from core.figures.pareto_chart import explain_front, tabulate_pareto, title_panel
    from core.release.pareto import build_panel, time_served

    bundles = [pairs.load_pair(name) for name in ([pair_name] if pair_name else pairs.list_pairs())]
    chosen = [bundle for bundle in bundles if not dataset or dataset in bundle.card.reports]
    if not chosen:
        reported = sorted({name for bundle in bundles for name in bundle.card.reports})
        raise ConfigError(
            dataset or "models/",
            "no card reports such a set of cases" if dataset else "no pair is shipped",
            f"The choices are {', '.join(reported) or 'none'}",
        )
    tables = [time_served(bundle, runs=runs) if runs else None for bundle in chosen]
    panels = tuple(
        build_panel(bundle, times=times, dataset=dataset)
        for bundle, times in zip(chosen, tables, strict=True)
    )
    if as_json:
        print_json(panels)
        return
    for panel in panels:
        print_text(title_panel(panel))
        for sentence in (*panel.notes, panel.caution):
            if sentence:
                print_text(sentence)
    print()
    print_table(tabulate_pareto(panels), keys=2)
    for table in tables:
        if table is not None and (verdict := noise_verdict(table)):
            print_text(verdict)
    print_text(explain_front(panels))
