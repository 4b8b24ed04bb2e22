"""Distance from the nearest class of the training pictures, in units of how they scatter.

Source: Lee et al. 2018, "A simple unified framework for detecting out-of-distribution samples and adversarial
attacks": one mean for each class, one covariance for all. The covariance is shrunk (Ledoit and Wolf 2004, "A
well-conditioned estimator for large-dimensional covariance matrices"). Only its largest directions are kept;
all others share their mean variance (Tipping and Bishop 1999, "Probabilistic principal component analysis").
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

COMPONENTS = 32
"""Directions kept: of 8, 16, 32, 64 and 128 the number that refused most of the pictures kept for choosing,
melanoma and fundus together."""


@dataclass(frozen=True)
class Mahalanobis:
    """Class means and a covariance, as its largest directions and what is left.

    Attributes:
        means: (C, F) float32, one row for each class that has training pictures.
        basis: (K, F) float32, orthonormal rows, K at least 0.
        variances: (K,) float32 along them, above 0.
        rest: variance along every other direction, above 0.
    """

    means: NDArray[np.float32]
    basis: NDArray[np.float32]
    variances: NDArray[np.float32]
    rest: float

    def distance(self, features: NDArray[np.floating]) -> NDArray[np.float64]:
        """(N, F) features to (N,) distances from the nearest class mean, in standard deviations."""
        basis = self.basis.astype(np.float64)
        nearest = np.full(len(features), np.inf)
        for mean in self.means.astype(np.float64):
            centred = np.asarray(features, dtype=np.float64) - mean
            along = centred @ basis.T
            left = np.maximum((centred**2).sum(axis=1) - (along**2).sum(axis=1), 0)
            squares = (along**2 / self.variances).sum(axis=1) + left / self.rest
            nearest = np.minimum(nearest, squares)
        return np.sqrt(nearest)


def fit_mahalanobis(
    features: NDArray[np.floating], target: NDArray[np.intp], *, components: int = COMPONENTS
) -> Mahalanobis:
    """Fit on the training pictures.

    Args:
        features: (N, F), N above 1.
        target: (N,) class of each.
        components: directions to keep; with F or more the distance is that of the whole shrunk covariance.

    Raises:
        ValueError: fewer than two pictures, or all of them alike.
    """
    from sklearn.covariance import ledoit_wolf_shrinkage

    values = np.asarray(features, dtype=np.float64)
    if len(values) < 2 or len(values) != len(target):
        raise ValueError(f"features must be two rows or more, one for each target, not {values.shape}")
    classes = np.unique(target)
    means = np.stack([values[target == place].mean(axis=0) for place in classes])
    centred = values - means[np.searchsorted(classes, target)]
    size = values.shape[1]
    _, singular, directions = np.linalg.svd(centred, full_matrices=False)
    variances = np.zeros(size)
    variances[: len(singular)] = singular**2 / len(values)
    if not variances[0] > 0:
        raise ValueError("features must differ within a class")
    shrinkage = float(ledoit_wolf_shrinkage(centred, assume_centered=True))
    variances = (1 - shrinkage) * variances + shrinkage * variances.mean()
    kept = min(components, len(directions))
    rest = float(variances[kept:].mean()) if kept < size else float(variances[-1])
    return Mahalanobis(
        means=means.astype(np.float32),
        basis=directions[:kept].astype(np.float32),
        variances=variances[:kept].astype(np.float32),
        rest=max(rest, float(np.finfo(np.float32).tiny)),
    )
