"""The command that measures whether activation grows with the grade."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import typer

from core.cli import pairs
from core.cli.arguments import PairArgument, ReaderOption, ResamplesOption, RootOption, UntrainedSplitOption
from core.cli.output import JsonOption, format_signed, print_json, print_table, print_text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from core.release.activation import RoleActivation
    from core.types import Role

CLAIM = "activation grows with the grade"
WORDS = {"supported": "supported", "contradicted": "contradicted", "cannot_tell": "cannot tell"}


def add_commands(app: typer.Typer) -> None:
    """Add this module's command to the command line."""
    app.command()(activation)


def activation(
    pair_name: PairArgument,
    *,
    dataset: ReaderOption,
    root: RootOption,
    split: UntrainedSplitOption = "test",
    resamples: ResamplesOption = 1000,
    as_json: JsonOption = False,
) -> None:
    """Measure whether Grad-CAM's active area and evidence grow with the true grade, on held-out images."""
    from core.release.activation import choose_samples, measure_activation

    pair = pairs.load_pair(pair_name)
    samples = choose_samples(pair, dataset=dataset, root=root, split=split)
    roles = measure_activation(pair, samples, resamples=resamples)
    if as_json:
        record = {"pair": pair.card.pair, "dataset": dataset, "split": split, "n": len(samples)}
        print_json(record | {"claim": CLAIM, "roles": roles})
        return
    print(f"{pair.card.pair} on {dataset} ({split}): n = {len(samples)}; map of the class that is called")
    _print_roles(roles)


def _print_roles(roles: Mapping[Role, RoleActivation]) -> None:
    print(f'\nIs "{CLAIM}" so? Spearman\'s correlation with the true grade, 95 % limits')
    print_table(
        [
            {
                "measure": title,
                "role": role,
                "correlation": format_signed(interval),
                "the claim": WORDS[verdict],
                "n": interval.n,
                "limits": interval.method,
            }
            for role, found in roles.items()
            for title, interval, verdict in (
                ("active area", found.area, found.area_verdict),
                ("evidence", found.evidence, found.evidence_verdict),
            )
        ],
        keys=2,
    )
    print_text(
        "Active area: share of the map's cells at or above half of its own peak. Evidence: mean over cells "
        "of what speaks for the class, in logits"
    )
    print("\nMedians by true grade")
    print_table(
        [
            {
                "role": role,
                "grade": grade.code,
                "n": grade.n,
                "active area": _format(grade.area),
                "evidence": _format(grade.evidence),
            }
            for role, found in roles.items()
            for grade in found.by_grade
        ]
    )
    print()
    for role, found in roles.items():
        print_text(
            f"{role}: {found.cells[0]} x {found.cells[1]} cells, {found.without_evidence} maps without "
            f"evidence (no active area); outside the lit disc lie {_percent(found.outside)} of the active "
            f"area and {_percent(found.outside_of_frame)} of the frame"
        )


def _format(value: float) -> str:
    return "-" if math.isnan(value) else f"{value:.3f}"


def _percent(value: float) -> str:
    return "-" if math.isnan(value) else f"{100 * value:.1f} %"
