"""VGG16 with global average pooling in place of its two layers of 4,096 units: 14.7 million weights, not 134.

The document's student (CT3) is VGG16 with a new head. With its own fully connected layers it would be larger
than the transformer that teaches it.
"""

from __future__ import annotations

from functools import partial
from typing import Any

from timm.layers import ClassifierHead
from torch import nn

from core.networks.backbones import TimmNetwork
from core.networks.base import NETWORKS, Normalisation


class VggGap(TimmNetwork):
    """timm's VGG without its fully connected layers: convolutions, global average pooling, one linear layer.

    Args:
        model: ``"vgg16"``, or ``"vgg16_bn"`` with batch normalisation, which alone trains from nothing.
        num_classes, normalisation, options: as in :class:`core.networks.backbones.TimmNetwork`.
    """

    def __init__(
        self, model: str, num_classes: int, normalisation: Normalisation, options: dict[str, Any]
    ) -> None:
        super().__init__(model, num_classes, normalisation, options)
        self.body.pre_logits = nn.Identity()
        drop_rate = float(options.get("drop_rate", 0.0))
        self.body.head = ClassifierHead(self.feature_channels, num_classes, drop_rate=drop_rate)

    @property
    def removed_layers(self) -> tuple[str, ...]:
        """The two fully connected layers."""
        return ("pre_logits",)


def build_vgg(
    name: str, *, num_classes: int, normalisation: Normalisation = "imagenet", **options: Any
) -> VggGap:
    """VGG by timm's name with a global-average-pooling head; arguments as in :class:`VggGap`."""
    return VggGap(name, num_classes, normalisation, options)


NETWORKS.register("vgg16_gap")(partial(build_vgg, "vgg16"))
NETWORKS.register("vgg16_bn_gap")(partial(build_vgg, "vgg16_bn"))
