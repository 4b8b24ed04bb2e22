from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from core.errors import ConfigError
from core.networks.base import Network, build_network
from core.networks.ensemble import Ensemble, combine_members
from core.networks.weights import dump_weights, load_weights


class Pooled(Network):
    """Features are the input on a coarser grid, logits a linear map of their mean."""

    def __init__(self, weight: list[list[float]], stride: int = 4) -> None:
        super().__init__(len(weight), 3)
        self.pool = nn.AvgPool2d(stride)
        self.linear = nn.Linear(3, len(weight), bias=False)
        self.linear.weight.data = torch.tensor(weight)
        self.features_out = nn.Identity()

    def forward_features(self, x: Tensor) -> Tensor:
        return self.features_out(self.pool(x))

    def forward_head(self, features: Tensor, topology: Tensor | None = None) -> Tensor:
        return self.linear(features.mean((2, 3)))


def test_logits_are_averaged_by_hand() -> None:
    ensemble = Ensemble([Pooled([[1.0, 0, 0], [0, 2.0, 0]]), Pooled([[3.0, 0, 0], [0, 0, 4.0]])]).eval()
    x = torch.tensor([0.25, 0.5, 1.0]).view(1, 3, 1, 1).expand(1, 3, 8, 8)
    members = ensemble.forward_members(x)
    assert members.shape == (2, 1, 2)
    assert members[:, 0].tolist() == [[0.25, 1.0], [0.75, 4.0]]
    assert ensemble(x).tolist() == [[0.5, 2.5]]
    assert ensemble.forward_features(x).shape == (1, 6, 2, 2)


def test_maps_of_different_size_are_refused() -> None:
    ensemble = Ensemble([Pooled([[1.0, 0, 0]]), Pooled([[1.0, 0, 0]], stride=2)])
    with pytest.raises(ConfigError, match="differ in size"):
        ensemble(torch.zeros(1, 3, 8, 8))


def test_members_must_agree_on_classes() -> None:
    with pytest.raises(ValueError, match=r"\[1, 2\]"):
        Ensemble([Pooled([[1.0, 0, 0]]), Pooled([[1.0, 0, 0]] * 2)])


def test_every_member_normalises_its_own_input() -> None:
    torch.manual_seed(0)
    parts = [
        build_network("mobilenetv3_small_100", {"normalisation": preset}, 2).eval()
        for preset in ("imagenet", "half")
    ]
    x = torch.rand(1, 3, 64, 64)
    with torch.no_grad():
        members = combine_members(parts).eval().forward_members(x)
        alone = [part(x) for part in parts]
    assert torch.equal(members, torch.stack(alone))


def test_combined_members_can_be_rebuilt_from_their_arguments() -> None:
    parts = [build_network(name, {}, 2).eval() for name in ("mobilenetv3_small_100", "mobilenetv2_100")]
    ensemble = combine_members(parts).eval()
    rebuilt = build_network(ensemble.architecture, ensemble.arguments, 2).eval()
    load_weights(rebuilt, dump_weights(ensemble), "ensemble.safetensors")
    assert rebuilt.state_dict().keys() == ensemble.state_dict().keys()
    assert rebuilt.arguments == ensemble.arguments
    with pytest.raises(ValueError, match="build_network"):
        combine_members([Pooled([[1.0, 0, 0]])])
