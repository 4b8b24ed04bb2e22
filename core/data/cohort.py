"""Several data sets as one cohort: published held-out parts are honoured, the rest is divided by group."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from core.data.base import DATASETS, read_samples, sample_key
from core.data.splits import SPLIT_NAMES, Dropped, Split, SplitName, divide, record_split
from core.errors import DataError
from core.types import Sample

_RANK: dict[SplitName | None, int] = {None: 0, "train": 1, "val": 2, "test": 3}


Grouping = Literal["by_group", "ignored"]
"""Whether groups of copies, or of one lesion, stay together; ``"ignored"`` is for measuring what leaks."""


@dataclass(frozen=True)
class Cohort:
    """Samples to train, validate and report on.

    Attributes:
        names: the data sets, as asked for.
        modality: name in the modality registry.
        samples: split to its samples, sorted by ``source/image_id``; ``group`` is unique over all sets.
        split: the record of the division, for the card.
    """

    names: tuple[str, ...]
    modality: str
    samples: Mapping[SplitName, tuple[Sample, ...]]
    split: Split


def build_cohort(
    names: Sequence[str],
    root: Path,
    *,
    fractions: tuple[float, float, float] = (0.7, 0.15, 0.15),
    val_from_train: float = 0.1,
    seed: int = 0,
    grouping: Grouping = "by_group",
) -> Cohort:
    """Read data sets and divide them, leaking nothing.

    The publisher's test part stays test and its validation part stays val; its training part is divided
    into train and val, and a set without parts into all three, both by group and stratified by data set
    and class. Samples of one image id in two sets are one group. A group that lies in several parts keeps
    the members in the most held-out one (test before val before train before undivided); the others, second
    copies of an image, and images whose label is disputed are dropped and listed.

    Args:
        names: data sets of one modality.
        root: folder that holds them, or the folder of the only one.
        fractions: train, val, test shares of sets without published parts.
        val_from_train: share of a published training part that goes to val.
        seed: of the division.
        grouping: ``"ignored"`` divides image by image, as many publications do (DR1), and so leaks.

    Raises:
        ConfigError: no data set of that name.
        DataError: a set cannot be read, the sets are of several modalities or hold the same images under
            other ids, or a group would cross splits.
        ValueError: a share lies outside [0, 1], or fractions do not sum to 1.
    """
    modality = _check_sets(names)
    read = [sample for name in names for sample in read_samples(name, root)]
    if grouping == "ignored":
        read = [replace(sample, group=sample_key(sample)) for sample in read]
    samples = _merge_groups(read)
    kept, dropped = _keep_most_held_out(samples)
    home = divide(
        [sample for sample in kept if sample.split == "train"],
        {"train": 1 - val_from_train, "val": val_from_train},
        seed=seed,
        stratum=_source_and_label,
    )
    home |= divide(
        [sample for sample in kept if sample.split is None],
        dict(zip(SPLIT_NAMES, fractions, strict=True)),
        seed=seed,
        stratum=_source_and_label,
    )
    placed = [
        (sample, sample.split if sample.split in ("val", "test") else home[sample.group]) for sample in kept
    ]
    unit = "by group (lesion or duplicates)" if grouping == "by_group" else "image by image, groups ignored"
    method = (
        f"{unit}, stratified by data set and class; published val and test kept, "
        f"{100 * val_from_train:g} % of published train to val, sets without parts "
        f"{'/'.join(f'{100 * share:g}' for share in fractions)} %"
    )
    split = record_split(placed, seed=seed, method=method, dropped=dropped)
    by_split = {name: tuple(sample for sample, where in placed if where == name) for name in SPLIT_NAMES}
    return Cohort(tuple(names), modality, by_split, split)


def _source_and_label(sample: Sample) -> str:
    return f"{sample.source}/{sample.label}"


def _check_sets(names: Sequence[str]) -> str:
    """The one modality of these sets, once they may be used together."""
    if not names:
        raise DataError("cohort", "no data set was named", f"The choices are {', '.join(DATASETS.names())}")
    sets = [DATASETS.get(name) for name in names]
    if len(set(names)) < len(names):
        raise DataError(", ".join(names), "a data set is named twice", "Name each once")
    modalities = sorted({dataset.modality for dataset in sets})
    if len(modalities) > 1:
        raise DataError(", ".join(names), f"several modalities ({', '.join(modalities)})", "Name sets of one")
    for dataset in sets:
        both = [name for name in names if name in dataset.overlaps]
        if both:
            raise DataError(
                f"{dataset.name}, {', '.join(both)}",
                "they hold the same images under ids that cannot be matched",
                "Name one of them",
            )
    return modalities[0]


def _merge_groups(samples: Sequence[Sample]) -> list[Sample]:
    """Join the groups of samples that share an image id; a joined group has the first of its names."""
    parent = {sample.group: sample.group for sample in samples}

    def find(group: str) -> str:
        while parent[group] != group:
            group = parent[group]
        return group

    first: dict[str, str] = {}
    for sample in samples:
        one, other = sorted((find(first.setdefault(sample.image_id, sample.group)), find(sample.group)))
        parent[other] = one
    return [replace(sample, group=find(sample.group)) for sample in samples]


def _keep_most_held_out(samples: Sequence[Sample]) -> tuple[list[Sample], list[Dropped]]:
    """Samples to keep, sorted by key, and those dropped because a group or an image would be there twice."""
    top: dict[str, SplitName | None] = {}
    for sample in samples:
        held = top.setdefault(sample.group, sample.split)
        if _RANK[sample.split] > _RANK[held]:
            top[sample.group] = sample.split
    kept: list[Sample] = []
    dropped: list[Dropped] = []
    first: dict[str, str] = {}
    for sample in samples:
        key, held = sample_key(sample), top[sample.group]
        if sample.disputed:
            dropped.append(Dropped(key, "copies of this image carry different labels"))
        elif sample.split != held:
            dropped.append(Dropped(key, f"group {sample.group} is also in the published {held} part"))
        elif first.setdefault(sample.image_id, key) != key:
            dropped.append(Dropped(key, f"the same image as {first[sample.image_id]}"))
        else:
            kept.append(sample)
    return sorted(kept, key=sample_key), dropped
