"""One image in one network, and what has been computed of it: no method computes it a second time."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from core.networks.base import Network

OnProgress = Callable[[float], None]
"""Told the share in [0, 1] of a method's passes that are done. What it raises ends the method: a cancel."""


def ignore_progress(share: float) -> None:
    """Take no notice."""


class Subject:
    """What the methods explain; belongs to one thread, while the network may serve many.

    Everything here is free of hooks, keeps nothing on the network and leaves the ``.grad`` of its weights
    alone, and works inside ``torch.no_grad`` and ``torch.inference_mode`` too.

    Args:
        network: in eval mode; may be shared between threads.
        x: (1, 3, H, W) float RGB in [0, 1], on the network's device.
        topology: (1, topology_inputs) float32 of the same photograph, for a network that takes it.

    Raises:
        ValueError: the network is not in eval mode, ``x`` is not one image, ``topology`` is not what the
            network takes.
    """

    def __init__(self, network: Network, x: Tensor, topology: Tensor | None = None) -> None:
        check_image(network, x)
        network.check_topology(topology, 1)
        self.network = network
        with torch.inference_mode(mode=False):
            self.x = x.detach().clone()
            self.topology = None if topology is None else topology.detach().clone()
        self._features: Tensor | None = None
        self._gradients: dict[int, Tensor] = {}

    def check_class(self, class_index: int) -> None:
        """Raise ValueError unless the network has such a logit."""
        if not 0 <= class_index < self.network.num_classes:
            raise ValueError(f"class_index must be in [0, {self.network.num_classes}), not {class_index}")

    @property
    def features(self) -> Tensor:
        """The last feature map, (1, C, h, w), without a graph; not to be changed."""
        if self._features is None:
            with torch.inference_mode(mode=False), torch.no_grad():
                self._features = self.network.forward_features(self.x).detach().clone()
        return self._features

    def gradient(self, class_index: int) -> Tensor:
        """Of a class logit with respect to :attr:`features`, (1, C, h, w); only the head has a graph."""
        if class_index not in self._gradients:
            with torch.inference_mode(mode=False), torch.enable_grad():
                features = self.features.detach().requires_grad_(True)
                logit = self.network.forward_head(features, self.topology)[0, class_index]
                (self._gradients[class_index],) = torch.autograd.grad(logit, features)
        return self._gradients[class_index]

    def forward(self, images: Tensor) -> Tensor:
        """Logits (N, num_classes) of (N, 3, H, W) altered copies of the image, each with its topology.

        Gradients reach ``images`` where the caller's mode allows it. The topology stays that of the
        photograph: what an alteration would do to it is not asked.
        """
        topology = None if self.topology is None else self.topology.expand(images.shape[0], -1)
        logits: Tensor = self.network(images, topology)
        return logits


def check_image(network: Network, x: Tensor) -> None:
    """Raise ValueError unless the network is in eval mode and ``x`` is one image (1, 3, H, W)."""
    if any(module.training for module in network.modules()):
        raise ValueError("network must be in eval mode; call network.eval() first")
    if x.ndim != 4 or x.shape[:2] != (1, 3):
        raise ValueError(f"x must be one image (1, 3, H, W), not {tuple(x.shape)}")
