"""Any convolutional network of timm, by timm's own name, with its normalisation inside.

The networks of the documents (MEL3's thirteen teachers, the MobileNetV3-Small student) and those whose
ImageNet weights are to be had locally have entries of their own; ``timm`` builds any other by name.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import timm
import torch
from torch import Tensor, nn

from core.errors import ConfigError
from core.networks.base import NETWORKS, Network, Normalisation, Normalise

TEACHERS = (
    *(f"resnet{depth}" for depth in (18, 34, 50, 101, 152)),
    *(f"efficientnet_b{size}" for size in range(8)),
)
"""MEL3's thirteen teachers."""

STUDENTS = ("mobilenetv3_small_100", "mobilenetv2_100", "tf_efficientnet_lite0", "mobilenet_edgetpu_100")
"""The documents' student, and small networks that ImageNet weights are found for."""


class TimmNetwork(Network):
    """A timm classifier: ``body`` is timm's module, untouched; timm's key names follow ``body.``.

    Args:
        model: timm's name of the architecture.
        num_classes: number of logits.
        normalisation: mean and standard deviation that the weights expect.
        options: further keyword arguments of ``timm.create_model``, for example ``drop_rate``.

    Attributes:
        timm_name, normalisation, options: as given.
    """

    def __init__(
        self, model: str, num_classes: int, normalisation: Normalisation, options: dict[str, Any]
    ) -> None:
        if not timm.is_model(model):
            raise ConfigError(
                model, "timm has no architecture of this name", "See timm.list_models() for the names"
            )
        body: Any = timm.create_model(model, pretrained=False, num_classes=num_classes, **options)
        super().__init__(num_classes, body.num_features)
        self.timm_name = model
        self.normalisation = normalisation
        self.options = options
        self.normalise = Normalise(normalisation)
        self.body = body
        self.features_out = nn.Identity()

    @property
    def classifier_layer(self) -> str:
        """timm's name of the last layer, for example ``"fc"`` or ``"head.fc"``."""
        return str(self.body.default_cfg["classifier"])

    @property
    def added_layers(self) -> tuple[str, ...]:
        """Names of layers beside ``body`` that no pretrained weights fill."""
        return ()

    @property
    def removed_layers(self) -> tuple[str, ...]:
        """timm's names of layers that pretrained weights hold and this network has not."""
        return ()

    @property
    def restarted_layers(self) -> tuple[str, ...]:
        """timm's names of layers that keep their random start whatever pretrained weights hold."""
        return ()

    def forward_features(self, x: Tensor) -> Tensor:
        """timm's last feature map, (B, feature_channels, h, w)."""
        return self.features_out(self.body.forward_features(self.normalise(x)))

    def forward_head(self, features: Tensor, topology: Tensor | None = None) -> Tensor:
        """timm's pooling, head and classifier: logits (B, num_classes)."""
        self.check_topology(topology, features.shape[0])
        return self.body.forward_head(features)


@NETWORKS.register("timm")
def build_timm(
    *, num_classes: int, model: str, normalisation: Normalisation = "imagenet", **options: Any
) -> TimmNetwork:
    """Any timm architecture that ends in a feature map with channels first.

    Args:
        num_classes: number of logits.
        model: timm's name.
        normalisation: ``"imagenet"`` or ``"half"`` (mean and standard deviation .5).
        options: ``drop_rate`` and further keyword arguments of ``timm.create_model``.

    Raises:
        ConfigError: timm has no such architecture, or it ends in tokens instead of a feature map.
    """
    with torch.device("meta"):
        probe = TimmNetwork(model, num_classes, normalisation, options).eval()
        height, width = probe.body.default_cfg["input_size"][1:]
        shape = tuple(probe.body.forward_features(torch.empty(1, 3, height, width)).shape)
    if len(shape) != 4 or shape[1] != probe.feature_channels:
        raise ConfigError(
            model,
            f"it ends in features of shape {shape}, not in a map (1, {probe.feature_channels}, h, w)",
            "Choose a convolutional architecture",
        )
    return TimmNetwork(model, num_classes, normalisation, options)


def build_backbone(
    name: str, *, num_classes: int, normalisation: Normalisation = "imagenet", **options: Any
) -> TimmNetwork:
    """The named timm architecture; arguments as in :func:`build_timm`, which also checks the feature map."""
    return TimmNetwork(name, num_classes, normalisation, options)


for _name in (*TEACHERS, *STUDENTS):
    NETWORKS.register(_name)(partial(build_backbone, _name))
