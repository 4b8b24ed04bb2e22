"""Area under the precision-recall curve, as average precision."""

from __future__ import annotations

from typing import Any

from numpy.typing import NDArray

from core.metrics.base import UNDEFINED, check_binary, metric


@metric("pr_auc", title="PR-AUC (average precision)", needs="positive_prob", requires="every_class")
def pr_auc(positive_prob: NDArray[Any], target: NDArray[Any]) -> float:
    """Average precision: the sum over thresholds of precision times the gain in recall.

    A useless ranking scores about the prevalence, so values of sets with different prevalence do not compare.

    Args:
        positive_prob: (N,) float in [0, 1].
        target: (N,) bool.

    Returns:
        float in [0, 1]; NaN without positives or without negatives (precision would be 1 whatever the
        ranking).

    Raises:
        TypeError, ValueError: see :func:`core.metrics.base.check_binary`.

    Source: Davis and Goadrich 2006, "The relationship between precision-recall and ROC curves", on why no
    line is drawn between points; scikit-learn computes it.
    """
    prob, truth = check_binary(positive_prob, target)
    if truth.all() or not truth.any():
        return UNDEFINED
    from sklearn.metrics import average_precision_score

    return min(float(average_precision_score(truth, prob)), 1.0)
