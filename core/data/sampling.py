"""Answers to class imbalance: class weights for the loss, and weights for a sampler. Use one of the two."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray

ClassWeighting = Literal["none", "inverse_frequency", "effective_number"]


def class_counts(labels: Sequence[str], classes: Sequence[str]) -> NDArray[np.int64]:
    """Samples of each class, (C,) int64 in the order of ``classes``.

    Raises:
        ValueError: a label is not among the classes.
    """
    position = {code: index for index, code in enumerate(classes)}
    foreign = sorted(set(labels) - set(position))
    if foreign:
        raise ValueError(f"labels {foreign} are not among the classes {list(classes)}")
    return np.bincount([position[label] for label in labels], minlength=len(classes)).astype(np.int64)


def effective_number(counts: NDArray[np.int64], beta: float) -> NDArray[np.float64]:
    """Effective number of samples of each class, E(n) = (1 - beta^n) / (1 - beta).

    Args:
        counts: (C,) samples a class.
        beta: in [0, 1). With 0 every class that has samples counts 1; near 1 the number nears ``counts``.

    Returns:
        (C,) float64 in [0, n].

    Raises:
        ValueError: beta outside [0, 1).

    Source: Cui et al. 2019, "Class-Balanced Loss Based on Effective Number of Samples", eq. 2.
    """
    if not 0 <= beta < 1:
        raise ValueError(f"beta must lie in [0, 1), got {beta}")
    n = np.asarray(counts, dtype=np.float64)
    if beta == 0:
        return (n > 0).astype(np.float64)
    log_beta = np.log(beta)
    return np.asarray(np.expm1(n * log_beta) / np.expm1(log_beta))


def class_weights(
    counts: NDArray[np.int64], kind: ClassWeighting, *, beta: float = 0.999, power: float = 1.0
) -> NDArray[np.float64]:
    """Weight of each class in the loss, scaled so that the mean over *samples* is 1.

    With that scale the loss keeps its size, so a learning rate chosen without weights still fits.

    Args:
        counts: (C,) samples a class in the training split; at least one sample in all.
        kind: ``"none"`` all 1; ``"inverse_frequency"`` 1/n; ``"effective_number"`` 1/E(n).
        beta: of the effective number, in [0, 1).
        power: exponent on the weights before scaling; 0.5 is the square-root compromise, 0 is ``"none"``.

    Returns:
        (C,) float64, at least 0; a class without samples has weight 0, as it cannot occur.

    Raises:
        ValueError: no samples, a negative count or power, an unknown kind, or beta outside [0, 1).
    """
    n = np.asarray(counts, dtype=np.float64)
    if n.ndim != 1 or n.sum() <= 0 or (n < 0).any():
        raise ValueError(f"counts must be a list of numbers of samples, at least one above 0, got {counts}")
    if power < 0:
        raise ValueError(f"power must not be negative, got {power}")
    if kind == "none":
        basis = np.ones_like(n)
    elif kind == "inverse_frequency":
        basis = n
    elif kind == "effective_number":
        basis = effective_number(counts, beta)
    else:
        raise ValueError(f"kind must be none, inverse_frequency or effective_number, got {kind!r}")
    present = n > 0
    raw = np.zeros_like(n)
    raw[present] = basis[present] ** -power
    return np.asarray(raw * n.sum() / (raw * n).sum())


def sampler_weights(labels: Sequence[str], classes: Sequence[str]) -> NDArray[np.float64]:
    """Weight of each sample in a weighted random sampler, w_i = N / n_(class of i).

    Every class that has samples is then drawn equally often in the mean.

    Returns:
        (N,) float64, at least 1, in the order of ``labels``.

    Raises:
        ValueError: a label is not among the classes.
    """
    class_counts(labels, classes)
    position = {code: index for index, code in enumerate(classes)}
    return index_weights(np.asarray([position[label] for label in labels], dtype=np.int64))


def index_weights(target: NDArray[np.int64]) -> NDArray[np.float64]:
    """:func:`sampler_weights` of class indices (N,) int64."""
    return np.asarray(len(target) / np.bincount(target)[target], dtype=np.float64)


def correction_warning(*, weighted_sampler: bool, weighting: ClassWeighting) -> str | None:
    """Say that imbalance is corrected twice, or None if it is not.

    A weighted sampler shows the classes equally often already; class weights on top then favour the rare
    classes over the frequent ones, and probabilities are too high for them.
    """
    if not weighted_sampler or weighting == "none":
        return None
    return (
        f"The weighted sampler and the class weights ({weighting}) both correct for class imbalance: rare "
        "classes are favoured twice. Turn one of them off."
    )
