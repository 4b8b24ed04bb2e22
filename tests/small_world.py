"""A made-up data set in its publisher's layout, and the small pair completed with what was held out of it."""

from __future__ import annotations

import io
import json
from pathlib import Path

import numpy as np
from PIL import Image

from core.bundle import PREDICTIONS_NAME, Pair, save_pair
from core.data.base import load_pixels, read_samples, sample_key
from core.predict import open_predictor
from core.release.external import SPLIT_NAME
from core.release.scoring import join_tables, tabulate
from tests.pair_factory import sample_pixels

DATASET = "isic2018_task3"
CODES = ("MEL", "NV", "BCC", "AKIEC", "BKL", "DF", "VASC")
COUNT = 36
TRAIN, VAL, TEST = 12, 12, 12
"""How many of the images, in order, the pair's own split gives to each part."""


def write_isic2018(root: Path, *, first: int = 0, count: int = COUNT, part: str = "Test") -> Path:
    """A part of ISIC 2018 task 3 (``"Test"``, ``"Validation"``, ``"Training"``), every third image a
    melanoma, the others of all classes in turn.
    """
    images = root / DATASET / f"ISIC2018_Task3_{part}_Input"
    images.mkdir(parents=True)
    rows = ["image," + ",".join(CODES)]
    for number in range(first, first + count):
        label = 0 if number % 3 == 0 else 1 + number % 6
        name = f"ISIC_9{number:06d}"
        Image.fromarray(sample_pixels(number, 48)).save(images / f"{name}.jpg")
        rows.append(f"{name}," + ",".join(f"{float(label == place)}" for place in range(7)))
    table = root / DATASET / f"ISIC2018_Task3_{part}_GroundTruth.csv"
    table.write_text("\n".join(rows) + "\n")
    return root


def write_ph2(root: Path, *, count: int) -> Path:
    """PH2 in its flat layout: every third image a melanoma, each lesion outlined by a disc around it."""
    images, masks = (root / "ph2" / name for name in ("images", "lesion_masks"))
    images.mkdir(parents=True)
    masks.mkdir()
    rows = ["image_name,diagnosis"]
    y, x = np.mgrid[0:48, 0:48] / 48
    for number in range(count):
        name = f"IMD{number:03d}"
        seed = 500 + number
        centre = np.random.default_rng(seed).uniform(0.3, 0.7, 2)
        inside = (x - centre[0]) ** 2 + (y - centre[1]) ** 2 < 0.04
        Image.fromarray(sample_pixels(seed, 48)).save(images / f"{name}.jpg")
        Image.fromarray(inside.astype(np.uint8) * 255).save(masks / f"{name}.png")
        rows.append(f"{name},{'melanoma' if number % 3 == 0 else 'common_nevus'}")
    (root / "ph2" / "PH2_dataset.csv").write_text("\n".join(rows) + "\n")
    return root


def complete_pair(base: Pair, data: Path, models: Path) -> Pair:
    """Save ``base`` again with a control, a split and the held-out predictions of all three roles."""
    card = base.card
    samples = read_samples(DATASET, data)
    homes = dict(
        zip(map(sample_key, samples), ["train"] * TRAIN + ["val"] * VAL + ["test"] * TEST, strict=True)
    )
    tables = []
    for role, shift in (("teacher", 0), ("student", 0), ("control", 1)):
        predictor = open_predictor(base, "teacher" if role == "teacher" else "student")
        for split in ("val", "test"):
            part = [sample for sample in samples if homes[sample_key(sample)] == split]
            probs = np.roll(predictor.compute_probs(map(load_pixels, part)), shift, axis=0)
            tables.append(
                tabulate(part, probs, role=role, split=split, classes=card.classes, positives=card.positives)
            )
    buffer = io.BytesIO()
    join_tables(tables).to_parquet(buffer, index=False)
    control = card.networks["student"].model_copy(update={"title": "Control", "weights": None, "onnx": None})
    full = card.model_copy(update={"networks": {**card.networks, "control": control}})
    files = {name: base.read(name) for name in card.files}
    files |= {SPLIT_NAME: json.dumps(homes).encode(), PREDICTIONS_NAME: buffer.getvalue()}
    return save_pair(full, files, models)
