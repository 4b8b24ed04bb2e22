from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor

from core.errors import ConfigError, WeightsError
from core.explain.attention import explain_attention
from core.explain.cbam_gate import UNIT, explain_cbam_gate
from core.networks.base import AttentionOutput, Network, build_network
from tests.explain.cam_package import Pooled, draw_images


class Gated(Pooled):
    """The spatial gate is the picture's red on a grid half as fine."""

    attention = "cbam"

    def forward_attention(self, x: Tensor) -> AttentionOutput:
        maps = self.pool(x)
        gate = maps[:, 0]
        return AttentionOutput(self.features_out(gate[:, None] * maps), torch.ones(len(x), 3), gate)

    def forward_features(self, x: Tensor) -> Tensor:
        return self.forward_attention(x).features


def gated(red: list[list[float]]) -> tuple[Network, Tensor]:
    x = torch.zeros(1, 3, 2 * len(red), 2 * len(red[0]))
    x[0, 0] = torch.tensor(red).repeat_interleave(2, 0).repeat_interleave(2, 1)
    return Gated([[1.0, 0.0, 0.0]], [0.0]).eval(), x


def test_values_by_hand() -> None:
    """Gates .9, .7, .7 and .5, mean .7: only the first lets more through than that, by .2."""
    heatmap = explain_cbam_gate(*gated([[0.9, 0.7], [0.7, 0.5]]), 0, "c")
    assert np.allclose(heatmap.values, [[1.0, 0.0], [0.0, 0.0]], atol=1e-6)
    assert heatmap.peak == pytest.approx(0.2) and heatmap.unit == UNIT


def test_peaks_of_two_pictures_compare() -> None:
    near, far = (explain_cbam_gate(*gated([[0.5 + d, 0.5 - d]]), 0, "c").peak for d in (0.02, 0.2))
    assert far == pytest.approx(10 * near, rel=1e-4)


@pytest.mark.parametrize("gate", [0.0, 0.3, 1.0])
def test_a_gate_that_is_the_same_everywhere_gives_no_evidence(gate: float) -> None:
    network, x = gated([[gate] * 3] * 3)
    assert explain_cbam_gate(network, x, 0, "c").state == "no_evidence"
    x[0, 0, 0, 0] += 1e-7
    assert explain_cbam_gate(network, x, 0, "c").state == "no_evidence", "rounding is no finding"


@pytest.mark.parametrize("flips", [False, True])
def test_a_real_network_s_map_is_its_gate_above_the_mean(flips: bool) -> None:
    torch.manual_seed(0)
    arguments = {"backbone": {"architecture": "mobilenetv3_small_100"}, "gate_start": None}
    network = build_network("attentive", arguments, 3)
    if flips:
        network = build_network("flip_average", {"architecture": "attentive", "arguments": arguments}, 3)
    network, x = network.eval(), draw_images(1)
    attention = explain_attention(network, x)
    assert attention is not None
    gate = attention.spatial_gate
    heatmap = explain_cbam_gate(network, x, 2, "c")
    assert np.allclose(heatmap.values * heatmap.peak, np.maximum(gate - gate.mean(), 0), atol=1e-6)
    assert heatmap.state == "ok"
    if flips:
        turned = explain_cbam_gate(network, x.flip(3), 2, "c").values[:, ::-1]
        assert np.allclose(heatmap.values, turned, atol=1e-3)


def test_a_network_without_gates_is_refused() -> None:
    with pytest.raises(ConfigError, match="no CBAM gates"):
        explain_cbam_gate(Pooled([[1.0, 0.0, 0.0]], [0.0]).eval(), draw_images(1, 4), 0, "c")


def test_a_gate_that_is_not_finite_is_an_error() -> None:
    with pytest.raises(WeightsError, match="not finite"):
        explain_cbam_gate(*gated([[0.5, float("nan")]]), 0, "c")
