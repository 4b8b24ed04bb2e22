"""Dividing samples into train, val and test so that no group crosses and every class keeps its share."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from core.data.base import sample_key
from core.errors import DataError
from core.types import Sample

SplitName = Literal["train", "val", "test"]
SPLIT_NAMES: tuple[SplitName, ...] = ("train", "val", "test")


@dataclass(frozen=True)
class Dropped:
    """A sample that was left out, as ``"source/image_id"``, and why in one clause."""

    key: str
    reason: str


@dataclass(frozen=True)
class Split:
    """Which sample went where, and enough to say so on a card.

    Attributes:
        assignment: ``"source/image_id"`` to split, sorted by key.
        counts: split to class code to number of samples.
        sha256: of the sorted assignment, one ``key<TAB>split`` line each, as 64 hexadecimal digits.
        seed: of the division.
        method: how it was done, in a sentence.
        dropped: what was left out and why, sorted by key.
    """

    assignment: Mapping[str, SplitName]
    counts: Mapping[str, Mapping[str, int]]
    sha256: str
    seed: int
    method: str
    dropped: tuple[Dropped, ...] = ()

    def prevalence(self, positives: Collection[str]) -> dict[str, float]:
        """Share of the positive classes in each split, in [0, 1]; an empty split has none."""
        return {
            name: sum(n for code, n in classes.items() if code in positives) / sum(classes.values())
            for name, classes in self.counts.items()
            if sum(classes.values())
        }


def split_by_group(
    samples: Sequence[Sample], *, fractions: tuple[float, float, float] = (0.7, 0.15, 0.15), seed: int
) -> Split:
    """Divide samples by group, stratified by class, whatever split their publisher gave them.

    Args:
        samples: keys ``source/image_id`` must be unique.
        fractions: shares of train, val and test; they sum to 1.
        seed: same samples and seed, same split, in any order of the samples and on any machine.

    Raises:
        DataError: no samples, or two have one key.
        ValueError: fractions are not three shares that sum to 1.
    """
    if not samples:
        raise DataError("split", "no samples to divide", "Check the data set with: python -m core data check")
    shares = dict(zip(SPLIT_NAMES, fractions, strict=True))
    by_group = divide(samples, shares, seed=seed)
    percent = "/".join(f"{100 * share:g}" for share in fractions)
    method = f"by group, stratified by class, {percent} % train/val/test"
    return record_split([(sample, by_group[sample.group]) for sample in samples], seed=seed, method=method)


def divide(
    samples: Iterable[Sample],
    shares: Mapping[SplitName, float],
    *,
    seed: int,
    stratum: Callable[[Sample], str] = lambda sample: sample.label,
) -> dict[str, SplitName]:
    """Give each group one split so that every stratum comes as near to its shares as whole groups allow.

    Groups are taken largest first, equals in an order drawn from ``seed``; each goes where its strata
    are furthest below their quota. With single-sample groups at the end, a stratum misses its quota by
    less than one sample as a rule.

    Returns:
        Group to split.

    Raises:
        ValueError: shares outside [0, 1], or they do not sum to 1.
    """
    if any(not 0 <= share <= 1 for share in shares.values()) or abs(sum(shares.values()) - 1) > 1e-9:
        raise ValueError(f"shares must lie in [0, 1] and sum to 1, got {dict(shares)}")
    groups: dict[str, Counter[str]] = {}
    total: Counter[str] = Counter()
    for sample in samples:
        groups.setdefault(sample.group, Counter())[stratum(sample)] += 1
        total[stratum(sample)] += 1
    choices = [name for name, share in shares.items() if share > 0]
    need = {name: {key: shares[name] * n for key, n in total.items()} for name in choices}
    result: dict[str, SplitName] = {}
    for group in sorted(groups, key=lambda group: (-groups[group].total(), _draw(seed, group), group)):
        members = groups[group]

        def shortfall(name: SplitName, members: Counter[str] = members) -> tuple[float, float]:
            wanted = sum(n * need[name][key] for key, n in members.items())
            return (round(wanted, 9), round(sum(need[name].values()), 9))

        best = max(choices, key=shortfall)
        for key, n in members.items():
            need[best][key] -= n
        result[group] = best
    return result


def record_split(
    placed: Sequence[tuple[Sample, SplitName]], *, seed: int, method: str, dropped: Iterable[Dropped] = ()
) -> Split:
    """Build the record of a division, after checking that it leaks nothing.

    Raises:
        DataError: two samples have one key, or a group lies in two splits.
    """
    assignment: dict[str, SplitName] = {}
    home: dict[str, SplitName] = {}
    counts: dict[str, Counter[str]] = {name: Counter() for name in SPLIT_NAMES}
    for sample, name in placed:
        key = sample_key(sample)
        if key in assignment:
            raise DataError(key, "two samples have this id", "Remove one of them from the data set")
        if home.setdefault(sample.group, name) != name:
            raise DataError(
                sample.group, f"this group lies in {home[sample.group]} and in {name}", "Divide by group"
            )
        assignment[key] = name
        counts[name][sample.label] += 1
    ordered = dict(sorted(assignment.items()))
    text = "".join(f"{key}\t{name}\n" for key, name in ordered.items())
    return Split(
        assignment=ordered,
        counts={name: dict(sorted(classes.items())) for name, classes in counts.items()},
        sha256=hashlib.sha256(text.encode()).hexdigest(),
        seed=seed,
        method=method,
        dropped=tuple(sorted(dropped, key=lambda entry: entry.key)),
    )


def _draw(seed: int, group: str) -> str:
    """A pseudo-random sort key that no version of numpy or Python changes."""
    return hashlib.sha256(f"{seed}/{group}".encode()).hexdigest()
