"""What calibration maps fitted on validation cases do to held-out ones: before and after, with limits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from core.errors import ConfigError
from core.evaluation.calibration_figures import draw_figures, read_interval, read_intervals
from core.evaluation.calibration_maps import METHODS, apply_map, fit_map
from core.metrics.ece import BINS
from core.types import HeldOut, MapMethod, Recalibration, Role


def compare_maps(
    validation: HeldOut,
    held_out: HeldOut,
    role: Role,
    *,
    shipped_temperature: float | None = None,
    methods: Sequence[MapMethod] = METHODS,
    bins: int = BINS,
    resamples: int = 1000,
    level: float = 0.95,
    seed: int = 0,
) -> dict[MapMethod, Recalibration]:
    """Fit each map on validation cases and measure it on held-out ones.

    Args:
        validation: cases the maps are fitted on.
        held_out: other cases, of the same classes and positives; every figure is measured on these.
        role: whose probabilities.
        shipped_temperature: the card's; without it, or where it is 1, ``as_trained`` is left out.
        methods: which maps; ``as_shipped`` is always first, as all differences are to it.
        bins, resamples, level, seed: of the figures.

    Returns:
        Method to its map, figures and paired differences to the probabilities as shipped.

    Raises:
        ConfigError: validation and held-out cases do not have the same classes and positives, or the role was
            not measured on one of them.
        DataError: the validation cases are all positive or all negative.
    """
    if (validation.classes, validation.positives) != (held_out.classes, held_out.positives):
        raise ConfigError(
            held_out.title,
            f"other classes or positives than the {validation.title}",
            "Load both with the same choice of positives",
        )
    if role not in validation.probs or role not in held_out.probs:
        raise ConfigError(
            role,
            f"was not measured on both the {validation.title} and {held_out.title}",
            f"The choices are {', '.join(name for name in held_out.roles if name in validation.roles)}",
        )
    possible = list_methods(shipped_temperature)
    wanted: list[MapMethod] = ["as_shipped", *(name for name in methods if name in possible)]
    probs, prob = held_out.probs[role], held_out.positive_prob[role]
    shipped = draw_figures(probs, prob, held_out, bins=bins, resamples=resamples, seed=seed)
    results: dict[MapMethod, Recalibration] = {}
    for method in wanted:
        fitted = fit_map(method, validation, role, shipped_temperature=shipped_temperature)
        mapped, positive = apply_map(fitted, probs, prob, held_out.classes)
        drawn = shipped
        if method != "as_shipped":
            drawn = draw_figures(mapped, positive, held_out, bins=bins, resamples=resamples, seed=seed)
        results[method] = Recalibration(
            fitted,
            positive,
            read_intervals(drawn, held_out, level=level),
            {
                name: read_interval(drawn[name].minus(shipped[name]), held_out, level=level)
                for name in (drawn if method != "as_shipped" else ())
            },
        )
    return results


def list_methods(shipped_temperature: float | None) -> tuple[MapMethod, ...]:
    """Maps other than ``as_shipped``; ``as_trained`` only where the card states a temperature but 1."""
    nothing_to_take_back = shipped_temperature in (None, 1.0)
    left_out = ("as_shipped", "as_trained") if nothing_to_take_back else ("as_shipped",)
    return tuple(method for method in METHODS if method not in left_out)


def count_distinct(results: Mapping[MapMethod, Recalibration]) -> dict[MapMethod, int]:
    """How many different probabilities each map gives: an isotonic map makes many cases equal."""
    return {method: int(np.unique(result.positive_prob).size) for method, result in results.items()}
