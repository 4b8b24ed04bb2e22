"""Several networks as one: their feature maps side by side, their logits averaged.

One feature map and one head keep the ensemble an ordinary network, so that Grad-CAM, export and
distillation need to know nothing of members. The gradient of the mean logit weighs each member's channels
by that member's share.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor, nn

from core.errors import ConfigError
from core.networks.base import NETWORKS, Network, build_network


class Ensemble(Network):
    """Mean of the members' logits; every member normalises its own input.

    Args:
        members: at least one network, all with the same number of classes; used, not copied.
    """

    def __init__(self, members: Sequence[Network]) -> None:
        if not members:
            raise ConfigError("ensemble", "it has no members", "Name at least one architecture")
        counts = {member.num_classes for member in members}
        if len(counts) > 1:
            raise ValueError(f"members must have one number of classes, not {sorted(counts)}")
        super().__init__(members[0].num_classes, sum(member.feature_channels for member in members))
        inputs = {member.topology_inputs for member in members} - {0}
        if len(inputs) > 1:
            raise ConfigError(
                "ensemble",
                f"its members take topologies of different sizes: {sorted(inputs)}",
                "Give them one persistence image: the same topology_inputs",
            )
        self.topology_inputs = max(inputs, default=0)
        self.members = nn.ModuleList(members)
        self.features_out = nn.Identity()

    def forward_features(self, x: Tensor) -> Tensor:
        """Members' feature maps one after the other along channels, (B, feature_channels, h, w).

        Raises:
            ConfigError: the members' maps differ in height or width at this input size.
        """
        maps = [member.forward_features(x) for member in self.parts()]
        sizes = [tuple(features.shape[2:]) for features in maps]
        if len(set(sizes)) > 1:
            found = ", ".join(
                f"{part.architecture or type(part).__name__} {size}"
                for part, size in zip(self.parts(), sizes, strict=True)
            )
            raise ConfigError(
                "ensemble",
                f"its members' feature maps differ in size at input {tuple(x.shape[2:])}: {found}",
                "Combine networks of one stride, or choose an input size that is a multiple of 32",
            )
        return self.features_out(torch.cat(maps, dim=1))

    def forward_head(self, features: Tensor, topology: Tensor | None = None) -> Tensor:
        """Mean over members of the logits each makes of its own channels, (B, num_classes).

        Members that take a topology get it, the others do not.
        """
        return self._members_of(features, topology).mean(dim=0)

    def forward_members(self, x: Tensor, topology: Tensor | None = None) -> Tensor:
        """Every member's own logits, (M, B, num_classes), for training and diagnosis."""
        return self._members_of(self.forward_features(x), topology)

    def parts(self) -> tuple[Network, ...]:
        """The members, in order."""
        return tuple(member for member in self.members if isinstance(member, Network))

    def _members_of(self, features: Tensor, topology: Tensor | None) -> Tensor:
        """Logits (M, B, num_classes) from the joint feature map."""
        self.check_topology(topology, features.shape[0])
        own = features.split([part.feature_channels for part in self.parts()], dim=1)
        return torch.stack(
            [
                part.forward_head(share, topology if part.topology_inputs else None)
                for part, share in zip(self.parts(), own, strict=True)
            ]
        )


@NETWORKS.register("ensemble")
def build_ensemble(*, num_classes: int, members: Sequence[Mapping[str, object]]) -> Ensemble:
    """An ensemble of freshly initialised networks.

    Args:
        num_classes: number of logits of every member.
        members: one table a member: ``{"architecture": name, "arguments": {...}}``.

    Raises:
        ConfigError: a table has other keys, or its network cannot be built.
    """
    built = []
    for member in members:
        architecture, arguments = member.get("architecture"), member.get("arguments", {})
        odd = set(member) - {"architecture", "arguments"}
        if odd or not isinstance(architecture, str) or not isinstance(arguments, Mapping):
            raise ConfigError(
                f"ensemble member {dict(member)}",
                "a member is a table with 'architecture' (a name) and 'arguments' (a table)",
                "Correct the member",
            )
        built.append(build_network(architecture, arguments, num_classes))
    return Ensemble(built)


def combine_members(networks: Sequence[Network]) -> Ensemble:
    """Join networks made by :func:`core.networks.base.build_network` into an ensemble that shares them.

    Its ``architecture`` and ``arguments`` are such that ``build_network`` makes one that takes its weights.

    Raises:
        ValueError: a network was not made by ``build_network``.
    """
    for network in networks:
        if not network.architecture:
            raise ValueError("networks: a member does not say what it was built with; use build_network")
    ensemble = Ensemble(networks)
    ensemble.architecture = "ensemble"
    ensemble.arguments = {
        "members": [
            {"architecture": network.architecture, "arguments": dict(network.arguments)}
            for network in networks
        ]
    }
    return ensemble
