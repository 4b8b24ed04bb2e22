"""Whether what a map marks matters to the answer: deletion and insertion curves against random orders.

Source: Petsiuk et al. 2018, "RISE: Randomized Input Sampling for Explanation of Black-box Models",
section 4.3. **Deletion** takes a picture away, most marked places first, and follows the probability of the
class: the sooner it falls, the better the map. **Insertion** gives the picture back in the same order: the
sooner it rises, the better. The figure is the area under each curve, between 0 and 1.

What is as in the paper: the two curves, the probability as the height, the area as the figure, a blurred
picture to insert into. What is not, and why:

- *Blocks.* The picture falls into :data:`GRID` x :data:`GRID` blocks, whatever the map's own resolution: no
  method is finer than another by being drawn finer. A map that is coarser is enlarged bilinearly, one that is
  finer is averaged. Where a map marks blocks alike (most have blocks at zero), their order is that of a fixed
  smooth random field, so that among them the map knows nothing, neither "from the top" nor "scattered".
- *Absence is blur for both curves* (:func:`core.explain.absence.blur_away`); the paper deletes to grey, which
  is itself something to see.
- *Shares* of the picture, :data:`SHARES`, are dense at both ends; areas are by the trapezoid rule.

**Random orders.** An area alone says little: it depends on the picture, the network and how blocks are
removed. It is therefore held against orders that know nothing of the picture but are as smooth as maps are:
for each entry of :data:`CELLS`, a square of so many random numbers is enlarged exactly as a map is. They are
the same for every method, network and picture. Each order also counts backwards: taking away in the opposite
order passes through the same pictures as giving back in the order itself, so a second order costs nothing,
and the random gaps (insertion less deletion) lie evenly on both sides of 0. An order that knows nothing lies
above all R of them with probability 1 / (R + 2): of R / 2 + 1 gaps it must be the one furthest from 0, and on
the right side of it.

Speed: copies of the picture are made and answered in batches of :data:`BATCH`, the whole and the absent
picture are answered once, and the random orders once for all methods and classes. On a processor a larger
batch is no faster, as it leaves the cache, and the melanoma pair's teacher takes 0.17 GB an image.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image

from core.explain.absence import blur_away
from core.explain.subject import OnProgress, ignore_progress
from core.types import Faithfulness

Scorer = Callable[[NDArray[np.float32]], NDArray[np.float64]]
"""(N, 3, H, W) float32 in [0, 1] to the (N,) probability of the class, in [0, 1]."""

ClassScorer = Callable[[NDArray[np.float32]], NDArray[np.float64]]
"""The same for all classes at once: (N, C)."""

GRID = 14
SHARES = (0.0, 0.02, 0.05, 0.1, 0.2, 0.35, 0.5, 0.65, 0.8, 0.9, 0.95, 0.98, 1.0)
"""Symmetric about one half, so that an order and its opposite are asked for the same pictures."""
CELLS = (3, 4, 5, 6, 7)
"""Numbers along each side of the random fields: from a map of a few large patches to one as fine as the
networks' own maps."""
BATCH = 2
_SEED, _TIES_SEED = 1709, 2017
_ALIKE_DIGITS = 5
"""Of the peak: blocks that differ by less are marked alike, whatever enlarging does to the last digit."""


@dataclass(frozen=True)
class RandomReference:
    """What random orders do to one class's probability in one picture and network.

    Attributes:
        shares: (K,) float64, rising from 0 to 1.
        deletion, insertion: (R, K) float64 in [0, 1], probability at each share.
    """

    shares: NDArray[np.float64]
    deletion: NDArray[np.float64]
    insertion: NDArray[np.float64]

    @property
    def deletion_aucs(self) -> NDArray[np.float64]:
        """(R,) areas under the deletion curves."""
        return compute_auc(self.shares, self.deletion)

    @property
    def insertion_aucs(self) -> NDArray[np.float64]:
        """(R,) areas under the insertion curves."""
        return compute_auc(self.shares, self.insertion)

    @property
    def prob_whole(self) -> float:
        """Probability of the class for the whole picture."""
        return float(self.deletion[0, 0])

    @property
    def prob_absent(self) -> float:
        """The same for the picture with everything taken away."""
        return float(self.insertion[0, 0])


def compute_auc(shares: NDArray[np.float64], probs: NDArray[np.float64]) -> NDArray[np.float64]:
    """Area under (..., K) probabilities over (K,) shares by the trapezoid rule: (...)."""
    return np.asarray(((probs[..., 1:] + probs[..., :-1]) / 2 * np.diff(shares)).sum(axis=-1))


def fit_to_grid(values: NDArray[np.float32], rows: int, columns: int) -> NDArray[np.float32]:
    """(h, w) to (rows, columns) over the same area: bilinear along an axis that grows, mean where it shrinks.

    Raises:
        ValueError: ``values`` is not a map (h, w) of finite numbers.
    """
    if values.ndim != 2 or 0 in values.shape or not bool(np.isfinite(values).all()):
        raise ValueError(f"values must be a map (h, w) of finite numbers, not {values.shape}")
    image = Image.fromarray(np.ascontiguousarray(values, dtype=np.float32))
    across, down = (
        Image.Resampling.BILINEAR if wanted >= given else Image.Resampling.BOX
        for wanted, given in ((columns, image.width), (rows, image.height))
    )
    image = image.resize((columns, image.height), across).resize((columns, rows), down)
    return np.asarray(image, dtype=np.float32)


def order_blocks(values: NDArray[np.float32], rows: int, columns: int) -> NDArray[np.intp]:
    """Numbers of the blocks, row by row, most marked first; see the module's text on ties.

    Args:
        values: (h, w) finite, any scale.
        rows, columns: of the grid of blocks.

    Raises:
        ValueError: ``values`` is not a map (h, w) of finite numbers.
    """
    field = np.random.default_rng(_TIES_SEED).random((max(CELLS), max(CELLS))).astype(np.float32)
    ties = fit_to_grid(field, rows, columns).ravel()
    marked = fit_to_grid(values, rows, columns).ravel()
    peak = float(np.abs(marked).max())
    return np.lexsort((-ties, -np.round(marked / (peak or 1.0), _ALIKE_DIGITS)))


def measure_references(
    score: ClassScorer, x: NDArray[np.float32], *, on_progress: OnProgress | None = None
) -> tuple[RandomReference, ...]:
    """What the random orders do to every class's probability; all classes cost no more than one.

    Args:
        score: answers altered copies of the picture.
        x: (1, 3, H, W) float32 in [0, 1], the network's own input.
        on_progress: called after every batch; may raise.

    Returns:
        One reference a class, in the order of the network's answers, of 2 ``len(CELLS)`` orders each.

    Raises:
        ValueError: ``x`` is not one image, or an answer is no probability.
    """
    copies = _Copies(x)
    rng = np.random.default_rng(_SEED)
    fields = [rng.random((side, side)).astype(np.float32) for side in CELLS]
    orders = [order_blocks(field, copies.rows, copies.columns) for field in fields]
    plain = _ask(score, [copies.picture, copies.absent], orders, copies, on_progress)
    (whole, absent), inner = plain[:2], plain[2:]
    curves = inner.reshape(len(orders), 2, len(copies.counts) - 2, -1)
    deletion = [_close(one[0], whole, absent) for one in curves]
    insertion = [_close(one[1], absent, whole) for one in curves]
    deletion, insertion = (
        [*deletion, *(curve[::-1] for curve in insertion)],
        [*insertion, *(curve[::-1] for curve in deletion)],
    )
    return tuple(
        RandomReference(
            copies.shares,
            np.stack([curve[:, index] for curve in deletion]),
            np.stack([curve[:, index] for curve in insertion]),
        )
        for index in range(plain.shape[1])
    )


def measure_reference(
    score: Scorer, x: NDArray[np.float32], *, on_progress: OnProgress | None = None
) -> RandomReference:
    """What the random orders do to one class's probability; once a picture, network and class.

    Args, raises: as :func:`measure_references`, for a scorer of one class.
    """
    return measure_references(lambda images: score(images)[:, None], x, on_progress=on_progress)[0]


def measure_faithfulness(
    score: Scorer,
    x: NDArray[np.float32],
    values: NDArray[np.float32],
    reference: RandomReference,
    *,
    on_progress: OnProgress | None = None,
) -> Faithfulness:
    """Deletion and insertion curves of one map.

    Args:
        score: answers altered copies of the picture.
        x: (1, 3, H, W) float32 in [0, 1], the network's own input.
        values: (h, w) finite, the map; covers the picture.
        reference: of the same scorer and picture; the whole and the absent picture are taken from it.
        on_progress: called after every batch; may raise.

    Raises:
        ValueError: ``x`` is not one image, ``values`` no such map, ``reference`` of another grid, or an
            answer is no probability.
    """
    copies = _Copies(x)
    if not np.array_equal(reference.shares, copies.shares):
        raise ValueError("reference must be of the same picture, its shares differ")
    order = order_blocks(values, copies.rows, copies.columns)
    inner = _ask(lambda images: score(images)[:, None], [], [order], copies, on_progress)
    deleted, inserted = inner.reshape(2, len(copies.counts) - 2, 1)
    whole, absent = np.array([reference.prob_whole]), np.array([reference.prob_absent])
    deletion = _close(deleted, whole, absent)[:, 0]
    insertion = _close(inserted, absent, whole)[:, 0]
    return Faithfulness(
        shares=copies.shares,
        deletion=deletion,
        insertion=insertion,
        deletion_auc=float(compute_auc(copies.shares, deletion)),
        insertion_auc=float(compute_auc(copies.shares, insertion)),
        random_deletion_aucs=reference.deletion_aucs,
        random_insertion_aucs=reference.insertion_aucs,
        random_deletion=reference.deletion,
        random_insertion=reference.insertion,
    )


class _Copies:
    """The picture, the same without detail, and any mixture of the two by blocks."""

    def __init__(self, x: NDArray[np.float32]) -> None:
        if x.ndim != 4 or x.shape[:2] != (1, 3):
            raise ValueError(f"x must be one image (1, 3, H, W), not {x.shape}")
        self.picture = np.ascontiguousarray(x[0], dtype=np.float32)
        self.absent = blur_away(torch.from_numpy(self.picture[None])).numpy()[0]
        height, width = x.shape[2:]
        self.rows, self.columns = min(GRID, height), min(GRID, width)
        self._heights = np.diff(np.rint(np.linspace(0, height, self.rows + 1)).astype(int))
        self._widths = np.diff(np.rint(np.linspace(0, width, self.columns + 1)).astype(int))
        blocks = self.rows * self.columns
        first = np.rint(np.array([share for share in SHARES if share < 0.5]) * blocks).astype(int)
        middle = {blocks // 2, blocks - blocks // 2}
        self.counts: list[int] = sorted({*first.tolist(), *(blocks - first).tolist(), *middle})
        self.shares = np.array(self.counts, dtype=np.float64) / blocks

    def take(self, order: NDArray[np.intp], count: int) -> NDArray[np.float32]:
        """(3, H, W), the picture with the first ``count`` blocks of an order taken away."""
        return np.where(self._cover(order, count), self.absent, self.picture)

    def give(self, order: NDArray[np.intp], count: int) -> NDArray[np.float32]:
        """(3, H, W), the absent picture with the first ``count`` blocks of an order given back."""
        return np.where(self._cover(order, count), self.picture, self.absent)

    def along(self, orders: Sequence[NDArray[np.intp]]) -> Iterator[NDArray[np.float32]]:
        """Both curves of each order without their ends: deletion first."""
        inner = self.counts[1:-1]
        for order in orders:
            yield from (self.take(order, count) for count in inner)
            yield from (self.give(order, count) for count in inner)

    def _cover(self, order: NDArray[np.intp], count: int) -> NDArray[np.bool_]:
        blocks = np.zeros(self.rows * self.columns, dtype=bool)
        blocks[order[:count]] = True
        grid = blocks.reshape(self.rows, self.columns)
        return grid.repeat(self._heights, axis=0).repeat(self._widths, axis=1)


def _ask(
    score: ClassScorer,
    plain: Sequence[NDArray[np.float32]],
    orders: Sequence[NDArray[np.intp]],
    copies: _Copies,
    on_progress: OnProgress | None,
) -> NDArray[np.float64]:
    """Probabilities (N, C) of some pictures and of both curves of every order, in batches."""
    tell = on_progress or ignore_progress
    total = len(plain) + 2 * len(orders) * (len(copies.counts) - 2)
    images = chain(plain, copies.along(orders))
    found: list[NDArray[np.float64]] = []
    done = 0
    while batch := list(islice(images, BATCH)):
        probs = np.asarray(score(np.stack(batch)), dtype=np.float64)
        if probs.ndim != 2 or len(probs) != len(batch) or not bool(((probs >= 0) & (probs <= 1)).all()):
            raise ValueError(f"score must answer one probability an image, not {probs.shape}")
        found.append(probs)
        done += len(batch)
        tell(done / total)
    return np.concatenate(found)


def _close(
    inner: NDArray[np.float64], first: NDArray[np.float64], last: NDArray[np.float64]
) -> NDArray[np.float64]:
    """A curve (K - 2, C) with its ends, (K, C)."""
    return np.concatenate([first[None], inner, last[None]])
