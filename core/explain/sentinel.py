"""Maps that show nothing, and methods that show the wrong place: caught before anybody believes them.

:func:`find_degeneracy` looks at one map. :func:`finds_planted_spot` looks at a method: networks of a few
hand-made weights answer by a red spot in the upper right of a picture, and the map must lie there. A library
that turned its maps inside out, transposed or shifted them in a new version fails it, whatever the networks
of a pair make of a real picture. It is asked once a process and method, and the answer kept.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator

import numpy as np
import torch
import torch.nn.functional as functional
from numpy.typing import NDArray
from torch import Tensor, nn

from core.explain.attention import CONSTANT_RANGE
from core.explain.base import EXPLAINERS, Explainer
from core.explain.faithfulness import fit_to_grid
from core.explain.subject import Subject
from core.networks.base import AttentionOutput, Network, RolloutOutput
from core.types import Heatmap

SINGLE_FROM = 100
"""Cells from which on a map that marks one of them marks a speck; below, a cell is a place in the picture."""
SPOT = (slice(8, 24), slice(40, 56))
"""Rows and columns of the planted spot, in the middle of the upper right quarter of 64 x 64 pixels."""
LEAST_SHARE = 0.5
"""Of the map in the quarter that holds the spot; an even map has a quarter of itself there."""

_SIDE, _STRIDE = 64, 4
_FOUND: dict[Explainer, bool] = {}
_LOCK = threading.Lock()


def find_degeneracy(heatmap: Heatmap) -> str:
    """What is wrong with a map as such: a clause after "the map", or ``""`` for nothing.

    A map without evidence is a finding and not wrong, as long as it says so (``state``).
    """
    values = heatmap.values
    if values.ndim != 2 or values.size == 0:
        return "is no picture"
    if not bool(np.isfinite(values).all()) or not np.isfinite(heatmap.peak):
        return "holds values that are not numbers"
    if float(values.min()) < 0 or float(values.max()) > 1:
        return "holds values outside its range"
    marked = int(np.count_nonzero(values))
    if heatmap.state == "no_evidence":
        return "marks places although it says that nothing was found" if marked else ""
    if marked == 0:
        return "is empty although it says that something was found"
    if float(np.ptp(values)) <= CONSTANT_RANGE:
        return "is the same everywhere"
    if marked == 1 and values.size >= SINGLE_FROM:
        return "marks a single speck and nothing else"
    return ""


def finds_planted_spot(method: str) -> bool:
    """Whether a method's maps lie on the spot that hand-made networks answer by.

    Args:
        method: name in the explainer registry.

    Returns:
        True if they do for every one of these networks that the method applies to: a convolutional one, one
        with self-attention, one with a gate like CBAM's. Computed once a process; safe in threads.

    Raises:
        ConfigError: no such method. What the method itself raises is not caught, and not kept.
    """
    explainer = EXPLAINERS.get(method)
    with _LOCK:
        if explainer not in _FOUND:
            _FOUND[explainer] = _finds_spot(explainer)
        return _FOUND[explainer]


def lies_on_spot(values: NDArray[np.float32]) -> bool:
    """Whether a map (h, w) of :func:`plant_spot` peaks in the spot's quarter and has half of itself there."""
    grid = fit_to_grid(values, 16, 16)
    quarter = grid[:8, 8:]
    elsewhere = grid.copy()
    elsewhere[:8, 8:] = -np.inf
    return bool(quarter.max() > elsewhere.max() and quarter.sum() >= LEAST_SHARE * grid.sum() > 0)


def plant_spot() -> Tensor:
    """(1, 3, 64, 64): an even grey with a red spot."""
    x = torch.full((1, 3, _SIDE, _SIDE), 0.25)
    x[:, 0, SPOT[0], SPOT[1]] = 1.0
    return x


def list_networks() -> Iterator[Network]:
    """The hand-made networks, in eval mode; no generator is asked for their weights."""
    for kind in (_Plain, _Attending, _Gated):
        yield kind().eval()


def _finds_spot(explainer: Explainer) -> bool:
    networks = [network for network in list_networks() if explainer.applies_to(network)]
    maps = [explainer.explain(Subject(network, plant_spot()), 0, "red") for network in networks]
    return bool(maps) and all(
        heatmap.state == "ok" and not find_degeneracy(heatmap) and lies_on_spot(heatmap.values)
        for heatmap in maps
    )


class _Plain(Network):
    """Two channels see where red exceeds the rest; logit 0 is how much there is of it, 1 its negative."""

    stride = _STRIDE

    def __init__(self) -> None:
        super().__init__(2, 2)
        colours = torch.tensor([[1.0, -0.5, -0.5], [0.6, -0.3, -0.3]])
        self.weight = nn.Parameter(colours[:, :, None, None].expand(-1, -1, 3, 3) / 9, requires_grad=False)
        self.bias = nn.Parameter(torch.tensor([-0.1, -0.06]), requires_grad=False)
        self.answer = nn.Parameter(torch.tensor([[40.0, 20.0], [-40.0, -20.0]]), requires_grad=False)
        self.features_out = nn.Identity()

    def see(self, x: Tensor) -> Tensor:
        """(B, 3, H, W) to the channels (B, 2, H / 4, W / 4), at least 0."""
        return functional.conv2d(x, self.weight, self.bias, stride=_STRIDE, padding=1).relu()

    def forward_features(self, x: Tensor) -> Tensor:
        features: Tensor = self.features_out(self.see(x))
        return features

    def forward_head(self, features: Tensor, topology: Tensor | None = None) -> Tensor:
        self.check_topology(topology, features.shape[0])
        return features.mean((2, 3)) @ self.answer.T


class _Attending(_Plain):
    """The same, whose tokens look at red tokens before they answer; one block of two equal heads."""

    attention = "self"

    def __init__(self) -> None:
        super().__init__()
        self.key = nn.Parameter(torch.tensor([9.0, 0.0]), requires_grad=False)

    def forward_rollout(self, x: Tensor) -> RolloutOutput:
        maps = self.see(x)
        tokens = maps.flatten(2).transpose(1, 2)
        looks = (tokens @ self.key)[:, None, None, :]
        attention = looks.expand(-1, 2, tokens.shape[1], -1).softmax(-1)
        taken = tokens + 0.01 * (attention @ tokens[:, None]).mean(1)
        features = self.features_out(taken.transpose(1, 2).reshape_as(maps))
        return RolloutOutput(features, (attention,))

    def forward_features(self, x: Tensor) -> Tensor:
        return self.forward_rollout(x).features


class _Gated(_Plain):
    """The same behind gates as CBAM's: open where something is seen, and for the channel that sees more."""

    attention = "cbam"

    def forward_attention(self, x: Tensor) -> AttentionOutput:
        maps = self.see(x)
        channel = (4 * maps.amax((2, 3))).sigmoid()
        gated = channel[:, :, None, None] * maps
        spatial = (20 * gated.amax(1) - 6).sigmoid()
        return AttentionOutput(self.features_out(spatial[:, None] * gated), channel, spatial)

    def forward_features(self, x: Tensor) -> Tensor:
        return self.forward_attention(x).features
