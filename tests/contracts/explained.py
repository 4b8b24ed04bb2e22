"""Networks whose evidence is known, real ones of every kind, and what must be as it was after a map."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from core.explain.base import EXPLAINERS, Needs
from core.explain.subject import OnProgress
from core.networks.base import AttentionOutput, Network, RolloutOutput, build_network
from core.types import Heatmap

SIDE, STRIDE = 64, 4
BLOB = (slice(8, 24), slice(40, 56))
"""Rows and columns of the planted evidence in a 64 x 64 image."""


class Redness(Network):
    """Class 0 is how red the image is, class 1 the opposite; a 3 x 3 blur makes it a network with weights.

    ``fails`` breaks its head, or its body.
    """

    def __init__(self, *, fails: str = "") -> None:
        super().__init__(2, 3)
        self.blur = nn.Conv2d(3, 3, 3, stride=STRIDE, groups=3, bias=False)
        self.blur.weight.data.fill_(1 / 9)
        self.linear = nn.Linear(3, 2)
        self.linear.weight.data = torch.tensor([[1.0, 0, 0], [-1.0, 0, 0]])
        self.features_out = nn.Identity()
        self.fails = fails

    def see(self, x: Tensor) -> Tensor:
        if self.fails == "body":
            raise RuntimeError("broken body")
        return self.blur(x)

    def forward_features(self, x: Tensor) -> Tensor:
        return self.features_out(self.see(x))

    def forward_head(self, features: Tensor, topology: Tensor | None = None) -> Tensor:
        logits = self.linear(features.mean((2, 3)))
        if self.fails == "head":
            raise RuntimeError("broken head")
        return logits

    def spoil(self, place: str) -> None:
        """Put a value that is not finite into the weights of class 0, or into those of the red channel."""
        weight = self.linear.weight if place == "head" else self.blur.weight
        weight.data.view(-1)[0] = float("nan")


class Attending(Redness):
    """Redness whose tokens look at red tokens before they answer, in one block of two equal heads."""

    attention = "self"

    def __init__(self, *, fails: str = "") -> None:
        super().__init__(fails=fails)
        self.key = nn.Linear(3, 1, bias=False)
        self.key.weight.data = torch.tensor([[9.0, 0, 0]])

    def forward_rollout(self, x: Tensor) -> RolloutOutput:
        maps = self.see(x)
        tokens = maps.flatten(2).transpose(1, 2)
        key = self.key(tokens).transpose(1, 2)
        attention = key.expand(-1, tokens.shape[1], -1).softmax(-1)[:, None].repeat(1, 2, 1, 1)
        looked = tokens + 1e-3 * (attention @ tokens[:, None]).mean(1)
        return RolloutOutput(self.features_out(looked.transpose(1, 2).reshape_as(maps)), (attention,))

    def forward_features(self, x: Tensor) -> Tensor:
        return self.forward_rollout(x).features


class Gated(Redness):
    """Redness behind a gate that is open where it is red."""

    attention = "cbam"

    def forward_attention(self, x: Tensor) -> AttentionOutput:
        maps = self.see(x)
        spatial = (8 * maps[:, 0] - 4).sigmoid()
        return AttentionOutput(self.features_out(spatial[:, None] * maps), torch.ones(len(x), 3), spatial)

    def forward_features(self, x: Tensor) -> Tensor:
        return self.forward_attention(x).features


HAND_MADE: dict[str, type[Redness]] = {"convolutional": Redness, "self-attention": Attending, "cbam": Gated}
MEANS: dict[str, set[Needs]] = {
    "convolutional": {"features"},
    "self-attention": {"features", "self_attention"},
    "cbam": {"features", "cbam"},
}
"""What a method may need of each kind; every need of the registry occurs."""
ARCHITECTURES: dict[str, tuple[str, dict[str, Any]]] = {
    "convolutional": ("mobilenetv3_small_100", {}),
    "self-attention": ("hybrid_vit", {"width": 32, "depth": 2, "heads": 2, "grid": 4, "layer_scale": 1.0}),
    "cbam": (
        "attentive",
        {"backbone": {"architecture": "mobilenetv3_small_100"}, "gate_start": None, "topology_inputs": 4},
    ),
}
"""The last takes a topology beside the picture."""


def build_real(kind: str) -> Network:
    """A network of three classes with random weights, in eval mode; answers differ by more than rounding."""
    torch.manual_seed(0)
    network = build_network(*ARCHITECTURES[kind], 3).eval()
    for module in network.modules():
        if isinstance(module, nn.Linear) and module.out_features == network.num_classes:
            module.weight.data *= 100
    return network


def draw_topology(network: Network) -> Tensor | None:
    """What the network takes beside a picture."""
    count = network.topology_inputs
    return torch.linspace(0, 1, count)[None] if count else None


def draw_noise(height: int = SIDE, width: int = SIDE) -> Tensor:
    """(1, 3, height, width) of noise in [0, 1], the same each time."""
    return torch.rand(1, 3, height, width, generator=torch.Generator().manual_seed(0))


def plant() -> Tensor:
    """Green and blue half on everywhere, red on in the blob only."""
    x = torch.zeros(1, 3, SIDE, SIDE)
    x[:, 1:] = 0.5
    x[:, 0, BLOB[0], BLOB[1]] = 1.0
    return x


def marks_blob(values: np.ndarray) -> bool:
    """Whether the largest value lies in or within a cell of the blob, and most of the sum within two of it.

    A cell is one of the hand-made networks' own, whatever the map's resolution.
    """
    fine = np.kron(values, np.ones((SIDE // values.shape[0], SIDE // values.shape[1])))
    near, around = (
        fine[tuple(slice(part.start - reach, part.stop + reach) for part in BLOB)]
        for reach in (STRIDE, 2 * STRIDE)
    )
    return bool(near.max() == fine.max() and around.sum() >= 0.8 * fine.sum() > 0)


def explain(
    method: str,
    network: Network,
    x: Tensor,
    index: int = 0,
    code: str = "a",
    on_progress: OnProgress | None = None,
) -> Heatmap:
    """One map, with the topology that the network takes."""
    topology = draw_topology(network)
    return EXPLAINERS.get(method)(network, x, index, code, topology=topology, on_progress=on_progress)


def alike(one: Heatmap, other: Heatmap) -> bool:
    """Whether two maps are the same bit for bit."""
    return bool(np.array_equal(one.values, other.values)) and one.peak == other.peak


def check(heatmap: Heatmap, method: str, network: Network) -> None:
    """What holds for every map of a method."""
    assert heatmap.values.ndim == 2 and heatmap.values.dtype == np.float32
    assert heatmap.values.min() >= 0 and heatmap.values.max() <= 1
    assert not heatmap.values.flags.writeable
    assert np.isfinite(heatmap.peak) and heatmap.peak >= 0 and heatmap.unit
    assert heatmap.method == method and network.cam_layer in heatmap.layer
    if heatmap.state == "ok":
        assert heatmap.values.max() == 1 and heatmap.peak > 0
    else:
        assert not heatmap.values.any() and heatmap.peak == 0


def take_snapshot(network: Network) -> list[Any]:
    """Everything about a network that a map must leave as it was."""
    found: list[Any] = []
    for name, module in network.named_modules():
        attributes = {key: id(value) for key, value in module.__dict__.items()}
        hooks = [len(value) for key, value in module.__dict__.items() if key.endswith("_hooks") and value]
        found.append((name, module.training, attributes, hooks))
    for name, parameter in network.named_parameters():
        grad = None if parameter.grad is None else (id(parameter.grad), parameter.grad.tolist())
        found.append((name, parameter.requires_grad, grad, parameter.sum().item()))
    for name, buffer in network.named_buffers():
        found.append((name, id(buffer), buffer.sum().item()))
    return found
