"""Ways of reading two networks together: what each flags, and its thresholds for one aim.

Thresholds are a plain mapping, see :class:`core.types.Combination`, so that a strategy can be applied to any
cases: :func:`flag_cases` says what is flagged and :func:`find_read_cases` what the teacher has to look at.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, get_args

import numpy as np
from numpy.typing import NDArray

from core.evaluation.cascade import choose_cascade
from core.metrics.sensitivity_at_specificity import threshold_at_specificity
from core.metrics.specificity_at_sensitivity import threshold_at_sensitivity
from core.types import FLAG_NOBODY, Role, Strategy, TargetKind

STRATEGIES: tuple[Strategy, ...] = get_args(Strategy)
Probs = Mapping[Role, NDArray[np.float64]]
Flags = NDArray[np.bool_]


def flag_cases(name: Strategy, thresholds: Mapping[str, float], positive_prob: Probs) -> Flags:
    """Which cases a strategy flags.

    Args:
        name: the strategy.
        thresholds: see :class:`core.types.Combination`.
        positive_prob: role to (N,) float in [0, 1].

    Returns:
        (N,) bool.
    """
    if name in ("teacher", "student", "control"):
        return positive_prob[name] >= thresholds[name]
    teacher, student = positive_prob["teacher"], positive_prob["student"]
    if name == "mean":
        return (teacher + student) / 2 >= thresholds["mean"]
    if name == "max":
        return np.maximum(teacher, student) >= thresholds["max"]
    if name == "cascade":
        grey = find_read_cases(name, thresholds, positive_prob)
        return (student >= thresholds["student_high"]) | (grey & (teacher >= thresholds["teacher"]))
    of_teacher, of_student = teacher >= thresholds["teacher"], student >= thresholds["student"]
    return of_teacher | of_student if name == "either" else of_teacher & of_student


def find_read_cases(name: Strategy, thresholds: Mapping[str, float], positive_prob: Probs) -> Flags:
    """Which cases the teacher has to look at, (N,) bool; arguments as for :func:`flag_cases`."""
    student = positive_prob["student"]
    if name == "cascade":
        return (student >= thresholds["student_low"]) & (student < thresholds["student_high"])
    return np.full(student.shape, name not in ("student", "control"))


def choose_strategy(
    name: Strategy,
    positive_prob: Probs,
    truth: NDArray[np.bool_],
    *,
    kind: TargetKind,
    target: float,
    grey_limit: float,
) -> dict[str, float]:
    """Thresholds of a strategy that reach a rate on validation cases and leave the other one highest.

    "Either" and "both" need one knob for two networks: each probability is replaced by the share of the
    validation cases without the finding that lie below it, on which scale the two compare; one value on that
    scale is one threshold for each network. The mean and the maximum are of the probabilities themselves. A
    cascade has three thresholds, see :func:`core.evaluation.cascade.choose_cascade`.

    Args:
        name: the strategy.
        positive_prob: role to (N,) float in [0, 1].
        truth: (N,) bool.
        kind, target: the rate to reach, a share in (0, 1].
        grey_limit: largest share of the cases that a cascade may leave to the teacher.

    Returns:
        Thresholds as in :class:`core.types.Combination`; empty where the rate is not attainable short of
        flagging everyone or nobody, or one class is missing.
    """
    if not 0 < truth.sum() < truth.size:
        return {}
    if name == "cascade":
        return choose_cascade(
            positive_prob["student"],
            positive_prob["teacher"],
            truth,
            kind=kind,
            target=target,
            grey_limit=grey_limit,
        )
    if name in ("either", "both"):
        return _choose_on_one_scale(name, positive_prob, truth, kind, target)
    teacher, student = positive_prob["teacher"], positive_prob["student"]
    scores: dict[str, NDArray[np.float64]] = dict(positive_prob.items())
    scores |= {"mean": (teacher + student) / 2, "max": np.maximum(teacher, student)}
    threshold = _reach(scores[name], truth, kind, target)
    return {} if math.isnan(threshold) else {name: threshold}


def _choose_on_one_scale(
    name: Strategy, positive_prob: Probs, truth: Flags, kind: TargetKind, target: float
) -> dict[str, float]:
    roles: tuple[Role, ...] = ("teacher", "student")
    rank = {role: _share_below(positive_prob[role], truth) for role in roles}
    join: Any = np.maximum if name == "either" else np.minimum
    knob = _reach(join(rank["teacher"], rank["student"]), truth, kind, target)
    if math.isnan(knob):
        return {}
    return {
        role: float(positive_prob[role].min(where=rank[role] >= knob, initial=FLAG_NOBODY)) for role in roles
    }


def _share_below(prob: NDArray[np.float64], truth: Flags) -> NDArray[np.float64]:
    negatives = np.sort(prob[~truth])
    return np.searchsorted(negatives, prob, side="left") / negatives.size


def _reach(score: NDArray[np.float64], truth: Flags, kind: TargetKind, target: float) -> float:
    find = threshold_at_specificity if kind == "specificity" else threshold_at_sensitivity
    return find(score, truth, target)
