"""A network that answers the mean over the four flips of an image, and so does not care how it is held.

A dermoscopy photograph has no up or left. Averaging over {identity, horizontal, vertical, both} makes the
answer exactly invariant under these flips, and raises accuracy as test-time augmentation does, at four times
the arithmetic and no further weights. Feature maps are flipped back before they leave, so a heat map lies
where the evidence is. A topology is the same for all four views: a persistence image does not see flips.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import torch
from torch import Tensor, nn

from core.networks.base import NETWORKS, AttentionOutput, Network, build_network

FLIPS: tuple[tuple[int, ...], ...] = ((), (3,), (2,), (2, 3))
"""Axes of (B, C, H, W) that each view is flipped along; every flip is its own inverse."""


class FlipAverage(Network):
    """Mean of the inner network's logits over the four flips.

    Args:
        inner: used, not copied.
    """

    symmetry: Literal["none", "flips"] = "flips"

    def __init__(self, inner: Network) -> None:
        super().__init__(inner.num_classes, len(FLIPS) * inner.feature_channels)
        # Rollout follows one image through the blocks; the mean over four views is none of them.
        self.attention = "cbam" if inner.attention == "cbam" else "none"
        self.topology_inputs = inner.topology_inputs
        self.inner = inner
        self.features_out = nn.Identity()

    def forward_features(self, x: Tensor) -> Tensor:
        """The inner feature maps of the four views, flipped back and side by side: (B, 4 C, h, w)."""
        views = torch.cat([x.flip(axes) for axes in FLIPS])
        maps = self.inner.forward_features(views)
        return self.features_out(torch.cat(_flip_back(maps), dim=1))

    def forward_attention(self, x: Tensor) -> AttentionOutput:
        """The inner feature map and gates of the four views, flipped back and averaged."""
        views = torch.cat([x.flip(axes) for axes in FLIPS])
        features, channel_gate, spatial_gate = self.inner.forward_attention(views)
        return AttentionOutput(
            torch.stack(_flip_back(features)).mean(0),
            channel_gate.unflatten(0, (len(FLIPS), -1)).mean(0),
            torch.stack(_flip_back(spatial_gate[:, None])).mean(0)[:, 0],
        )

    def forward_head(self, features: Tensor, topology: Tensor | None = None) -> Tensor:
        """Mean over the views of the logits of each view's own channels: (B, num_classes)."""
        self.check_topology(topology, features.shape[0])
        maps = features.unflatten(1, (len(FLIPS), -1))
        views = [maps[:, view].flip(axes) for view, axes in enumerate(FLIPS)]
        repeated = None if topology is None else topology.repeat(len(FLIPS), 1)
        logits = self.inner.forward_head(torch.cat(views), repeated)
        return logits.unflatten(0, (len(FLIPS), -1)).mean(dim=0)

    def parts(self) -> tuple[Network, ...]:
        """The networks that the inner one is made of."""
        return self.inner.parts()


def _flip_back(maps: Tensor) -> list[Tensor]:
    """The maps (4 B, C, h, w) of the four views, as four (B, C, h, w) that lie as the image does."""
    views = maps.unflatten(0, (len(FLIPS), -1))
    return [views[view].flip(axes) for view, axes in enumerate(FLIPS)]


@NETWORKS.register("flip_average")
def build_flip_average(
    *, num_classes: int, architecture: str, arguments: Mapping[str, object] | None = None
) -> FlipAverage:
    """A freshly initialised network of another architecture, averaged over flips.

    Args:
        num_classes: number of logits.
        architecture, arguments: of the inner network, as :func:`core.networks.base.build_network` takes them.
    """
    return FlipAverage(build_network(architecture, arguments or {}, num_classes))


def average_flips(network: Network) -> FlipAverage:
    """Wrap a network made by ``build_network`` so that ``build_network`` makes one that takes its weights.

    Raises:
        ValueError: the network does not say what it was built with.
    """
    if not network.architecture:
        raise ValueError("network does not say what it was built with; use build_network")
    averaged = FlipAverage(network)
    averaged.architecture = "flip_average"
    averaged.arguments = {"architecture": network.architecture, "arguments": dict(network.arguments)}
    return averaged
