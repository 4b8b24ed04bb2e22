"""Scoring a shipped pair on a folder of images: external validation."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from core.bundle import Pair
from core.data.base import DATASETS, load_pixels, read_samples, sample_key
from core.errors import ConfigError, DataError
from core.predict import open_predictor
from core.release.scoring import evaluate_table, join_tables, tabulate
from core.types import ROLES, Interval, OperatingPoint, Role, Sample

SPLIT_NAME = "split.json"
"""File of a bundle: ``"source/image_id"`` to train, val or test, for every image of the pair's own data."""

SPLIT_CHOICES = ("all", "train", "val", "test")


@dataclass(frozen=True)
class ExternalResult:
    """Figures of a pair on one data set.

    Attributes:
        pair, dataset, split: what was scored on what.
        n, positives: cases, and how many of them are positive.
        used_in_training: cases that the pair was trained or tuned on, under whichever data set's name, since
            ids are the publishers' own and several sets hold the same photographs; above 0 the figures
            flatter it.
        disputed: images left out because copies of them carry different labels.
        metrics: role to metric name to interval. The control is there where its held-out predictions for
            all these cases ship.
    """

    pair: str
    dataset: str
    split: str
    n: int
    positives: int
    used_in_training: int
    disputed: int
    metrics: Mapping[Role, Mapping[str, Interval]]


def evaluate_pair(pair: Pair, *, dataset: str, root: Path, split: str = "all") -> ExternalResult:
    """Score every served network of a pair on a data set in its publisher's layout.

    Args:
        pair: the shipped pair.
        dataset: name of the reader.
        root: the data set's folder, or the folder that holds it.
        split: ``"all"``, or one part: the publisher's own where there is one, else the pair's.

    Raises:
        ConfigError: no such data set or split, or the set is of another modality than the pair.
        DataError: the folder cannot be read as that data set, or the split has no images.
    """
    if split not in SPLIT_CHOICES:
        raise ConfigError(split, "no such split", f"The choices are {', '.join(SPLIT_CHOICES)}")
    modality = DATASETS.get(dataset).modality
    if modality != pair.card.modality:
        raise ConfigError(dataset, f"a {modality} set, the pair reads {pair.card.modality}", "Choose another")
    own: dict[str, str] = json.loads(pair.read(SPLIT_NAME))
    seen = {key.partition("/")[2] for key, home in own.items() if home in ("train", "val")}
    found = [
        sample
        for sample in read_samples(dataset, root)
        if split == "all" or (sample.split or own.get(sample_key(sample))) == split
    ]
    samples = [sample for sample in found if not sample.disputed]
    if not samples:
        raise DataError(
            f"{dataset}, split {split}",
            f"no images of this split are in {root}",
            "Use --split all, or name the folder that the data set was unpacked into",
        )
    scored = [_score(pair, role, samples) for role in pair.served_roles]
    table = join_tables([_control_rows(pair, samples), *scored])
    points: dict[Role, OperatingPoint] = {
        role: pair.operating_point(role)
        for role in ROLES
        if role in pair.card.networks and (table["role"] == role).any()
    }
    metrics = evaluate_table(
        table, points, classes=pair.card.classes, positives=pair.card.positives, scale=pair.modality.scale
    )
    return ExternalResult(
        pair=pair.card.pair,
        dataset=dataset,
        split=split,
        n=len(samples),
        positives=sum(sample.label in pair.card.positives for sample in samples),
        disputed=len(found) - len(samples),
        used_in_training=sum(sample.image_id in seen for sample in samples),
        metrics=metrics,
    )


def _score(pair: Pair, role: Role, samples: list[Sample]) -> pd.DataFrame:
    probs = open_predictor(pair, role).compute_probs(load_pixels(sample) for sample in samples)
    return tabulate(
        samples, probs, role=role, split="", classes=pair.card.classes, positives=pair.card.positives
    )


def _control_rows(pair: Pair, samples: list[Sample]) -> pd.DataFrame:
    """The control's shipped predictions for these samples, or no rows unless all of them are there."""
    shipped = pair.predictions()
    keys = shipped["dataset"] + "/" + shipped["image_id"]
    wanted = {sample_key(sample) for sample in samples}
    rows = shipped[(shipped["role"] == "control") & keys.isin(wanted)]
    return rows if len(rows) == len(wanted) else rows.iloc[:0]
