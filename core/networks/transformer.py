"""Vision transformers that answer from the mean of their patch tokens, and return their attention when asked.

The tokens leave as a feature map (B, C, h, w), so that Grad-CAM, heads and everything else that knows feature
maps work unchanged. There is no class token in the answer: every patch has the same say.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import Any, Literal

import timm
import torch
import torch.nn.functional as functional
from timm.models.vision_transformer import Block
from torch import Tensor, nn

from core.errors import ConfigError
from core.networks.backbones import TimmNetwork
from core.networks.base import NETWORKS, Normalisation, RolloutOutput

STRIDE = 16
"""Pixels of the image a token stands for, along each side."""


class TransformerNetwork(TimmNetwork):
    """What transformers have in common: tokens as a map, mean pooling, attention returned and never stored.

    A subclass sets ``prefix`` (tokens before the patches) and defines :meth:`embed`, :meth:`finish` and
    :meth:`list_blocks`.
    """

    attention: Literal["none", "cbam", "self"] = "self"
    stride: int = STRIDE
    prefix: int = 0

    @abstractmethod
    def embed(self, x: Tensor) -> tuple[Tensor, tuple[int, int]]:
        """(B, 3, H, W) RGB in [0, 1] to tokens (B, prefix + h w, C) before the first block, and (h, w)."""

    @abstractmethod
    def finish(self, tokens: Tensor) -> Tensor:
        """What follows the last block, on (B, prefix + h w, C) tokens."""

    @abstractmethod
    def list_blocks(self) -> Sequence[Any]:
        """The blocks in order."""

    def forward_features(self, x: Tensor) -> Tensor:
        """The patch tokens after the last block as a map, (B, feature_channels, H / 16, W / 16)."""
        tokens, grid = self.embed(x)
        for block in self.list_blocks():
            tokens = block(tokens)
        return self.features_out(self._as_map(self.finish(tokens), grid))

    def forward_rollout(self, x: Tensor) -> RolloutOutput:
        """The feature map with every block's attention (:meth:`core.networks.base.Network.forward_rollout`).

        The map depends on the returned matrices, so that gradients reach them.
        """
        tokens, grid = self.embed(x)
        attentions = []
        for block in self.list_blocks():
            attended, attention = _attend(block, block.norm1(tokens))
            attentions.append(attention)
            tokens = tokens + block.drop_path1(block.ls1(attended))
            tokens = tokens + block.drop_path2(block.ls2(block.mlp(block.norm2(tokens))))
        return RolloutOutput(self.features_out(self._as_map(self.finish(tokens), grid)), tuple(attentions))

    def _as_map(self, tokens: Tensor, grid: tuple[int, int]) -> Tensor:
        patches = tokens[:, self.prefix :].transpose(1, 2)
        return patches.reshape(tokens.shape[0], -1, *grid)


def _attend(block: Any, normed: Tensor) -> tuple[Tensor, Tensor]:
    """Multi-head self-attention of one block, with its (B, heads, N, N) matrix; rows sum to 1."""
    layer = block.attn
    batch, count, _ = normed.shape
    qkv = layer.qkv(normed).reshape(batch, count, 3, layer.num_heads, layer.head_dim)
    query, key, value = qkv.permute(2, 0, 3, 1, 4).unbind(0)
    query, key = layer.q_norm(query), layer.k_norm(key)
    attention = (query * layer.scale @ key.transpose(-2, -1)).softmax(dim=-1)
    mixed = (layer.attn_drop(attention) @ value).transpose(1, 2).reshape(batch, count, -1)
    return layer.proj_drop(layer.proj(layer.norm(mixed))), attention


class TimmTransformer(TransformerNetwork):
    """A plain vision transformer of timm; its class token, where it has one, takes part but is not asked."""

    def __init__(
        self, model: str, num_classes: int, normalisation: Normalisation, options: dict[str, Any]
    ) -> None:
        if not timm.models.is_model_in_modules(model, ["vision_transformer"]):
            raise ConfigError(
                model, "timm has no plain vision transformer of this name", "For example vit_tiny_patch16_224"
            )
        super().__init__(
            model, num_classes, normalisation, {"global_pool": "avg", "fc_norm": False, **options}
        )
        self.prefix = int(self.body.num_prefix_tokens)

    def embed(self, x: Tensor) -> tuple[Tensor, tuple[int, int]]:
        """timm's patch and position embedding."""
        patches = self.body.patch_embed(self.normalise(x))
        grid = (x.shape[2] // STRIDE, x.shape[3] // STRIDE)
        return self.body.norm_pre(self.body.patch_drop(self.body._pos_embed(patches))), grid

    def finish(self, tokens: Tensor) -> Tensor:
        """timm's last layer normalisation."""
        normed: Tensor = self.body.norm(tokens)
        return normed

    def list_blocks(self) -> Sequence[Any]:
        """timm's blocks."""
        return list(self.body.blocks)

    def forward_head(self, features: Tensor, topology: Tensor | None = None) -> Tensor:
        """Mean over the map, then timm's classifier: logits (B, num_classes)."""
        self.check_topology(topology, features.shape[0])
        logits: Tensor = self.body.head(self.body.head_drop(features.mean((2, 3))))
        return logits


class HybridVit(TransformerNetwork):
    """The first stages of a convolutional network, to stride 16, and transformer blocks behind them.

    Convolutions before a transformer let it learn from fewer images (Xiao et al. 2021, "Early convolutions
    help transformers see better"), and these can start from ImageNet weights.

    Args:
        model, num_classes, normalisation, options: of the convolutional network, one of timm's EfficientNets.
        width, depth, heads: of the transformer.
        grid: rows and columns of the position embedding; for images of other sizes it is interpolated.
        layer_scale: start of each branch's scale (Touvron et al. 2021); a small one keeps the start near
            the convolutional features.
        drop_rate, drop_path: dropout before the classifier, and of whole branches in the last block.

    Raises:
        ConfigError: the network has no stage of stride 16 made of blocks, or heads do not divide the width.
    """

    def __init__(
        self,
        model: str,
        num_classes: int,
        normalisation: Normalisation,
        options: dict[str, Any],
        *,
        width: int,
        depth: int,
        heads: int,
        grid: int,
        layer_scale: float,
        drop_rate: float,
        drop_path: float,
    ) -> None:
        super().__init__(model, num_classes, normalisation, options)
        if width % heads:
            raise ConfigError(f"heads={heads}", f"it does not divide width={width}", "Choose a divisor")
        channels = self._cut_body()
        self.feature_channels = width
        self.project = nn.Conv2d(channels, width, 1)
        self.position = nn.Parameter(torch.zeros(1, width, grid, grid))
        nn.init.trunc_normal_(self.position, std=0.02)
        rates = [drop_path * index / max(depth - 1, 1) for index in range(depth)]
        self.blocks = nn.ModuleList(
            Block(width, heads, qkv_bias=True, init_values=layer_scale, drop_path=rate) for rate in rates
        )
        self.norm = nn.LayerNorm(width, eps=1e-6)
        self.head_drop = nn.Dropout(drop_rate)
        self.head = nn.Linear(width, num_classes)

    @property
    def added_layers(self) -> tuple[str, ...]:
        """All that is not the convolutional network's."""
        return ("project", "position", "blocks", "norm", "head")

    @property
    def removed_layers(self) -> tuple[str, ...]:
        """What lies behind stride 16, by timm's names."""
        return self._removed

    def embed(self, x: Tensor) -> tuple[Tensor, tuple[int, int]]:
        """The map at stride 16, projected, with its place added to each token."""
        maps = self.project(self.body.blocks(self.body.bn1(self.body.conv_stem(self.normalise(x)))))
        grid = (maps.shape[2], maps.shape[3])
        position: Tensor = self.position
        if grid != tuple(position.shape[2:]):
            position = functional.interpolate(position, size=grid, mode="bilinear", align_corners=False)
        return (maps + position).flatten(2).transpose(1, 2), grid

    def finish(self, tokens: Tensor) -> Tensor:
        """Layer normalisation."""
        normed: Tensor = self.norm(tokens)
        return normed

    def list_blocks(self) -> Sequence[Any]:
        """The blocks in order."""
        return list(self.blocks)

    def forward_head(self, features: Tensor, topology: Tensor | None = None) -> Tensor:
        """Mean over the map, dropout, classifier: logits (B, num_classes)."""
        self.check_topology(topology, features.shape[0])
        logits: Tensor = self.head(self.head_drop(features.mean((2, 3))))
        return logits

    def _cut_body(self) -> int:
        """Drop what lies behind stride 16; return the channels there."""
        body = self.body
        found = [one for one in getattr(body, "feature_info", []) if one["reduction"] == STRIDE]
        kept, _, place = found[-1]["module"].partition(".") if found else ("", "", "")
        if kept != "blocks" or not place.isdigit():
            raise ConfigError(
                self.timm_name, "it has no stage of stride 16", "Choose an EfficientNet of timm"
            )
        last = int(place) + 1
        behind = tuple(f"blocks.{index}" for index in range(last, len(body.blocks)))
        body.blocks = body.blocks[:last]
        ends = tuple(name for name in ("conv_head", "bn2", "global_pool") if hasattr(body, name))
        for name in ends:
            setattr(body, name, nn.Identity())
        body.classifier = nn.Identity()
        self._removed = (*behind, *ends, self.classifier_layer)
        return int(found[-1]["num_chs"])


@NETWORKS.register("vit")
def build_vit(
    *,
    num_classes: int,
    model: str = "vit_tiny_patch16_224",
    normalisation: Normalisation = "half",
    **options: Any,
) -> TimmTransformer:
    """A plain vision transformer with patches of 16 pixels, by timm's name.

    Args:
        num_classes: number of logits.
        model: for example ``"vit_tiny_patch16_224"``.
        normalisation: as in :func:`core.networks.backbones.build_timm`.
        options: ``img_size``, ``drop_path_rate`` and further keyword arguments of ``timm.create_model``.

    Raises:
        ConfigError: timm has no such architecture, or it is not a plain vision transformer.
    """
    return TimmTransformer(model, num_classes, normalisation, {"dynamic_img_size": True, **options})


@NETWORKS.register("hybrid_vit")
def build_hybrid_vit(
    *,
    num_classes: int,
    model: str = "tf_efficientnet_lite0",
    normalisation: Normalisation = "half",
    width: int = 192,
    depth: int = 6,
    heads: int = 3,
    grid: int = 14,
    layer_scale: float = 0.1,
    drop_rate: float = 0.0,
    drop_path: float = 0.0,
    **options: Any,
) -> HybridVit:
    """A convolutional stem and a small transformer; arguments as in :class:`HybridVit`."""
    return HybridVit(
        model,
        num_classes,
        normalisation,
        options,
        width=width,
        depth=depth,
        heads=heads,
        grid=grid,
        layer_scale=layer_scale,
        drop_rate=drop_rate,
        drop_path=drop_path,
    )
