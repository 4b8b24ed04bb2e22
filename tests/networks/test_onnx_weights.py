"""The served file holds the weights: read back bit for bit, and refused in words when it does not."""

from __future__ import annotations

import numpy as np
import onnx
import pytest
import torch

from core.errors import WeightsError
from core.export import export_onnx
from core.networks.base import Network, build_network
from core.networks.onnx_weights import gives_back_weights, read_onnx_weights
from core.networks.weights import round_weights_
from core.release.serve import choose_files

NAME = "mobilenetv3_small_100"


def build(seed: int = 0, architecture: str = NAME) -> Network:
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        network = build_network(architecture, {}, 3)
        network(torch.rand(4, 3, 32, 32))  # in training mode: batch normalisation gets statistics
    round_weights_(network)
    return network.eval()


@pytest.fixture(scope="module")
def network() -> Network:
    return build()


@pytest.fixture(scope="module")
def content(network: Network) -> bytes:
    return export_onnx(network, height=32, width=32)


def test_every_weight_comes_back_bit_for_bit(content, network):
    other = build(seed=1)
    read_onnx_weights(content, other, "student.onnx")
    found = other.state_dict()
    for key, tensor in network.state_dict().items():
        if not key.endswith("num_batches_tracked"):
            assert tensor.numpy().tobytes() == found[key].numpy().tobytes(), key
    x = torch.rand(2, 3, 32, 32)
    with torch.inference_mode():
        assert torch.equal(other(x), network(x))


@pytest.mark.slow
def test_turned_weights_of_a_transformer_keep_their_names():
    arguments = {"depth": 2}
    network = build_network("hybrid_vit", arguments, 3)
    round_weights_(network)
    assert list(choose_files(network, "teacher", export_onnx(network, height=64, width=64))) == [
        "teacher.onnx"
    ]


def alter(content: bytes, change: str) -> bytes:
    model = onnx.load_from_string(content)
    weights = model.graph.initializer
    place = next(i for i, weight in enumerate(weights) if weight.name == "body.classifier.bias")
    values = onnx.numpy_helper.to_array(weights[place]).copy()
    if change == "missing":
        weights[place].name = "val_1"
    elif change == "shape":
        weights[place].CopyFrom(onnx.numpy_helper.from_array(np.zeros(4, np.float32), weights[place].name))
    elif change == "moved":
        values[0] += 2**-20
        weights[place].CopyFrom(onnx.numpy_helper.from_array(values, weights[place].name))
    else:
        values[0] = np.nan
        weights[place].CopyFrom(onnx.numpy_helper.from_array(values, weights[place].name))
    return bytes(model.SerializeToString())


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("missing", "it lacks body.classifier.bias"),
        ("shape", r"body.classifier.bias has shape \(4,\), the network expects \(3,\)"),
        ("nan", "body.classifier.bias holds values that are not finite"),
    ],
)
def test_what_does_not_fit_is_refused_and_changes_nothing(content, change, said):
    other = build(seed=1)
    before = {key: tensor.clone() for key, tensor in other.state_dict().items()}
    with pytest.raises(WeightsError, match=rf"^student\.onnx: {said}"):
        read_onnx_weights(alter(content, change), other, "student.onnx")
    assert all(torch.equal(tensor, before[key]) for key, tensor in other.state_dict().items())


@pytest.mark.parametrize("junk", [b"", b"not a model", b"\x08\x0a"])
def test_what_is_no_onnx_file_is_refused(network, junk):
    with pytest.raises(WeightsError, match=r"not .*ONNX file"):
        read_onnx_weights(junk, build(seed=1))


def test_another_architecture_is_refused(content):
    with pytest.raises(WeightsError, match=r"body\.bn1\.weight has shape \(16,\)"):
        read_onnx_weights(content, build(architecture="resnet18"))


def test_a_file_that_loses_a_bit_needs_a_second_one(content, network):
    assert gives_back_weights(content, network, build(seed=1))
    assert not gives_back_weights(alter(content, "moved"), network, build(seed=1))
    assert list(choose_files(network, "student", content)) == ["student.onnx"]
    both = choose_files(network, "student", alter(content, "missing"))
    assert list(both) == ["student.onnx", "student.safetensors"]
