"""ROC-AUC of every class against the rest, averaged."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.metrics.base import UNDEFINED, check_probs, metric
from core.metrics.roc_auc import roc_auc


@metric("macro_auc", title="ROC-AUC, macro average", needs="probs", requires="every_class")
def macro_auc(probs: NDArray[Any], target: NDArray[Any]) -> float:
    """Unweighted mean over classes of the one-versus-rest ROC-AUC (DMN3).

    Args:
        probs: (N, C) float in [0, 1], rows sum to 1, C at least 2.
        target: (N,) int, class index.

    Returns:
        float in [0, 1]; NaN when a class has no case, because a mean over fewer classes is another figure.

    Raises:
        TypeError, ValueError: see :func:`core.metrics.base.check_probs`.
    """
    prob, truth = check_probs(probs, target)
    areas = [roc_auc(prob[:, index], truth == index) for index in range(prob.shape[1])]
    return float(np.mean(areas)) if areas else UNDEFINED
