"""Exact distances between small persistence diagrams."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import maximum_bipartite_matching

from core.types import Diagram


def compute_wasserstein(first: NDArray[np.float64], second: NDArray[np.float64]) -> float:
    """1-Wasserstein distance: the least sum of moves that turns one diagram into the other.

    A point moves to a point of the other diagram or to the diagonal; a move's length is the larger of its
    change of birth and its change of death (sup norm). Solved exactly as an assignment problem.

    Args:
        first, second: (n, 2) and (m, 2) finite birth and death; either may be empty.

    Returns:
        Grey values, at least 0.
    """
    costs = _costs(first, second)
    rows, columns = linear_sum_assignment(costs)
    return float(costs[rows, columns].sum())


def compute_bottleneck(first: NDArray[np.float64], second: NDArray[np.float64]) -> float:
    """Bottleneck distance: the least possible longest move that turns one diagram into the other.

    Moves as in :func:`compute_wasserstein`. Found exactly: the smallest of all move lengths within which a
    perfect matching exists.

    Args, Returns: as :func:`compute_wasserstein`.
    """
    costs = _costs(first, second)
    if not costs.size:
        return 0.0
    lengths = np.unique(costs)
    low, high = 0, len(lengths) - 1
    while low < high:
        middle = (low + high) // 2
        matched = maximum_bipartite_matching(csr_matrix(costs <= lengths[middle]), perm_type="column")
        if (matched >= 0).all():
            high = middle
        else:
            low = middle + 1
    return float(lengths[low])


def compute_yardstick(diagrams: Sequence[Diagram]) -> tuple[float, float]:
    """Median 1-Wasserstein distance of H0 and of H1 over all pairs of diagrams of different eyes.

    Args:
        diagrams: at least 2, each of another eye. Every pair is compared: 20 eyes are 190 pairs.

    Returns:
        (H0, H1), grey values.

    Raises:
        ValueError: fewer than 2 diagrams.
    """
    if len(diagrams) < 2:
        raise ValueError(f"diagrams must be at least 2, there are {len(diagrams)}")
    pairs = list(combinations(diagrams, 2))
    first, second = (
        float(np.median([compute_wasserstein(a.of_dimension(k), b.of_dimension(k)) for a, b in pairs]))
        for k in (0, 1)
    )
    return first, second


def _costs(first: NDArray[np.float64], second: NDArray[np.float64]) -> NDArray[np.float64]:
    """(n + m, n + m) lengths of moves: point to point, point to the diagonal, and 0 within it."""
    a, b = (np.asarray(points, dtype=np.float64).reshape(-1, 2) for points in (first, second))
    costs = np.zeros((len(a) + len(b), len(a) + len(b)))
    costs[: len(a), : len(b)] = np.abs(a[:, None] - b[None]).max(axis=2)
    costs[: len(a), len(b) :] = ((a[:, 1] - a[:, 0]) / 2)[:, None]
    costs[len(a) :, : len(b)] = ((b[:, 1] - b[:, 0]) / 2)[None]
    return costs
