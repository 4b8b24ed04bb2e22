"""Maps to better probabilities than a pair ships with, fitted on validation cases, as plain numbers."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from core.errors import DataError
from core.evaluation.calibration import TEMPERATURE_BOUNDS, fit_temperature
from core.evaluation.logistic import fit_logistic, safe_logit
from core.evaluation.temperature import undo_temperature
from core.types import CalibrationMap, HeldOut, MapMethod, Role

Array = NDArray[np.float64]

METHODS: tuple[MapMethod, ...] = ("as_shipped", "as_trained", "temperature", "platt", "isotonic")
"""Every kind of map, in the order of tables."""

ENOUGH_FOR_ISOTONIC = 1000
"""With fewer validation cases an isotonic map follows chance (Niculescu-Mizil and Caruana 2005)."""

_TINY = float(np.finfo(np.float64).tiny)


def fit_map(
    method: MapMethod, validation: HeldOut, role: Role, *, shipped_temperature: float | None = None
) -> CalibrationMap:
    """Fit one map on validation cases.

    ``temperature`` divides the logarithms of all classes' probabilities by one number. ``platt`` is logistic
    regression of the truth on the logit of the positive probability, with Platt's smoothed targets (n + 1) /
    (n + 2) and 1 / (m + 2), which keep it finite when validation cases are separated perfectly.
    ``isotonic`` is the best never-falling step curve, joined by straight lines. ``as_trained`` fits nothing:
    it takes back the temperature that the card states. ``as_shipped`` leaves everything alone.

    Args:
        method: one of :data:`METHODS`.
        validation: cases that trained nothing and are not reported on.
        role: whose probabilities.
        shipped_temperature: the card's, needed for ``as_trained`` only.

    Raises:
        DataError: the validation cases are all positive or all negative.
        ValueError: the role was not measured, an unknown method, or no temperature for ``as_trained``.

    Source: Guo et al. 2017, "On calibration of modern neural networks"; Platt 1999, "Probabilistic outputs
    for support vector machines", section 2.2; Zadrozny and Elkan 2002, "Transforming classifier scores into
    accurate multiclass probability estimates".
    """
    if method not in METHODS or role not in validation.probs:
        raise ValueError(f"method and role must be known, they are {method!r} and {role!r}")
    if method == "as_shipped":
        return CalibrationMap(method, {}, (), validation.positives, 0, 0)
    if method == "as_trained":
        if shipped_temperature is None:
            raise ValueError("shipped_temperature must be given for as_trained")
        # probabilities are softmax(logits / T): their logarithm times T is the logits, up to a constant
        return CalibrationMap(
            method, {"temperature": 1 / shipped_temperature}, (), validation.positives, 0, 0
        )
    found = int(validation.truth.sum())
    if not 0 < found < validation.n:
        raise DataError(
            validation.title,
            f"{validation.n} cases, {found} positive; a calibration map needs positive and negative ones",
            "Choose other positive findings, or a pair with more validation cases",
        )
    fit = {"temperature": _fit_temperature, "platt": _fit_platt, "isotonic": _fit_isotonic}[method]
    parameters, knots, notes = fit(validation, role)
    return CalibrationMap(method, parameters, knots, validation.positives, validation.n, found, notes)


def apply_map(
    fitted: CalibrationMap, probs: NDArray[Any], positive_prob: NDArray[Any], classes: Sequence[str]
) -> tuple[Array, Array]:
    """Map probabilities as shipped.

    Platt's and the isotonic map change the summed probability of the positive classes; the classes on either
    side keep their proportions to one another (equal parts where all of a side was 0).

    Args:
        fitted: by :func:`fit_map`.
        probs: (N, C) float, rows sum to 1.
        positive_prob: (N,) float in [0, 1], the sum over the positive classes.
        classes: (C,) class codes of the columns.

    Returns:
        ``probs`` (N, C) and ``positive_prob`` (N,), mapped; rows sum to 1.
    """
    values, prob = np.asarray(probs, np.float64), np.asarray(positive_prob, np.float64)
    member = np.isin(np.asarray(classes), fitted.positives)
    if fitted.method == "as_shipped":
        return values, prob
    if fitted.method in ("as_trained", "temperature"):
        scaled = undo_temperature(values, 1 / fitted.parameters["temperature"])
        return scaled, np.clip(scaled[:, member].sum(axis=1), 0, 1)
    if fitted.method == "platt":
        mapped = expit(fitted.parameters["intercept"] + fitted.parameters["slope"] * safe_logit(prob))
    else:
        knots = np.array(fitted.knots)
        mapped = np.interp(prob, knots[:, 0], knots[:, 1])
    result = np.empty_like(values)
    for side, total in ((member, mapped), (~member, 1 - mapped)):
        result[:, side] = _share_out(values[:, side]) * total[:, None]
    return result, mapped


def _share_out(values: Array) -> Array:
    """Rows divided by their sums; equal parts where a row is all 0."""
    total = values.sum(axis=1, keepdims=True)
    equal = np.full_like(values, 1 / values.shape[1])
    return np.divide(values, total, out=equal, where=total > 0)


_Fitted = tuple[dict[str, float], tuple[tuple[float, float], ...], tuple[str, ...]]


def _fit_temperature(validation: HeldOut, role: Role) -> _Fitted:
    code = np.array([validation.classes.index(name) for name in validation.target.tolist()], dtype=np.intp)
    temperature = fit_temperature(np.log(np.maximum(validation.probs[role], _TINY)), code)
    notes: tuple[str, ...] = ()
    if not TEMPERATURE_BOUNDS[0] * 1.01 < temperature < TEMPERATURE_BOUNDS[1] * 0.99:
        notes = ("The best temperature lies outside the range that is searched.",)
    return {"temperature": temperature}, (), notes


def _fit_platt(validation: HeldOut, role: Role) -> _Fitted:
    odds, truth = safe_logit(validation.positive_prob[role]), validation.truth
    positives, negatives = int(truth.sum()), int((~truth).sum())
    soft = np.where(truth, (positives + 1) / (positives + 2), 1 / (negatives + 2))
    fit = fit_logistic(np.column_stack([np.ones(odds.size), odds]), soft)
    if fit is None:
        # probabilities that do not differ say nothing: the best line is flat
        share = float(soft.mean())
        return (
            {"intercept": math.log(share / (1 - share)), "slope": 0.0},
            (),
            ("All validation cases have the same probability, so the map gives every case the same one.",),
        )
    intercept, slope = map(float, fit.coefficients)
    notes = () if slope > 0 else ("The fitted line falls: on validation cases the ranking is reversed.",)
    return {"intercept": intercept, "slope": slope}, (), notes


def _fit_isotonic(validation: HeldOut, role: Role) -> _Fitted:
    from sklearn.isotonic import IsotonicRegression

    model = IsotonicRegression(y_min=0.0, y_max=1.0, out_of_bounds="clip")
    model.fit(validation.positive_prob[role], validation.truth.astype(np.float64))
    knots = tuple(zip(model.X_thresholds_.tolist(), model.y_thresholds_.tolist(), strict=True))
    notes = []
    if validation.n < ENOUGH_FOR_ISOTONIC:
        notes.append(
            f"Fitted on {validation.n} cases: with fewer than {ENOUGH_FOR_ISOTONIC:,}, a free curve follows "
            "chance as well as the network's habits."
        )
    if knots[0][1] == 0 or knots[-1][1] == 1:
        notes.append(
            "It says 0 % or 100 % to some cases; one surprise among them makes the likelihood very poor."
        )
    return {}, knots, tuple(notes)
