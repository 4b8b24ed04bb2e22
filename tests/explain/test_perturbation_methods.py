"""What all methods share that run a network on altered pictures: nothing hooked, drawn or left behind."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NoReturn

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from core.errors import WeightsError
from core.explain.base import BACKWARD, EXPLAINERS
from core.explain.subject import Subject
from core.networks.base import Network
from tests.explain.picture_networks import draw_picture, draw_weighted, settle

METHODS = {"integrated_gradients": BACKWARD, "gradient_shap": BACKWARD, "occlusion": 1, "lime": 1}
"""And what one picture counts for."""
EACH = pytest.mark.parametrize("method", METHODS)


class Counting(Network):
    """Counts the pictures that a network is given; the count stands outside of it."""

    def __init__(self, inner: Network, counted: list[int]) -> None:
        super().__init__(inner.num_classes, inner.feature_channels)
        self.inner, self.counted = inner, counted
        self.cam_layer = f"inner.{inner.cam_layer}"

    def forward_features(self, x: Tensor) -> Tensor:
        self.counted.append(x.shape[0])
        return self.inner.forward_features(x)

    def forward_head(self, features: Tensor, topology: Tensor | None = None) -> Tensor:
        return self.inner.forward_head(features, topology)


@pytest.fixture
def one_thread() -> Iterator[None]:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@EACH
def test_no_hook_is_registered_on_module_or_tensor(method: str, monkeypatch: pytest.MonkeyPatch) -> None:
    network, x = settle("mobilenetv3_small_100"), draw_picture(64, 64)

    def refuse(*_: Any, **__: Any) -> NoReturn:
        raise AssertionError("a hook")

    for owner in (nn.Module, Tensor):
        for name in [name for name in dir(owner) if name.startswith("register") and "hook" in name]:
            monkeypatch.setattr(owner, name, refuse)
    with pytest.raises(AssertionError, match="a hook"):
        network.register_forward_hook(lambda *_: None)
    assert EXPLAINERS.get(method)(network, x, 0, "c").state == "ok"


@EACH
def test_nobody_elses_random_numbers_are_drawn(method: str) -> None:
    network, x = settle("mobilenetv3_small_100"), draw_picture(64, 64)
    before = (
        torch.get_rng_state(),
        np.random.get_state()[1].tolist(),
        np.random.get_state()[2],
        random.getstate(),
    )
    first = EXPLAINERS.get(method)(network, x, 0, "c")
    after = (
        torch.get_rng_state(),
        np.random.get_state()[1].tolist(),
        np.random.get_state()[2],
        random.getstate(),
    )
    assert torch.equal(before[0], after[0]) and before[1:] == after[1:]
    with torch.random.fork_rng():
        torch.manual_seed(99)
        second = EXPLAINERS.get(method)(network, x, 0, "c")
    assert first.values.tobytes() == second.values.tobytes() and first.peak == second.peak


@EACH
def test_progress_rises_to_one_and_the_price_is_as_told(method: str) -> None:
    counted: list[int] = []
    network = Counting(draw_weighted((224, 224)), counted).eval()
    told: list[float] = []
    EXPLAINERS.get(method)(network, draw_picture(224, 224), 0, "c", on_progress=told.append)
    assert all(a < b for a, b in itertools.pairwise(told)) and told[0] > 0 and told[-1] == 1.0
    assert len(told) == len(counted), "one word a batch"
    assert EXPLAINERS.get(method).passes == sum(counted) * METHODS[method]


@EACH
def test_a_small_picture_tells_the_truth_about_its_progress_too(method: str) -> None:
    counted: list[int] = []
    network = Counting(draw_weighted((6, 15)), counted).eval()
    told: list[float] = []
    EXPLAINERS.get(method)(network, draw_picture(6, 15), 0, "c", on_progress=told.append)
    assert told == pytest.approx((np.cumsum(counted) / sum(counted)).tolist()) and told[-1] == 1.0


@EACH
@pytest.mark.parametrize("mode", ["plain", "no_grad", "inference"])
def test_a_cancel_ends_it_and_leaves_nothing_behind(method: str, mode: str) -> None:
    counted: list[int] = []
    network = Counting(settle("mobilenetv3_small_100"), counted).eval()
    weights = {name: value.clone() for name, value in network.state_dict().items()}

    class CancelledError(Exception):
        pass

    def cancel(share: float) -> None:
        raise CancelledError

    guard = {"plain": torch.enable_grad, "no_grad": torch.no_grad, "inference": torch.inference_mode}[mode]
    with guard():
        x = draw_picture(64, 64)
        with pytest.raises(CancelledError):
            EXPLAINERS.get(method)(network, x, 0, "c", on_progress=cancel)
        assert torch.is_inference_mode_enabled() == (mode == "inference")
        assert torch.is_grad_enabled() == (mode == "plain")
    assert len(counted) == 1
    assert all(parameter.grad is None and parameter.requires_grad for parameter in network.parameters())
    assert all(torch.equal(value, weights[name]) for name, value in network.state_dict().items())
    assert not any(module._forward_hooks or module._backward_hooks for module in network.modules())


@EACH
def test_weights_that_are_not_finite_are_named(method: str) -> None:
    network = draw_weighted((24, 24))
    network.weight.data[1, 0, 0, 0] = float("nan")
    with pytest.raises(WeightsError, match="mel is not finite"):
        EXPLAINERS.get(method)(network, draw_picture(24, 24), 1, "mel")


@EACH
def test_gradients_that_are_not_finite_are_named_too(method: str) -> None:
    """The answer is finite; the gradient of a root at 0 is not."""

    class Rooted(Network):
        def __init__(self) -> None:
            super().__init__(1, 3)
            self.features_out = nn.Identity()

        def forward_features(self, x: Tensor) -> Tensor:
            return self.features_out((x - x.detach()).abs().sqrt() + x)

        def forward_head(self, features: Tensor, topology: Tensor | None = None) -> Tensor:
            return features.mean((1, 2, 3))[:, None]

    explainer = EXPLAINERS.get(method)
    if METHODS[method] == BACKWARD:
        with pytest.raises(WeightsError, match="not finite"):
            explainer(Rooted().eval(), draw_picture(24, 24), 0, "mel")
    else:
        assert explainer(Rooted().eval(), draw_picture(24, 24), 0, "mel").state == "ok"


@EACH
def test_the_topology_stays_that_of_the_photograph(method: str) -> None:
    """It adds the same to every altered picture, and so nothing to a difference."""

    class WithTopology(Network):
        topology_inputs = 2

        def __init__(self) -> None:
            super().__init__(1, 3)
            self.features_out = nn.Identity()

        def forward_features(self, x: Tensor) -> Tensor:
            return self.features_out(x)

        def forward_head(self, features: Tensor, topology: Tensor | None = None) -> Tensor:
            self.check_topology(topology, features.shape[0])
            assert topology is not None
            return (100 * features.mean((1, 2, 3)) + topology.sum(1))[:, None]

    x, network = draw_picture(48, 48), WithTopology().eval()
    maps = [
        EXPLAINERS.get(method).explain(Subject(network, x, torch.full((1, 2), value)), 0, "c")
        for value in (0.0, 1.0)
    ]
    # Where a value is close to what rounding may make, it is kept in one map and left out of the other.
    assert np.allclose(maps[0].values, maps[1].values, atol=0.03)
    assert maps[0].peak == pytest.approx(maps[1].peak, rel=1e-3)


@EACH
@pytest.mark.slow
def test_eight_threads_match_one_bit_for_bit(method: str, one_thread: None) -> None:
    network = settle("mobilenetv3_small_100")
    pictures = [draw_picture(32, 32, seed=seed) for seed in range(8)]

    def explain(i: int) -> bytes:
        return EXPLAINERS.get(method)(network, pictures[i % 8], i % 3, "c").values.tobytes()

    serial = [explain(i) for i in range(24)]
    assert len(set(serial)) > 16
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(explain, range(24))) == serial


@EACH
@pytest.mark.parametrize("shade", [0.2, 1.0])
def test_an_even_picture_is_no_evidence_in_a_real_network(method: str, shade: float) -> None:
    """Nothing that rounding makes of it, or of batches of several sizes, passes for a finding."""
    network = settle("mobilenetv3_small_100")
    for index in range(3):
        heatmap = EXPLAINERS.get(method)(network, torch.full((1, 3, 64, 64), shade), index, "c")
        assert heatmap.state == "no_evidence"
