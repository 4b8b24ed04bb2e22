"""Pairs of images that a division should have kept together, check by check.

Checks of looks go from strict to loose and each leaves out what a stricter one found: the same bytes; the
same pixels in other bytes; other pixels that look alike; other looks that a network sees alike.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import combinations, islice, product
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from core.data.fingerprints import Fingerprints
from core.data.near_duplicates import iterate_neighbours
from core.data.split_table import Identity, TableRow

Check = Literal["id", "patient", "lesion", "group", "bytes", "pixels", "looks", "features"]

LOOKS_BOUND = 12
"""Bits of 256. Of 2,750 dermoscopy pictures every pair within 12 bits (13) is of one lesion; of 3,300 fundus
photographs every pair (138) is of one photograph, and from 16 bits on those of different people join. Of
chest slices 98 % of such pairs (842) are of one group."""
FEATURES_BOUND = 0.95
"""Cosine of the angle between two feature vectors, at least. A network that tells classes is a poor judge
of identity: of 972 ISIC pictures the shipped melanoma student sees 57 pairs so much alike, 13 of one lesion,
and pictures of one lesion that hashes miss have 0.63 to 0.96. The fundus student sees whole grades alike."""
MOST_PAIRS = 10_000
"""Pairs listed of each check; all are counted."""
_ROWS = 256


@dataclass(frozen=True)
class LeakPair:
    """Two images that a check joins, as places in the table; ``distance`` is None for an identity or a copy.

    It counts bits of 256 for ``looks`` and is 1 minus the cosine for ``features``.
    """

    check: Check
    first: int
    second: int
    distance: float | None = None


@dataclass
class Finding:
    """What one check found.

    Attributes:
        check: which.
        pairs: pairs in different splits, all of them.
        touched: (N,) bool, images of such pairs.
        listed: the first :data:`MOST_PAIRS` of them.
        conflicts: pairs of copies, in different splits or not, whose labels differ, all of them.
        listed_conflicts: the first :data:`MOST_PAIRS` of those.
    """

    check: Check
    touched: NDArray[np.bool_]
    pairs: int = 0
    listed: list[LeakPair] = field(default_factory=list)
    conflicts: int = 0
    listed_conflicts: list[LeakPair] = field(default_factory=list)


def check_identities(rows: Sequence[TableRow]) -> list[Finding]:
    """Rows of one id, patient, lesion or group in several splits; one finding a kind that the table has."""
    kinds = [kind for kind in get_args(Identity) if any(kind in row.identity for row in rows)]
    return [_match(rows, kind, [row.identity.get(kind, "") for row in rows]) for kind in kinds]


def check_copies(rows: Sequence[TableRow], prints: Fingerprints) -> list[Finding]:
    """Files of the same bytes, and files of the same pixels in other bytes."""
    return [
        _match(rows, "bytes", prints.file_hash),
        _match(rows, "pixels", prints.pixel_hash, apart=prints.file_hash),
    ]


def check_looks(rows: Sequence[TableRow], prints: Fingerprints, bound: int = LOOKS_BOUND) -> Finding:
    """Pictures of other pixels whose perceptual hashes differ in at most ``bound`` bits."""
    places = np.flatnonzero(prints.readable)
    pixels = _codes(prints.pixel_hash)
    tally = _Tally(rows, "looks")
    for first, second, distance in iterate_neighbours(prints.looks[places], bound):
        one, other = places[first], places[second]
        tally.add(one, other, distance.astype(float), pixels[one] != pixels[other])
    return tally.finding


def check_features(
    rows: Sequence[TableRow],
    prints: Fingerprints,
    features: NDArray[np.float32],
    *,
    bound: float = FEATURES_BOUND,
    looks_bound: int = LOOKS_BOUND,
) -> Finding:
    """Pictures whose features point the same way and which do not look alike already.

    Args:
        rows: N rows.
        prints: of these rows.
        features: (R, C) of the R readable rows, in their order.
        bound: least cosine, in (-1, 1].
        looks_bound: pairs that :func:`check_looks` finds with it are left out.

    Raises:
        ValueError: the features are not of as many images as can be read.
    """
    places = np.flatnonzero(prints.readable)
    if len(features) != len(places):
        raise ValueError(f"features of {len(features)} images, {len(places)} can be read")
    unit = features / np.maximum(np.linalg.norm(features, axis=1, keepdims=True), 1e-12)
    tally = _Tally(rows, "features", labels=False)
    for start in range(0, len(unit), _ROWS):
        cosine = unit[start : start + _ROWS] @ unit[start:].T
        first, second = np.nonzero(cosine >= bound)
        later = second > first
        first, second = first[later], second[later]
        one, other = places[first + start], places[second + start]
        differ = np.unpackbits(prints.looks[one] ^ prints.looks[other], axis=1).sum(axis=1, dtype=int)
        tally.add(one, other, 1 - cosine[first, second].astype(float), differ > looks_bound)
    return tally.finding


class _Tally:
    """Counts pairs of one check and keeps the first of them."""

    def __init__(self, rows: Sequence[TableRow], check: Check, *, labels: bool = True) -> None:
        self.finding = Finding(check, np.zeros(len(rows), bool))
        self._splits = _codes([row.split for row in rows])
        self._labels = _codes([row.label for row in rows])
        self._labelled = np.array([labels and bool(row.label) for row in rows], bool)

    def add(
        self,
        one: NDArray[np.intp],
        other: NDArray[np.intp],
        distance: NDArray[np.float64],
        counts: NDArray[np.bool_],
    ) -> None:
        """Take in pairs (K,) that the check joins, those where ``counts``."""
        found = self.finding
        across = counts & (self._splits[one] != self._splits[other])
        found.pairs += int(across.sum())
        found.touched[one[across]] = found.touched[other[across]] = True
        differ = counts & (self._labels[one] != self._labels[other])
        differ &= self._labelled[one] & self._labelled[other]
        found.conflicts += int(differ.sum())
        for kept, listed in ((across, found.listed), (differ, found.listed_conflicts)):
            chosen = np.flatnonzero(kept)[: MOST_PAIRS - len(listed)]
            listed.extend(
                LeakPair(found.check, int(one[k]), int(other[k]), float(distance[k])) for k in chosen
            )


def _match(
    rows: Sequence[TableRow], check: Check, keys: Sequence[str], *, apart: Sequence[str] | None = None
) -> Finding:
    """Pairs with one key (empty keys join nothing) and, where ``apart`` is given, different values of it."""
    found = Finding(check, np.zeros(len(rows), bool))
    same_is_copy = check in ("id", "bytes", "pixels")
    for cells in sorted(_cells(rows, keys, apart), key=lambda cells: -sum(map(len, cells.values()))):
        for (one, left), (other, right) in combinations(cells.items(), 2):
            if apart is not None and one[0] == other[0]:
                continue
            if one[1] != other[1]:
                found.pairs += len(left) * len(right)
                found.touched[left + right] = True
                _extend(found.listed, check, left, right)
            if same_is_copy and one[2] and other[2] and one[2] != other[2]:
                found.conflicts += len(left) * len(right)
                _extend(found.listed_conflicts, check, left, right)
    return found


def _extend(listed: list[LeakPair], check: Check, left: Sequence[int], right: Sequence[int]) -> None:
    """List every place on the left with every place on the right while there is room."""
    pairs = islice(product(left, right), MOST_PAIRS - len(listed))
    listed.extend(LeakPair(check, min(pair), max(pair)) for pair in pairs)


def _cells(
    rows: Sequence[TableRow], keys: Sequence[str], apart: Sequence[str] | None
) -> Iterator[dict[tuple[str, str, str], list[int]]]:
    """For every key of several rows: (value of ``apart``, split, label) to places in the table."""
    by_key: dict[str, dict[tuple[str, str, str], list[int]]] = {}
    for place, (row, key) in enumerate(zip(rows, keys, strict=True)):
        if key:
            cell = ("" if apart is None else apart[place], row.split, row.label)
            by_key.setdefault(key, {}).setdefault(cell, []).append(place)
    return (cells for cells in by_key.values() if len(cells) > 1)


def _codes(values: Sequence[str]) -> NDArray[np.intp]:
    """A number for each distinct value."""
    return np.unique(np.array(values, dtype=object).astype(str), return_inverse=True)[1]
