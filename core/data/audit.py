"""What really lies in a folder of data sets: counts against the publisher's, duplicates, leaks."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

from core.data.base import DATASETS, DataSet, count_labels, load_pixels, locate, part_of, sample_key
from core.errors import DataError
from core.types import Sample


@dataclass(frozen=True)
class DataSetReport:
    """What was found of one data set. Keys are ``"source/image_id"``.

    Attributes:
        name, title, licence, shipped_for: of the data set's record.
        folder: where it was looked for.
        state: ``"complete"`` counts equal the publisher's; ``"partial"`` they do not; ``"missing"`` nothing
            there; ``"unreadable"`` something there that the reader refuses.
        problem: the reader's message, empty unless missing or unreadable.
        found, expected: part to class code to number of images.
        images_found, images_expected: their sums; ``groups`` is the number of groups found.
        duplicates: keys with identical bytes, one entry a set of copies.
        leaking_duplicates: those of ``duplicates`` that lie in several published parts.
        ungrouped_duplicates: those of ``duplicates`` that the reader does not hold in one group, so that a
            split could separate them; should be empty.
        leaking_groups: group to keys, for groups that lie in several published parts; a cohort keeps the
            most held-out part of each.
        label_conflicts: those of ``duplicates`` whose copies carry different labels.
        shared: other data set to number of images here that it holds too, byte for byte.
    """

    name: str
    title: str
    licence: str
    shipped_for: str
    folder: str
    state: Literal["complete", "partial", "missing", "unreadable"]
    problem: str = ""
    found: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    expected: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    images_found: int = 0
    images_expected: int = 0
    groups: int = 0
    duplicates: tuple[tuple[str, ...], ...] = ()
    leaking_duplicates: tuple[tuple[str, ...], ...] = ()
    ungrouped_duplicates: tuple[tuple[str, ...], ...] = ()
    leaking_groups: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    label_conflicts: tuple[tuple[str, ...], ...] = ()
    shared: Mapping[str, int] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """Plain dictionaries, lists, strings and numbers, for JSON."""
        plain: dict[str, Any] = asdict(self)
        for name in ("duplicates", "leaking_duplicates", "ungrouped_duplicates", "label_conflicts"):
            plain[name] = [list(keys) for keys in plain[name]]
        plain["leaking_groups"] = {group: list(keys) for group, keys in self.leaking_groups.items()}
        return plain


def check_datasets(root: Path, names: Sequence[str] | None = None) -> list[DataSetReport]:
    """Check every registered data set, or the named ones, under one folder.

    A set that is missing or unreadable is reported, not raised.

    Args:
        root: folder that holds the sets.
        names: data sets to check, all of them if None.

    Raises:
        ConfigError: no data set of that name.
        DataError: ``root`` is not a folder.
    """
    chosen = [DATASETS.get(name) for name in (DATASETS.names() if names is None else names)]
    read = {dataset.name: _read(dataset, root) for dataset in chosen}
    hashes = {
        name: {sample_key(sample): _fingerprint(sample) for sample in samples}
        for name, samples in read.items()
        if not isinstance(samples, DataSetReport)
    }
    reports = []
    for dataset in chosen:
        samples = read[dataset.name]
        if isinstance(samples, DataSetReport):
            reports.append(samples)
            continue
        shared = {
            other: common
            for other in hashes
            if other != dataset.name
            and (common := len(set(hashes[dataset.name].values()) & set(hashes[other].values())))
        }
        reports.append(_report(dataset, locate(dataset, root), samples, hashes[dataset.name], shared))
    return reports


def _read(dataset: DataSet, root: Path) -> list[Sample] | DataSetReport:
    folder = locate(dataset, root)
    try:
        return dataset.read(folder)
    except DataError as error:
        return DataSetReport(
            name=dataset.name,
            title=dataset.title,
            licence=dataset.licence,
            shipped_for=dataset.shipped_for,
            folder=str(root / dataset.folder),
            state="unreadable" if folder != root else "missing",
            problem=str(error),
            expected=dataset.expected,
            images_expected=dataset.expected_total,
        )


def _fingerprint(sample: Sample) -> str:
    """SHA-256 of the image's file, or of the pixels for an item of an array file."""
    if "#" in sample.location:
        return hashlib.sha256(load_pixels(sample).tobytes()).hexdigest()
    return hashlib.sha256(Path(sample.location).read_bytes()).hexdigest()


def _report(
    dataset: DataSet,
    folder: Path,
    samples: Sequence[Sample],
    hashes: Mapping[str, str],
    shared: Mapping[str, int],
) -> DataSetReport:
    copies: dict[str, list[Sample]] = {}
    groups: dict[str, list[Sample]] = {}
    for sample in samples:
        copies.setdefault(hashes[sample_key(sample)], []).append(sample)
        groups.setdefault(sample.group, []).append(sample)
    duplicates = [same for same in copies.values() if len(same) > 1]
    found = count_labels(samples)
    return DataSetReport(
        name=dataset.name,
        title=dataset.title,
        licence=dataset.licence,
        shipped_for=dataset.shipped_for,
        folder=str(folder),
        state="complete" if found == {k: dict(v) for k, v in dataset.expected.items()} else "partial",
        found=found,
        expected=dataset.expected,
        images_found=len(samples),
        images_expected=dataset.expected_total,
        groups=len(groups),
        duplicates=_keys(duplicates),
        leaking_duplicates=_keys(same for same in duplicates if len({part_of(s) for s in same}) > 1),
        ungrouped_duplicates=_keys(same for same in duplicates if len({s.group for s in same}) > 1),
        leaking_groups={
            group: _keys([members])[0]
            for group, members in sorted(groups.items())
            if len({part_of(s) for s in members}) > 1
        },
        label_conflicts=_keys(same for same in duplicates if len({s.label for s in same}) > 1),
        shared=dict(sorted(shared.items())),
    )


def _keys(sets: Iterable[Sequence[Sample]]) -> tuple[tuple[str, ...], ...]:
    return tuple(sorted(tuple(sorted(sample_key(sample) for sample in same)) for same in sets))
