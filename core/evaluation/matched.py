"""A set of flags against a single network at the same specificity, redone in every resample."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from core.evaluation.resampling import Groups, draw_weights

Array = NDArray[np.float64]


class Matched(NamedTuple):
    """Sensitivity of a single network at matched specificity, and what the flags gain over it.

    Both are (1 + resamples,) arrays, the data themselves first.
    """

    single: Array
    gain: Array


class WeightedRoc:
    """The ROC curve of one network for many weightings of the cases.

    Args:
        prob: (N,) float in [0, 1].
        truth: (N,) bool, both classes there.
    """

    def __init__(self, prob: Array, truth: NDArray[np.bool_]) -> None:
        self._order = np.argsort(-prob, kind="stable")
        self._positive = truth[self._order].astype(np.float64)
        ends = np.flatnonzero(np.diff(prob[self._order]))
        self._last_of_tie = np.concatenate([[0], ends + 1, [prob.size]])

    def running_counts(self, weights: Array) -> tuple[Array, Array]:
        """(alarms, found), each (b, U + 1): negatives and positives at or above each distinct probability.

        Args:
            weights: (b, N) whole numbers.
        """
        ordered = weights[:, self._order]
        running = np.zeros((2, len(weights), self._positive.size + 1))
        np.cumsum(ordered * self._positive, axis=1, out=running[0, :, 1:])
        np.cumsum(ordered, axis=1, out=running[1, :, 1:])
        found = running[0][:, self._last_of_tie]
        return running[1][:, self._last_of_tie] - found, found


def read_sensitivity(alarms: Array, found: Array, at: Array) -> Array:
    """Sensitivity on an ROC curve where so many negatives are flagged, straight lines between its points.

    Where the curve rises straight up its middle is read. The upper end would be a threshold chosen with
    hindsight, and would set a network at a threshold chosen beforehand below itself.

    Args:
        alarms, found: (b, U + 1) of :meth:`WeightedRoc.running_counts`.
        at: (b,) weighted count of flagged negatives, between 0 and all of them.

    Returns:
        (b,) float in [0, 1].
    """
    rows = np.arange(len(at))
    here = np.count_nonzero(alarms <= at[:, None], axis=1) - 1
    foot = np.count_nonzero(alarms < at[:, None], axis=1)
    after = np.minimum(here + 1, alarms.shape[1] - 1)
    run = alarms[rows, after] - alarms[rows, here]
    part = np.divide(at - alarms[rows, here], run, out=np.zeros(len(at)), where=run > 0)
    rise = found[rows, after] - found[rows, here]
    upright = alarms[rows, here] == at
    start = np.where(upright, (found[rows, foot.clip(max=here)] + found[rows, here]) / 2, found[rows, here])
    return (start + part * rise) / found[:, -1]


def match_specificity(
    flags: Mapping[str, NDArray[np.bool_]],
    singles: Mapping[str, Array],
    truth: NDArray[np.bool_],
    groups: Groups,
    *,
    resamples: int,
    seed: int,
) -> dict[tuple[str, str], Matched]:
    """Compare sets of flags with single networks, each at the specificity that the flags have.

    Args:
        flags: name to (N,) bool, what is flagged.
        singles: name to (N,) probabilities of a single network.
        truth: (N,) bool, both classes there.
        groups: (N,) group of each case; whole groups are resampled.
        resamples, seed: of the bootstrap.

    Returns:
        (name of flags, name of network) to its Matched. In every resample the specificity of the flags, and
        the network's sensitivity at it, are found anew.
    """
    names = list(flags)
    flagged = np.stack([flags[name] for name in names], axis=1).astype(np.float64)
    curves = {role: WeightedRoc(prob, truth) for role, prob in singles.items()}
    kept: dict[tuple[str, str], list[tuple[Array, Array]]] = {(a, b): [] for a in names for b in singles}
    blocks = draw_weights(groups, truth, resamples=resamples, seed=seed)
    for weights in (np.ones((1, truth.size)), *blocks):
        hit = weights[:, truth] @ flagged[truth] / weights[:, truth].sum(axis=1, keepdims=True)
        alarm = weights[:, ~truth] @ flagged[~truth]
        for role, curve in curves.items():
            alarms, found = curve.running_counts(weights)
            for index, name in enumerate(names):
                single = read_sensitivity(alarms, found, alarm[:, index])
                kept[name, role].append((single, hit[:, index] - single))
    return {
        key: Matched(np.concatenate([a for a, _ in parts]), np.concatenate([b for _, b in parts]))
        for key, parts in kept.items()
    }
