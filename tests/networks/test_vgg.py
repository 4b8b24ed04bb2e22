"""VGG16 with a global-average-pooling head: the document's student at a ninth of its own size."""

from __future__ import annotations

import pytest
import torch

from core.networks.base import build_network


@pytest.mark.parametrize(("name", "weights"), [("vgg16_gap", 14_714_688), ("vgg16_bn_gap", 14_723_136)])
def test_weights_are_the_convolutions_and_one_linear_layer(name, weights):
    with torch.device("meta"):
        network = build_network(name, {}, 3)
    assert sum(parameter.numel() for parameter in network.parameters()) == weights + 512 * 3 + 3


def test_answers_images_of_any_size_from_the_mean_of_its_map():
    torch.manual_seed(0)
    network = build_network("vgg16_bn_gap", {}, 3).eval()
    with torch.inference_mode():
        features = network.forward_features(torch.rand(1, 3, 64, 96))
        expected = network.body.head.fc(features.mean((2, 3)))
        assert features.shape == (1, 512, 2, 3)
        assert torch.allclose(network.forward_head(features), expected, atol=1e-6)
