"""Area under the receiver operating characteristic."""

from __future__ import annotations

from typing import Any

from numpy.typing import NDArray

from core.metrics.base import UNDEFINED, check_binary, metric


@metric("roc_auc", title="ROC-AUC", needs="positive_prob", requires="every_class")
def roc_auc(positive_prob: NDArray[Any], target: NDArray[Any]) -> float:
    """Probability that a positive case ranks above a negative one; a tie counts one half.

    Args:
        positive_prob: (N,) float in [0, 1].
        target: (N,) bool.

    Returns:
        float in [0, 1]; NaN without positives or without negatives.

    Raises:
        TypeError, ValueError: see :func:`core.metrics.base.check_binary`.

    Source: Hanley and McNeil 1982, "The meaning and use of the area under a ROC curve"; scikit-learn
    computes it.
    """
    prob, truth = check_binary(positive_prob, target)
    if truth.all() or not truth.any():
        return UNDEFINED
    from sklearn.metrics import roc_auc_score

    return float(roc_auc_score(truth, prob))
