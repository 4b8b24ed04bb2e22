"""Cases in bins of like probability, and sums over the bins: of the data, or of many resamples at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.metrics.ece import compute_bin_index
from core.metrics.ece_equal_mass import compute_mass_index
from core.types import Binning

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Bins:
    """A division of N cases into bins that are runs of the cases sorted by probability.

    Attributes:
        order: (N,) intp, the cases from the least to the most probable.
        starts: (bins + 1,) intp; bin i holds ``order[starts[i]:starts[i + 1]]``.
    """

    order: NDArray[np.intp]
    starts: NDArray[np.intp]

    def cases(self, index: int) -> NDArray[np.intp]:
        """Positions of the cases of one bin."""
        return self.order[self.starts[index] : self.starts[index + 1]]

    def sum(self, values: NDArray[Any]) -> Array:
        """Sums over each bin: (..., N) to (..., bins), 0 in an empty one."""
        total = np.zeros((*values.shape[:-1], values.shape[-1] + 1))
        np.cumsum(values[..., self.order], axis=-1, out=total[..., 1:])
        return np.diff(total[..., self.starts], axis=-1)


def cut_bins(prob: NDArray[Any], bins: int, binning: Binning) -> Bins:
    """Divide cases as :func:`core.metrics.ece.ece` or :func:`core.metrics.ece_equal_mass.ece_equal_mass` do.

    Args:
        prob: (N,) float in [0, 1].
        bins: number of bins, at least 1.
        binning: ``"width"`` or ``"mass"``.

    Raises:
        ValueError: ``bins`` below 1 or an unknown binning.
    """
    if binning not in ("width", "mass"):
        raise ValueError(f"binning must be 'width' or 'mass', it is {binning!r}")
    values = np.asarray(prob, dtype=np.float64)
    index = compute_bin_index(values, bins) if binning == "width" else compute_mass_index(values, bins)
    order = np.argsort(values, kind="stable")
    return Bins(order, np.searchsorted(index[order], np.arange(bins + 1)))


def find_edges(prob: NDArray[Any], bins: Bins, binning: Binning) -> Array:
    """(bins + 1,) edges, from 0 to 1; an inner edge of equal-mass bins is the next bin's least probability.

    An empty equal-mass bin has no width: both its edges are where the next one begins.
    """
    count = len(bins.starts) - 1
    if binning == "width":
        return np.linspace(0, 1, count + 1)
    ordered = np.append(np.asarray(prob, dtype=np.float64)[bins.order], 1.0)
    edges = ordered[bins.starts]
    edges[0], edges[-1] = 0.0, 1.0
    return edges


def spread_over_bins(values: NDArray[Any], bins: Bins) -> Array:
    """(N, bins) columns with each case's value in the column of its bin; weights @ columns sums the bins."""
    count = len(bins.starts) - 1
    columns = np.zeros((len(bins.order), count))
    columns[bins.order, np.repeat(np.arange(count), np.diff(bins.starts))] = values[bins.order]
    return columns


def combine_gaps(gaps: Array, totals: Array) -> Array:
    """ECE from (b, bins) sums of probability minus truth and (b,) numbers of cases: (b,)."""
    return np.asarray(np.abs(gaps).sum(axis=1) / totals)


def combine_squares(n: Array, positive: Array, gaps: Array, totals: Array) -> Array:
    """Square of the debiased error, not clipped at 0, from (b, bins) sums over equal-mass bins: (b,).

    The formula of :func:`core.metrics.ece_debiased.ece_debiased`.
    """
    enough = n > 1
    size = np.where(enough, n, 2.0)
    share = positive / size
    each = n * ((gaps / size) ** 2 - share * (1 - share) / (size - 1))
    return np.asarray(np.where(enough, each, 0.0).sum(axis=1) / totals)
