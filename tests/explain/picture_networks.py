"""Networks whose every logit can be worked out by hand, for methods that alter the picture."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from core.explain.passes import Passes
from core.explain.subject import Subject
from core.networks.base import Network, build_network


class Weighted(Network):
    """Logit k is the sum over the picture of weight k times ``power`` of the values, plus a bias."""

    def __init__(self, weight: Tensor, bias: float = 0.0, *, power: int = 1) -> None:
        super().__init__(weight.shape[0], 3)
        self.weight = nn.Parameter(weight)
        self.bias, self.power = bias, power
        self.features_out = nn.Identity()

    def forward_features(self, x: Tensor) -> Tensor:
        return self.features_out(x**self.power)

    def forward_head(self, features: Tensor, topology: Tensor | None = None) -> Tensor:
        return torch.einsum("bchw,kchw->bk", features, self.weight) + self.bias


def draw_weighted(size: tuple[int, int], *, power: int = 1, seed: int = 0) -> Weighted:
    """Two classes with random weights."""
    generator = torch.Generator().manual_seed(seed)
    return Weighted(torch.randn(2, 3, *size, generator=generator) / 100, bias=0.7, power=power).eval()


def draw_picture(height: int, width: int, *, seed: int = 1) -> Tensor:
    """(1, 3, height, width): smooth shades, a bright spot, a little noise."""
    generator = torch.Generator().manual_seed(seed)
    coarse = torch.rand(1, 3, 5, 5, generator=generator)
    smooth = nn.functional.interpolate(coarse, size=(height, width), mode="bilinear", align_corners=True)
    x = 0.8 * smooth + 0.1 * torch.rand(1, 3, height, width, generator=generator)
    x[:, :, height // 4 : height // 2, width // 2 : 3 * width // 4] += 0.1
    return x


def settle(name: str, arguments: dict[str, object] | None = None) -> Network:
    """A network of random weights whose BatchNorm statistics fit such pictures, in eval mode."""
    with torch.random.fork_rng():
        torch.manual_seed(0)
        network = build_network(name, arguments or {}, 3)
        for module in network.modules():
            if isinstance(module, nn.BatchNorm2d):
                module.momentum = None
        network.train()
        with torch.no_grad():
            network(torch.cat([draw_picture(96, 96, seed=seed) for seed in range(8)]))
    return network.eval()


def start_passes(network: Network, x: Tensor, class_index: int = 0, *, total: int = 1) -> Passes:
    """Passes over copies of a picture that tell nobody how far they are."""
    return Passes(
        Subject(network, x),
        class_index,
        total=total,
        method="m",
        class_code="c",
        on_progress=lambda share: None,
    )
