"""The command that turns held-out photographs by right angles and counts changed calls."""

from __future__ import annotations

import typer

from core.cli import pairs
from core.cli.arguments import PairArgument, ReaderOption, RootOption, UntrainedSplitOption
from core.cli.output import JsonOption, format_interval, print_json, print_table


def add_commands(app: typer.Typer) -> None:
    """Add this module's command to the command line."""
    app.command()(flips)


def flips(
    pair_name: PairArgument,
    *,
    dataset: ReaderOption,
    root: RootOption,
    split: UntrainedSplitOption = "test",
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
