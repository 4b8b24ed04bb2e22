"""DMN5: what is trained on other pixels than are served is refused, and can be shown on purpose."""

from __future__ import annotations

import pytest
import torch

from core.errors import ConfigError
from core.networks.base import NORMALISATIONS, build_network
from core.training.images import TrainingImages
from core.training.network_recipe import NetworkRecipe
from core.training.preprocessing_check import check_preprocessing
from core.training.task import TrainingTask


def recipe(**changes: object) -> NetworkRecipe:
    return NetworkRecipe.model_validate(
        {"name": "one", "architecture": "small_cnn", "image_size": 28, "pretrained": "none", **changes}
    )


def normalise(pixels: torch.Tensor, name: str) -> torch.Tensor:
    mean, std = (torch.tensor(values).view(1, 3, 1, 1) for values in NORMALISATIONS[name])
    return (pixels - mean) / std


def test_a_mismatch_is_refused_with_both_sides_named() -> None:
    network = build_network("small_cnn", {}, 3)
    with pytest.raises(ConfigError, match="otherwise than images in use") as caught:
        check_preprocessing(network, recipe(train_normalisation="imagenet"))
    assert "0.5, 0.5, 0.5" in str(caught.value) and 'preprocessing_check = "off"' in str(caught.value)


def test_training_itself_refuses_it() -> None:
    pixels, target = torch.zeros(8, 3, 28, 28, dtype=torch.uint8), torch.arange(8) % 3
    images = TrainingImages(pixels, target, pixels, target, num_classes=3, positives=(0,))
    with pytest.raises(ConfigError, match="normalised otherwise"):
        TrainingTask(build_network("small_cnn", {}, 3), recipe(train_normalisation="imagenet"), images)


def test_where_both_agree_there_is_nothing_to_do() -> None:
    network = build_network("small_cnn", {"normalisation": "imagenet"}, 3)
    assert check_preprocessing(network, recipe(train_normalisation="imagenet")) is None
    assert check_preprocessing(network, recipe()) is None


def test_switched_off_the_network_sees_the_other_normalisation() -> None:
    network = build_network("small_cnn", {}, 3)
    asked = recipe(train_normalisation="imagenet", preprocessing_check="off")
    change = check_preprocessing(network, asked)
    pixels = torch.rand(2, 3, 28, 28)
    assert change is not None
    torch.testing.assert_close(network.normalise(change(pixels)), normalise(pixels, "imagenet"))


def test_several_normalisations_cannot_be_compared() -> None:
    member = {"architecture": "small_cnn", "arguments": {}}
    network = build_network("ensemble", {"members": [member, member]}, 3)
    with pytest.raises(ConfigError, match="2 normalisations"):
        check_preprocessing(network, recipe(train_normalisation="imagenet"))
