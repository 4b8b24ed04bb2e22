"""Whether a map survives what does not change the picture's meaning: mirroring it, and a little noise.

A lesion in a mirror is the same lesion, and noise of :data:`NOISE` is below what a camera adds in poor light.
A map that moves under them says more about the method or the network than about the lesion. The figure is
Spearman's correlation of the map with the map of the changed picture, mirrored back. Maps finer than
:data:`FINEST` cells a side are averaged to that first: single pixels of a gradient are noise to any reader.

A network that averages over mirror images gives the same map for them by construction, and passes these two
without having been tested; :attr:`core.networks.base.Network.symmetry` says so.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import torch
from numpy.typing import NDArray
from scipy import stats
from torch import Tensor

from core.explain.attention import CONSTANT_RANGE
from core.explain.faithfulness import fit_to_grid
from core.explain.subject import OnProgress, ignore_progress
from core.types import Heatmap

NOISE = 0.02
"""Standard deviation of the noise, of grey values in [0, 1]."""
FINEST = 14
SLOW_PASSES = 32
"""A method of more passes than this is tried with noise only: three maps more would be too long a wait."""
MIRRORED_ACROSS, MIRRORED_DOWN, NOISY = "mirrored left to right", "mirrored top to bottom", "slightly noisy"
_SEED = 1904


def rank_alike(one: Heatmap, other: Heatmap) -> float:
    """Spearman's correlation of two maps of one grid, in [-1, 1], ties at their mean rank.

    A map that is the same everywhere has no order to share: 0.

    Raises:
        ValueError: the maps' grids differ.
    """
    if one.values.shape != other.values.shape:
        raise ValueError(f"maps must have one grid, they have {one.values.shape} and {other.values.shape}")
    first, second = _coarsen(one.values), _coarsen(other.values)
    if min(np.ptp(first), np.ptp(second)) <= CONSTANT_RANGE or first.size < 3:
        return 0.0
    return float(stats.spearmanr(first.ravel(), second.ravel()).statistic)


def measure_stability(
    explain: Callable[[Tensor], Heatmap],
    x: Tensor,
    *,
    heatmap: Heatmap | None = None,
    passes: int = 1,
    on_progress: OnProgress | None = None,
) -> tuple[tuple[str, float], ...]:
    """How alike a method's maps of a picture and of slightly changed copies order their cells.

    Args:
        explain: a method with its network and class; given (1, 3, H, W).
        x: (1, 3, H, W) float RGB in [0, 1].
        heatmap: the map of ``x``, where it is known already; not empty.
        passes: of the method (:attr:`core.explain.base.Explainer.passes`); above :data:`SLOW_PASSES` only
            noise is tried, and the answer has one entry.
        on_progress: called after every map; may raise.

    Returns:
        What was done to the picture, in words, and Spearman's correlation; 0 where the map of the changed
        picture is empty or even.

    Raises:
        ValueError: the map of ``x`` is empty or even: it has no order that could last.
    """
    original = heatmap or explain(x)
    if np.ptp(original.values) <= CONSTANT_RANGE:
        raise ValueError("heatmap must not be the same everywhere")
    trials: list[tuple[str, Tensor, int | None]] = [(NOISY, add_noise(x), None)]
    if passes <= SLOW_PASSES:
        mirrored = [(MIRRORED_ACROSS, x.flip(3), 1), (MIRRORED_DOWN, x.flip(2), 0)]
        trials = [*mirrored, *trials]
    tell = on_progress or ignore_progress
    found = []
    for done, (words, changed, axis) in enumerate(trials, start=1):
        again = explain(changed)
        found.append((words, rank_alike(original, again if axis is None else _mirror(again, axis))))
        tell(done / len(trials))
    return tuple(found)


def add_noise(x: Tensor) -> Tensor:
    """Gaussian noise of :data:`NOISE`, the same for every picture of a size; stays in [0, 1]."""
    drawn = np.random.default_rng(_SEED).normal(0, NOISE, tuple(x.shape))
    return (x + torch.from_numpy(drawn).to(x)).clamp(0, 1)


def _mirror(heatmap: Heatmap, axis: int) -> Heatmap:
    return replace(heatmap, values=np.ascontiguousarray(np.flip(heatmap.values, axis)))


def _coarsen(values: NDArray[np.float32]) -> NDArray[np.float32]:
    return fit_to_grid(values, min(values.shape[0], FINEST), min(values.shape[1], FINEST))
