"""Distance from the k-th nearest of the training pictures, on the unit sphere of features.

Source: Sun et al. 2022, "Out-of-distribution detection with deep nearest neighbors".
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

BANK = 1000
"""Training pictures kept at most."""
NEIGHBOUR = 10
"""Which nearest one the distance is measured to."""
_SMALLEST = 1e-12


@dataclass(frozen=True)
class Neighbours:
    """Features of training pictures, divided by their length.

    Attributes:
        bank: (M, F) float32, rows of length 1.
        k: which nearest one is measured to, from 1, at most M.
    """

    bank: NDArray[np.float32]
    k: int

    def distance(self, features: NDArray[np.floating]) -> NDArray[np.float64]:
        """(N, F) features to (N,) distances in [0, 2]."""
        cosines = _normalise(features) @ self.bank.astype(np.float64).T
        place = self.bank.shape[0] - self.k
        found = np.partition(cosines, place, axis=1)[:, place]
        return np.sqrt(np.maximum(2 - 2 * found, 0))


def fit_neighbours(
    features: NDArray[np.floating], *, k: int = NEIGHBOUR, size: int = BANK, seed: int = 0
) -> Neighbours:
    """Keep the training pictures, or ``size`` of them drawn at random.

    Args:
        features: (N, F), N above 0.
        k: which nearest one is measured to; fewer pictures lower it to their number.
        size: pictures kept at most.
        seed: of the draw.

    Raises:
        ValueError: no pictures, or k or size below 1.
    """
    if not len(features) or k < 1 or size < 1:
        raise ValueError(f"features must hold a row, k and size at least 1, not {len(features)}, {k}, {size}")
    values = _normalise(features)
    if len(values) > size:
        values = values[np.sort(np.random.default_rng(seed).permutation(len(values))[:size])]
    return Neighbours(values.astype(np.float32), min(k, len(values)))


def _normalise(features: NDArray[np.floating]) -> NDArray[np.float64]:
    values = np.asarray(features, dtype=np.float64)
    return values / np.maximum(np.linalg.norm(values, axis=1, keepdims=True), _SMALLEST)
