"""Networks: image in, feature map, logits out; every one built by name from arguments a card can store.

The room's own rule: a network takes RGB in [0, 1], normalises inside, and stores nothing while it runs.
Importing the room makes torchvision importable first (see :mod:`core.networks.torchvision_ops`), so that
timm, grad-cam and torchmetrics can be imported after it.
"""

from __future__ import annotations

from core.networks.base import NETWORKS, Network, build_network, describe_network
from core.networks.torchvision_ops import ensure_torchvision
from core.networks.weights import dump_weights, load_weights, round_weights_

ensure_torchvision()

__all__ = [
    "NETWORKS",
    "Network",
    "build_network",
    "describe_network",
    "dump_weights",
    "load_weights",
    "round_weights_",
]
