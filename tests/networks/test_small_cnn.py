from __future__ import annotations

import pytest
import torch

from core.errors import ConfigError
from core.networks.base import build_network, describe_network


def _count(**arguments: object) -> int:
    return sum(p.numel() for p in build_network("small_cnn", arguments, 7).parameters())


def test_weights_hand_worked() -> None:
    # 3 x 3 x 3 x 8 + 8, 8 x 3 x 3 x 16 + 16, and 16 maps of 7 x 7 to 7 classes.
    assert _count() == (216 + 8) + (1152 + 16) + (784 * 7 + 7) == 6887
    assert _count(filters=[32, 64]) / _count() == pytest.approx(6.0, abs=0.01)  # DMN's sixfold
    averaged = (864 + 32) + (18432 + 64) + (73728 + 128) + (128 * 7 + 7)
    assert _count(filters=[32, 64, 128], pool="average") == averaged
    # A bias of each convolution goes, a weight and a bias of each normalisation come.
    assert _count(filters=[32, 64, 128], pool="average", batch_norm="after") == averaged + 32 + 64 + 128
    hidden = _count(filters=[32, 64, 128], pool="average", hidden=128)
    assert hidden == averaged + (128 * 128 + 128)


def test_another_size_than_its_own_is_pooled_to_fit() -> None:
    network = build_network("small_cnn", {}, 3).eval()
    small = torch.rand(2, 3, 28, 28)
    assert network.forward_features(small).shape == (2, 16, 7, 7)
    assert network(torch.rand(2, 3, 64, 40)).shape == (2, 3)


@pytest.mark.parametrize(
    "arguments", [{"filters": []}, {"filters": [8] * 5}, {"pool": "maximum"}, {"batch_norm": True}]
)
def test_other_arguments_are_refused(arguments: dict) -> None:
    with pytest.raises(ConfigError):
        build_network("small_cnn", arguments, 7)


def test_the_small_stem_keeps_pixels_and_the_short_one_stops_after_the_third_stage() -> None:
    small = build_network("resnet18_small_stem", {}, 7)
    assert small.forward_features(torch.rand(1, 3, 28, 28)).shape == (1, 512, 4, 4)
    whole = describe_network(build_network("resnet18", {}, 7), "resnet18", {}, (28, 28))
    stem = describe_network(small, "resnet18_small_stem", {}, (28, 28))
    assert whole.parameters - stem.parameters == 64 * 3 * (49 - 9)
    assert stem.macs > 10 * whole.macs
    short = build_network("resnet18_without_layer4", {}, 7)
    assert short.forward_features(torch.rand(1, 3, 32, 32)).shape == (1, 256, 2, 2)
