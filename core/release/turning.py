"""How often a shipped pair changes its mind when a photograph is turned by a right angle."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from core.bundle import Pair
from core.data.base import load_pixels
from core.evaluation.intervals import proportion_interval
from core.metrics.flip_rate import TURNS, find_flips
from core.predict import open_predictor
from core.types import Interval, Role, Sample


def measure_flip_rates(
    pair: Pair,
    samples: Sequence[Sample],
    *,
    load: Callable[[Sample], NDArray[np.uint8]] = load_pixels,
) -> dict[Role, Interval]:
    """Share of cases whose predicted class changes under any right-angle turn, by role.

    The photograph itself is turned, so cropping and topology are turned with it.

    Args:
        pair: whose exported networks are run.
        samples: held-out cases.
        load: gives a sample's pixels, (H, W, 3) uint8.

    Returns:
        Role to interval with Wilson limits, as many observations as groups.

    Raises:
        ValueError: no samples.
    """
    if not samples:
        raise ValueError("samples must hold at least one case")
    rates: dict[Role, Interval] = {}
    groups = [sample.group for sample in samples]
    for role in pair.served_roles:
        predictor = open_predictor(pair, role)
        answers = [
            predictor.compute_probs(np.rot90(load(sample), quarter) for sample in samples)
            for quarter in range(len(TURNS))
        ]
        flips = find_flips(np.stack(answers))
        rates[role] = proportion_interval(flips, np.ones_like(flips), groups)
    return rates
