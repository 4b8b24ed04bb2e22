"""Averaging over flips: by hand, invariant, and with maps that lie where the evidence is."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from core.explain.gradcam import explain_gradcam
from core.networks.base import Network, build_network
from core.networks.flip_average import FLIPS, FlipAverage, average_flips
from core.networks.weights import dump_weights, load_weights


class LeftHalf(Network):
    """Logit 0 is the brightness of the left half, so a mirror image answers otherwise."""

    def __init__(self) -> None:
        super().__init__(1, 3)
        self.features_out = nn.Identity()

    def forward_features(self, x: Tensor) -> Tensor:
        return self.features_out(nn.functional.avg_pool2d(x, 4))

    def forward_head(self, features: Tensor, topology: Tensor | None = None) -> Tensor:
        return features[..., : features.shape[3] // 2].mean((1, 2, 3))[:, None]


def test_logits_are_the_mean_over_the_four_flips_by_hand() -> None:
    x = torch.zeros(1, 3, 8, 8)
    x[..., :4] = 0.75
    x[..., 4:] = 0.25
    assert LeftHalf()(x).item() == pytest.approx(0.75)
    assert FlipAverage(LeftHalf())(x).item() == pytest.approx(0.5)


def test_answer_is_the_same_for_mirror_images() -> None:
    torch.manual_seed(0)
    network = average_flips(build_network("mobilenetv3_small_100", {}, 3)).eval()
    x = torch.rand(2, 3, 64, 64)
    with torch.no_grad():
        plain = network.inner(x)
        answers = [network(x.flip(axes)) for axes in FLIPS]
    assert not torch.allclose(plain, answers[0], atol=1e-4)
    for answer in answers[1:]:
        torch.testing.assert_close(answer, answers[0], rtol=0, atol=1e-5)


def test_heat_map_of_a_mirror_image_is_the_mirror_of_the_heat_map() -> None:
    torch.manual_seed(1)
    network = average_flips(build_network("mobilenetv3_small_100", {}, 3)).eval()
    x = torch.rand(1, 3, 96, 64)
    there = explain_gradcam(network, x, 1, "b").values
    back = explain_gradcam(network, x.flip(3), 1, "b").values[:, ::-1]
    assert there.shape == (3, 2)
    torch.testing.assert_close(torch.from_numpy(back.copy()), torch.from_numpy(there), rtol=0, atol=1e-4)


def test_rebuilt_from_its_arguments_without_further_weights() -> None:
    inner = build_network("mobilenetv3_small_100", {}, 2)
    network = average_flips(inner).eval()
    rebuilt = build_network(network.architecture, network.arguments, 2)
    load_weights(rebuilt, dump_weights(network), "pair.safetensors")
    assert sum(p.numel() for p in network.parameters()) == sum(p.numel() for p in inner.parameters())
    assert rebuilt.arguments == network.arguments and rebuilt.architecture == "flip_average"


def test_a_network_built_by_hand_is_refused() -> None:
    with pytest.raises(ValueError, match="build_network"):
        average_flips(LeftHalf())


def test_a_transformer_averaged_over_flips_has_no_rollout_of_its_own() -> None:
    torch.manual_seed(0)
    arguments = {"width": 32, "depth": 1, "heads": 2, "grid": 4}
    network = average_flips(build_network("hybrid_vit", arguments, 3)).eval()
    assert network.attention == "none"
    x = torch.rand(1, 3, 64, 64, generator=torch.Generator().manual_seed(0))
    assert torch.allclose(network(x), network(x.flip(3)), atol=1e-5)
