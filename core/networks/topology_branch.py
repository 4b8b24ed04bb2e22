"""The topological branch: a persistence image, flattened, to a short vector (DR7).

What it is fed is computed outside the network, from un-normalised intensities, on a grid fixed at training
time: a network's forward pass never computes topology.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from torch import Tensor, nn

from core.errors import ConfigError


class TopologyBranch(nn.Module):
    """A perceptron, 1024 -> 512 -> 128 in DR7: linear, ReLU and dropout for each layer.

    Args:
        inputs: numbers per case, at least 1.
        hidden: units of each layer, at least one layer; the last is the width of the answer.
        drop_rate: share of units dropped after each layer while training, in [0, 1).

    Attributes:
        inputs: as given.
        width: numbers in the answer.

    Raises:
        ConfigError: an argument outside its range.
    """

    def __init__(self, inputs: int, hidden: Sequence[int] = (512, 128), drop_rate: float = 0.0) -> None:
        super().__init__()
        sizes = [inputs, *hidden]
        if len(sizes) < 2 or min(sizes) < 1 or not 0 <= drop_rate < 1:
            raise ConfigError(
                f"topological branch {' -> '.join(map(str, sizes))}, drop_rate={drop_rate}",
                "it needs at least one layer, every size at least 1, and a rate in [0, 1)",
                "Correct topology_inputs, topology_hidden or topology_drop_rate",
            )
        self.inputs = inputs
        self.width = sizes[-1]
        layers: list[nn.Module] = []
        for before, after in pairwise(sizes):
            layers += [nn.Linear(before, after), nn.ReLU(), nn.Dropout(drop_rate)]
        self.layers = nn.Sequential(*layers)

    def forward(self, topology: Tensor) -> Tensor:
        """(B, inputs) float to (B, width), at least 0."""
        return self.layers(topology)
