"""The check on whether a picture is of the kind a pair was made for: fit it, measure it, apply it."""

from __future__ import annotations

from typing import Annotated

import typer

from core.bundle import load_pair
from core.cli.arguments import PairArgument
from core.cli.laboratory import require_data_root
from core.cli.output import JsonOption, format_interval, print_json, print_table, print_text


def add_commands(app: typer.Typer) -> None:
    """Add this module's command to the command line."""
    app.command(name="familiarity")(measure)


def measure(
    pair_name: PairArgument,
    *,
    fit: Annotated[bool, typer.Option("--fit", help="First fit it, and write it into the pair.")] = False,
    refresh: Annotated[
        bool, typer.Option("--refresh", help="Write the rates measured now into the card.")
    ] = False,
    images: Annotated[int, typer.Option(min=20, help="Pictures of every other data set at most.")] = 150,
    seed: Annotated[int, typer.Option(min=0, help="Of the draw of pictures.")] = 0,
    as_json: JsonOption = False,
) -> None:
    """Measure how often pictures of each kind are refused as unlike those of training (TWINLENS_DATA)."""
    from core.release.familiarity import fit_familiarity, measure_familiarity, refresh_familiarity

    def tell(step: str) -> None:
        typer.echo(step, err=True)

    pair, root = load_pair(pair_name), require_data_root()
    if fit:
        pair = fit_familiarity(pair, root, images=images, seed=seed, on_step=tell)
        entry = pair.card.familiarity
    else:
        entry = measure_familiarity(pair, root, images=images, seed=seed, on_step=tell)
        if refresh:
            refresh_familiarity(pair, entry)
    if entry is None:
        raise RuntimeError("fit_familiarity must leave an entry on the card")
    if as_json:
        print_json({"pair": pair_name, **entry.model_dump(mode="json")})
        return
    print_text(f"{pair_name}: {entry.method}, distance at most {entry.threshold:.4g}; {entry.chosen_on}")
    print_text(f"refused of the validation images: {format_interval(entry.validation.record())}")
    print_table(
        [
            {
                "pictures": rate.kind,
                "should be": {"keep": "kept", "refuse": "refused", "either": "either"}[rate.aim],
                "refused": format_interval(rate.refused.record()),
                "n": rate.refused.n,
            }
            for rate in entry.rates
        ]
    )
