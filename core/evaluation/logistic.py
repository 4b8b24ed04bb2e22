"""Logistic regression of the truth on one number, for calibration slopes and Platt's map."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, logit

Array = NDArray[np.float64]

SMALLEST = 1e-12
"""Probabilities are held this far from 0 and 1 before their logit: 27.6 either way."""

_STEPS, _TOLERANCE, _FARTHEST = 200, 1e-10, 1e3
_STRIDE = 4.0
"""No step moves a case's log odds further. Where most probabilities are 0 or 1 the likelihood is nearly flat,
and a full step of Newton's would leap out of reach of the maximum."""


@dataclass(frozen=True)
class LogisticFit:
    """Coefficients, and their covariance with groups as the independent units.

    Attributes:
        coefficients: (K,) float.
        covariance: (K, K) float.
    """

    coefficients: Array
    covariance: Array


def safe_logit(prob: NDArray[Any]) -> Array:
    """Log odds of probabilities, held :data:`SMALLEST` away from 0 and 1."""
    return np.asarray(logit(np.clip(np.asarray(prob, np.float64), SMALLEST, 1 - SMALLEST)))


def fit_logistic(
    design: Array, target: NDArray[Any], *, offset: Array | None = None, groups: NDArray[Any] | None = None
) -> LogisticFit | None:
    """Maximum likelihood by Newton's method with bounded steps and step halving.

    Args:
        design: (N, K) float, full rank.
        target: (N,) float in [0, 1]; soft targets are allowed.
        offset: (N,) added to the linear predictor; None is 0.
        groups: (N,) independent units of the covariance; None takes every case as one.

    Returns:
        The fit; None where there is no finite maximum (the classes are separated perfectly) or the columns
        of ``design`` do not differ.

    Source: covariance as in Liang and Zeger 1986, "Longitudinal data analysis using generalized linear
    models" (sandwich, working independence, without small-sample factor).
    """
    truth = np.asarray(target, dtype=np.float64)
    fixed = np.zeros(len(truth)) if offset is None else offset
    beta = np.zeros(design.shape[1])
    loss = _loss(design, truth, fixed, beta)
    for _ in range(_STEPS):
        prob = expit(fixed + design @ beta)
        score = design.T @ (truth - prob)
        information = (design * (prob * (1 - prob))[:, None]).T @ design
        if np.linalg.cond(information) > 1 / np.finfo(np.float64).eps:
            return None
        step = np.linalg.solve(information, score)
        size = min(1.0, _STRIDE / max(float(np.abs(design @ step).max()), _TOLERANCE))
        while (tried := _loss(design, truth, fixed, beta + size * step)) > loss + 1e-12 and size > 1e-6:
            size /= 2
        beta, loss = beta + size * step, tried
        if np.abs(beta).max() > _FARTHEST:
            return None
        if np.abs(size * step).max() < _TOLERANCE:
            return LogisticFit(beta, _sandwich(design, truth, fixed, beta, groups))
    return None


def _loss(design: Array, truth: Array, offset: Array, beta: Array) -> float:
    """Mean negative log likelihood."""
    predictor = offset + design @ beta
    return float(np.mean(np.logaddexp(0, predictor) - truth * predictor))


def _sandwich(design: Array, truth: Array, offset: Array, beta: Array, groups: NDArray[Any] | None) -> Array:
    prob = expit(offset + design @ beta)
    bread = np.linalg.inv((design * (prob * (1 - prob))[:, None]).T @ design)
    scores = design * (truth - prob)[:, None]
    if groups is not None:
        _, code = np.unique(groups, return_inverse=True)
        scores = np.stack([np.bincount(code, weights=column) for column in scores.T], axis=1)
    covariance: Array = np.asarray(bread @ (scores.T @ scores) @ bread, dtype=np.float64)
    return covariance
