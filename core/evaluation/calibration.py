"""Temperature scaling: one number, fitted on validation data, that makes probabilities mean what they say."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize, minimize_scalar
from scipy.special import log_softmax

from core.errors import DataError

TEMPERATURE_BOUNDS = (0.05, 20.0)
"""The search stays inside. A fit at the lower end means that the validation cases are separated perfectly,
at the upper end that the logits say nothing."""


def fit_temperature(logits: NDArray[Any], target: NDArray[Any]) -> float:
    """Temperature that minimises the negative log likelihood of the true classes.

    The likelihood is convex in 1 / temperature, so the search over the logarithm finds its one minimum.

    Args:
        logits: (N, C) float, finite, of validation cases.
        target: (N,) int, class index.

    Returns:
        float in [0.05, 20], see :data:`TEMPERATURE_BOUNDS`; about 1 where the probabilities are right
        already.

    Raises:
        DataError: all cases are of one class, or there are none.
        TypeError: ``target`` is not of an integer dtype.
        ValueError: shapes do not fit, logits are not finite, or a class index is out of range.

    Source: Guo et al. 2017, "On calibration of modern neural networks", section 4.2.
    """
    values = _check_logits(logits)
    truth = np.asarray(target)
    if truth.shape != values.shape[:1]:
        raise ValueError(f"target must be (N,) with logits (N, C), they are {truth.shape} and {values.shape}")
    if len(np.unique(truth)) < 2:
        raise DataError(
            "validation cases",
            f"{len(truth)} cases of {len(np.unique(truth))} classes, a temperature needs two classes",
            "Calibrate on a split with more than one class",
        )
    if not np.issubdtype(truth.dtype, np.integer):
        raise TypeError(f"target must be class indices of an integer dtype, it is {truth.dtype}")
    if truth.min() < 0 or truth.max() >= values.shape[1]:
        raise ValueError(
            f"target must lie in [0, {values.shape[1]}), it spans {truth.min()} to {truth.max()}"
        )

    def loss(log_temperature: float) -> float:
        log_probs = log_softmax(values / math.exp(log_temperature), axis=1)
        return -float(log_probs[np.arange(truth.size), truth].mean())

    low, high = (math.log(bound) for bound in TEMPERATURE_BOUNDS)
    fitted = minimize_scalar(loss, bounds=(low, high), method="bounded", options={"xatol": 1e-6})
    return float(np.clip(math.exp(fitted.x), *TEMPERATURE_BOUNDS))


def fit_class_biases(logits: NDArray[Any], target: NDArray[Any]) -> NDArray[np.float64]:
    """What to add to each class's logit, before a temperature, so that the true classes are most likely.

    Fitted together with a temperature, which is left to :func:`fit_temperature` on the shifted logits. The
    likelihood is concave in the scaled logits' factor and shifts, so there is one maximum; a small pull
    towards no shift (variance 25 in scaled logits) keeps a class without cases finite, and a temperature
    within :data:`TEMPERATURE_BOUNDS` keeps the shifts finite where the logits say nothing.

    Args:
        logits: (N, C) float, finite, of validation cases.
        target: (N,) int, class index.

    Returns:
        (C,) float64 with mean 0, in units of the logits.

    Raises:
        DataError, TypeError, ValueError: as :func:`fit_temperature`.

    Source: Alexandari, Kundaje, Shrikumar 2020, "Maximum likelihood with bias-corrected calibration is
    hard-to-beat at label shift adaptation", section 3.
    """
    start = 1 / fit_temperature(logits, target)
    values, truth = _check_logits(logits), np.asarray(target)
    rows, classes = np.arange(truth.size), values.shape[1]

    def loss(numbers: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        factor, shifts = math.exp(numbers[0]), numbers[1:]
        log_probs = log_softmax(factor * values + shifts, axis=1)
        error = np.exp(log_probs)
        error[rows, truth] -= 1
        pull = shifts / (25 * truth.size)
        slope = np.concatenate([[factor * (error * values).sum()], error.sum(axis=0)]) / truth.size
        slope[1:] += pull
        return float(-log_probs[rows, truth].mean() + (shifts * pull).sum() / 2), slope

    low, high = (-math.log(bound) for bound in reversed(TEMPERATURE_BOUNDS))
    found = minimize(
        loss,
        np.concatenate([[math.log(start)], np.zeros(classes)]),
        jac=True,
        method="L-BFGS-B",
        bounds=[(low, high), *[(None, None)] * classes],
        options={"ftol": 1e-15, "gtol": 1e-9, "maxiter": 1000},
    )
    shifts = found.x[1:] / math.exp(found.x[0])
    return np.asarray(shifts - shifts.mean())


def _check_logits(logits: NDArray[Any]) -> NDArray[np.float64]:
    values = np.asarray(logits, dtype=np.float64)
    if values.ndim != 2:
        raise ValueError(f"logits must be (N, C), they are {values.shape}")
    if not np.isfinite(values).all():
        raise ValueError("logits must be finite")
    return values
