"""May the student replace its teacher: the verdict on every set of held-out cases, and what it rests on."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Annotated, Any

import typer

from core.cli import pairs
from core.cli.arguments import PairArgument, PositivesOption, ResamplesOption, parse_positives
from core.cli.output import JsonOption, print_json, print_table
from core.errors import ConfigError

if TYPE_CHECKING:
    from core.bundle import Pair
    from core.types import HeldOut


def add_commands(app: typer.Typer) -> None:
    """Add this module's command to the command line."""
    app.command()(compare)


def compare(
    pair_name: PairArgument,
    *,
    dataset: Annotated[str, typer.Option(help="One set of held-out cases; all of them by default.")] = "",
    positives: PositivesOption = "",
    aim: Annotated[str, typer.Option(help="Operating point; the card's by default.")] = "",
    margin: Annotated[float, typer.Option(help="Largest loss of ROC-AUC that is put up with.")] = 0.02,
    sensitivity_margin: Annotated[float, typer.Option(help="The same of sensitivity.")] = 0.05,
    resamples: ResamplesOption = 1000,
    as_json: JsonOption = False,
) -> None:
    """Compare the student with its teacher and its control on held-out cases."""
    from core.evaluation.held_out import list_held_out, load_held_out

    for name, value in (("--margin", margin), ("--sensitivity-margin", sensitivity_margin)):
        if not 0 < value < 1:
            raise ConfigError(name, f"{value} is not between 0 and 1", "Give a share, for example 0.02")
    pair = pairs.load_pair(pair_name)
    chosen = parse_positives(pair, positives)
    records = []
    for name in (dataset,) if dataset else list_held_out(pair):
        held_out = load_held_out(pair, name, positives=chosen.codes)
        records.append(
            _compare(pair, held_out, chosen.noun, aim, (margin, sensitivity_margin), resamples=resamples)
        )
    if as_json:
        print_json(
            {"pair": pair_name, "positives": chosen.codes, "datasets": [_plain(entry) for entry in records]}
        )
        return
    for record in records:
        _print(record)


def _compare(
    pair: Pair, held_out: HeldOut, noun: str, aim: str, margins: tuple[float, float], *, resamples: int
) -> dict[str, Any]:
    from core.evaluation.changed_cases import list_changed_cases
    from core.evaluation.compare import compare_networks, list_operating_points
    from core.evaluation.compression import measure_compression
    from core.evaluation.fair_calibration import compare_calibration
    from core.evaluation.held_out import load_validation
    from core.evaluation.subgroups import compare_subgroups
    from core.figures import comparison_wording as words

    choices = list_operating_points(pair, held_out, load_validation(pair, positives=held_out.positives))
    if aim and aim not in choices:
        raise ConfigError(aim, "no such operating point", f"The choices are {', '.join(choices)}")
    points = choices[aim or next(iter(choices))]
    auc_margin, sensitivity_margin = margins
    comparison = compare_networks(
        held_out,
        points,
        auc_margin=auc_margin,
        sensitivity_margin=sensitivity_margin,
        resamples=resamples,
    )
    changes = list_changed_cases(held_out, points["teacher"], points["student"])
    temperatures = {role: pair.network(role).temperature for role in held_out.roles}
    calibration = compare_calibration(held_out, temperatures, resamples=resamples)
    sentences = [
        words.describe_verdict(comparison, noun),
        words.describe_price(comparison),
        words.describe_needed(comparison.verdict, noun),
        words.describe_changes(changes, noun),
        words.describe_fairness(calibration),
    ]
    return {
        "sentences": [sentence for sentence in sentences if sentence],
        "comparison": comparison,
        "calibration": calibration,
        "changed_cases": changes,
        "subgroups": compare_subgroups(held_out, points),
        "compression": measure_compression(pair, held_out, resamples=resamples),
    }


def _plain(value: Any) -> Any:
    """Records as dictionaries, field by field; an interval with its method."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: _plain(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if isinstance(value, dict):
        return {str(key): _plain(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(entry) for entry in value]
    return value


def _print(record: dict[str, Any]) -> None:
    from core.figures.comparison_wording import signed_with_limits

    print("\n".join(record["sentences"]))
    print()
    print_table(
        [
            {
                "metric": entry.metric,
                "better": "higher" if entry.higher_is_better else "lower",
                "student minus": entry.against,
                "difference": signed_with_limits(entry.difference),
                "method": entry.difference.method,
            }
            for entry in record["comparison"].differences
        ]
    )
    print()
