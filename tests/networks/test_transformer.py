"""Transformers: tokens as a map, attention that is returned, a stem from ImageNet weights."""

from __future__ import annotations

import pytest
import torch

from core.errors import ConfigError
from core.networks.base import build_network

SMALL = {"width": 16, "depth": 2, "heads": 2, "grid": 4}


def _build(name: str = "hybrid_vit", **arguments):
    torch.manual_seed(0)
    return build_network(name, {**(SMALL if name == "hybrid_vit" else {}), **arguments}, 3).eval()


@pytest.mark.parametrize("name", ["hybrid_vit", "vit"])
def test_attention_by_hand_gives_the_networks_own_features(name):
    network, x = _build(name), torch.rand(2, 3, 64, 96)
    with torch.inference_mode():
        features, attentions = network.forward_rollout(x)
        assert torch.allclose(features, network.forward_features(x), atol=1e-5)
    assert all(torch.allclose(one.sum(-1), torch.ones(())) for one in attentions)


def test_gradients_reach_the_attention():
    network = _build()
    features, attentions = network.forward_rollout(torch.rand(1, 3, 64, 64))
    gradients = torch.autograd.grad(network.forward_head(features)[0, 1], attentions)
    assert all(bool(gradient.abs().sum() > 0) for gradient in gradients)
    assert all(parameter.grad is None for parameter in network.parameters())


def test_the_map_keeps_the_rows_and_columns_of_the_image():
    network = _build()
    assert network.forward_features(torch.rand(1, 3, 64, 96)).shape == (1, 16, 4, 6)


def test_the_stem_ends_at_stride_16_and_holds_nothing_behind_it():
    names = {name for name, _ in _build().named_parameters()}
    assert any(name.startswith("body.blocks.4.") for name in names)
    assert not any(name.startswith(("body.blocks.5.", "body.conv_head", "body.classifier")) for name in names)


def test_refuses_what_it_cannot_be_built_from():
    with pytest.raises(ConfigError, match="heads=3: it does not divide width=16"):
        _build(heads=3)
    with pytest.raises(ConfigError, match="no stage of stride 16"):
        _build(model="resnet18")
    with pytest.raises(ConfigError, match="no plain vision transformer"):
        build_network("vit", {"model": "resnet18"}, 3)
