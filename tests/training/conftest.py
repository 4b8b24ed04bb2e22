"""A made-up data set in the publisher's layout, and a preset that trains on it in about a second."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from core.networks.base import Network, build_network
from core.training.images import TrainingImages
from core.training.network_recipe import NetworkRecipe
from core.training.presets import load_recipe
from core.training.recipe import Recipe

CODES = ("MEL", "NV", "BCC", "AKIEC", "BKL", "DF", "VASC")

PRESET = """
[pair]
name = "tiny"
title = "Tiny"
modality = "dermoscopy"

[data]
datasets = ["isic2018_task3"]
fractions = [0.5, 0.3, 0.2]

[teacher]
pretrained = "none"
architecture = "mobilenetv3_small_100"
image_size = 32
epochs = 2
batch_size = 8
optimiser = { lr = 1e-3 }
loss = { name = "focal", class_weight_power = 0.5 }

[[teacher.members]]
name = "one"

[[teacher.members]]
name = "two"
epochs = 1
seed = 1
arguments = { drop_rate = 0.5 }

[student]
pretrained = "none"
architecture = "mobilenetv3_small_100"
image_size = 32
train_size = 40
epochs = 3
batch_size = 8
ema_decay = 0.9
mixup = 0.2
grad_clip = 1.0
arguments = { drop_rate = 0.3 }
optimiser = { lr = 1e-3 }
schedule = { name = "onecycle", warmup = 0.3 }

[student.distill]
temperature = 2.0
kd_weight = 0.7
views = 3
"""

ATTENTIVE = """
architecture = "attentive"
topology = { side = 8, bins = 6 }
consistency_weight = 0.1

[student.arguments]
topology_inputs = 36
topology_hidden = [8, 4]
backbone = { architecture = "mobilenetv3_small_100", arguments = { drop_rate = 0.3 } }
"""

ABLATION = """
[ablation]
seeds = 1

[ablation.student]
epochs = 1
train_size = 32
"""


def write_data(root: Path, count: int = 48) -> Path:
    """ISIC 2018 task 3 as published, of noise; melanoma is darker."""
    folder = root / "isic2018_task3"
    images = folder / "ISIC2018_Task3_Training_Input"
    images.mkdir(parents=True)
    rows = ["image," + ",".join(CODES)]
    random = np.random.default_rng(0)
    for number in range(count):
        label = 0 if number % 3 == 0 else 1 + number % 2
        pixels = random.integers(0, 90 if label == 0 else 256, (36, 48, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(images / f"ISIC_{number:07d}.jpg")
        rows.append(f"ISIC_{number:07d}," + ",".join(f"{float(label == place)}" for place in range(7)))
    (folder / "ISIC2018_Task3_Training_GroundTruth.csv").write_text("\n".join(rows) + "\n")
    return root


@pytest.fixture(scope="session")
def data_root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_data(tmp_path_factory.mktemp("data"))


@pytest.fixture(scope="session")
def presets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("presets")
    (folder / "tiny.toml").write_text(PRESET)
    return folder


@pytest.fixture
def recipe(presets: Path) -> Recipe:
    return load_recipe("tiny", folder=presets)


@pytest.fixture(autouse=True)
def one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="session")
def attentive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of a preset whose student has CBAM, topology and consistency, with an ablation."""
    head, student = PRESET.split("[student]\n")
    for line in ('architecture = "mobilenetv3_small_100"\n', "arguments = { drop_rate = 0.3 }\n"):
        student = student.replace(line, "", 1)
    values, tables = student.split("[student.distill]")
    folder = tmp_path_factory.mktemp("attentive")
    text = head + "[student]\n" + values + ATTENTIVE + "\n[student.distill]" + tables + ABLATION
    (folder / "attentive.toml").write_text(text)
    return folder


@pytest.fixture
def images() -> TrainingImages:
    """24 images of noise in three classes; the first 12 are also the validation split."""
    generator = torch.Generator().manual_seed(0)
    pixels = torch.randint(0, 256, (24, 3, 32, 32), dtype=torch.uint8, generator=generator)
    target = torch.arange(24) % 3
    return TrainingImages(pixels, target, pixels[:12], target[:12], num_classes=3, positives=(0,))


@pytest.fixture
def tiny() -> Callable[..., NetworkRecipe]:
    """Recipe of two epochs of three batches."""
    base = {"name": "made", "architecture": "mobilenetv3_small_100", "image_size": 32, "batch_size": 8}
    return lambda **changes: NetworkRecipe.model_validate({**base, "epochs": 2, **changes})


@pytest.fixture
def network() -> Callable[[], Network]:
    """The same untrained network each time."""

    def build() -> Network:
        torch.manual_seed(0)
        return build_network("mobilenetv3_small_100", {}, 3)

    return build
