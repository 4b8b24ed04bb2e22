"""Sensitivity for a set of classes, for example cancer = mel + bcc + akiec: both definitions (DMN3).

"Pooled recall" pools the cases of the set and asks for the very class; the "superclass call" asks only for
some class of the set, so it is never the smaller one. Neither looks at a threshold, as both follow the most
probable class; the summed probability at a threshold is what the pages flag by.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.evaluation.intervals import proportion_interval, undefined_interval
from core.metrics.base import UNDEFINED, check_probs, check_threshold, mean_or_undefined
from core.types import FLAG_NOBODY, HeldOut, PositiveSetCalls, Role

Flags = NDArray[np.bool_]


def pooled_recall(probs: NDArray[Any], target: NDArray[Any], positives: NDArray[Any]) -> float:
    """Share of the set's cases whose own class is the most probable one, the first of equals.

    Args:
        probs: (N, C) float in [0, 1], rows sum to 1.
        target: (N,) int, class index.
        positives: (C,) bool, which classes are of the set.

    Returns:
        float in [0, 1]; NaN without a case of the set.

    Raises:
        TypeError, ValueError: see :func:`core.metrics.base.check_probs`; ``positives`` is not (C,) bool.
    """
    called, truth, member = _call(probs, target, positives)
    return mean_or_undefined((called == truth)[member[truth]]) if truth.size else UNDEFINED


def superclass_call(probs: NDArray[Any], target: NDArray[Any], positives: NDArray[Any]) -> float:
    """Share of the set's cases whose most probable class is any of the set; as :func:`pooled_recall`."""
    called, truth, member = _call(probs, target, positives)
    return mean_or_undefined(member[called][member[truth]]) if truth.size else UNDEFINED


def describe_positive_calls(
    held_out: HeldOut, role: Role, *, threshold: float | None, level: float = 0.95
) -> PositiveSetCalls:
    """Every reading of "found" for one network, with Wilson limits.

    Args:
        held_out: cases with the set as their ``positives``.
        role: whose probabilities.
        threshold: on the summed probability of the set, in [0, 1] or :data:`core.types.FLAG_NOBODY`; None
            leaves the two figures that need one undefined.
        level: coverage of the limits.

    Returns:
        PositiveSetCalls; with a set of one class the first two are the same figure.

    Raises:
        ValueError: threshold or level out of range.
    """
    truth, groups = held_out.truth, held_out.groups
    codes, member = np.asarray(held_out.classes), np.isin(held_out.classes, held_out.positives)
    most_probable = held_out.probs[role].argmax(axis=1)
    called, own = member[most_probable], codes[most_probable] == held_out.target
    if threshold is None:
        nothing = undefined_interval(level, held_out.n, "no threshold")
        summed = (nothing, nothing)
    else:
        flagged = held_out.positive_prob[role] >= (
            threshold if threshold == FLAG_NOBODY else check_threshold(threshold)
        )
        summed = (
            proportion_interval(flagged, truth, groups, level),
            proportion_interval(~flagged, ~truth, groups, level),
        )
    return PositiveSetCalls(
        positives=held_out.positives,
        pooled_recall=proportion_interval(own, truth, groups, level),
        superclass_call=proportion_interval(called, truth, groups, level),
        superclass_specificity=proportion_interval(~called, ~truth, groups, level),
        threshold=threshold,
        summed_sensitivity=summed[0],
        summed_specificity=summed[1],
    )


def _call(
    probs: NDArray[Any], target: NDArray[Any], positives: NDArray[Any]
) -> tuple[NDArray[np.intp], NDArray[np.intp], Flags]:
    prob, truth = check_probs(probs, target)
    member = np.asarray(positives)
    if member.dtype != np.bool_ or member.shape != prob.shape[1:]:
        raise ValueError(f"positives must be (C,) bool, they are {member.dtype} {member.shape}")
    return prob.argmax(axis=1), truth, member
