"""Images of a split in memory, and the order in which an epoch visits them.

Whatever is random depends on (seed, epoch) or (seed, epoch, batch) alone, so a run that is resumed at the
start of an epoch sees what the uninterrupted one saw.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from core.modalities.base import Preprocessing
from core.types import Sample

if TYPE_CHECKING:
    import torch
    from torch import Tensor


def generator_for(*key: int | str) -> torch.Generator:
    """A CPU generator whose state depends on the key alone, on every machine."""
    import torch

    digest = hashlib.sha256("/".join(str(part) for part in key).encode()).digest()
    return torch.Generator().manual_seed(int.from_bytes(digest[:8], "big") >> 1)


def load_images(
    samples: Sequence[Sample],
    preprocessing: Preprocessing,
    *,
    load: Callable[[Sample], NDArray[np.uint8]],
    on_image: Callable[[int, int], None] | None = None,
) -> Tensor:
    """Read and resize every sample with the code that serving uses.

    Args:
        samples: N samples.
        preprocessing: its :meth:`~core.modalities.base.Preprocessing.resized` is applied.
        load: gives a sample's pixels, (H, W, 3) uint8.
        on_image: told (images read, N) after each.

    Returns:
        (N, 3, height, width) uint8, in the samples' order.
    """
    import torch

    images = torch.empty(len(samples), 3, preprocessing.height, preprocessing.width, dtype=torch.uint8)
    for row, sample in enumerate(samples):
        resized = preprocessing.resized(load(sample))
        images[row] = torch.from_numpy(np.ascontiguousarray(resized.transpose(2, 0, 1)))
        if on_image is not None:
            on_image(row + 1, len(samples))
    return images


def load_targets(samples: Sequence[Sample], classes: Sequence[str]) -> Tensor:
    """Class indices (N,) int64 of the samples' labels; ValueError names a label that is not a class."""
    import torch

    index = {code: place for place, code in enumerate(classes)}
    for sample in samples:
        if sample.label not in index:
            raise ValueError(f"label {sample.label!r} of {sample.image_id} is none of {', '.join(classes)}")
    return torch.tensor([index[sample.label] for sample in samples], dtype=torch.int64)


@dataclass(frozen=True)
class EpochBatches:
    """Row numbers of one split, batch by batch, newly shuffled or drawn each epoch.

    Iterating yields pairs (batch number, rows (B,) int64). The last, incomplete batch is left out, since its
    statistics would be noise to batch normalisation; a split smaller than a batch is one batch.

    Attributes:
        count: rows of the split.
        batch_size: rows of a batch.
        seed: of the run.
        epoch: asked at the start of each iteration, from 0.
        weights: (count,) float64; each row of an epoch is drawn with replacement, in proportion to them
            (DR2). None visits every row once.
    """

    count: int
    batch_size: int
    seed: int
    epoch: Callable[[], int]
    weights: Tensor | None = None

    def __post_init__(self) -> None:
        if self.count < 1 or self.batch_size < 1:
            raise ValueError(f"count is {self.count}, batch_size {self.batch_size}; both must be positive")
        if self.weights is not None and self.weights.shape != (self.count,):
            raise ValueError(f"weights must be ({self.count},), they are {tuple(self.weights.shape)}")

    def __len__(self) -> int:
        return max(1, self.count // self.batch_size)

    def __iter__(self) -> Iterator[tuple[int, Tensor]]:
        import torch

        generator = generator_for(self.seed, "order", self.epoch())
        if self.weights is None:
            order = torch.randperm(self.count, generator=generator)
        else:
            order = torch.multinomial(self.weights, self.count, replacement=True, generator=generator)
        for number in range(len(self)):
            yield number, order[number * self.batch_size : (number + 1) * self.batch_size]


@dataclass(frozen=True)
class OrderedBatches:
    """Row numbers of one split in order, nothing left out; yields as :class:`EpochBatches` does."""

    count: int
    batch_size: int

    def __len__(self) -> int:
        return -(-self.count // self.batch_size)

    def __iter__(self) -> Iterator[tuple[int, Tensor]]:
        import torch

        yield from enumerate(torch.arange(self.count).split(self.batch_size))
