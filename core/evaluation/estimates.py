"""One metric on one set of cases, with limits by the method that suits it."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.evaluation.intervals import (
    Groups,
    Limits,
    bootstrap_interval,
    proportion_interval,
    undefined_interval,
)
from core.evaluation.ranks import rank_average_precision, rank_macro_auc, rank_roc_auc
from core.metrics.base import METRICS
from core.metrics.sensitivity_at_specificity import sensitivity_at_specificity
from core.metrics.specificity_at_sensitivity import specificity_at_sensitivity
from core.types import Interval

_FOR_RESAMPLING: Mapping[str, Callable[..., float]] = {
    "roc_auc": rank_roc_auc,
    "pr_auc": rank_average_precision,
    "macro_auc": rank_macro_auc,
    "specificity_at_95_sensitivity": partial(specificity_at_sensitivity, unattainable=0.0),
    "sensitivity_at_90_specificity": partial(sensitivity_at_specificity, unattainable=0.0),
}
_LIMITS: Mapping[str, Limits] = {"ece": "basic"}
"""A calibration error is measured too high on few cases and resampling adds to it. In simulations of 400
cases with a true ECE of .10, basic 95 % limits held it in 83 % of studies and percentile limits in 46 %. The
true error of a well-calibrated network is still below these limits more often than not: read the upper
one."""
_WHY_UNDEFINED: Mapping[str, str] = {
    "specificity_at_95_sensitivity": "unattainable: only flagging every case reaches this sensitivity",
    "sensitivity_at_90_specificity": "unattainable: only flagging no case reaches this specificity",
    "ppv": "undefined: no case is flagged",
    "npv": "undefined: every case is flagged",
}


def evaluate_metric(
    name: str,
    prob: NDArray[Any],
    target: NDArray[Any],
    groups: Groups,
    *,
    threshold: float | None = None,
    resamples: int = 1000,
    level: float = 0.95,
    seed: int = 0,
) -> Interval:
    """One metric with limits.

    Args:
        name: in the metric registry.
        prob, target: what the metric takes.
        groups: (N,) group of each case.
        threshold: for metrics that take one.
        resamples, level, seed: of the bootstrap.

    Returns:
        Interval. Where a specificity at 95 % sensitivity is attained by flagging everything in a resample,
        that resample counts as 0, the worst case.
    """
    entry = METRICS.get(name)
    value = choose_statistic(name, threshold)(prob, target)
    if math.isnan(value):
        return undefined_interval(level, len(target), explain_undefined(name, target))
    shares = _proportion(name, prob, target, threshold)
    if shares is not None:
        return proportion_interval(*shares, groups, level)
    return bootstrap_interval(
        choose_statistic(name, threshold, resampling=True),
        (np.asarray(prob, dtype=np.float64), np.asarray(target)),
        groups=groups,
        strata=target,
        bounds=entry.bounds,
        limits=_LIMITS.get(name, "percentile"),
        value=value,
        resamples=resamples,
        level=level,
        seed=seed,
    )


def choose_statistic(
    name: str, threshold: float | None = None, *, resampling: bool = False
) -> Callable[..., float]:
    """The function of a metric with its threshold filled in.

    Args:
        name: in the metric registry.
        threshold: for metrics that take one.
        resampling: whether to return the faster variant for use inside :func:`bootstrap_interval`. It checks
            nothing, and counts what is unattainable as 0, the worst case.

    Raises:
        ValueError: the metric needs a threshold and none is given.
    """
    entry = METRICS.get(name)
    if resampling and name in _FOR_RESAMPLING:
        return _FOR_RESAMPLING[name]
    if entry.needs != "positive_prob+threshold":
        return entry.function
    if threshold is None:
        raise ValueError(f"threshold must be given for {name}")
    return partial(entry.function, threshold=threshold)


def explain_undefined(name: str, target: NDArray[Any]) -> str:
    """Why a metric is NaN on these cases, a short clause for :attr:`core.types.Interval.method`."""
    if not len(target):
        return "undefined: no cases"
    if len(np.unique(target)) < 2:
        return "undefined: one class only"
    return _WHY_UNDEFINED.get(name, "undefined: a class has no case")


def _proportion(
    name: str, prob: NDArray[Any], target: NDArray[Any], threshold: float | None
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]] | None:
    """(hits, cases that count), both (N,) bool, of the metrics that are a plain share of cases; else None."""
    if name == "accuracy_top1":
        return np.asarray(prob).argmax(axis=1) == target, np.ones(len(target), dtype=np.bool_)
    if name not in ("sensitivity", "specificity", "ppv", "npv"):
        return None
    flagged = np.asarray(prob) >= threshold
    return {
        "sensitivity": (flagged, target),
        "specificity": (~flagged, ~target),
        "ppv": (target, flagged),
        "npv": (~target, ~flagged),
    }[name]
