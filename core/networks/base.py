"""What every network promises, the registry, and how one is built, described, stored and loaded.

Contract (tests/contracts/test_networks.py): input (B, 3, H, W) float RGB in [0, 1]; mean and standard
deviation are buffers of the network and applied inside it; ``forward`` is ``forward_head`` of
``forward_features``; ``cam_layer`` names the submodule whose output ``forward_features`` returns; running a
network stores nothing on it, so that one network may serve many threads.

A network with ``topology_inputs`` above 0 takes a second input, ``topology`` (B, topology_inputs) float32:
numbers computed from the same photograph outside the network. It enters in the head, so the feature map does
not depend on it. Such a network refuses to answer without it, and every other one refuses to be given it.
"""

from __future__ import annotations

import copy
import json
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from typing import Literal, NamedTuple

import torch
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

from core.errors import ConfigError
from core.registry import Registry
from core.types import NetworkRecord

FEATURES_LAYER = "features_out"
"""Name of the identity layer that every network of ours ends its features with."""

Normalisation = Literal["imagenet", "half"]
NORMALISATIONS: dict[str, tuple[tuple[float, float, float], tuple[float, float, float]]] = {
    "imagenet": ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225)),
    "half": ((0.5, 0.5, 0.5), (0.5, 0.5, 0.5)),
}
"""Mean and standard deviation per channel, of values in [0, 1]."""


class Normalise(nn.Module):
    """Subtract a mean and divide by a standard deviation per channel; both are buffers, so they are stored.

    Args:
        normalisation: a key of :data:`NORMALISATIONS`.

    Raises:
        ConfigError: no such key.
    """

    mean: Tensor
    std: Tensor

    def __init__(self, normalisation: str) -> None:
        super().__init__()
        if normalisation not in NORMALISATIONS:
            raise ConfigError(
                f"normalisation={normalisation!r}",
                "no such mean and standard deviation",
                f"The choices are {', '.join(NORMALISATIONS)}",
            )
        mean, std = NORMALISATIONS[normalisation]
        self.register_buffer("mean", torch.tensor(mean).view(1, 3, 1, 1))
        self.register_buffer("std", torch.tensor(std).view(1, 3, 1, 1))

    def forward(self, x: Tensor) -> Tensor:
        """(B, 3, H, W) in [0, 1] to the same shape, normalised."""
        return (x - self.mean) / self.std


class AttentionOutput(NamedTuple):
    """What a network with CBAM made of a batch, and the gates it made it with.

    Attributes:
        features: (B, C, h, w) the refined map F'; with several views of an image, their mean.
        channel_gate: (B, C) in [0, 1].
        spatial_gate: (B, h, w) in [0, 1].
    """

    features: Tensor
    channel_gate: Tensor
    spatial_gate: Tensor


class RolloutOutput(NamedTuple):
    """What a transformer made of a batch, and the attention it made it with.

    Attributes:
        features: (B, C, h, w) the patch tokens after the last block; with several views, side by side.
        attentions: one (B, heads, N, N) a block, in order; row i says what token i takes from every token and
            sums to 1. N = prefix + h w, patches row by row.
    """

    features: Tensor
    attentions: tuple[Tensor, ...]


class Network(nn.Module, ABC):
    """A classifier in two halves: a feature map, and class logits made from it.

    Attributes:
        num_classes: number of logits.
        feature_channels: channels of the feature map.
        cam_layer: name of the submodule whose output ``forward_features`` returns.
        architecture, arguments: what :func:`build_network` was called with; empty on a network built by hand.
        symmetry: ``"flips"`` if its logits are the same for an image and its mirror images by construction.
        attention: ``"cbam"`` if :meth:`forward_attention` gives gates, ``"self"`` if :meth:`forward_rollout`
            gives the attention of a transformer.
        stride: pixels of the image an element of the feature map stands for, along each side.
        topology_inputs: numbers a case of the second input; 0 for a network without one.
    """

    cam_layer: str = FEATURES_LAYER
    symmetry: Literal["none", "flips"] = "none"
    attention: Literal["none", "cbam", "self"] = "none"
    stride: int = 32
    topology_inputs: int = 0

    def __init__(self, num_classes: int, feature_channels: int) -> None:
        super().__init__()
        if num_classes < 1:
            raise ValueError(f"num_classes must be at least 1, not {num_classes}")
        self.num_classes = num_classes
        self.feature_channels = feature_channels
        self.architecture = ""
        self.arguments: Mapping[str, object] = {}

    @abstractmethod
    def forward_features(self, x: Tensor) -> Tensor:
        """(B, 3, H, W) RGB in [0, 1] to the feature map (B, feature_channels, h, w)."""

    @abstractmethod
    def forward_head(self, features: Tensor, topology: Tensor | None = None) -> Tensor:
        """Feature map (B, feature_channels, h, w) to logits (B, num_classes).

        Args:
            features: from :meth:`forward_features`.
            topology: (B, topology_inputs) float32; None for a network without that input.

        Raises:
            ValueError: ``topology`` is needed and missing, not taken and given, or of another shape.
        """

    def forward(self, x: Tensor, topology: Tensor | None = None) -> Tensor:
        """(B, 3, H, W) RGB in [0, 1], and ``topology`` as in :meth:`forward_head`, to (B, num_classes)."""
        self.check_topology(topology, x.shape[0])
        return self.forward_head(self.forward_features(x), topology)

    def forward_attention(self, x: Tensor) -> AttentionOutput:
        """The feature map with the gates that refined it; the gates are returned and stored nowhere.

        Args:
            x: (B, 3, H, W) RGB in [0, 1].

        Raises:
            ValueError: the network has no gates (``attention`` is ``"none"``).
        """
        raise ValueError(f"network {self.architecture or type(self).__name__} has no attention gates")

    def forward_rollout(self, x: Tensor) -> RolloutOutput:
        """The feature map with every block's attention, which is returned and stored nowhere.

        Args:
            x: (B, 3, H, W) RGB in [0, 1].

        Raises:
            ValueError: the network is no transformer (``attention`` is not ``"self"``).
        """
        raise ValueError(f"network {self.architecture or type(self).__name__} has no self-attention")

    def check_topology(self, topology: Tensor | None, count: int) -> None:
        """Raise ValueError unless ``topology`` is what this network takes for ``count`` images."""
        name = self.architecture or type(self).__name__
        if topology is None:
            if self.topology_inputs:
                raise ValueError(f"topology is missing: {name} takes {self.topology_inputs} numbers a case")
            return
        if not self.topology_inputs:
            raise ValueError(f"topology is not taken by {name}; leave it out")
        if topology.ndim != 2 or topology.shape[1] != self.topology_inputs or topology.shape[0] != count:
            raise ValueError(
                f"topology must be ({count}, {self.topology_inputs}) for {name}, not {tuple(topology.shape)}"
            )

    def parts(self) -> tuple[Network, ...]:
        """The networks this one is made of, in order; itself when it is made of one."""
        return (self,)


NETWORKS: Registry[Callable[..., Network]] = Registry("network", "core.networks")
"""Builders: keyword arguments ``num_classes`` and JSON values only, to a freshly initialised network."""


def build_network(architecture: str, arguments: Mapping[str, object], num_classes: int) -> Network:
    """Build a freshly initialised network by name; initial weights come from torch's global generator.

    Args:
        architecture: name in :data:`NETWORKS`.
        arguments: keyword arguments of its builder, JSON values only (they are stored on the card).
        num_classes: number of logits, at least 1.

    Raises:
        ConfigError: no such architecture, or it does not take these arguments.
        TypeError, ValueError: ``arguments`` are not JSON values, ``num_classes`` is below 1.
    """
    stored = json.loads(json.dumps(dict(arguments), allow_nan=False))
    builder = NETWORKS.get(architecture)
    try:
        network = builder(num_classes=num_classes, **stored)
    except TypeError as error:
        raise ConfigError(
            architecture, f"it does not take the arguments {stored} ({error})", "Correct or remove them"
        ) from error
    network.architecture = architecture
    network.arguments = stored
    return network


def describe_network(
    network: Network, architecture: str, arguments: Mapping[str, object], input_size: tuple[int, int]
) -> NetworkRecord:
    """Count weights and multiply-accumulates, and read off the feature map's shape.

    The count runs on a copy without data (torch's meta device), so it costs no arithmetic and leaves the
    network alone. Convolutions and matrix products are counted, which is what published figures count;
    element-wise work is not. torch counts two operations for one multiply-accumulate.

    Args:
        network: what to describe.
        architecture, arguments: what it was built with.
        input_size: (height, width) in pixels.
    """
    shadow = copy.deepcopy(network).to("meta").eval()
    x = torch.empty((1, 3, *input_size), device="meta")
    with torch.no_grad(), FlopCounterMode(display=False) as counter:
        features = shadow.forward_features(x)
        inputs = shadow.topology_inputs
        shadow.forward_head(features, torch.empty((1, inputs), device="meta") if inputs else None)
    _, channels, height, width = features.shape
    return NetworkRecord(
        architecture=architecture,
        arguments=dict(arguments),
        cam_layer=network.cam_layer,
        feature_shape=(channels, height, width),
        input_size=input_size,
        parameters=sum(parameter.numel() for parameter in network.parameters()),
        macs=counter.get_total_flops() // 2,
    )
