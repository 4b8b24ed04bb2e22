from __future__ import annotations

import pytest
import torch

from core.errors import ConfigError
from core.networks.base import NORMALISATIONS, Normalise, build_network, describe_network


def test_normalise_by_hand() -> None:
    x = torch.tensor([0.485, 0.5, 1.0]).view(1, 3, 1, 1)
    found = Normalise("imagenet")(x).flatten()
    assert torch.allclose(found, torch.tensor([0.0, 0.044 / 0.224, 0.594 / 0.225]), atol=1e-6)
    assert torch.allclose(Normalise("half")(x).flatten(), torch.tensor([-0.03, 0.0, 1.0]), atol=1e-6)


def test_normalisation_travels_with_the_weights() -> None:
    state = build_network("mobilenetv3_small_100", {"normalisation": "half"}, 2).state_dict()
    assert state["normalise.mean"].flatten().tolist() == list(NORMALISATIONS["half"][0])


@pytest.mark.parametrize(
    ("name", "parameters", "macs", "size"),
    [
        ("mobilenetv3_small_100", 2_542_856, (55e6, 61e6), 224),  # Howard et al. 2019, table 3: 56 M, 2.5 M
        ("mobilenetv2_100", 3_504_872, (295e6, 318e6), 224),  # Sandler et al. 2018, table 4: 300 M, 3.4 M
        ("resnet18", 11_689_512, (1.8e9, 1.83e9), 224),  # He et al. 2016, table 1: 1.8e9
        ("efficientnet_b1", 7_794_184, (0.67e9, 0.71e9), 240),  # Tan and Le 2019, table 2: 0.70e9 at 240 px
    ],
)
def test_counts_agree_with_published_ones(
    name: str, parameters: int, macs: tuple[float, float], size: int
) -> None:
    with torch.device("meta"):
        network = build_network(name, {}, 1000)
    record = describe_network(network, name, {}, (size, size))
    assert record.parameters == parameters
    assert macs[0] <= record.macs <= macs[1]


def test_macs_of_a_layer_by_hand() -> None:
    """resnet18's stem at 32 px: 16 x 16 outputs, 64 channels, 3 x 7 x 7 inputs each."""
    from torch.utils.flop_counter import FlopCounterMode

    network = build_network("resnet18", {}, 2)
    with FlopCounterMode(display=False) as counter:
        network.get_submodule("body.conv1")(torch.zeros(1, 3, 32, 32))
    assert counter.get_total_flops() // 2 == 16 * 16 * 64 * 3 * 7 * 7


def test_describing_leaves_the_network_alone() -> None:
    network = build_network("mobilenetv3_small_100", {}, 2).train()
    weights = {key: value.clone() for key, value in network.state_dict().items()}
    describe_network(network, "mobilenetv3_small_100", {}, (64, 64))
    assert all(module.training for module in network.modules())
    assert all(torch.equal(value, weights[key]) for key, value in network.state_dict().items())
    assert next(network.parameters()).device.type == "cpu"


@pytest.mark.parametrize(
    ("architecture", "arguments", "words"),
    [
        ("mobilenetv3_smal_100", {}, "mobilenetv3_small_100"),
        ("resnet18", {"normalisation": "zero"}, "imagenet, half"),
        ("resnet18", {"no_such_option": 1}, "no_such_option"),
        ("timm", {}, "model"),
        ("timm", {"model": "no_such_network"}, "no_such_network"),
        ("timm", {"model": "vit_tiny_patch16_224"}, "convolutional"),
        ("ensemble", {"members": []}, "no members"),
        ("ensemble", {"members": [{"name": "resnet18"}]}, "architecture"),
        ("ensemble", {"members": [{"architecture": "resnet"}]}, "resnet18"),
    ],
)
def test_wrong_names_and_arguments_say_what_to_do(architecture: str, arguments: dict, words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        build_network(architecture, arguments, 2)


def test_arguments_must_be_json() -> None:
    with pytest.raises(TypeError):
        build_network("resnet18", {"drop_rate": torch.tensor(0.1)}, 2)
    with pytest.raises(ValueError, match="num_classes"):
        build_network("resnet18", {}, 0)


def test_same_seed_same_weights() -> None:
    torch.manual_seed(3)
    first = build_network("mobilenetv3_small_100", {}, 2).state_dict()
    torch.manual_seed(3)
    second = build_network("mobilenetv3_small_100", {}, 2).state_dict()
    assert all(torch.equal(value, second[key]) for key, value in first.items())
