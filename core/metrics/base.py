"""What a metric is, the registry of metrics, and the checks of what is given to one.

Contract of every metric: it takes numpy arrays and returns a float inside ``bounds``. Where the figure has no
value (an empty set, a class that it needs is missing, nothing was flagged) it returns NaN and never a number.
NaN, infinite or out-of-range probabilities raise ValueError. The order of the cases does not matter.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

import numpy as np
from numpy.typing import NDArray

from core.registry import Registry
from core.types import Scale

UNDEFINED = float("nan")

Needs = Literal["positive_prob", "positive_prob+threshold", "probs"]
"""Arguments of a metric's function: ``(positive_prob, target)``, the same and ``threshold``, or ``(probs,
target)`` with the class index as target."""

Requires = Literal["cases", "positives", "negatives", "every_class"]
"""Without which cases the metric is undefined."""

ROW_SUM_TOLERANCE = 1e-4


@dataclass(frozen=True)
class Metric:
    """One metric.

    Attributes:
        name: registry name, and the key of the figure in reports.
        title: for headings and tables.
        function: see ``needs`` for its arguments; returns a float.
        higher_is_better: direction.
        bounds: smallest and largest value; the better one of them is a perfect prediction's value.
        needs: what the function takes.
        requires: which cases must be there for the metric to be defined.
        scale: ``"ordinal"`` where the classes must be grades in order (see
            :attr:`core.modalities.base.Modality.scale`).
    """

    name: str
    title: str
    function: Callable[..., float]
    higher_is_better: bool
    bounds: tuple[float, float]
    needs: Needs
    requires: Requires
    scale: Scale = "nominal"


METRICS: Registry[Metric] = Registry("metric", "core.metrics")

F = TypeVar("F", bound=Callable[..., float])


def metric(
    name: str,
    *,
    title: str,
    needs: Needs,
    requires: Requires,
    higher_is_better: bool = True,
    bounds: tuple[float, float] = (0.0, 1.0),
    scale: Scale = "nominal",
) -> Callable[[F], F]:
    """Return a decorator that files a function as a metric and hands it back unchanged."""

    def add(function: F) -> F:
        entry = Metric(name, title, function, higher_is_better, bounds, needs, requires, scale)
        METRICS.register(name)(entry)
        return function

    return add


def check_binary(
    positive_prob: NDArray[Any], target: NDArray[Any]
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Check probabilities of the positive finding against the truth.

    Args:
        positive_prob: (N,) float in [0, 1].
        target: (N,) bool, True where the finding is there.

    Returns:
        Both as arrays, the probabilities as float64.

    Raises:
        TypeError: ``target`` is not of bool dtype (class codes are not silently turned into one).
        ValueError: shapes differ or are not (N,), or a probability is NaN or outside [0, 1].
    """
    prob = np.asarray(positive_prob, dtype=np.float64)
    truth = np.asarray(target)
    if truth.dtype != np.bool_ and truth.size:
        raise TypeError(f"target must be of bool dtype, it is {truth.dtype}")
    if prob.ndim != 1 or prob.shape != truth.shape:
        raise ValueError(
            f"positive_prob and target must both be (N,), they are {prob.shape} and {truth.shape}"
        )
    _check_range("positive_prob", prob)
    return prob, truth.astype(np.bool_, copy=False)


def check_probs(probs: NDArray[Any], target: NDArray[Any]) -> tuple[NDArray[np.float64], NDArray[np.intp]]:
    """Check probabilities of every class against the truth.

    Args:
        probs: (N, C) float in [0, 1], rows sum to 1 within 1e-4.
        target: (N,) int, class index in [0, C).

    Returns:
        Both as arrays, float64 and intp.

    Raises:
        TypeError: ``target`` is not of an integer dtype.
        ValueError: shapes do not fit, a probability or a row sum is wrong, or a class index is out of range.
    """
    prob = np.asarray(probs, dtype=np.float64)
    truth = np.asarray(target)
    if not np.issubdtype(truth.dtype, np.integer) and truth.size:
        raise TypeError(f"target must be class indices of an integer dtype, it is {truth.dtype}")
    if prob.ndim != 2 or truth.shape != prob.shape[:1]:
        raise ValueError(f"probs must be (N, C) and target (N,), they are {prob.shape} and {truth.shape}")
    _check_range("probs", prob)
    if prob.size and np.abs(prob.sum(axis=1) - 1).max() > ROW_SUM_TOLERANCE:
        raise ValueError("probs must sum to 1 in every row")
    if truth.size and (truth.min() < 0 or truth.max() >= prob.shape[1]):
        raise ValueError(f"target must lie in [0, {prob.shape[1]}), it spans {truth.min()} to {truth.max()}")
    return prob, truth.astype(np.intp, copy=False)


def check_threshold(threshold: float) -> float:
    """Return the threshold; ValueError if it is not a number in [0, 1]."""
    return check_fraction("threshold", threshold)


def check_fraction(name: str, value: float) -> float:
    """Return a fraction; ValueError naming the argument if it is not a number in [0, 1]."""
    if not 0 <= value <= 1:
        raise ValueError(f"{name} must lie in [0, 1], it is {value}")
    return float(value)


def mean_or_undefined(hits: NDArray[np.bool_]) -> float:
    """Fraction of True in (N,) bool; NaN when N is 0."""
    return float(hits.mean()) if hits.size else UNDEFINED


def _check_range(name: str, values: NDArray[np.float64]) -> None:
    if values.size and not (values.min() >= 0 and values.max() <= 1):
        raise ValueError(f"{name} must be finite and lie in [0, 1]")
