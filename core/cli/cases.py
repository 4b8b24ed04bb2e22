"""The held-out cases that a command reports on, the validation cases it chooses on, and their names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from core.cli.output import print_text

if TYPE_CHECKING:
    from core.bundle import Pair
    from core.types import HeldOut


def load_cases(pair: Pair, dataset: str, positives: tuple[str, ...]) -> tuple[HeldOut, HeldOut]:
    """Held-out cases of one data set and all validation cases, with the same positives.

    Args:
        pair: the loaded pair.
        dataset: its name; empty takes the largest.
        positives: class codes.

    Raises:
        BundleError, ConfigError: see :func:`core.evaluation.held_out.load_held_out`.
    """
    from core.evaluation.held_out import list_held_out, load_held_out, load_validation

    held_out = load_held_out(pair, dataset or list_held_out(pair)[0], positives=positives)
    return held_out, load_validation(pair, positives=positives)


def describe_cases(pair: Pair, held_out: HeldOut, validation: HeldOut) -> dict[str, Any]:
    """What every record on held-out cases opens with: pair, data set, positives and both counts."""
    return {
        "pair": pair.card.pair,
        "dataset": held_out.dataset,
        "title": held_out.title,
        "positives": list(held_out.positives),
        "n": held_out.n,
        "n_positive": int(held_out.truth.sum()),
        "n_validation": validation.n,
        "n_validation_positive": int(validation.truth.sum()),
        "caution": pair.card.caution,
    }


def print_cases(record: dict[str, Any], chosen: str) -> None:
    """Print the opening of a record: what is reported on, and what was chosen on the validation cases.

    Args:
        record: opens as :func:`describe_cases` says.
        chosen: for example ``"thresholds chosen"``.
    """
    codes = ", ".join(record["positives"])
    print_text(
        f"{record['pair']} on {record['title']}: n = {record['n']}, {record['n_positive']} positive ({codes})"
    )
    print_text(
        f"{chosen} on {record['n_validation']} validation cases, {record['n_validation_positive']} positive"
    )
    if record["caution"]:
        print_text(f"Caution: {record['caution']}")
