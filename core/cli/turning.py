"""The command that turns held-out photographs by right angles and counts changed calls."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from core.cli import pairs
from core.cli.arguments import PairArgument
from core.cli.output import JsonOption, format_interval, print_json, print_table


def add_commands(app: typer.Typer) -> None:
    """Add this module's command to the command line."""
    app.command()(flips)


def flips(
    pair_name: PairArgument,
    *,
    dataset: Annotated[str, typer.Option(help="Name of the data set's reader; `data check` lists them.")],
    root: Annotated[Path, typer.Option(help="The data set's own folder, laid out as its publisher does.")],
    split: Annotated[
        str, typer.Option(help="test, val, or all that the pair was not trained or tuned on.")
    ] = "test",
    as_json: JsonOption = False,
) -> None:
    """Count held-out photographs whose most probable class changes under a turn by 90, 180 or 270 degrees."""
    from core.release.activation import choose_samples
    from core.release.turning import measure_flip_rates

    pair = pairs.load_pair(pair_name)
    samples = choose_samples(pair, dataset=dataset, root=root, split=split)
    rates = measure_flip_rates(pair, samples)
    if as_json:
        record = {"pair": pair.card.pair, "dataset": dataset, "split": split, "n": len(samples)}
        print_json(record | {"flip_rate": rates})
        return
    print(f"{pair.card.pair} on {dataset} ({split}): n = {len(samples)}, turned by 90, 180 and 270 degrees")
    print_table(
        [
            {"role": role, "flip rate": format_interval(rate), "limits": rate.method}
            for role, rate in rates.items()
        ]
    )
