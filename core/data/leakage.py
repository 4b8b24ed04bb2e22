"""What dividing image by image leaks: copies of test images among those a network learns from (DR1).

Copies are files with identical bytes; what a reader holds in one group plays no part in finding them, so that
a division by group is measured here and not taken at its word.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import get_args

from core.data.audit import check_datasets
from core.data.base import DATASETS, read_samples, sample_key
from core.data.cohort import Grouping, build_cohort
from core.data.splits import Split, SplitName
from core.errors import DataError
from core.modalities.base import MODALITIES

SEEDS = 20


@dataclass(frozen=True)
class CopiesOverSeeds:
    """How many images of one part have a copy elsewhere, one division after another.

    Attributes:
        by_seed: images, seeds 0, 1, ...
        median, least, most: of ``by_seed``.
    """

    by_seed: tuple[int, ...]
    median: float = field(init=False)
    least: int = field(init=False)
    most: int = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "median", float(median(self.by_seed)))
        object.__setattr__(self, "least", min(self.by_seed))
        object.__setattr__(self, "most", max(self.by_seed))


@dataclass(frozen=True)
class Division:
    """One way of dividing a data set, over several seeds.

    Attributes:
        method: in a sentence.
        counts: split to class code to images, with seed 0, every class in the modality's order.
        sha256: of the assignment with seed 0; a division of the same seed by another command has the same.
        test_in_train: test images with a copy in training.
        test_in_train_or_val: test images with a copy in training or validation, which is learnt or chosen on.
        largest_accuracy_change: the largest share of test images, over the seeds, that have such a copy, in
            [0, 1]. Copies change the answers to these images only, so test accuracy cannot change by more on
            their account: it would if every one were right by memory and wrong without. An upper bound, no
            estimate.
    """

    method: str
    counts: Mapping[str, Mapping[str, int]]
    sha256: str
    test_in_train: CopiesOverSeeds
    test_in_train_or_val: CopiesOverSeeds
    largest_accuracy_change: float


@dataclass(frozen=True)
class LeakageReport:
    """What a division by group keeps from leaking.

    Attributes:
        dataset: registry name.
        images: found in the folder.
        disputed: of these left out of every division, since copies of them carry different labels.
        copies: images that share their bytes with another one, disputed ones left out.
        copy_sets: sets of such images.
        seeds: how many divisions of each kind.
        divisions: ``"by_group"``, as everything here is divided, and ``"ignored"``, image by image.
    """

    dataset: str
    images: int
    disputed: int
    copies: int
    copy_sets: int
    seeds: int
    divisions: Mapping[Grouping, Division]


def measure_leakage(name: str, root: Path, *, seeds: int = SEEDS) -> LeakageReport:
    """Divide one data set by group and image by image, and count the copies that end up on both sides.

    Both divisions are :func:`core.data.cohort.build_cohort`'s, 70/15/15 % for a set without published parts.

    Args:
        name: in the data-set registry.
        root: the set's own folder, or the folder that holds every set.
        seeds: how many divisions of each kind, seeds 0, 1, ...

    Raises:
        ConfigError: no data set of that name.
        DataError: it cannot be read, or one of its divisions has no test images.
        ValueError: ``seeds`` is below 1.
    """
    if seeds < 1:
        raise ValueError(f"seeds must be at least 1, it is {seeds}")
    samples = read_samples(name, root)
    kept = {sample_key(sample) for sample in samples if not sample.disputed}
    found = ([key for key in keys if key in kept] for keys in check_datasets(root, [name])[0].duplicates)
    copies = [keys for keys in found if len(keys) > 1]
    return LeakageReport(
        dataset=name,
        images=len(samples),
        disputed=len(samples) - len(kept),
        copies=sum(map(len, copies)),
        copy_sets=len(copies),
        seeds=seeds,
        divisions={way: _measure(name, root, way, copies, seeds) for way in get_args(Grouping)},
    )


def count_copies(split: Split, copies: Sequence[Sequence[str]], homes: Sequence[SplitName]) -> int:
    """How many test images of a division have a copy in one of ``homes``.

    Args:
        split: of the division; images that it dropped do not count.
        copies: sets of keys ``source/image_id`` with the same bytes.
        homes: parts to look in.
    """
    where = split.assignment
    return sum(
        sum(where.get(key) == "test" for key in keys)
        for keys in copies
        if any(where.get(key) in homes for key in keys)
    )


def _measure(name: str, root: Path, way: Grouping, copies: Sequence[Sequence[str]], seeds: int) -> Division:
    splits = [build_cohort([name], root, seed=seed, grouping=way).split for seed in range(seeds)]
    sizes = [sum(split.counts["test"].values()) for split in splits]
    if not min(sizes):
        raise DataError(name, "a division of it has no test images", "Divide a set of more images")
    codes = MODALITIES.get(DATASETS.get(name).modality).classes
    learnt = CopiesOverSeeds(tuple(count_copies(split, copies, ("train",)) for split in splits))
    chosen = CopiesOverSeeds(tuple(count_copies(split, copies, ("train", "val")) for split in splits))
    return Division(
        method=splits[0].method,
        counts={
            part: {code: found.get(code, 0) for code in codes} for part, found in splits[0].counts.items()
        },
        sha256=splits[0].sha256,
        test_in_train=learnt,
        test_in_train_or_val=chosen,
        largest_accuracy_change=max(k / n for k, n in zip(chosen.by_seed, sizes, strict=True)),
    )
