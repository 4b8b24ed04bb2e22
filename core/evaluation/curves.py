"""ROC and precision-recall points of a threshold table, few enough to be drawn."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from core.types import CurvePoints, ThresholdTable

MOST_POINTS = 400


def compute_roc_points(table: ThresholdTable, *, most: int = MOST_POINTS) -> CurvePoints:
    """1 - specificity against sensitivity.

    Args:
        table: of every distinct probability.
        most: points to keep; more than these are thinned at equal steps along the curve, which moves it by
            less than ``2 / most``. First and last point stay.

    Returns:
        CurvePoints from (0, 0) to (1, 1), without points on a straight line between their neighbours; none
        where one class is missing.

    Source: the points of ``sklearn.metrics.roc_curve``.
    """
    x, y, cuts = (1 - table.specificity)[::-1], table.sensitivity[::-1], table.thresholds[::-1]
    defined = np.isfinite(x) & np.isfinite(y)
    counts = np.stack([table.false_positives[::-1], table.true_positives[::-1]])
    keep = np.flatnonzero(defined & _corners(counts))
    return CurvePoints("roc", *_thin(x[keep], y[keep], cuts[keep], most))


def compute_pr_points(table: ThresholdTable, *, most: int = MOST_POINTS) -> CurvePoints:
    """Sensitivity (recall) against the positive predictive value (precision) at the table's prevalence.

    Args:
        table, most: as for :func:`compute_roc_points`.

    Returns:
        CurvePoints from the first flagged case to all cases flagged. There is no point where nobody is
        flagged: precision has no value there.

    Source: at the data's own prevalence the points of ``sklearn.metrics.precision_recall_curve``, which adds
    a last one of precision 1 by convention.
    """
    x, y, cuts = table.sensitivity[::-1], table.ppv[::-1], table.thresholds[::-1]
    keep = np.isfinite(x) & np.isfinite(y)
    return CurvePoints("pr", *_thin(x[keep], y[keep], cuts[keep], most))


def _corners(counts: NDArray[np.int64]) -> NDArray[np.bool_]:
    """(K,) bool, where a path of (2, K) whole-number points turns; its ends count."""
    corner = np.ones(counts.shape[1], dtype=np.bool_)
    step = np.diff(counts, axis=1)
    corner[1:-1] = step[0, :-1] * step[1, 1:] != step[1, :-1] * step[0, 1:]
    return corner


def _thin(
    x: NDArray[np.float64], y: NDArray[np.float64], cuts: NDArray[np.float64], most: int
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    if most < 2:
        raise ValueError(f"most must be at least 2, it is {most}")
    if x.size <= most:
        return x, y, cuts
    way = np.concatenate([[0.0], np.cumsum(np.abs(np.diff(x)) + np.abs(np.diff(y)))])
    kept = np.unique(np.searchsorted(way, np.linspace(0, way[-1], most)).clip(max=x.size - 1))
    kept[-1] = x.size - 1
    return x[kept], y[kept], cuts[kept]
