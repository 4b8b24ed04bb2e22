"""Which images of a data set a pair may be judged by: never one that it was trained or tuned on."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from core.bundle import Pair
from core.data.base import DATASETS, read_samples, sample_key
from core.errors import ConfigError, DataError
from core.release.external import SPLIT_NAME
from core.types import Sample

SPLITS = ("test", "val", "all")


def choose_unseen(pair: Pair, *, dataset: str, root: Path, split: str = "test") -> list[Sample]:
    """Images that a pair's claims may be measured on: never one that it was trained on.

    Args:
        pair: whose split says what it was trained and tuned on.
        dataset: name of the reader.
        root: the data set's folder, or the folder that holds it.
        split: ``"test"``, ``"val"``, or ``"all"`` that the pair was neither trained nor tuned on.

    Raises:
        ConfigError: no such data set or split, or another modality's set.
        DataError: the folder cannot be read as that data set, or no such image is in it.
    """
    if split not in SPLITS:
        raise ConfigError(split, "no such split of held-out cases", f"The choices are {', '.join(SPLITS)}")
    modality = DATASETS.get(dataset).modality
    if modality != pair.card.modality:
        raise ConfigError(dataset, f"a {modality} set, the pair reads {pair.card.modality}", "Choose another")
    own: dict[str, str] = json.loads(pair.read(SPLIT_NAME))
    seen = {key.partition("/")[2]: home for key, home in own.items() if home != "test"}
    found = [sample for sample in read_samples(dataset, root) if not sample.disputed]
    homes = [seen.get(sample.image_id) or sample.split or own.get(sample_key(sample)) for sample in found]
    chosen = [
        sample
        for sample, home in zip(found, homes, strict=True)
        if (home == split if split != "all" else sample.image_id not in seen)
    ]
    if not chosen:
        raise DataError(
            f"{dataset}, split {split}",
            f"no images of this split that the pair was not trained on are in {root}",
            "Use --split all, or name the folder that the data set was unpacked into",
        )
    return chosen


def list_unseen_sets(pair: Pair) -> tuple[str, ...]:
    """Data sets with cases that the pair reports on, its own test parts and external ones, largest first."""
    own: dict[str, str] = json.loads(pair.read(SPLIT_NAME))
    tested = [key.partition("/")[0] for key, home in own.items() if home == "test"]
    counts = {name: tested.count(name) for name in sorted(set(tested))}
    for source in pair.card.sources:
        if source.used_for == "external reporting":
            counts.setdefault(source.name, source.n)
    return tuple(sorted(counts, key=lambda name: -counts[name]))


def draw_stratified(samples: Sequence[Sample], count: int, *, seed: int) -> list[Sample]:
    """Some of the samples, each label as often as its share asks, at random and one of a group at most.

    The first ``n`` of a draw of more are a draw themselves, so that a shorter measurement is part of a longer
    one.

    Args:
        samples: to draw from.
        count: how many; fewer where there are not as many groups.
        seed: of the draw; the order of ``samples`` plays no part.

    Returns:
        In the order in which they were drawn.
    """
    ranked = sorted(samples, key=sample_key)
    order = np.random.default_rng(seed).permutation(len(ranked))
    shuffled, taken = [], set()
    for sample in (ranked[place] for place in order):
        if (sample.source, sample.group) not in taken:
            taken.add((sample.source, sample.group))
            shuffled.append(sample)
    totals: dict[str, int] = {}
    for sample in ranked:
        totals[sample.label] = totals.get(sample.label, 0) + 1
    seen = dict.fromkeys(totals, 0)
    turns = []
    for place, sample in enumerate(shuffled):
        turns.append(((seen[sample.label] + 0.5) / totals[sample.label], place))
        seen[sample.label] += 1
    return [shuffled[place] for _, place in sorted(turns)[:count]]
