"""Pictures that are nearly the same, found by perceptual hashes, all pairs of them.

The hash is the signs of a picture's low frequencies (Zauner 2010, "Implementation and Benchmarking of
Perceptual Image Hash Functions", section 3.2: discrete cosine transform, against the median), 16 x 16 of
64 x 64 instead of Zauner's 8 x 8 of 32 x 32: slices of one organ agree in most of 64 bits although they show
different people.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
from numpy.typing import NDArray
from PIL import Image

THUMBNAIL = 64
"""Side in pixels of the grey picture that is transformed."""
SIDE = 16
"""Frequencies kept along each axis."""
BITS = SIDE * SIDE
GROUP_BOUND = 40
"""Bits of :data:`BITS` within which two chest slices are put in one group, chain by chain (single link).

Chosen on the 933 IQ-OTH/NCCD slices at hand, labels unseen: of the bounds 12 to 56 it agrees best with the
groups published beside them. A smaller bound separates neighbouring slices of one person, which leaks; from
48 on, chains join slices of different people until a division by group is hardly possible.
"""
COPY_BOUND = 12
"""Bits within which two slices are copies or next to each other, whatever a list of groups says."""
_ROWS = 256


def make_thumbnail(pixels: NDArray[np.uint8], side: int = THUMBNAIL) -> NDArray[np.float32]:
    """Grey picture of ``side`` x ``side`` pixels, (side, side) float32 in [0, 255], from means over boxes.

    Args:
        pixels: (H, W) or (H, W, 3) uint8. The aspect is not kept.
        side: of the result.
    """
    grey = Image.fromarray(pixels).convert("L").resize((side, side), Image.Resampling.BOX)
    return np.asarray(grey, dtype=np.float32)


def hash_thumbnail(thumbnail: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Perceptual hash of one thumbnail, (32,) uint8: 256 bits, set where a frequency exceeds their median.

    Args:
        thumbnail: (64, 64), as :func:`make_thumbnail` returns it.
    """
    from scipy.fft import dctn

    low = dctn(thumbnail, norm="ortho")[:SIDE, :SIDE].ravel()
    return np.packbits(low > np.median(low))


def hash_pictures(pictures: Iterable[NDArray[np.uint8]]) -> NDArray[np.uint8]:
    """Hashes of pictures, (N, 32) uint8; one picture is held at a time.

    Args:
        pictures: each (H, W) or (H, W, 3) uint8.
    """
    hashes = [hash_thumbnail(make_thumbnail(pixels)) for pixels in pictures]
    return np.stack(hashes) if hashes else np.zeros((0, BITS // 8), np.uint8)


def iterate_neighbours(
    hashes: NDArray[np.uint8], bound: int
) -> Iterator[tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.intp]]]:
    """Pairs whose hashes differ in at most ``bound`` bits, a few rows against all later ones at a time.

    Args:
        hashes: (N, B) uint8, packed bits.
        bound: bits, at least 0.

    Yields:
        first, second (first < second) and distance in bits, each (K,). Memory grows with N, not with N x N.

    Raises:
        ValueError: a negative bound.
    """
    if bound < 0:
        raise ValueError(f"bound must be at least 0, it is {bound}")
    signs = 2 * np.unpackbits(hashes, axis=1).astype(np.float32) - 1  # agreements minus differences, exact
    for start in range(0, len(signs), _ROWS):
        distance = (signs.shape[1] - signs[start : start + _ROWS] @ signs[start:].T) / 2
        first, second = np.nonzero(distance <= bound)
        later = second > first
        first, second = first[later], second[later]
        yield first + start, second + start, distance[first, second].astype(np.intp)


def cluster_hashes(
    hashes: NDArray[np.uint8], bound: int, *, groups: NDArray[np.intp] | None = None
) -> NDArray[np.intp]:
    """Join pictures whose hashes differ in at most ``bound`` bits, and whatever these are joined to.

    Single link: for dividing a set it matters that no near copy is left on the other side; that a cluster's
    ends may look different costs images, not honesty.

    Args:
        hashes: (N, B) uint8, packed bits.
        bound: bits, at least 0.
        groups: (N,) numbers of groups that are known and joined as well; None knows none.

    Returns:
        (N,) number of the cluster, in order of first appearance.
    """
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    none = np.zeros(0, np.intp)
    pairs = [(none, none, none), *iterate_neighbours(hashes, bound)]
    if groups is not None:
        order = np.argsort(groups, kind="stable")
        alike = groups[order[1:]] == groups[order[:-1]]
        pairs.append((order[:-1][alike], order[1:][alike], np.zeros(int(alike.sum()), np.intp)))
    first, second, _ = (np.concatenate(side) for side in zip(*pairs, strict=True))
    graph = coo_matrix((np.ones(len(first), bool), (first, second)), shape=(len(hashes),) * 2)
    _, labels = connected_components(graph, directed=False)
    _, places, inverse = np.unique(labels, return_index=True, return_inverse=True)
    return np.argsort(np.argsort(places))[inverse]
