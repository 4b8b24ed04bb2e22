"""The grad-cam package's maps on our networks, for comparison, and networks to compare on."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from core.networks.base import Network, build_network

ENSEMBLE = {
    "members": [
        {"architecture": "mobilenetv2_100", "arguments": {"normalisation": "half", "pad_type": "same"}},
        {"architecture": "tf_efficientnet_lite0", "arguments": {"normalisation": "half"}},
    ]
}
REAL: dict[str, tuple[str, dict[str, Any]]] = {
    "relu": ("resnet18", {}),
    "relu6": ("mobilenetv2_100", {}),
    "hard-swish": ("mobilenetv3_small_100", {}),
    "silu": ("efficientnet_b1", {}),
    "ensemble": ("ensemble", ENSEMBLE),
    "flips": ("flip_average", {"architecture": "resnet18"}),
    "tokens": ("hybrid_vit", {"width": 32, "depth": 2, "heads": 2, "grid": 6, "layer_scale": 1.0}),
}
NO_NEGATIVE_FEATURES = ("relu", "flips")


def settle(name: str) -> Network:
    """One of the networks above, ready to be explained."""
    return settle_network(*REAL[name])


def settle_network(architecture: str, arguments: dict[str, Any]) -> Network:
    """A network with random weights whose BatchNorm statistics fit images, in eval mode."""
    torch.manual_seed(0)
    network = build_network(architecture, arguments, 3)
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.momentum = None
    network.train()
    with torch.no_grad():
        network(draw_images(8))
    return network.eval()


def draw_images(count: int, size: int = 96) -> Tensor:
    """(count, 3, size, size) of noise in [0, 1], the same each time."""
    return torch.rand(count, 3, size, size, generator=torch.Generator().manual_seed(3))


def ask_package(method: str, network: Network, x: Tensor, class_index: int) -> NDArray[np.float32]:
    """A class of the package on our last layer: its map (h, w) before the relu, at the layer's resolution."""
    import pytorch_grad_cam
    from pytorch_grad_cam.utils.model_targets import ClassifierOutputTarget

    layer, targets = network.get_submodule(network.cam_layer), [ClassifierOutputTarget(class_index)]
    with getattr(pytorch_grad_cam, method)(network, [layer]) as package:
        package(x, targets)
        kept = package.activations_and_grads
        gradients = [gradient.numpy() for gradient in kept.gradients]
        found = package.get_cam_image(
            x, layer, targets, kept.activations[0].numpy(), gradients[0] if gradients else None, False
        )
    return np.asarray(found[0], dtype=np.float32)


class Pooled(Network):
    """Features are mean colours on a grid half as fine; logits a linear map of their mean over the grid."""

    def __init__(self, weight: list[list[float]], bias: list[float]) -> None:
        super().__init__(len(weight), 3)
        self.pool = nn.AvgPool2d(2)
        self.linear = nn.Linear(3, len(weight))
        self.linear.weight.data = torch.tensor(weight)
        self.linear.bias.data = torch.tensor(bias)
        self.features_out = nn.Identity()

    def forward_features(self, x: Tensor) -> Tensor:
        return self.features_out(self.pool(x))

    def forward_head(self, features: Tensor, topology: Tensor | None = None) -> Tensor:
        return self.linear(features.mean((2, 3)))


def paint_corners() -> Tensor:
    """4 x 4: red above left, green below left, a little of both below right."""
    x = torch.zeros(1, 3, 4, 4)
    x[0, 0, :2, :2] = 0.8
    x[0, 1, 2:, :2] = 0.6
    x[0, 0, 2:, 2:] = 0.2
    x[0, 1, 2:, 2:] = 0.1
    return x
