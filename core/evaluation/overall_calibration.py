"""Calibration in the large and the calibration slope: what is reported of a clinical prediction model."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from core.evaluation.intervals import (
    TOO_FEW_GROUPS,
    Groups,
    has_too_few_groups,
    proportion_interval,
    undefined_interval,
)
from core.evaluation.logistic import LogisticFit, fit_logistic, safe_logit
from core.metrics.base import check_binary
from core.types import Interval, OverallCalibration


def compute_overall_calibration(
    positive_prob: NDArray[Any], target: NDArray[Any], groups: Groups, *, level: float = 0.95
) -> OverallCalibration:
    """Mean said and share observed, intercept and slope of the truth on the logit of the probability.

    Args:
        positive_prob: (N,) float in [0, 1]; the logit is taken 1e-12 away from 0 and 1.
        target: (N,) bool.
        groups: (N,) group of each case, the independent units of the limits.
        level: coverage.

    Returns:
        Intercept and slope are undefined with one class only, or where the probabilities separate the
        classes perfectly (the slope would be infinite) or do not differ. No limits where a class is of one
        group only, as one case decides them.

    Raises:
        TypeError, ValueError: see :func:`core.metrics.base.check_binary`; ``level`` outside (0, 1).

    Source: Cox 1958, "Two further applications of a model for binary regression"; Van Calster et al. 2019,
    "Calibration: the Achilles heel of predictive analytics". Wald limits from the sandwich variance.
    """
    prob, truth = check_binary(positive_prob, target)
    every = np.ones(prob.size, dtype=np.bool_)
    observed = proportion_interval(truth, every, groups, level)
    mean = float(prob.mean()) if prob.size else math.nan
    if not prob.size or truth.all() or not truth.any():
        reason = "undefined: one class only" if prob.size else "undefined: no cases"
        nothing = undefined_interval(level, prob.size, reason)
        return OverallCalibration(mean, observed, nothing, nothing)
    of_case, odds = np.asarray(groups), safe_logit(prob)
    ones = np.ones((prob.size, 1))
    large = fit_logistic(ones, truth, offset=odds, groups=of_case)
    cox = fit_logistic(np.column_stack([ones, odds]), truth, groups=of_case)
    equal = bool(np.ptp(odds) == 0)
    reason = f"undefined: the probabilities {'are all equal' if equal else 'separate the cases perfectly'}"
    return OverallCalibration(
        mean,
        observed,
        *(
            replace(found, low=math.nan, high=math.nan, method=TOO_FEW_GROUPS)
            if found.defined and has_too_few_groups(of_case, truth)
            else found
            for found in (
                _wald(large, 0, of_case, level, "undefined: no finite fit"),
                _wald(cox, 1, of_case, level, reason),
            )
        ),
    )


def _wald(fit: LogisticFit | None, at: int, groups: NDArray[Any], level: float, reason: str) -> Interval:
    n = len(groups)
    if fit is None:
        return undefined_interval(level, n, reason)
    value = float(fit.coefficients[at])
    half = float(ndtri(0.5 + level / 2) * math.sqrt(fit.covariance[at, at]))
    units = len(np.unique(groups))
    method = "Wald, robust" if units == n else f"Wald, robust, {units} groups"
    return Interval(value, value - half, value + half, level, n, method)
