"""Stability: what is tried, what is compared with what, and what an empty map counts for."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor

from core.explain.base import EXPLAINERS, make_heatmap
from core.explain.stability import (
    MIRRORED_ACROSS,
    MIRRORED_DOWN,
    NOISE,
    NOISY,
    SLOW_PASSES,
    add_noise,
    measure_stability,
    rank_alike,
)
from core.networks.base import build_network
from core.types import Heatmap

X = torch.rand(1, 3, 28, 28, generator=torch.Generator().manual_seed(2)) * 0.5 + 0.25


def draw(values) -> Heatmap:
    raw = np.asarray(values, dtype=np.float32)
    return make_heatmap(raw, unit="logit", method="drawn", layer="none", class_code="a")


def brightness(x: Tensor) -> Heatmap:
    """Follows the picture: mirrored with it, and hardly moved by noise."""
    return draw(x[0].mean(0).reshape(7, 4, 7, 4).mean((1, 3)).numpy())


def test_a_map_that_follows_the_picture_is_stable() -> None:
    found = dict(measure_stability(brightness, X))
    assert list(found) == [MIRRORED_ACROSS, MIRRORED_DOWN, NOISY]
    assert found[MIRRORED_ACROSS] == pytest.approx(1) and found[MIRRORED_DOWN] == pytest.approx(1)
    assert 0.9 < found[NOISY] < 1


def test_a_map_that_does_not_follow_the_picture_is_caught_by_its_mirror_image() -> None:
    fixed = draw(np.arange(49).reshape(7, 7))
    found = dict(measure_stability(lambda x: fixed, X))
    rows, columns = np.mgrid[:7, :7].astype(float)
    across = np.corrcoef((7 * rows + columns).ravel(), (7 * rows + 6 - columns).ravel())[0, 1]
    down = np.corrcoef((7 * rows + columns).ravel(), (7 * (6 - rows) + columns).ravel())[0, 1]
    assert found[MIRRORED_ACROSS] == pytest.approx(across)
    assert found[MIRRORED_DOWN] == pytest.approx(down)
    assert found[NOISY] == pytest.approx(1)


def test_a_map_of_the_noise_is_not_stable() -> None:
    def roughness(x: Tensor) -> Heatmap:
        steps = (x[0, 0] - x[0, 0].roll(1, 0)).abs()
        return draw(steps.reshape(7, 4, 7, 4).mean((1, 3)).numpy())

    even = torch.full_like(X, 0.5) + 1e-4 * X
    assert dict(measure_stability(roughness, even))[NOISY] < 0.5


def test_a_map_that_becomes_empty_shares_no_order() -> None:
    def only_unchanged(x: Tensor) -> Heatmap:
        return brightness(x) if torch.equal(x, X) else draw(np.zeros((7, 7)))

    assert {rho for _, rho in measure_stability(only_unchanged, X)} == {0.0}


def test_an_empty_map_has_nothing_that_could_last() -> None:
    with pytest.raises(ValueError, match="same everywhere"):
        measure_stability(lambda x: draw(np.zeros((7, 7))), X)


def test_a_known_map_is_not_computed_again_and_a_slow_method_is_tried_with_noise_only() -> None:
    asked: list[Tensor] = []
    told: list[float] = []

    def explain(x: Tensor) -> Heatmap:
        asked.append(x)
        return brightness(x)

    found = measure_stability(
        explain, X, heatmap=brightness(X), passes=SLOW_PASSES + 1, on_progress=told.append
    )
    assert [words for words, _ in found] == [NOISY]
    assert len(asked) == 1 and torch.equal(asked[0], add_noise(X)) and told == [1.0]
    measure_stability(explain, X, heatmap=brightness(X), passes=SLOW_PASSES, on_progress=told.append)
    assert len(asked) == 4 and told[1:] == pytest.approx([1 / 3, 2 / 3, 1])


def test_the_noise_is_as_said_the_same_each_time_and_leaves_the_global_generators_alone() -> None:
    torch.manual_seed(1)
    before = torch.random.get_rng_state()
    grey = torch.full((1, 3, 100, 100), 0.5)
    noise = add_noise(grey) - grey
    assert float(noise.std()) == pytest.approx(NOISE, rel=0.02) and abs(float(noise.mean())) < 1e-3
    assert torch.equal(add_noise(grey), add_noise(grey)) and noise.dtype == torch.float32
    assert float(add_noise(torch.ones(1, 3, 9, 9)).max()) == 1
    assert torch.equal(torch.random.get_rng_state(), before)


def test_fine_maps_are_compared_after_averaging() -> None:
    rng = np.random.default_rng(0)
    coarse = rng.random((14, 14))
    fine, other = (np.kron(coarse, np.ones((16, 16))) * rng.uniform(0.2, 1.8, (224, 224)) for _ in range(2))
    assert rank_alike(draw(fine), draw(other)) > 0.97
    pixels = [np.argsort(np.argsort(values.ravel())) for values in (fine, other)]
    assert np.corrcoef(*pixels)[0, 1] < 0.75


def test_rank_alike_by_hand() -> None:
    """Ranks 1 2 3 4 and 1 2 4 3: rho = 1 - 6 * 2 / (4 * 15) = 0.8."""
    assert rank_alike(draw([[0.1, 0.2], [0.3, 0.4]]), draw([[1, 2], [9, 8]])) == pytest.approx(0.8)
    with pytest.raises(ValueError, match="one grid"):
        rank_alike(draw(np.eye(2)), draw(np.eye(3)))


def test_grad_cam_of_a_real_network_is_measured_and_a_flip_average_passes_its_mirrors() -> None:
    torch.manual_seed(0)
    inner = {"architecture": "mobilenetv3_small_100", "arguments": {}}
    network = build_network("flip_average", inner, 3).eval()
    x = torch.rand(1, 3, 96, 96, generator=torch.Generator().manual_seed(0))
    found = dict(measure_stability(lambda one: EXPLAINERS.get("gradcam")(network, one, 1, "b"), x))
    assert found[MIRRORED_ACROSS] > 0.99 and found[MIRRORED_DOWN] > 0.99
    assert 0.5 < found[NOISY] <= 1
