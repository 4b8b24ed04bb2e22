"""``python -m core thresholds PAIR``: what a threshold costs, chosen on validation, measured on held-out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from core.cli import pairs
from core.cli.arguments import DatasetOption, PairArgument, PositivesOption, ResamplesOption, parse_positives
from core.cli.cases import describe_cases, load_cases
from core.cli.output import JsonOption, print_json
from core.errors import ConfigError
from core.types import ThresholdChoice

if TYPE_CHECKING:
    from core.types import HeldOut, Role


def add_commands(app: typer.Typer) -> None:
    """Add this module's command to the command line."""
    app.command()(thresholds)


def thresholds(
    pair_name: PairArgument,
    *,
    dataset: DatasetOption = "",
    positives: PositivesOption = "",
    aim: Annotated[
        str, typer.Option(help="sensitivity_95, specificity_90 (any %), youden, lowest_cost; or the card's.")
    ] = "",
    threshold: Annotated[
        float | None, typer.Option(help="Apply this threshold to every network, in place of an aim.")
    ] = None,
    prevalence: Annotated[
        float | None, typer.Option(help="Share of people with the finding; that of the cases if not given.")
    ] = None,
    rebase: Annotated[
        bool, typer.Option("--rebase", help="Move probabilities to --prevalence for the decision curve.")
    ] = False,
    cost_ratio: Annotated[float, typer.Option(help="Needless referrals that one miss is worth.")] = 20.0,
    resamples: ResamplesOption = 1000,
    as_json: JsonOption = False,
) -> None:
    """Choose thresholds on validation cases and print what they find, spare and cost on held-out cases."""
    from core.cli.threshold_record import measure
    from core.cli.threshold_tables import print_thresholds

    _check(threshold, prevalence, cost_ratio, aim)
    if rebase and prevalence is None:
        raise ConfigError("--rebase", "no prevalence to move to", "Give --prevalence too")
    pair = pairs.load_pair(pair_name)
    held_out, validation = load_cases(pair, dataset, parse_positives(pair, positives).codes)
    aim = "given" if threshold is not None else aim or pair.card.operating_point
    choices = {
        role: _choose(validation, role, aim, threshold, prevalence=prevalence, cost_ratio=cost_ratio)
        for role in held_out.roles
        if threshold is not None or role in validation.roles
    }
    record = (
        describe_cases(pair, held_out, validation)
        | {
            "prevalence": prevalence if prevalence is not None else float(held_out.truth.mean()),
            "prevalence_given": prevalence is not None,
            "cost_ratio": cost_ratio,
            "theoretical_threshold": 1 / (1 + cost_ratio),
            "aim": aim,
        }
        | measure(
            validation,
            held_out,
            choices,
            prevalence=prevalence,
            cost_ratio=cost_ratio,
            resamples=resamples,
            rebased_from=float(validation.truth.mean()) if rebase else None,
        )
    )
    if as_json:
        print_json(record)
    else:
        print_thresholds(record)


def _check(threshold: float | None, prevalence: float | None, cost_ratio: float, aim: str) -> None:
    if threshold is not None and not 0 <= threshold <= 1:
        raise ConfigError(
            "--threshold", f"{threshold} is not between 0 and 1", "Give a probability, e.g. 0.1"
        )
    if threshold is not None and aim:
        raise ConfigError("--threshold", f"--aim {aim} is given too", "Give one of the two")
    if prevalence is not None and not 0 < prevalence < 1:
        raise ConfigError("--prevalence", f"{prevalence} is not between 0 and 1", "Give a share, e.g. 0.02")
    if not 0 < cost_ratio < float("inf"):
        raise ConfigError("--cost-ratio", f"{cost_ratio} is not a number above 0", "Give a ratio, e.g. 20")


def _choose(
    validation: HeldOut,
    role: Role,
    aim: str,
    threshold: float | None,
    *,
    prevalence: float | None,
    cost_ratio: float,
) -> ThresholdChoice:
    from core.evaluation.aims import choose_threshold
    from core.evaluation.operating_points import describe_operating_point

    chosen_on = f"validation cases, n = {validation.n}"
    if threshold is None:
        return choose_threshold(
            aim,
            validation.positive_prob[role],
            validation.truth,
            validation.groups,
            chosen_on=chosen_on,
            prevalence=prevalence,
            cost_ratio=cost_ratio,
        )
    point = describe_operating_point(
        "given",
        threshold,
        validation.positive_prob[role],
        validation.truth,
        validation.groups,
        chosen_on="the command line",
    )
    return ThresholdChoice("given", "chosen", point, f"Threshold {threshold:g}, as given.", 0)
