"""CBAM's gates: the network's own values, ranked by hand, and correlated with a heat map."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy import stats
from torch import Tensor, nn

from core.errors import WeightsError
from core.explain.attention import correlate_heatmaps, correlate_maps, explain_attention
from core.explain.gradcam import explain_gradcam
from core.networks.base import AttentionOutput, Network, build_network
from core.networks.flip_average import average_flips
from core.types import AttentionMaps, Heatmap

BACKBONE = {"architecture": "timm", "arguments": {"model": "mobilenetv3_small_050"}}


class Gated(Network):
    """Three channels: colours on a 2 x 2 grid, gated .5, 1 and .25; the left column is half shut."""

    def __init__(self, spoilt: float = 0.0) -> None:
        super().__init__(2, 3)
        self.attention = "cbam"
        self.features_out = nn.Identity()
        self.spoilt = spoilt

    def forward_attention(self, x: Tensor) -> AttentionOutput:
        gate = torch.tensor([[0.5, 1.0], [0.5, 1.0]]).expand(len(x), 2, 2)
        channel = torch.tensor([0.5, 1.0, 0.25]).expand(len(x), 3) + self.spoilt
        pooled = nn.functional.avg_pool2d(x, x.shape[3] // 2)
        return AttentionOutput(gate[:, None] * channel[..., None, None] * pooled, channel, gate)

    def forward_features(self, x: Tensor) -> Tensor:
        return self.features_out(self.forward_attention(x).features)

    def forward_head(self, features: Tensor, topology: Tensor | None = None) -> Tensor:
        return features.mean((2, 3))[:, :2]


def _real(**arguments: object) -> Network:
    torch.manual_seed(0)
    return build_network("attentive", {"backbone": BACKBONE, "gate_start": None, **arguments}, 3).eval()


def _image() -> Tensor:
    return torch.rand(1, 3, 96, 64, generator=torch.Generator().manual_seed(1))


def test_channels_are_ranked_by_what_passes_on() -> None:
    x = torch.tensor([0.8, 0.2, 1.0]).view(1, 3, 1, 1).expand(1, 3, 4, 4)
    maps = explain_attention(Gated().eval(), x, top=2)
    assert maps is not None
    assert maps.spatial_gate.tolist() == [[0.5, 1.0], [0.5, 1.0]]
    assert maps.channel_gates.tolist() == [0.5, 1.0, 0.25]
    assert [channel.channel for channel in maps.channels] == [0, 2], "the widest gate is not the strongest"
    assert [channel.strength for channel in maps.channels] == pytest.approx([0.3, 0.1875])
    assert [channel.gate for channel in maps.channels] == [0.5, 0.25]
    assert np.allclose(maps.channels[0].values, [[0.2, 0.4], [0.2, 0.4]])


@pytest.mark.parametrize("averaged", [False, True])
def test_they_are_the_network_s_own_gates(averaged: bool) -> None:
    network = average_flips(_real()).eval() if averaged else _real(topology_inputs=16)
    before = {key: sorted(module.__dict__) for key, module in network.named_modules()}
    maps = explain_attention(network, _image())
    with torch.no_grad():
        features, channel_gate, spatial_gate = network.forward_attention(_image())
    assert maps is not None and len(maps.channels) == 6
    assert np.array_equal(maps.spatial_gate, spatial_gate[0].numpy()) and maps.spatial_gate.shape == (3, 2)
    assert np.array_equal(maps.channel_gates, channel_gate[0].numpy())
    for array in (maps.spatial_gate, maps.channel_gates, maps.channels[0].values):
        assert array.dtype == np.float32 and not array.flags.writeable
    for channel in maps.channels:
        assert np.array_equal(channel.values, features[0, channel.channel].numpy())
    strengths = [channel.strength for channel in maps.channels]
    assert strengths == sorted(strengths, reverse=True)
    assert strengths[0] == pytest.approx(float(features[0].mean((1, 2)).max()), rel=1e-5)
    assert {key: sorted(module.__dict__) for key, module in network.named_modules()} == before


def test_a_mirror_image_has_the_mirrored_gate() -> None:
    network = average_flips(_real()).eval()
    there, back = explain_attention(network, _image()), explain_attention(network, _image().flip(3))
    assert there is not None and back is not None
    assert np.allclose(back.spatial_gate[:, ::-1], there.spatial_gate, atol=1e-5)
    assert np.allclose(back.channel_gates, there.channel_gates, atol=1e-5)


def test_a_network_without_gates_has_no_maps() -> None:
    assert explain_attention(_real(attention="none"), _image()) is None
    assert explain_attention(average_flips(_real(attention="none")).eval(), _image()) is None


def test_grad_cam_is_taken_at_the_refined_map_and_needs_the_topology() -> None:
    network, topology = _real(topology_inputs=16), torch.rand(1, 16)
    heatmap = explain_gradcam(network, _image(), 1, "b", topology=topology)
    maps = explain_attention(network, _image())
    assert maps is not None and heatmap.values.shape == maps.spatial_gate.shape
    assert -1 <= correlate_maps(heatmap.values, maps).rho <= 1
    with pytest.raises(ValueError, match="topology is missing"):
        explain_gradcam(network, _image(), 1, "b")
    with pytest.raises(ValueError, match="topology is not taken"):
        explain_gradcam(_real(), _image(), 1, "b", topology=topology)


@pytest.mark.parametrize(
    ("train", "shape", "top", "words"),
    [
        (True, (1, 3, 8, 8), 6, "eval mode"),
        (False, (2, 3, 8, 8), 6, "one image"),
        (False, (1, 3, 8, 8), 0, "top must be"),
    ],
)
def test_requests_that_do_not_fit(train: bool, shape: tuple[int, ...], top: int, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        explain_attention(Gated().train(train), torch.zeros(shape), top=top)


def test_gates_that_are_not_finite_are_an_error() -> None:
    with pytest.raises(WeightsError, match="not finite"):
        explain_attention(Gated(spoilt=float("nan")).eval(), torch.ones(1, 3, 8, 8))


def _maps(gate: object) -> AttentionMaps:
    return AttentionMaps(np.asarray(gate, dtype=np.float32), np.ones(3, np.float32), (), "")


def test_correlation_by_hand_and_against_scipy() -> None:
    """Ranks 1 2 3 4 against 1 2 4 3: 1 - 6 x 2 / (4 x 15) = .8."""
    gate = _maps([[0.1, 0.2], [0.3, 0.4]])
    found = correlate_maps(np.array([[0.0, 0.5], [1.0, 0.9]], np.float32), gate)
    assert found.rho == pytest.approx(0.8) and found.cells == 4 and found.defined
    rng = np.random.default_rng(0)
    heat, gates = rng.random((7, 5), np.float32), rng.random((7, 5), np.float32)
    heat[:3] = 0.0  # ties, as a map behind a relu has
    assert correlate_maps(heat, _maps(gates)).rho == pytest.approx(
        np.corrcoef(stats.rankdata(heat), stats.rankdata(gates))[0, 1]
    )
    assert correlate_maps(gates, _maps(gates)).rho == pytest.approx(1.0)
    assert correlate_maps(1 - gates, _maps(gates)).rho == pytest.approx(-1.0)


@pytest.mark.parametrize(
    ("heat", "gate", "words"),
    [
        (np.zeros((2, 2)), [[0.1, 0.2], [0.3, 0.4]], "heat map is the same"),
        (np.eye(2), np.full((2, 2), 0.9), "gate is the same"),
        (np.ones((1, 1)), [[0.5]], "three cells"),
    ],
)
def test_no_order_no_correlation(heat: np.ndarray, gate: object, words: str) -> None:
    found = correlate_maps(heat.astype(np.float32), _maps(gate))
    assert not found.defined and np.isnan(found.rho) and words in found.reason


@pytest.mark.parametrize(
    ("heat", "words"), [(np.eye(3), r"\(2, 2\)"), (np.full((2, 2), np.nan), "must be finite")]
)
def test_maps_that_cannot_be_compared(heat: np.ndarray, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        correlate_maps(heat.astype(np.float32), _maps(np.eye(2)))


def test_heat_maps_of_one_grid_are_correlated_with_their_ties() -> None:
    one, other = ([0.0, 0.0, 0.5, 1.0], [0.0, 0.2, 0.1, 1.0])
    maps = [
        Heatmap(np.array([row], dtype=np.float32), 1.0, "u", "m", "l", "c", "ok")
        for row in (one, other, [0.0] * 4, one[:3])
    ]
    ranks = np.corrcoef([1.5, 1.5, 3, 4], [1, 3, 2, 4])[0, 1]
    assert correlate_heatmaps(maps[0], maps[1]).rho == pytest.approx(ranks)
    assert correlate_heatmaps(maps[0], maps[2]).reason == "the second map is the same everywhere"
    with pytest.raises(ValueError, match="one grid"):
        correlate_heatmaps(maps[0], maps[3])


def test_a_transformer_has_no_gates() -> None:
    torch.manual_seed(0)
    arguments = {"width": 32, "depth": 1, "heads": 2, "grid": 4}
    network = build_network("hybrid_vit", arguments, 3).eval()
    assert explain_attention(network, _image()) is None
