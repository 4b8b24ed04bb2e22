"""The contract of an explainer, over the whole registry: a new entry is covered without editing this file.

Every method runs on every kind of network that it says it applies to, and refuses the others.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from core.errors import ConfigError, WeightsError
from core.explain.base import EXPLAINERS, list_explainers
from core.networks.base import Network, RolloutOutput, build_network
from core.types import Heatmap

BLOB = (slice(8, 24), slice(40, 56))
"""Rows and columns of the planted evidence in a 64 x 64 image."""


class Redness(Network):
    """Class 0 is how red the image is, class 1 the opposite; a 3 x 3 blur makes it a network with weights.

    ``fails`` breaks its head, or its body.
    """

    def __init__(self, *, fails: str = "") -> None:
        super().__init__(2, 3)
        self.blur = nn.Conv2d(3, 3, 3, stride=4, padding=1, groups=3, bias=False)
        self.blur.weight.data.fill_(1 / 9)
        self.linear = nn.Linear(3, 2)
        self.linear.weight.data = torch.tensor([[1.0, 0, 0], [-1.0, 0, 0]])
        self.features_out = nn.Identity()
        self.fails = fails

    def forward_features(self, x: Tensor) -> Tensor:
        if self.fails == "body":
            raise RuntimeError("broken body")
        return self.features_out(self.blur(x))

    def forward_head(self, features: Tensor, topology: Tensor | None = None) -> Tensor:
        logits = self.linear(features.mean((2, 3)))
        if self.fails == "head":
            raise RuntimeError("broken head")
        return logits

    def spoil(self) -> None:
        self.linear.weight.data[0, 0] = float("nan")


class Attending(Redness):
    """Redness whose tokens look at red tokens before they answer, in one block of two equal heads."""

    attention = "self"

    def __init__(self, *, fails: str = "") -> None:
        super().__init__(fails=fails)
        self.key = nn.Linear(3, 1, bias=False)
        self.key.weight.data = torch.tensor([[9.0, 0, 0]])

    def forward_rollout(self, x: Tensor) -> RolloutOutput:
        maps = super().forward_features(x)
        tokens = maps.flatten(2).transpose(1, 2)
        key = self.key(tokens).transpose(1, 2)
        attention = key.expand(-1, tokens.shape[1], -1).softmax(-1)[:, None].repeat(1, 2, 1, 1)
        looked = tokens + 1e-3 * (attention @ tokens[:, None]).mean(1)
        return RolloutOutput(looked.transpose(1, 2).reshape_as(maps), (attention,))

    def forward_features(self, x: Tensor) -> Tensor:
        return self.forward_rollout(x).features

    def spoil(self) -> None:
        self.key.weight.data[0, 0] = float("nan")


HAND_MADE: dict[str, type[Redness]] = {"convolutional": Redness, "self-attention": Attending}
ARCHITECTURES: dict[str, tuple[str, dict[str, Any]]] = {
    "convolutional": ("mobilenetv3_small_100", {}),
    "self-attention": ("hybrid_vit", {"width": 32, "depth": 2, "heads": 2, "grid": 4, "layer_scale": 1.0}),
}
PAIRS = [(method, kind) for method in EXPLAINERS.names() for kind in HAND_MADE]
EACH = pytest.mark.parametrize(
    ("method", "kind"), [pair for pair in PAIRS if EXPLAINERS.get(pair[0]).applies_to(HAND_MADE[pair[1]]())]
)
OTHERS = pytest.mark.parametrize(
    ("method", "kind"),
    [pair for pair in PAIRS if not EXPLAINERS.get(pair[0]).applies_to(HAND_MADE[pair[1]]())],
)


def _planted() -> Tensor:
    x = torch.zeros(1, 3, 64, 64)
    x[:, 1:] = 0.5
    x[:, 0, BLOB[0], BLOB[1]] = 1.0
    return x


def _real(kind: str) -> Network:
    torch.manual_seed(0)
    return build_network(*ARCHITECTURES[kind], 3).eval()


def _peaks_in_blob(values: np.ndarray) -> bool:
    """Whether the largest value, and nine tenths of the sum, lie in or next to the blob."""
    cell = 64 // values.shape[0]
    rows = slice(BLOB[0].start // cell - 1, BLOB[0].stop // cell + 1)
    cols = slice(BLOB[1].start // cell - 1, BLOB[1].stop // cell + 1)
    inside = values[rows, cols]
    return bool(inside.max() == values.max() and inside.sum() >= 0.9 * values.sum())


def _snapshot(network: Network) -> list[Any]:
    found: list[Any] = []
    for name, module in network.named_modules():
        attributes = {key: id(value) for key, value in module.__dict__.items()}
        hooks = [len(value) for key, value in module.__dict__.items() if key.endswith("_hooks") and value]
        found.append((name, module.training, attributes, hooks))
    for name, parameter in network.named_parameters():
        grad = None if parameter.grad is None else (id(parameter.grad), parameter.grad.tolist())
        found.append((name, parameter.requires_grad, grad, parameter.sum().item()))
    return found


@pytest.fixture
def left_alone() -> Iterator[Callable[[Network], Network]]:
    """Watch a network; after the test it must be in every respect as it was."""
    watched: list[tuple[Network, list[Any]]] = []

    def watch(network: Network) -> Network:
        for i, parameter in enumerate(network.parameters()):
            parameter.requires_grad_(i % 2 == 0)
            parameter.grad = torch.full_like(parameter, 3.0) if i == 0 else None
        watched.append((network, _snapshot(network)))
        return network

    yield watch
    assert watched
    for network, before in watched:
        assert _snapshot(network) == before


def _check(heatmap: Heatmap, method: str, network: Network) -> None:
    assert heatmap.values.ndim == 2 and heatmap.values.dtype == np.float32
    assert heatmap.values.min() >= 0 and heatmap.values.max() <= 1
    assert np.isfinite(heatmap.peak) and heatmap.peak >= 0 and heatmap.unit
    assert heatmap.method == method and network.cam_layer in heatmap.layer
    if heatmap.state == "ok":
        assert heatmap.values.max() == 1 and heatmap.peak > 0
    else:
        assert not heatmap.values.any() and heatmap.peak == 0


@EACH
def test_shape_range_and_record(method: str, kind: str, left_alone: Callable[[Network], Network]) -> None:
    network = left_alone(_real(kind))
    x = torch.rand(1, 3, 64, 96, generator=torch.Generator().manual_seed(0))
    states = set()
    for index, code in enumerate("abc"):
        heatmap = EXPLAINERS.get(method)(network, x, index, code)
        _check(heatmap, method, network)
        assert heatmap.class_code == code
        states.add(heatmap.state)
    assert "ok" in states


@EACH
def test_same_input_same_map(method: str, kind: str) -> None:
    network, x = _real(kind), torch.rand(1, 3, 64, 64, generator=torch.Generator().manual_seed(0))
    first, second = (EXPLAINERS.get(method)(network, x, 1, "b") for _ in range(2))
    assert np.array_equal(first.values, second.values) and first.peak == second.peak


@EACH
def test_planted_evidence_is_where_the_map_peaks(
    method: str, kind: str, left_alone: Callable[[Network], Network]
) -> None:
    network = left_alone(HAND_MADE[kind]().eval())
    heatmap = EXPLAINERS.get(method)(network, _planted(), 0, "red")
    assert heatmap.state == "ok"
    assert _peaks_in_blob(heatmap.values)
    assert not _peaks_in_blob(1 - heatmap.values), "the check must catch an inverted map"


@EACH
def test_no_evidence_is_a_state(method: str, kind: str) -> None:
    network, explainer = HAND_MADE[kind]().eval(), EXPLAINERS.get(method)
    x = _planted() if explainer.class_specific else torch.full((1, 3, 64, 64), 0.0)
    heatmap = explainer(network, x, 1, "not red")
    _check(heatmap, method, network)
    assert heatmap.state == "no_evidence"


@EACH
def test_no_gradient_mode_of_the_caller_matters(method: str, kind: str) -> None:
    network, x = _real(kind), torch.rand(1, 3, 64, 64)
    plain = EXPLAINERS.get(method)(network, x, 0, "a")
    with torch.no_grad():
        without = EXPLAINERS.get(method)(network, x, 0, "a")
    with torch.inference_mode():
        inference = EXPLAINERS.get(method)(network, x.clone(), 0, "a")
    assert np.array_equal(plain.values, without.values)
    assert np.array_equal(plain.values, inference.values)


@EACH
def test_left_as_found_after_a_failure(
    method: str, kind: str, left_alone: Callable[[Network], Network]
) -> None:
    place = "head" if EXPLAINERS.get(method).class_specific else "body"
    network = left_alone(HAND_MADE[kind](fails=place).eval())
    with pytest.raises(RuntimeError, match=f"broken {place}"):
        EXPLAINERS.get(method)(network, _planted(), 0, "red")
    assert torch.is_grad_enabled()


@EACH
def test_train_mode_is_refused_even_in_one_layer(method: str, kind: str) -> None:
    network = _real(kind)
    network.get_submodule("body.bn1").train()
    with pytest.raises(ValueError, match="eval mode"):
        EXPLAINERS.get(method)(network, torch.rand(1, 3, 64, 64), 0, "a")
    assert network.get_submodule("body.bn1").training


@EACH
@pytest.mark.parametrize(
    ("shape", "index", "words"),
    [
        ((2, 3, 64, 64), 0, "one image"),
        ((3, 64, 64), 0, "one image"),
        ((1, 3, 64, 64), 2, "class_index"),
        ((1, 3, 64, 64), -1, "class_index"),
    ],
)
def test_requests_that_do_not_fit(
    method: str, kind: str, shape: tuple[int, ...], index: int, words: str
) -> None:
    with pytest.raises(ValueError, match=words):
        EXPLAINERS.get(method)(HAND_MADE[kind]().eval(), torch.zeros(shape), index, "red")


@EACH
def test_an_answer_that_is_not_finite_is_an_error(method: str, kind: str) -> None:
    network = HAND_MADE[kind]().eval()
    network.spoil()
    with pytest.raises(WeightsError, match="not finite"):
        EXPLAINERS.get(method)(network, _planted(), 0, "red")


@EACH
def test_only_a_class_specific_map_depends_on_the_class(method: str, kind: str) -> None:
    explainer, network = EXPLAINERS.get(method), _real(kind)
    x = torch.rand(1, 3, 64, 64, generator=torch.Generator().manual_seed(0))
    maps = [explainer(network, x, index, "c").values.tobytes() for index in range(3)]
    assert len(set(maps)) == (3 if explainer.class_specific else 1)


@OTHERS
def test_a_network_without_the_means_is_refused_by_name(method: str, kind: str) -> None:
    network = _real(kind)
    with pytest.raises(ConfigError) as caught:
        EXPLAINERS.get(method)(network, torch.rand(1, 3, 64, 64), 0, "a")
    assert caught.value.subject == method and "mobilenetv3_small_100" in caught.value.problem
    assert caught.value.remedy == "The choices for this network are gradcam"


def test_every_kind_of_network_has_a_method() -> None:
    assert list_explainers(Redness()) == ("gradcam",)
    assert list_explainers(Attending()) == EXPLAINERS.names()
