"""Any timm backbone with CBAM after its last feature map and a topological branch beside it (DR6 to DR8).

Each of the two is one argument, so that an ablation is a flag. With both off the network is the backbone
itself: the same weights by the same names, the same logits.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import torch
from torch import Tensor, nn

from core.errors import ConfigError
from core.networks.backbones import TimmNetwork
from core.networks.base import NETWORKS, AttentionOutput, Normalisation, build_network
from core.networks.cbam import Cbam
from core.networks.topology_branch import TopologyBranch


class AttentiveNetwork(TimmNetwork):
    """A timm classifier with CBAM, a topological branch, both or neither.

    The branch's answer is put beside timm's pooled features (``forward_head(pre_logits=True)``, so that a
    head with layers of its own, such as MobileNetV3's, keeps them), and timm's classifier is replaced by one
    linear layer from both to the classes: 1408 + 128 = 1536 to 5 for EfficientNet-B2 (DR8).

    Args:
        model, num_classes, normalisation, options: as in :class:`core.networks.backbones.TimmNetwork`.
        cbam: arguments of :class:`core.networks.cbam.Cbam` but ``channels``; None for no CBAM.
        branch: arguments of :class:`core.networks.topology_branch.TopologyBranch`; None for no branch.

    Raises:
        ConfigError: an argument outside its range; with a branch, timm's classifier is not one linear layer.
    """

    def __init__(
        self,
        model: str,
        num_classes: int,
        normalisation: Normalisation,
        options: dict[str, Any],
        *,
        cbam: Mapping[str, Any] | None = None,
        branch: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(model, num_classes, normalisation, options)
        if cbam is not None:
            self.attention = "cbam"
            self.cbam = Cbam(self.feature_channels, **cbam)
        if branch is not None:
            self.topology_branch = TopologyBranch(**branch)
            self.topology_inputs = self.topology_branch.inputs
            self._widen_classifier(self.topology_branch.width)

    @property
    def added_layers(self) -> tuple[str, ...]:
        """CBAM and the branch, where there are any."""
        return tuple(name for name in ("cbam", "topology_branch") if name in self._modules)

    def forward_features(self, x: Tensor) -> Tensor:
        """The refined map F', or timm's last feature map without CBAM: (B, feature_channels, h, w)."""
        if self.attention == "none":
            return super().forward_features(x)
        return self.forward_attention(x).features

    def forward_attention(self, x: Tensor) -> AttentionOutput:
        """F' with the gates that made it; see :meth:`core.networks.base.Network.forward_attention`."""
        if self.attention == "none":
            return super().forward_attention(x)
        refined, channel_gate, spatial_gate = self.cbam(self.body.forward_features(self.normalise(x)))
        return AttentionOutput(self.features_out(refined), channel_gate, spatial_gate)

    def forward_head(self, features: Tensor, topology: Tensor | None = None) -> Tensor:
        """Pooling, timm's head, the branch beside it, and the classifier: logits (B, num_classes)."""
        self.check_topology(topology, features.shape[0])
        if topology is None:
            return self.body.forward_head(features)
        pooled = self.body.forward_head(features, pre_logits=True).flatten(1)
        return self.body.get_classifier()(torch.cat([pooled, self.topology_branch(topology)], dim=1))

    def _widen_classifier(self, width: int) -> None:
        """Replace timm's classifier by one that takes ``width`` more numbers."""
        old = self.body.get_classifier()
        if not isinstance(old, nn.Linear):
            raise ConfigError(
                self.timm_name,
                f"its classifier is a {type(old).__name__}, a topological branch needs one linear layer",
                "Choose another backbone, or set topology_inputs to 0",
            )
        self.body.set_submodule(self.classifier_layer, nn.Linear(old.in_features + width, self.num_classes))


@NETWORKS.register("attentive")
def build_attentive(
    *,
    num_classes: int,
    backbone: Mapping[str, object],
    attention: Literal["cbam", "none"] = "cbam",
    reduction: int = 16,
    kernel_size: int = 7,
    gate_start: float | None = 0.9,
    topology_inputs: int = 0,
    topology_hidden: Sequence[int] = (512, 128),
    topology_drop_rate: float = 0.0,
) -> AttentiveNetwork:
    """A timm network with CBAM and a topological branch, each by one argument.

    Args:
        num_classes: number of logits.
        backbone: ``{"architecture": name, "arguments": {...}}`` of an entry that is one timm network;
            dropout of the pooled features is its argument ``drop_rate``.
        attention: ``"cbam"`` after the last feature map, or ``"none"``.
        reduction, kernel_size, gate_start: of CBAM, see :class:`core.networks.cbam.Cbam`.
        topology_inputs: numbers a case for the topological branch (1024 for a 32 x 32 persistence image);
            0 for no branch.
        topology_hidden, topology_drop_rate: the branch's layers, and its dropout while training.

    Raises:
        ConfigError: the backbone is not one timm network, or an argument is outside its range.
    """
    if attention not in ("cbam", "none"):
        raise ConfigError(f"attention={attention!r}", "no such attention", "The choices are cbam, none")
    if topology_inputs < 0:
        raise ConfigError(f"topology_inputs={topology_inputs}", "below 0", "Use 0 for no branch")
    probe = _probe_backbone(backbone, num_classes)
    cbam = {"reduction": reduction, "kernel_size": kernel_size, "gate_start": gate_start}
    branch = {"inputs": topology_inputs, "hidden": topology_hidden, "drop_rate": topology_drop_rate}
    return AttentiveNetwork(
        probe.timm_name,
        num_classes,
        probe.normalisation,
        probe.options,
        cbam=cbam if attention == "cbam" else None,
        branch=branch if topology_inputs else None,
    )


def _probe_backbone(backbone: Mapping[str, object], num_classes: int) -> TimmNetwork:
    """The backbone without data, which says what timm is to build."""
    architecture, arguments = backbone.get("architecture"), backbone.get("arguments", {})
    odd = set(backbone) - {"architecture", "arguments"}
    if odd or not isinstance(architecture, str) or not isinstance(arguments, Mapping):
        raise ConfigError(
            f"attentive: backbone {dict(backbone)}",
            "a backbone is a table with 'architecture' (a name) and 'arguments' (a table)",
            "Correct the backbone",
        )
    with torch.device("meta"):
        probe = build_network(architecture, arguments, num_classes)
    if type(probe) is not TimmNetwork:
        raise ConfigError(
            f"attentive: backbone {architecture}",
            "it is not one timm network",
            "Name a timm architecture; flip_average and ensemble go around the attentive network",
        )
    return probe
