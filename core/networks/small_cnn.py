"""The small networks for 28 x 28 pixels of the course on DermaMNIST (DMN2)."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any, Literal

import torch.nn.functional as F
from torch import Tensor, nn

from core.errors import ConfigError
from core.networks.backbones import TimmNetwork
from core.networks.base import NETWORKS, Network, Normalisation, Normalise

SIDE = 28
"""Pixels along each side of the images that these are made for; other sizes are pooled to fit."""


class SmallCnn(Network):
    """Blocks of 3 x 3 convolution, rectifier and 2 x 2 maximum pooling, then one or two linear layers.

    Args:
        num_classes: number of logits.
        filters: channels after each block, at least one block and at most four.
        batch_norm: ``"after"`` normalises over the batch after each convolution (Ioffe & Szegedy 2015).
        pool: ``"none"`` flattens the last map; ``"average"`` averages it over the image first.
        dropout: share of the head's inputs that is dropped in training.
        hidden: units of a linear layer before the last one; 0 for none.
        normalisation: of the input.
    """

    def __init__(
        self,
        num_classes: int,
        filters: Sequence[int],
        batch_norm: Literal["none", "after"],
        pool: Literal["none", "average"],
        dropout: float,
        hidden: int,
        normalisation: Normalisation,
    ) -> None:
        super().__init__(num_classes, filters[-1])
        self.stride = 2 ** len(filters)
        self.grid = 1 if pool == "average" else SIDE // self.stride
        self.normalise = Normalise(normalisation)
        blocks: list[nn.Module] = []
        for before, after in zip((3, *filters), filters, strict=False):
            normalise = [nn.BatchNorm2d(after)] if batch_norm == "after" else []
            convolution = nn.Conv2d(before, after, 3, padding=1, bias=not normalise)
            blocks += [convolution, *normalise, nn.ReLU(), nn.MaxPool2d(2)]
        self.body = nn.Sequential(*blocks)
        self.features_out = nn.Identity()
        inputs = filters[-1] * self.grid**2
        layers: list[nn.Module] = [nn.Linear(inputs, hidden), nn.ReLU()] if hidden else []
        self.head = nn.Sequential(*layers, nn.Dropout(dropout), nn.Linear(hidden or inputs, num_classes))

    def forward_features(self, x: Tensor) -> Tensor:
        """The last block's map, (B, filters[-1], H // stride, W // stride)."""
        return self.features_out(self.body(self.normalise(x)))

    def forward_head(self, features: Tensor, topology: Tensor | None = None) -> Tensor:
        """Logits (B, num_classes)."""
        self.check_topology(topology, features.shape[0])
        if tuple(features.shape[2:]) != (self.grid, self.grid):
            features = F.adaptive_avg_pool2d(features, self.grid)
        return self.head(features.flatten(1))


@NETWORKS.register("small_cnn")
def build_small_cnn(
    *,
    num_classes: int,
    filters: Sequence[int] = (8, 16),
    batch_norm: Literal["none", "after"] = "none",
    pool: Literal["none", "average"] = "none",
    dropout: float = 0.0,
    hidden: int = 0,
    normalisation: Normalisation = "half",
) -> SmallCnn:
    """A small convolutional network; arguments as in :class:`SmallCnn`.

    Raises:
        ConfigError: no block or more than four, or another name than those listed.
    """
    if not 1 <= len(filters) <= 4 or min(filters) < 1:
        raise ConfigError(
            f"filters={list(filters)}", "one to four numbers above 0 were expected", "Correct it"
        )
    for name, value, choices in (
        ("batch_norm", batch_norm, ("none", "after")),
        ("pool", pool, ("none", "average")),
    ):
        if value not in choices:
            raise ConfigError(f"{name}={value!r}", "no such choice", f"The choices are {', '.join(choices)}")
    return SmallCnn(num_classes, tuple(filters), batch_norm, pool, dropout, hidden, normalisation)


class SmallStemResNet(TimmNetwork):
    """timm's ResNet-18 for small images: a 3 x 3 stem of stride 1 and no maximum pooling (run 25).

    The stem starts from nothing whatever weights fill the rest.
    """

    stride = 8

    def __init__(self, num_classes: int, normalisation: Normalisation, options: dict[str, Any]) -> None:
        super().__init__("resnet18", num_classes, normalisation, options)
        self.body.conv1 = nn.Conv2d(3, 64, 3, padding=1, bias=False)
        self.body.maxpool = nn.Identity()

    @property
    def removed_layers(self) -> tuple[str, ...]:
        """The stem of the pretrained network."""
        return ("conv1", "bn1")

    @property
    def restarted_layers(self) -> tuple[str, ...]:
        """The stem of this one."""
        return ("conv1", "bn1")


class ShortResNet(TimmNetwork):
    """timm's ResNet-18 without its last stage: what the ImageNet weights at hand reach (run 24)."""

    stride = 16

    def __init__(self, num_classes: int, normalisation: Normalisation, options: dict[str, Any]) -> None:
        super().__init__("resnet18", num_classes, normalisation, options)
        self.feature_channels = 256
        self.body.layer4 = nn.Identity()
        self.body.fc = nn.Linear(256, num_classes)

    @property
    def removed_layers(self) -> tuple[str, ...]:
        """The stage that is left out."""
        return ("layer4",)


def _build_resnet(
    kind: type[SmallStemResNet] | type[ShortResNet],
    *,
    num_classes: int,
    normalisation: Normalisation = "imagenet",
    **options: Any,
) -> TimmNetwork:
    return kind(num_classes, normalisation, options)


NETWORKS.register("resnet18_small_stem")(partial(_build_resnet, SmallStemResNet))
NETWORKS.register("resnet18_without_layer4")(partial(_build_resnet, ShortResNet))
