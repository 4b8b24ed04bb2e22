"""CBAM: two gates in (0, 1) on a feature map, one per channel, then one per cell.

Source: Woo et al. 2018, "CBAM: Convolutional Block Attention Module", eq. 1 to 3 (DR6). For a map F of C
channels, with one perceptron (C -> C / reduction -> C, ReLU) for both pooled vectors:

    M_c = sigmoid(MLP(mean_hw F) + MLP(max_hw F))            F1 = M_c * F
    M_s = sigmoid(conv_kxk [mean_c F1; max_c F1])            F' = M_s * F1

The gates are returned and never stored on the module: a stored gate would show one user's map to another.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from core.errors import ConfigError


class Cbam(nn.Module):
    """Channel gate, then spatial gate.

    With torch's own start the gates lie about .5 and vary at random, so F' would be a quarter of F, randomly
    masked: pretrained features would be lost on what reads them. ``gate_start`` leaves the equations as they
    are and chooses where they begin: the last layer of each gate starts with weights 0 and the bias at which
    both gates are ``gate_start`` everywhere, so F' = gate_start^2 F at first. Both layers receive gradients
    from the first step on.

    Args:
        channels: C of the map.
        reduction: the perceptron's hidden layer has C / reduction units (rounded down, at least 1).
        kernel_size: of the spatial gate's convolution; odd, so that the map keeps its size.
        gate_start: where both gates start, in (0, 1); None keeps torch's random start.

    Raises:
        ConfigError: an argument outside its range.
    """

    def __init__(
        self, channels: int, reduction: int = 16, kernel_size: int = 7, gate_start: float | None = 0.9
    ) -> None:
        super().__init__()
        _require(channels >= 1, f"channels={channels}", "at least 1")
        _require(reduction >= 1, f"reduction={reduction}", "at least 1")
        _require(kernel_size >= 1 and kernel_size % 2 == 1, f"kernel_size={kernel_size}", "odd and positive")
        hidden = max(1, channels // reduction)
        last = nn.Linear(hidden, channels)
        self.channel = nn.Sequential(nn.Linear(channels, hidden), nn.ReLU(), last)
        self.spatial = nn.Conv2d(2, 1, kernel_size, padding=kernel_size // 2)
        if gate_start is not None:
            _require(0 < gate_start < 1, f"gate_start={gate_start}", "between 0 and 1, both excluded")
            logit = math.log(gate_start / (1 - gate_start))
            _start_at(last, logit / 2)  # the perceptron answers twice
            _start_at(self.spatial, logit)

    def forward(self, features: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Refine a feature map.

        Args:
            features: (B, C, h, w).

        Returns:
            F' (B, C, h, w), the channel gate (B, C) and the spatial gate (B, h, w), both in [0, 1].
        """
        averages, peaks = features.mean((2, 3)), features.amax((2, 3))
        channel_gate = torch.sigmoid(self.channel(averages) + self.channel(peaks))
        gated = channel_gate[:, :, None, None] * features
        summary = torch.stack([gated.mean(1), gated.amax(1)], dim=1)
        spatial_gate = torch.sigmoid(self.spatial(summary))
        return spatial_gate * gated, channel_gate, spatial_gate[:, 0]


def _start_at(layer: nn.Linear | nn.Conv2d, value: float) -> None:
    """Let a layer answer ``value`` to every input, until it is trained."""
    nn.init.zeros_(layer.weight)
    if layer.bias is not None:
        nn.init.constant_(layer.bias, value)


def _require(fits: object, what: str, wanted: str) -> None:
    """ConfigError unless an argument fits."""
    if not fits:
        raise ConfigError(f"CBAM with {what}", "the value is out of range", f"It must be {wanted}")
