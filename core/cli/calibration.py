"""``python -m core calibration PAIR``: how far a pair's probabilities may be taken at their word."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from core.cli import pairs
from core.cli.arguments import DatasetOption, PairArgument, PositivesOption, ResamplesOption, parse_positives
from core.cli.cases import describe_cases, load_cases, print_cases
from core.cli.output import JsonOption, format_interval, format_signed, print_json, print_table

if TYPE_CHECKING:
    from core.bundle import Pair
    from core.types import HeldOut, Recalibration, ReliabilityCurve, Role

_BEFORE_AFTER = ("ece", "ece_equal_mass", "brier", "nll", "roc_auc")


def add_commands(app: typer.Typer) -> None:
    """Add this module's command to the command line."""
    app.command()(calibration)


def calibration(
    pair_name: PairArgument,
    *,
    dataset: DatasetOption = "",
    positives: PositivesOption = "",
    bins: Annotated[int, typer.Option(min=1, max=200, help="Number of bins.")] = 15,
    resamples: ResamplesOption = 1000,
    as_json: JsonOption = False,
) -> None:
    """Calibration of every network on held-out cases, before and after maps fitted on validation cases."""
    pair = pairs.load_pair(pair_name)
    held_out, validation = load_cases(pair, dataset, parse_positives(pair, positives).codes)
    roles = {
        role: _measure(pair, validation, held_out, role, bins=bins, resamples=resamples)
        for role in held_out.roles
    }
    record = describe_cases(pair, held_out, validation) | {"bins": bins, "roles": roles}
    if as_json:
        print_json(record)
    else:
        _print(record)


def _measure(
    pair: Pair, validation: HeldOut, held_out: HeldOut, role: Role, *, bins: int, resamples: int
) -> dict[str, Any]:
    from core.evaluation.overall_calibration import compute_overall_calibration
    from core.evaluation.recalibration import compare_maps
    from core.evaluation.reliability import compute_reliability, decompose_brier

    network = pair.card.networks.get(role)
    prob, truth, groups = held_out.positive_prob[role], held_out.truth, held_out.groups
    overall = compute_overall_calibration(prob, truth, groups)
    maps = compare_maps(
        validation,
        held_out,
        role,
        shipped_temperature=network.temperature if network else None,
        bins=bins,
        resamples=resamples,
    )
    return {
        "mean_prob": overall.mean_prob,
        "observed": overall.observed,
        "intercept": overall.intercept,
        "slope": overall.slope,
        "brier_parts": decompose_brier(prob, truth, bins=bins),
        "reliability": {
            "equal_width": _bins_json(compute_reliability(prob, truth, groups, bins=bins)),
            "equal_mass": _bins_json(compute_reliability(prob, truth, groups, bins=bins, binning="mass")),
        },
        "figures": dict(maps["as_shipped"].figures),
        "maps": {method: _map_json(result) for method, result in maps.items()},
    }


def _bins_json(curve: ReliabilityCurve) -> list[dict[str, object]]:
    return [
        {
            "low": part.low,
            "high": part.high,
            "n": part.n,
            "state": part.state,
            "mean_prob": part.mean_prob,
            "observed": part.observed,
        }
        for part in curve.bins
    ]


def _map_json(result: Recalibration) -> dict[str, object]:
    return {
        "parameters": dict(result.map.parameters),
        "knots": [list(knot) for knot in result.map.knots],
        "n_validation": result.map.n,
        "notes": list(result.map.notes),
        "figures": dict(result.figures),
        "minus_as_shipped": dict(result.differences),
    }


def _print(record: dict[str, Any]) -> None:
    roles: dict[str, Any] = record["roles"]
    print_cases(record, "maps fitted")
    rows: list[dict[str, object]] = [
        {
            "figure": "mean probability",
            **{role: f"{found['mean_prob']:.3f}" for role, found in roles.items()},
        },
        {"figure": "observed", **{role: format_interval(found["observed"]) for role, found in roles.items()}},
    ]
    for name in ("intercept", "slope"):
        rows.append({"figure": name, **{role: format_signed(found[name]) for role, found in roles.items()}})
    for name in next(iter(roles.values()))["figures"]:
        cells = {role: format_interval(found["figures"][name]) for role, found in roles.items()}
        rows.append({"figure": name, **cells})
    for name in ("reliability", "resolution", "uncertainty", "variance", "covariance"):
        cells = {role: f"{getattr(found['brier_parts'], name):.4f}" for role, found in roles.items()}
        rows.append({"figure": f"brier: {name}", **cells})
    print_table(rows)
    for role, found in roles.items():
        print(f"\n{role}: said and observed, {record['bins']} bins of equal width")
        print_table([_bin_row(part) for part in found["reliability"]["equal_width"]])
        print(f"\n{role}: before and after maps, and the difference to as_shipped")
        print_table([row for method, fitted in found["maps"].items() for row in _map_rows(method, fitted)])


def _bin_row(part: dict[str, Any]) -> dict[str, object]:
    empty = part["state"] == "empty"
    return {
        "from": f"{part['low']:.3f}",
        "to": f"{part['high']:.3f}",
        "cases": part["n"],
        "said": "-" if empty else f"{part['mean_prob']:.3f}",
        "observed": "-" if empty else format_interval(part["observed"]),
        "note": {"ok": "", "few": "few cases", "empty": "no cases"}[part["state"]],
    }


def _map_rows(method: str, fitted: dict[str, Any]) -> list[dict[str, object]]:
    from core.figures.wording import signed_with_limits

    rows: list[dict[str, object]] = [
        {"map": method, **{name: format_interval(fitted["figures"][name]) for name in _BEFORE_AFTER}}
    ]
    if fitted["minus_as_shipped"]:
        changes = {name: signed_with_limits(fitted["minus_as_shipped"][name]) for name in _BEFORE_AFTER}
        rows.append({"map": "  change", **changes})
    return rows
