"""May the student replace its teacher: the verdict on every set of held-out cases, and what it rests on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from core.cli import pairs
from core.cli.arguments import PairArgument, PositivesOption, ResamplesOption, parse_positives
from core.cli.cases import describe_cases, load_cases, print_cases
from core.cli.output import JsonOption, print_json, print_table, print_text
from core.errors import ConfigError

if TYPE_CHECKING:
    from core.bundle import Pair
    from core.types import HeldOut, OperatingPoint, Role, Subgroup


def add_commands(app: typer.Typer) -> None:
    """Add this module's command to the command line."""
    app.command()(compare)


def compare(
    pair_name: PairArgument,
    *,
    dataset: Annotated[str, typer.Option(help="One set of held-out cases; all of them if not given.")] = "",
    positives: PositivesOption = "",
    aim: Annotated[str, typer.Option(help="Operating point, e.g. youden; the card's if not given.")] = "",
    margin: Annotated[float, typer.Option(help="Largest loss of ROC-AUC that is put up with.")] = 0.02,
    sensitivity_margin: Annotated[
        float, typer.Option(help="Largest loss of sensitivity that is put up with.")
    ] = 0.05,
    resamples: ResamplesOption = 1000,
    as_json: JsonOption = False,
) -> None:
    """Compare the student with its teacher and its control on held-out cases."""
    from core.evaluation.held_out import list_held_out

    for name, value in (("--margin", margin), ("--sensitivity-margin", sensitivity_margin)):
        if not 0 < value < 1:
            raise ConfigError(name, f"{value} is not between 0 and 1", "Give a share, for example 0.02")
    pair = pairs.load_pair(pair_name)
    chosen = parse_positives(pair, positives)
    records = []
    for name in (dataset,) if dataset else list_held_out(pair):
        held_out, validation = load_cases(pair, name, chosen.codes)
        found = _compare(
            pair,
            held_out,
            _choose_points(pair, held_out, validation, aim),
            noun=chosen.noun,
            margins=(margin, sensitivity_margin),
            resamples=resamples,
        )
        records.append(describe_cases(pair, held_out, validation) | found)
    if as_json:
        print_json({"pair": pair_name, "positives": chosen.codes, "datasets": records})
        return
    for record in records:
        _print(record)


def _choose_points(
    pair: Pair, held_out: HeldOut, validation: HeldOut, aim: str
) -> dict[Role, OperatingPoint]:
    from core.evaluation.compare import list_operating_points

    choices = list_operating_points(pair, held_out, validation)
    if aim and aim not in choices:
        raise ConfigError(aim, "no such operating point", f"The choices are {', '.join(choices)}")
    return choices[aim or next(iter(choices))]


def _compare(
    pair: Pair,
    held_out: HeldOut,
    points: dict[Role, OperatingPoint],
    *,
    noun: str,
    margins: tuple[float, float],
    resamples: int,
) -> dict[str, Any]:
    from core.evaluation.changed_cases import list_changed_cases
    from core.evaluation.compare import compare_networks
    from core.evaluation.compression import measure_compression
    from core.evaluation.fair_calibration import compare_calibration, list_temperatures
    from core.evaluation.subgroups import compare_subgroups
    from core.figures import comparison_wording as words

    auc_margin, sensitivity_margin = margins
    comparison = compare_networks(
        held_out,
        points,
        auc_margin=auc_margin,
        sensitivity_margin=sensitivity_margin,
        resamples=resamples,
    )
    changes = list_changed_cases(held_out, points["teacher"], points["student"])
    calibration = compare_calibration(held_out, list_temperatures(pair, held_out), resamples=resamples)
    sentences = [
        words.describe_verdict(comparison, noun),
        words.describe_price(comparison),
        words.describe_needed(comparison.verdict, noun),
        words.describe_few(comparison, noun),
        words.describe_changes(
            changes,
            noun,
            positives=int(held_out.truth.sum()),
            negatives=int((~held_out.truth).sum()),
        ),
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


def _print(record: dict[str, Any]) -> None:
    from core.figures import comparison_tables as tables
    from core.figures.wording import signed_with_limits

    comparison = record["comparison"]
    print_cases(record, f"thresholds for {comparison.points['teacher'].name} chosen")
    for sentence in record["sentences"]:
        print_text(sentence)
    print("\nDifferences, 95 % limits")
    print_table(
        [
            {
                "metric": entry.metric,
                "better": "higher" if entry.higher_is_better else "lower",
                "student minus": entry.against,
                "difference": signed_with_limits(entry.difference),
                "method": entry.difference.method,
            }
            for entry in comparison.differences
        ]
    )
    print("\nCalibration errors on equal terms")
    _print_columns(tables.tabulate_calibration(record["calibration"]))
    if record["subgroups"]:
        print("\nWithin parts of the cases, student minus teacher; a question, not an answer")
        print_table([_part_row(part) for part in record["subgroups"]], keys=2)
    print("\nKept and saved")
    _print_columns(tables.tabulate_compression(record["compression"]))
    print()


def _part_row(part: Subgroup) -> dict[str, object]:
    from core.figures.wording import signed_with_limits

    return {
        "part": part.kind.replace("_", " "),
        "which": part.label,
        "cases": part.n,
        "positive": part.positives,
        "roc_auc": signed_with_limits(part.auc_difference) if part.state == "ok" else "too few cases",
        "sensitivity": signed_with_limits(part.sensitivity_difference) if part.state == "ok" else "-",
    }


def _print_columns(table: dict[str, list[str]]) -> None:
    print_table([dict(zip(table, cells, strict=True)) for cells in zip(*table.values(), strict=True)])
