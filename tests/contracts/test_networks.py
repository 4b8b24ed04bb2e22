"""The contract of a network, over the whole registry: a new entry is covered without editing this file,
except that a builder with required arguments needs them named in ARGUMENTS.
"""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
import torch

from core.networks.base import NETWORKS, Network, build_network, describe_network
from core.networks.weights import dump_weights, load_weights, round_weights_

MEMBER = {"architecture": "mobilenetv3_small_100", "arguments": {}}
ARGUMENTS: dict[str, dict[str, Any]] = {
    "timm": {"model": "mobilenetv3_small_050", "drop_rate": 0.2},
    "ensemble": {
        "members": [MEMBER, {"architecture": "mobilenetv2_100", "arguments": {"normalisation": "half"}}]
    },
    "flip_average": MEMBER,
    "attentive": {"backbone": MEMBER, "topology_inputs": 64, "topology_hidden": [32, 16]},
}
LIGHT = 12_000_000
"""Networks with more weights than this run their arithmetic only in the slow tests."""


def _meta(name: str) -> Network:
    with torch.device("meta"):
        return build_network(name, ARGUMENTS.get(name, {}), 3).eval()


def _weights(name: str) -> int:
    return sum(parameter.numel() for parameter in _meta(name).parameters())


def _built(name: str) -> Network:
    torch.manual_seed(0)
    return build_network(name, ARGUMENTS.get(name, {}), 3).eval()


RUN = [
    pytest.param(name, marks=[pytest.mark.slow] if _weights(name) > LIGHT else [])
    for name in NETWORKS.names()
]


def _images(size: int = 64, n: int = 2) -> torch.Tensor:
    return torch.rand(n, 3, size, size, generator=torch.Generator().manual_seed(1))


def _topology(network: Network, n: int = 2) -> torch.Tensor | None:
    """What the network takes as its second input, where it takes one; on the network's device."""
    if not network.topology_inputs:
        return None
    values = torch.rand(n, network.topology_inputs, generator=torch.Generator().manual_seed(2))
    return values.to(next(network.parameters()).device)


def _state(network: Network) -> dict[str, Any]:
    """Everything a module could store things in, by module: attributes, hooks, gradients, train flags."""
    return {
        name: (
            sorted(module.__dict__),
            sorted(module._buffers),
            module.training,
            len(module._forward_hooks) + len(module._forward_pre_hooks) + len(module._backward_hooks),
            [parameter.grad is None for parameter in module.parameters(recurse=False)],
            [id(value) for value in module.__dict__.values()],
        )
        for name, module in network.named_modules()
    }


@pytest.mark.parametrize("name", NETWORKS.names())
def test_builds_from_its_name_and_describes_itself(name: str) -> None:
    network = _meta(name)
    record = describe_network(network, name, ARGUMENTS.get(name, {}), (64, 96))
    assert network.architecture == name
    assert network.get_submodule(network.cam_layer) is not None
    assert record.feature_shape[0] == network.feature_channels
    assert record.input_size == (64, 96) and record.feature_shape[1:] == (
        64 // network.stride,
        96 // network.stride,
    )
    assert record.parameters == _weights(name) > 0
    assert record.macs > 1_000_000
    json.dumps(dict(record.arguments), allow_nan=False)


@pytest.mark.parametrize("name", NETWORKS.names())
def test_shapes_without_arithmetic(name: str) -> None:
    network = _meta(name)
    features = network.forward_features(torch.empty(2, 3, 64, 64, device="meta"))
    assert features.shape[:2] == (2, network.feature_channels)
    assert network.forward_head(features, _topology(network)).shape == (2, 3)


@pytest.mark.parametrize("name", NETWORKS.names())
def test_a_second_input_is_taken_where_it_is_needed_and_nowhere_else(name: str) -> None:
    network = _meta(name)
    x = torch.empty(2, 3, 64, 64, device="meta")
    features = network.forward_features(x)
    size = network.topology_inputs
    wrong = [None, torch.empty(2, size + 1), torch.empty(1, size)] if size else [torch.empty(2, 5)]
    for topology in wrong:
        with pytest.raises(ValueError, match="topology"):
            network(x, topology)
        with pytest.raises(ValueError, match="topology"):
            network.forward_head(features, topology)


@pytest.mark.parametrize("name", NETWORKS.names())
def test_gates_come_from_networks_that_say_they_have_them(name: str) -> None:
    network = _meta(name)
    x = torch.empty(2, 3, 64, 96, device="meta")
    if network.attention != "cbam":
        with pytest.raises(ValueError, match="no attention"):
            network.forward_attention(x)
        return
    features, channel_gate, spatial_gate = network.forward_attention(x)
    assert features.shape[2:] == spatial_gate.shape[1:] == (2, 3)
    assert channel_gate.shape == features.shape[:2]


@pytest.mark.parametrize("name", NETWORKS.names())
def test_self_attention_comes_from_transformers(name: str) -> None:
    network = _meta(name)
    x = torch.empty(2, 3, 64, 96, device="meta")
    if network.attention != "self":
        with pytest.raises(ValueError, match="no self-attention"):
            network.forward_rollout(x)
        return
    features, attentions = network.forward_rollout(x)
    assert features.shape == network.forward_features(x).shape
    count = attentions[0].shape[-1]
    assert features.shape[2] * features.shape[3] <= count
    assert {(len(one), one.shape[2], one.shape[3]) for one in attentions} == {(2, count, count)}


@pytest.mark.parametrize("name", RUN)
def test_forward_is_head_of_features_and_stores_nothing(name: str) -> None:
    network, x = _built(name), _images()
    topology = _topology(network)
    before = _state(network)
    weights = copy.deepcopy(network.state_dict())
    with torch.no_grad():
        features = network.forward_features(x)
        logits = network(x, topology)
        again = network(x, topology)
        assert torch.equal(network.forward_head(features, topology), logits)
    assert torch.equal(logits, again)
    assert logits.dtype == torch.float32 and bool(torch.isfinite(logits).all())
    assert _state(network) == before
    assert all(torch.equal(value, weights[key]) for key, value in network.state_dict().items())


@pytest.mark.parametrize("name", RUN)
def test_cam_layer_outputs_the_features(name: str) -> None:
    network, x = _built(name), _images()
    seen: list[torch.Tensor] = []
    handle = network.get_submodule(network.cam_layer).register_forward_hook(
        lambda m, i, out: seen.append(out)
    )
    with torch.no_grad():
        network(x, _topology(network))
        handle.remove()
        assert len(seen) == 1
        assert torch.equal(seen[0], network.forward_features(x))


@pytest.mark.parametrize("name", RUN)
def test_rows_do_not_depend_on_each_other(name: str) -> None:
    network, x = _built(name), _images()
    with torch.no_grad():
        topology = _topology(network)
        second = None if topology is None else topology[1:]
        assert torch.allclose(network(x, topology)[1:], network(x[1:], second), atol=1e-5)


@pytest.mark.parametrize("name", RUN)
def test_weights_round_trip_exactly_after_rounding(name: str) -> None:
    network, x = _built(name), _images()
    round_weights_(network)
    content = dump_weights(network)
    torch.manual_seed(7)
    other = build_network(name, ARGUMENTS.get(name, {}), 3).eval()
    load_weights(other, content, "weights.safetensors")
    state = network.state_dict()
    assert all(torch.equal(value, state[key]) for key, value in other.state_dict().items())
    assert dump_weights(other) == content
    with torch.no_grad():
        topology = _topology(network)
        assert torch.equal(other(x, topology), network(x, topology))
