"""Export to ONNX: the gate refuses what differs, weights are halved without loss, the batch is free."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import pytest
import torch

from core.errors import ParityError
from core.export import check_parity, export_onnx, pack_weights
from core.networks.base import Network, build_network
from core.networks.weights import round_weights_
from core.sessions import FEATURES_OUTPUT, INPUT_NAME, OUTPUT_NAME, TOPOLOGY_NAME, build_session

SIZE = 32
ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="module")
def network() -> Network:
    with torch.random.fork_rng():
        torch.manual_seed(0)
        network = build_network("resnet18", {}, 3)
        network(torch.rand(8, 3, SIZE, SIZE))  # in training mode: batch normalisation gets statistics
    round_weights_(network)
    return network.eval()


@pytest.fixture(scope="module")
def content(network: Network) -> bytes:
    return export_onnx(network, height=SIZE, width=SIZE)


@pytest.fixture(scope="module")
def images() -> np.ndarray:
    return np.random.default_rng(0).random((5, 3, SIZE, SIZE), np.float32)


def run(content: bytes, images: np.ndarray) -> np.ndarray:
    return build_session(content, threads=1).run([OUTPUT_NAME], {INPUT_NAME: images})[0]


def test_the_gate_lets_the_same_network_through(content, network, images):
    assert 0 <= check_parity(content, network, images, name="x.onnx") <= 1e-5


def test_features_are_the_mean_of_the_last_map(content, network, images):
    (features,) = build_session(content, threads=1).run([FEATURES_OUTPUT], {INPUT_NAME: images})
    with torch.inference_mode():
        maps = network.forward_features(torch.from_numpy(images)).numpy()
    assert features.shape == (5, network.feature_channels) and features.dtype == np.float32
    assert features == pytest.approx(maps.mean(axis=(2, 3)), abs=1e-5)


def test_the_gate_refuses_other_features_with_the_same_logits(content, network, images):
    """The last map doubled and the classifier halved: the same answers from other features."""
    other = build_network("resnet18", {}, 3)
    other.load_state_dict(network.state_dict())
    head = other.get_submodule("body.fc")
    with torch.no_grad():
        head.weight.mul_(0.5)
    other.get_submodule("features_out").register_forward_hook(lambda *found: 2 * found[-1])
    with pytest.raises(ParityError, match="features differ"):
        check_parity(content, other, images, name="student.onnx")


@pytest.mark.parametrize("shift", [0.01, float("nan")])
def test_the_gate_refuses_another_network(content, images, shift, network):
    other = build_network("resnet18", {}, 3)
    other.load_state_dict(network.state_dict())
    bias = other.get_submodule("body.fc").bias
    with torch.no_grad():
        bias[0] += shift
    with pytest.raises(ParityError, match=r"^student\.onnx: ") as caught:
        check_parity(content, other, images, name="student.onnx")
    assert "Nothing was saved" in caught.value.remedy


def test_the_gate_refuses_another_number_of_classes(content, images):
    with pytest.raises(ParityError, match=r"logits, of shape \(5, 3\) against the network's \(5, 2\)"):
        check_parity(content, build_network("resnet18", {}, 2), images, name="x.onnx")


def test_the_tolerance_decides(content, network, images):
    with pytest.raises(ParityError, match=r"at most -1e\+00 allowed"):
        check_parity(content, network, images, name="x.onnx", tolerance=-1.0)


def test_the_batch_is_free(content, network, images):
    together = run(content, images)
    assert together.shape == (5, 3)
    for index, image in enumerate(images):
        assert run(content, image[None]) == pytest.approx(together[index : index + 1], abs=1e-5)


def test_weights_are_float16_and_no_value_changes(content, network):
    model = onnx.load_from_string(content)
    large = [w for w in model.graph.initializer if np.prod(w.dims) >= 256]
    assert {w.data_type for w in large} == {onnx.TensorProto.FLOAT16}
    stored = {onnx.numpy_helper.to_array(w).astype(np.float32).tobytes() for w in large}
    for name, weight in network.named_parameters():
        if weight.numel() >= 256:
            assert weight.detach().numpy().tobytes() in stored, name
    assert len(content) < 2.2 * sum(weight.numel() for weight in network.parameters())


def test_a_weight_that_float16_cannot_hold_is_left_alone():
    exact, fine = np.ones(512, np.float32), np.full(512, 1 + 1e-4, np.float32)
    huge, small = np.full(512, 1e6, np.float32), np.ones(8, np.float32)
    values = {"exact": exact, "fine": fine, "huge": huge, "small": small}
    names = list(values)
    helper = onnx.helper
    model = helper.make_model(
        helper.make_graph(
            [helper.make_node("Concat", names, ["out"], axis=0)],
            "g",
            [],
            [helper.make_tensor_value_info("out", onnx.TensorProto.FLOAT, [3 * 512 + 8])],
            [onnx.numpy_helper.from_array(value, name) for name, value in values.items()],
        ),
        opset_imports=[helper.make_opsetid("", 20)],
        ir_version=10,
    )
    before = build_session(model.SerializeToString()).run(None, {})[0]
    pack_weights(model)
    kinds = {w.name: w.data_type for w in model.graph.initializer}
    assert kinds.pop("exact.float16") == onnx.TensorProto.FLOAT16
    assert kinds == dict.fromkeys(("fine", "huge", "small"), onnx.TensorProto.FLOAT)
    onnx.checker.check_model(model)
    assert np.array_equal(build_session(model.SerializeToString()).run(None, {})[0], before)


def test_the_file_is_one_file_with_plain_names(content):
    model = onnx.load_from_string(content)
    assert [value.name for value in model.graph.input] == [INPUT_NAME]
    assert [value.name for value in model.graph.output] == [OUTPUT_NAME, FEATURES_OUTPUT]
    assert not any(w.external_data for w in model.graph.initializer)
    assert {node.domain for node in model.graph.node} <= {"", "ai.onnx"}
    assert not model.functions


def test_nothing_is_said_of_the_machine_that_exported(content):
    for trace in (b"/core/networks", b"site-packages", b"stack_trace", b'.py"', str(ROOT).encode()):
        assert trace not in content, trace


BOTH = {
    "backbone": {"architecture": "timm", "arguments": {"model": "mobilenetv3_small_050"}},
    "gate_start": None,
    "topology_inputs": 16,
}
WITH_TOPOLOGY = {
    "attentive": BOTH,
    "flip_average": {"architecture": "attentive", "arguments": BOTH},
    "ensemble": {"members": [{"architecture": "attentive", "arguments": BOTH}, BOTH["backbone"]]},
}


@pytest.mark.parametrize(
    "architecture",
    [
        "attentive",
        pytest.param("flip_average", marks=pytest.mark.slow),
        pytest.param("ensemble", marks=pytest.mark.slow),
    ],
)
def test_a_second_input_is_exported_with_the_same_free_batch(architecture, images):
    with torch.random.fork_rng():
        torch.manual_seed(0)
        network = build_network(architecture, WITH_TOPOLOGY[architecture], 3)
        with torch.no_grad():
            network(torch.rand(8, 3, SIZE, SIZE), torch.rand(8, 16))
    round_weights_(network)
    network.eval()
    content = export_onnx(network, height=SIZE, width=SIZE)
    topology = np.random.default_rng(1).random((5, 16), np.float32)
    session = build_session(content, threads=1)
    assert [(value.name, value.shape[1:]) for value in session.get_inputs()] == [
        (INPUT_NAME, [3, SIZE, SIZE]),
        (TOPOLOGY_NAME, [16]),
    ]
    for n in (1, 5):
        assert check_parity(content, network, images[:n], name="x.onnx", topology=topology[:n]) <= 1e-4
    moved = session.run([OUTPUT_NAME], {INPUT_NAME: images, TOPOLOGY_NAME: topology + 1})[0]
    still = session.run([OUTPUT_NAME], {INPUT_NAME: images, TOPOLOGY_NAME: topology})[0]
    assert np.abs(moved - still).max() > 1e-3
    with pytest.raises(ValueError, match="topology is missing"):
        check_parity(content, network, images, name="x.onnx")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("architecture", "arguments"),
    [("flip_average", {"architecture": "mobilenetv3_small_100"}), ("tf_efficientnet_lite0", {})],
)
def test_shipped_kinds_of_network_export(architecture, arguments, images):
    with torch.random.fork_rng():
        torch.manual_seed(0)
        network = build_network(architecture, arguments, 7)
    round_weights_(network)
    content = export_onnx(network, height=SIZE, width=SIZE)
    assert check_parity(content, network, images, name="x.onnx") <= 1e-4
