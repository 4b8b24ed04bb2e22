"""Calibration of student and teacher on equal terms: both as trained, and both after temperature scaling."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from core.bundle import Pair
from core.evaluation.comparison import paired_differences
from core.evaluation.temperature import undo_temperature
from core.metrics.base import METRICS
from core.types import Against, CalibrationComparison, HeldOut, Role

CALIBRATION_METRICS = ("ece", "brier", "nll")
_STAGES: tuple[Literal["as_trained", "scaled"], ...] = ("as_trained", "scaled")
_AGAINST: tuple[Against, ...] = ("teacher", "control")


def list_temperatures(pair: Pair, held_out: HeldOut) -> dict[Role, float]:
    """Temperature that each measured role's probabilities had; 1 for one that the card does not describe."""
    networks = pair.card.networks
    return {role: networks[role].temperature if role in networks else 1.0 for role in held_out.roles}


def compare_calibration(
    held_out: HeldOut,
    temperatures: Mapping[Role, float],
    *,
    resamples: int = 1000,
    level: float = 0.95,
    seed: int = 0,
) -> tuple[CalibrationComparison, ...]:
    """Test "distillation improves calibration" without giving the student alone a correction.

    A student is often better calibrated than a teacher as trained, and one number fitted on validation cases
    mends the teacher. What remains after scaling both is what distillation itself is worth.

    Args:
        held_out: reported cases, probabilities after each network's temperature.
        temperatures: role to the temperature that was applied, fitted on validation cases.
        resamples, level, seed: of the paired bootstrap.

    Returns:
        One record a metric and stage, metrics outermost, for the roles measured.

    Raises:
        ValueError: a measured role has no temperature.
    """
    lacking = [role for role in held_out.roles if role not in temperatures]
    if lacking:
        raise ValueError(f"temperatures must name every role measured; {', '.join(lacking)} is missing")
    options: dict[str, Any] = {"resamples": resamples, "level": level, "seed": seed}
    probs = {
        "as_trained": {role: _as_trained(held_out, role, temperatures[role]) for role in held_out.roles},
        "scaled": dict(held_out.positive_prob),
    }
    differences = {
        (stage, against): paired_differences(
            CALIBRATION_METRICS,
            of_role["student"],
            of_role[against],
            held_out.truth,
            held_out.groups,
            **options,
        )
        for stage, of_role in probs.items()
        for against in _AGAINST
        if against in of_role and "student" in of_role
    }
    return tuple(
        CalibrationComparison(
            metric,
            stage,
            values={
                role: METRICS.get(metric).function(prob, held_out.truth)
                for role, prob in probs[stage].items()
            },
            differences={
                against: differences[stage, against][metric]
                for against in _AGAINST
                if (stage, against) in differences
            },
        )
        for metric in CALIBRATION_METRICS
        for stage in _STAGES
    )


def _as_trained(held_out: HeldOut, role: Role, temperature: float) -> NDArray[np.float64]:
    positive = np.isin(np.asarray(held_out.classes), held_out.positives)
    probs = undo_temperature(held_out.probs[role], temperature)
    return np.clip(probs[:, positive].sum(axis=1), 0.0, 1.0)
