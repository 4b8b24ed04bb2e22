"""ROC-AUC and average precision from ranks alone, for resampling: the same values, some ten times faster.

No checks: what comes here has passed :func:`core.metrics.base.check_binary` once. Tests hold both functions
to the metrics of the same name.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray


def rank_roc_auc(positive_prob: NDArray[np.float64], target: NDArray[np.bool_]) -> float:
    """ROC-AUC of (N,) probabilities and (N,) bool; NaN with one class only (Mann and Whitney 1947)."""
    positive = positive_prob[target]
    negative = np.sort(positive_prob[~target])
    if not positive.size or not negative.size:
        return math.nan
    positive.sort()
    below = np.searchsorted(negative, positive, side="left").sum()
    not_above = np.searchsorted(negative, positive, side="right").sum()
    return float((below + not_above) / (2 * positive.size * negative.size))


def rank_average_precision(positive_prob: NDArray[np.float64], target: NDArray[np.bool_]) -> float:
    """Average precision of (N,) probabilities and (N,) bool; NaN with one class only."""
    count = int(target.sum())
    if not 0 < count < target.size:
        return math.nan
    order = np.argsort(-positive_prob)
    descending = positive_prob[order]
    last_of_tie = np.append(np.flatnonzero(np.diff(descending)), descending.size - 1)
    found = np.cumsum(target[order])[last_of_tie]
    gain = np.diff(found, prepend=0) / count
    return min(float(np.sum(gain * found / (last_of_tie + 1))), 1.0)


def rank_macro_auc(probs: NDArray[np.float64], target: NDArray[np.intp]) -> float:
    """Mean one-versus-rest ROC-AUC of (N, C) probabilities and (N,) class indices; NaN if a class is
    missing."""
    return float(np.mean([rank_roc_auc(probs[:, index], target == index) for index in range(probs.shape[1])]))
