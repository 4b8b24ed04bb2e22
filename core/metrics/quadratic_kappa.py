"""Agreement on ordered grades beyond chance."""

from __future__ import annotations

from typing import Any

from numpy.typing import NDArray

from core.metrics.base import metric
from core.metrics.confusion import count_confusion, weigh_kappa


@metric(
    "quadratic_kappa",
    title="Kappa, quadratic weights",
    needs="probs",
    requires="cases",
    bounds=(-1.0, 1.0),
    scale="ordinal",
)
def quadratic_kappa(probs: NDArray[Any], target: NDArray[Any]) -> float:
    """Weighted kappa of the most probable class and the truth; two grades off costs four times one grade off.

    Args:
        probs: (N, C) float in [0, 1], rows sum to 1, columns in the order of the grades.
        target: (N,) int, grade.

    Returns:
        float in [-1, 1]: 1 all agree, 0 as by chance; NaN for an empty set, and where truth and calls are all
        of one and the same grade.

    Raises:
        TypeError, ValueError: see :func:`core.metrics.base.check_probs`.

    Source: Cohen 1968, see :func:`core.metrics.confusion.weigh_kappa`; the figure by which the APTOS 2019
    challenge ranked its entries.
    """
    return float(weigh_kappa(count_confusion(probs, target)))
