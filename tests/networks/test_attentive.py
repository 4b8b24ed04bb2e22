"""CBAM and the topological branch around a timm network: shapes, ablation, pretrained weights, wrappers."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from torch import Tensor

from core.errors import ConfigError
from core.networks.base import Network, build_network, describe_network
from core.networks.batchnorm import reestimate_batchnorm
from core.networks.ensemble import combine_members
from core.networks.flip_average import FLIPS, average_flips
from core.networks.imagenet import LOCAL_WEIGHTS, LocalWeights
from core.networks.pretrained import load_pretrained
from core.networks.topology_branch import TopologyBranch
from core.networks.weights import dump_weights

SMALL = {"architecture": "timm", "arguments": {"model": "mobilenetv3_small_050"}}


def _attentive(*, num_classes: int = 3, backbone: object = SMALL, **arguments: object) -> Network:
    torch.manual_seed(0)
    return build_network("attentive", {"backbone": backbone, **arguments}, num_classes).eval()


def _images(n: int = 2, size: int = 64) -> Tensor:
    return torch.rand(n, 3, size, size, generator=torch.Generator().manual_seed(1))


def _topology(n: int = 2, size: int = 16) -> Tensor:
    return torch.rand(n, size, generator=torch.Generator().manual_seed(2))


@pytest.mark.parametrize(("name", "channels"), [("efficientnet_b2", 1408), ("efficientnet_b5", 2048)])
def test_the_documents_networks(name: str, channels: int) -> None:
    """DR8: 1408 + 128 = 1536 to 5 for the student."""
    with torch.device("meta"):
        network = _attentive(
            num_classes=5, backbone={"architecture": name, "arguments": {}}, topology_inputs=1024
        )
        x, topology = torch.empty(1, 3, 224, 224), torch.empty(1, 1024)
        assert network(x, topology).shape == (1, 5)
        features, channel_gate, spatial_gate = network.forward_attention(x)
    assert network.body.get_classifier().weight.shape == (5, channels + 128)
    assert network.topology_branch.layers[0].weight.shape == (512, 1024)
    assert network.topology_branch.layers[3].weight.shape == (128, 512)
    assert network.cbam.channel[0].weight.shape == (channels // 16, channels)
    assert network.cbam.spatial.weight.shape == (1, 2, 7, 7)
    assert features.shape == (1, channels, 7, 7) and channel_gate.shape == (1, channels)
    assert spatial_gate.shape == (1, 7, 7)


def test_the_branch_by_hand() -> None:
    branch = TopologyBranch(2, (2, 1)).eval()
    with torch.no_grad():
        branch.layers[0].weight.copy_(torch.tensor([[1.0, 2.0], [-1.0, 0.0]]))
        branch.layers[0].bias.copy_(torch.tensor([0.5, 0.0]))
        branch.layers[3].weight.copy_(torch.tensor([[3.0, 7.0]]))
        branch.layers[3].bias.fill_(-1.0)
        assert branch(torch.tensor([[1.0, 0.25]])).tolist() == [[3 * 2.0 - 1.0]]
        assert branch(torch.tensor([[0.0, -5.0]])).tolist() == [[0.0]]


def test_dropout_of_the_branch_acts_in_training_only() -> None:
    torch.manual_seed(0)
    branch, topology = TopologyBranch(64, (256, 128), drop_rate=0.5), torch.rand(1, 64)
    assert not torch.equal(branch(topology), branch(topology))
    branch.eval()
    assert torch.equal(branch(topology), branch(topology))


@pytest.mark.parametrize(
    "backbone",
    [
        SMALL,
        {"architecture": "mobilenetv2_100", "arguments": {"normalisation": "half"}},
        {"architecture": "resnet18"},
        {"architecture": "timm", "arguments": {"model": "convnext_atto"}},
    ],
    ids=["own head", "mobilenetv2", "fc", "head.fc"],
)
def test_with_both_off_it_is_the_backbone(backbone: dict) -> None:
    network = _attentive(backbone=backbone, attention="none")
    torch.manual_seed(0)
    plain = build_network(backbone["architecture"], backbone.get("arguments", {}), 3).eval()
    assert {name: tuple(value.shape) for name, value in plain.state_dict().items()} == {
        name: tuple(value.shape) for name, value in network.state_dict().items()
    }
    assert all(torch.equal(value, plain.state_dict()[name]) for name, value in network.state_dict().items())
    with torch.no_grad():
        assert torch.equal(network(_images()), plain(_images()))
        full = _attentive(backbone=backbone, topology_inputs=16)
        assert full(_images(), _topology()).shape == (2, 3)
    assert full.body.get_classifier().in_features == plain.body.get_classifier().in_features + 128


def test_cbam_alone_scales_the_features_it_starts_from() -> None:
    plain, gated = _attentive(attention="none"), _attentive(gate_start=0.9)
    gated.load_state_dict(plain.state_dict(), strict=False)
    with torch.no_grad():
        wanted = 0.81 * plain.forward_features(_images())
        assert torch.allclose(gated.forward_features(_images()), wanted, atol=1e-5)
        assert torch.allclose(gated(_images()), plain.forward_head(wanted), atol=1e-5)


def test_logits_are_the_linear_layer_of_both_parts() -> None:
    network, x, topology = _attentive(topology_inputs=16, gate_start=None), _images(), _topology()
    with torch.no_grad():
        pooled = network.body.forward_head(network.forward_features(x), pre_logits=True)
        both = np.concatenate([pooled.numpy(), network.topology_branch(topology).numpy()], axis=1)
        classifier = network.body.get_classifier()
        wanted = both @ classifier.weight.numpy().T + classifier.bias.numpy()
        assert np.allclose(network(x, topology).numpy(), wanted, atol=1e-5)
        assert pooled.shape[1] == 1024, "MobileNetV3's conv_head stays"
        assert torch.equal(network.forward_attention(x).features, network.forward_features(x))
        moved = network(x, topology + 1)
    assert not torch.allclose(moved, network(x, topology), atol=1e-4)


def test_the_branch_is_counted() -> None:
    """64 x 32 + 32 x 16 multiply-accumulates, 16 more inputs to the 3 classes, and the biases as weights."""
    plain = describe_network(_attentive(attention="none"), "attentive", {}, (64, 64))
    network = _attentive(attention="none", topology_inputs=64, topology_hidden=[32, 16])
    found = describe_network(network, "attentive", {}, (64, 64))
    products = 64 * 32 + 32 * 16 + 16 * 3
    assert found.macs - plain.macs == products
    assert found.parameters - plain.parameters == products + 32 + 16


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"attention": "se"}, "cbam, none"),
        ({"kernel_size": 6}, "kernel_size=6"),
        ({"reduction": 0}, "reduction=0"),
        ({"topology_inputs": -1}, "topology_inputs=-1"),
        ({"topology_inputs": 8, "topology_hidden": []}, "topology_hidden"),
        ({"topology_inputs": 8, "topology_drop_rate": 1.0}, "topology_drop_rate"),
        ({"backbone": {"name": "resnet18"}}, "'architecture'"),
        ({"backbone": {"architecture": "resnet"}}, "resnet18"),
        ({"backbone": {"architecture": "flip_average", "arguments": SMALL}}, "not one timm network"),
        ({"backbone": {"architecture": "attentive", "arguments": {"backbone": SMALL}}}, "not one timm"),
        ({"colour": 1}, "colour"),
    ],
)
def test_wrong_arguments_say_what_to_do(arguments: dict, words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        _attentive(**arguments)


def test_flip_average_gives_every_view_the_topology() -> None:
    inner = _attentive(topology_inputs=16, gate_start=None)
    network = average_flips(inner).eval()
    x, topology = _images(), _topology()
    assert network.topology_inputs == 16 and network.attention == "cbam"
    with torch.no_grad():
        views = [inner(x.flip(axes), topology) for axes in FLIPS]
        assert torch.allclose(network(x, topology), torch.stack(views).mean(0), atol=1e-5)
        gates = [inner.forward_attention(x.flip(axes)) for axes in FLIPS]
        found = network.forward_attention(x)
        mirrored = network.forward_attention(x.flip(3))
    spatial = [gate.spatial_gate[:, None].flip(axes)[:, 0] for gate, axes in zip(gates, FLIPS, strict=True)]
    assert torch.allclose(found.spatial_gate, torch.stack(spatial).mean(0), atol=1e-5)
    assert torch.allclose(
        found.channel_gate, torch.stack([gate.channel_gate for gate in gates]).mean(0), atol=1e-5
    )
    assert found.features.shape == (2, inner.feature_channels, 2, 2)
    assert torch.allclose(mirrored.spatial_gate.flip(2), found.spatial_gate, atol=1e-5)
    assert torch.allclose(mirrored.features.flip(3), found.features, atol=1e-4)


def test_an_ensemble_gives_the_topology_to_members_that_take_it() -> None:
    plain = build_network(SMALL["architecture"], SMALL["arguments"], 3).eval()
    parts = [_attentive(topology_inputs=16), plain]
    network = combine_members(parts).eval()
    x, topology = _images(), _topology()
    assert network.topology_inputs == 16 and network.attention == "none"
    with torch.no_grad():
        members = network.forward_members(x, topology)
        assert torch.equal(members, torch.stack([parts[0](x, topology), parts[1](x)]))
        assert torch.equal(network(x, topology), members.mean(0))
    rebuilt = build_network(network.architecture, network.arguments, 3)
    assert rebuilt.state_dict().keys() == network.state_dict().keys()
    with pytest.raises(ConfigError, match=r"\[8, 16\]"):
        combine_members([parts[0], _attentive(topology_inputs=8)])


def test_pretrained_weights_fill_the_body_and_nothing_else(tmp_path: Path) -> None:
    import timm

    torch.manual_seed(5)
    state = dict(timm.create_model("mobilenetv3_small_050", num_classes=1000).state_dict())
    save_file(state, tmp_path / "body.safetensors")
    network = _attentive(topology_inputs=16)
    before = {name: value.clone() for name, value in network.state_dict().items()}
    (report,) = load_pretrained(average_flips(network), str(tmp_path / "body.safetensors"))
    assert report.fresh == ("classifier", "cbam", "topology_branch")
    for name, value in network.state_dict().items():
        own = name.startswith(("cbam.", "topology_branch.", "body.classifier.", "normalise."))
        assert torch.equal(value, before[name] if own else state[name.removeprefix("body.")]), name


def test_our_plain_weights_can_start_it(tmp_path: Path) -> None:
    plain = build_network(SMALL["architecture"], SMALL["arguments"], 3)
    (tmp_path / "plain.safetensors").write_bytes(dump_weights(plain))
    network = _attentive(topology_inputs=16)
    load_pretrained(network, str(tmp_path / "plain.safetensors"))
    assert torch.equal(network.body.conv_stem.weight, plain.body.conv_stem.weight.half().float())


def test_batch_statistics_can_be_taken_without_a_topology() -> None:
    network, x, topology = _attentive(topology_inputs=16, gate_start=None), _images(8), _topology(8)
    with torch.no_grad():
        before = network(x, topology)
        reestimate_batchnorm(network, x)
        after = network(x, topology)
    assert torch.allclose(after, before, atol=1e-4 * float(before.abs().max()))


@pytest.mark.realdata
@pytest.mark.parametrize("record", [r for r in LOCAL_WEIGHTS if r.automatic], ids=lambda record: record.name)
def test_local_imagenet_weights_start_it(record: LocalWeights) -> None:
    arguments = {"normalisation": record.normalisation, **record.options}
    network = _attentive(
        backbone={"architecture": record.timm_name, "arguments": arguments}, topology_inputs=1024
    )
    plain = build_network(record.timm_name, arguments, 3).eval()
    (report,), _ = load_pretrained(network), load_pretrained(plain)
    assert report.source == record.file_name
    assert report.fresh == (*record.absent, "classifier", "cbam", "topology_branch")
    with torch.no_grad():
        wanted = 0.81 * plain.forward_features(_images())
        found = network.forward_features(_images())
    assert torch.allclose(found, wanted, atol=1e-5 * float(wanted.abs().max()))


@pytest.mark.parametrize("kernel", [3, 9, [3, 5, 7, 9]])
def test_convnext_takes_its_kernel_size(kernel: int | list[int]) -> None:
    """DR4: ConvNeXt with kernel 3 to 9, alone and with CBAM and topology."""
    arguments = {
        "model": "convnext_atto",
        "depths": [1, 1, 1, 1],
        "dims": [8, 8, 16, 16],
        "kernel_sizes": kernel,
    }
    network = build_network("timm", arguments, 5).eval()
    sizes = [network.get_submodule(f"body.stages.{stage}.blocks.0.conv_dw").kernel_size for stage in range(4)]
    wanted = kernel if isinstance(kernel, list) else [kernel] * 4
    assert sizes == [(size, size) for size in wanted]
    both = _attentive(
        num_classes=5, backbone={"architecture": "timm", "arguments": arguments}, topology_inputs=16
    )
    with torch.no_grad():
        assert network(_images()).shape == both(_images(), _topology()).shape == (2, 5)
    assert both.classifier_layer == "head.fc" and both.get_submodule("body.head.fc").in_features == 16 + 128
