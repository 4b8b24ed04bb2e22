"""A made-up DermaMNIST in the publisher's layout, and a suite of four experiments that trains in seconds."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from core.experiments.suite import Suite, load_suite

SUITE = """
name = "tiny"
title = "Tiny"
source = "none"
citation = "made up"
modality = "dermoscopy"
dataset = "dermamnist"

[base]
architecture = "small_cnn"
arguments = { filters = [4, 8] }
pretrained = "none"
image_size = 28
epochs = 2
batch_size = 16
monitor = "last"
watch_training = 20
optimiser = { name = "adam", lr = 1e-2, weight_decay = 0.0 }
augment = { rotation = 0.0, horizontal_flip = 0.5, vertical_flip = 0.0, scale = [1.0, 1.0], \
aspect = 1.0, shift = 0.0, brightness = 0.0, contrast = 0.0, saturation = 0.0, tint = 0.0, erase = 0.0 }

[[experiments]]
number = 1
name = "Base"
chapter = "One"
changed = "Nothing."
lesson = "It runs."
reported = { auc = 0.7, melanoma_recall = 0.2 }

[[experiments]]
number = 2
name = "Normalised"
chapter = "One"
changed = "Batch normalisation."
lesson = "It runs too."
parent = 1
reported = { auc = 0.8 }
set = { arguments = { filters = [4, 8], batch_norm = "after" } }

[[experiments]]
number = 3
name = "Trap"
chapter = "Two"
changed = "Training pictures are normalised otherwise."
lesson = "It is refused."
parent = 2
set = { train_normalisation = "imagenet" }

[[experiments]]
number = 4
name = "Control"
chapter = "Ours"
changed = "One epoch."
lesson = "A control."
parent = 2
origin = "ours"
set = { epochs = 1 }

[[findings]]
id = "normalised"
words = "Normalisation raises the area under the curve"
metric = "auc"
kind = "difference"
of = 2
against = 1
expected = "higher"
"""
COUNTS = {"train": 70, "val": 35, "test": 42}


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of data sets: brightness tells the class, noise hides it a little."""
    root = tmp_path_factory.mktemp("world")
    (root / "medmnist").mkdir()
    random = np.random.default_rng(0)
    arrays = {}
    for part, count in COUNTS.items():
        labels = np.arange(count) % 7
        level = 30 + 28 * labels[:, None, None, None]
        noise = random.normal(0, 25, (count, 28, 28, 3))
        arrays[f"{part}_images"] = np.clip(level + noise, 0, 255).astype(np.uint8)
        arrays[f"{part}_labels"] = labels[:, None].astype(np.uint8)
    np.savez(root / "medmnist" / "dermamnist.npz", **arrays)
    return root


@pytest.fixture(scope="session")
def suites(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("suites")
    (folder / "tiny.toml").write_text(SUITE, encoding="utf-8")
    return folder


@pytest.fixture(scope="session")
def suite(suites: Path) -> Suite:
    return load_suite("tiny", suites)
