"""Resamples of groups within strata: as case indices, or as how often each case was drawn.

The second form is what makes many resamples cheap. Cases are never copied: what does not change from one
resample to the next (the order of the probabilities, the bins) is computed once, and statistics become sums
over blocks of weights, see :mod:`core.evaluation.weighted`. Both forms come from one stream of draws, so a
seed means the same resamples in either.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.evaluation.weighted import WeightedMetrics

Groups = Sequence[Any] | NDArray[Any]

BLOCK_BYTES = 1 << 20
"""Size of a block of weights. With what is computed from it, it should fit the cache of one core."""


@dataclass(frozen=True)
class _Pools:
    """Groups that may be drawn: ``groups`` has those of each stratum, ``code`` (N,) the group of a case."""

    groups: tuple[NDArray[np.intp], ...]
    code: NDArray[np.intp]


def resample_groups(
    groups: Groups, strata: Groups, *, resamples: int, seed: int
) -> Iterator[NDArray[np.intp]]:
    """Draw whole groups with replacement, within strata.

    A group belongs to the stratum of all the labels in it, so that every resample has as many groups of each
    composition as the data, and no resample lacks a label that the data has.

    Args:
        groups: (N,) group of each case.
        strata: (N,) label of each case, for example whether it is positive.
        resamples: how many to draw.
        seed: the same seed gives the same resamples, whatever is computed on them.

    Yields:
        (M,) case indices; M is N when all groups are of one size.

    Raises:
        ValueError: ``groups`` and ``strata`` are not of one length or empty, or ``resamples`` is below 1.
    """
    pools = _pool_groups(groups, strata)
    cases = np.argsort(pools.code, kind="stable")
    size = np.bincount(pools.code)
    start = np.cumsum(size) - size
    for positions in _draw_positions(pools, resamples, seed):
        drawn = np.concatenate([pool[at] for pool, at in zip(pools.groups, positions, strict=True)])
        sizes = size[drawn]
        before = np.cumsum(sizes) - sizes
        yield cases[np.repeat(start[drawn] - before, sizes) + np.arange(sizes.sum())]


def draw_weights(
    groups: Groups, strata: Groups, *, resamples: int, seed: int
) -> Iterator[NDArray[np.float64]]:
    """How often each case is in each resample of :func:`resample_groups`; same arguments, same draws.

    Yields:
        (b, N) float64 of whole numbers, C order, one row per resample, ``resamples`` rows in total in the
        order in which they were drawn. A block is new memory: it may be kept.

    Raises:
        ValueError: ``groups`` and ``strata`` are not of one length or empty, or ``resamples`` is below 1.
    """
    pools = _pool_groups(groups, strata)
    drawable = np.concatenate(pools.groups)
    slot = np.empty(drawable.size, dtype=np.intp)
    slot[drawable] = np.arange(drawable.size)
    of_case = slot[pools.code]
    ends = np.cumsum([pool.size for pool in pools.groups])
    rows = min(resamples, max(1, BLOCK_BYTES // (8 * of_case.size)))
    counts = np.empty((rows, drawable.size), dtype=np.float64)
    filled = 0
    for positions in _draw_positions(pools, resamples, seed):
        for at, end in zip(positions, ends, strict=True):
            counts[filled, end - at.size : end] = np.bincount(at, minlength=at.size)
        filled += 1
        if filled == rows:
            yield counts.take(of_case, axis=1)
            filled = 0
    if filled:
        yield counts[:filled].take(of_case, axis=1)


def resample_metrics(
    names: Sequence[str],
    prob: NDArray[Any],
    target: NDArray[Any],
    groups: Groups,
    *,
    threshold: float | None = None,
    resamples: int = 1000,
    seed: int = 0,
) -> dict[str, NDArray[np.float64]]:
    """Several metrics of one network on every resample, from one pass over the draws.

    Args:
        names: in the metric registry, all of the positive probability or all of every class's.
        prob, target: what the metrics take; groups are drawn within the labels of ``target``.
        groups: (N,) group of each case.
        threshold: for metrics that take one.
        resamples, seed: see :func:`resample_groups`.

    Returns:
        Metric to (resamples,) float64, in the order of the draws. NaN where a metric is undefined on a
        resample; a rate at a fixed sensitivity or specificity that only flagging everything or nothing
        attains is 0, the worst case.

    Raises:
        TypeError, ValueError, ConfigError: see :class:`core.evaluation.weighted.WeightedMetrics`;
            ``groups`` are not of the target's length, or there are no cases.
    """
    prepared = WeightedMetrics(names, prob, target, threshold=threshold)
    (found,) = resample_together([prepared], groups, target, resamples=resamples, seed=seed)
    return found


def resample_together(
    networks: Sequence[WeightedMetrics], groups: Groups, strata: Groups, *, resamples: int, seed: int
) -> list[dict[str, NDArray[np.float64]]]:
    """Metrics of several networks on the same resamples, so that their values can be subtracted in pairs.

    Args:
        networks: metrics prepared on the same (N,) cases, one entry per network.
        groups, strata, resamples, seed: see :func:`resample_groups`.

    Returns:
        Per network what :func:`resample_metrics` returns.
    """
    blocks: list[list[dict[str, NDArray[np.float64]]]] = [[] for _ in networks]
    for weights in draw_weights(groups, strata, resamples=resamples, seed=seed):
        for network, of_network in zip(networks, blocks, strict=True):
            of_network.append(network(weights))
    return [
        {name: np.concatenate([block[name] for block in of_network]) for name in network.names}
        for network, of_network in zip(networks, blocks, strict=True)
    ]


def _draw_positions(pools: _Pools, resamples: int, seed: int) -> Iterator[list[NDArray[np.int64]]]:
    """Per resample the positions drawn in each pool; the one place where random numbers are made."""
    if resamples < 1:
        raise ValueError(f"resamples must be at least 1, it is {resamples}")
    generator = np.random.default_rng(seed)
    for _ in range(resamples):
        yield [generator.integers(0, pool.size, pool.size) for pool in pools.groups]


def _pool_groups(groups: Groups, strata: Groups) -> _Pools:
    _, code = np.unique(np.asarray(groups), return_inverse=True)
    _, label = np.unique(np.asarray(strata), return_inverse=True)
    if code.shape != label.shape:
        raise ValueError(f"groups and strata must both be (N,), they are {code.shape} and {label.shape}")
    if not code.size:
        raise ValueError("groups must hold at least one case")
    holds = np.zeros((code.max() + 1, label.max() + 1), dtype=np.bool_)
    holds[code, label] = True
    kinds, kind = np.unique(holds, axis=0, return_inverse=True)
    order = sorted(range(len(kinds)), key=lambda index: np.flatnonzero(kinds[index]).tolist())
    return _Pools(tuple(np.flatnonzero(kind == index) for index in order), code)
