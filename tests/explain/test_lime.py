from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import Tensor

from core.explain import lime
from core.explain.absence import blur_away
from core.explain.lime import (
    KERNEL_WIDTH,
    PATCHES,
    RIDGE,
    SAMPLES,
    cut_patches,
    draw_presence,
    explain_lime,
    weigh_patches,
)
from core.networks.base import Network
from tests.explain.picture_networks import draw_picture, draw_weighted, settle, start_passes


def _grid(height: int, width: int, cell: int) -> NDArray[np.int64]:
    """Square patches, numbered row by row."""
    rows, columns = np.indices((height, width)) // cell
    return (rows * (width // cell) + columns).astype(np.int64)


def _weigh(network: Network, x: Tensor, index: int, patches: NDArray[np.int64], *, batch: int = 8) -> Tensor:
    run = start_passes(network, x, index)
    presence = draw_presence(int(patches.max()) + 1)
    found = weigh_patches(run, x, blur_away(x), patches, presence, batch=batch)
    assert run.done == SAMPLES == explain_lime.passes
    return found


def _kernel(presence: NDArray[np.int64]) -> NDArray[np.float64]:
    """exp(-d^2 / (2 width^2)), d the cosine distance from all patches present: 1 - sqrt(k / K)."""
    distance = 1 - np.sqrt(presence.mean(axis=1))
    return np.exp(-(distance**2) / (2 * KERNEL_WIDTH**2))


@pytest.mark.parametrize("batch", [1, 8])
def test_recovers_what_every_patch_adds_in_a_linear_network(
    batch: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    network, x, patches = draw_weighted((24, 24)), draw_picture(24, 24), _grid(24, 24, 4)
    added = (network.weight[1] * (x - blur_away(x))[0]).sum(0).double().detach().numpy()
    expected = np.bincount(patches.ravel(), added.ravel())
    shrunk = _weigh(network, x, 1, patches, batch=batch).numpy()
    assert np.linalg.norm(shrunk - expected) < 0.05 * np.linalg.norm(expected)
    monkeypatch.setattr(lime, "RIDGE", 1e-9)
    exact = _weigh(network, x, 1, patches, batch=batch).numpy()
    assert np.allclose(exact, expected, rtol=0, atol=1e-5)
    assert np.abs(shrunk).sum() < np.abs(exact).sum()


def test_equals_the_weighted_regression_on_a_real_network() -> None:
    """Its normal equations, solved here: the weights are those of the kernel, the intercept is free."""
    network, x, patches = settle("mobilenetv3_small_100"), draw_picture(64, 64), _grid(64, 64, 16)
    presence, absent = draw_presence(16), blur_away(x)
    kept = torch.from_numpy(presence)[:, torch.from_numpy(patches)][:, None].float()
    with torch.no_grad():
        logits = network(kept * x + (1 - kept) * absent)[:, 0].double().numpy()
    similarity = _kernel(presence)
    design = np.column_stack([np.ones(SAMPLES), presence])
    penalty = RIDGE * np.diag([0.0] + [1.0] * 16)
    left = design.T @ (similarity[:, None] * design) + penalty
    expected = np.linalg.solve(left, design.T @ (similarity * logits))[1:]
    found = _weigh(network, x, 0, patches).numpy()
    assert np.allclose(found, expected, rtol=0, atol=1e-4 * np.abs(expected).max())


def test_equals_captum_with_its_own_surrogate_and_the_same_draws() -> None:
    from captum._utils.models.linear_model import SkLearnRidge
    from captum.attr import Lime

    network, x, patches = settle("mobilenetv3_small_100"), draw_picture(64, 64), _grid(64, 64, 16)
    rows = iter(torch.from_numpy(draw_presence(16)).split(1))
    with torch.random.fork_rng():
        theirs = Lime(
            lambda z: network(z)[:, 1],
            interpretable_model=SkLearnRidge(alpha=RIDGE),
            similarity_func=lambda _, __, presence, **___: float(_kernel(presence.numpy())[0]),
            perturb_func=lambda _, **__: next(rows),
        ).attribute(
            x,
            baselines=blur_away(x),
            feature_mask=torch.from_numpy(patches)[None, None],
            n_samples=SAMPLES,
            return_input_shape=False,
        )
    found = _weigh(network, x, 1, patches)
    assert torch.allclose(found.float(), theirs.flatten(), rtol=0, atol=1e-4 * float(theirs.abs().max()))


def test_kernel_by_hand() -> None:
    kernel = lime._build_kernel()
    for present in (1, 2, 3, 4):
        row = torch.tensor([[1] * present + [0] * (4 - present)])
        distance = 1 - math.sqrt(present / 4)
        expected = math.exp(-(distance**2) / (2 * 0.25**2))
        assert kernel(None, None, row) == pytest.approx(expected, rel=1e-5)
    assert kernel(None, None, torch.ones(1, 4, dtype=torch.int64)) == pytest.approx(1)


def test_draws_are_the_whole_picture_and_pairs_of_complements() -> None:
    presence = draw_presence(36)
    assert presence.shape == (SAMPLES, 36) and presence[0].all()
    assert (presence[1::2] + presence[2::2] == 1).all()
    assert set(np.unique(presence)) == {0, 1}
    assert len(np.unique(presence, axis=0)) == SAMPLES
    assert np.array_equal(presence, draw_presence(36))
    assert not np.array_equal(presence, draw_presence(36, seed=1))


@pytest.mark.parametrize("size", [(224, 224), (64, 96)])
@pytest.mark.parametrize("kind", ["picture", "noise", "even"])
def test_every_picture_is_cut_into_patches(kind: str, size: tuple[int, int]) -> None:
    x = {
        "picture": draw_picture(*size),
        "noise": torch.rand(1, 3, *size, generator=torch.Generator().manual_seed(0)),
        "even": torch.full((1, 3, *size), 0.3),
    }[kind]
    patches = cut_patches(x)
    assert patches.shape == size and patches.dtype == np.int64
    counts = np.bincount(patches.ravel())
    assert (counts > 0).all() and PATCHES // 2 <= len(counts) <= 2 * PATCHES
    assert counts.max() < size[0] * size[1] / 8
    assert np.array_equal(patches, cut_patches(x))


def test_noise_that_joins_all_patches_is_cut_more_and_more_like_a_grid(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(lime, "SMOOTHING", 0.0)
    x = torch.rand(1, 3, 64, 64, generator=torch.Generator().manual_seed(0))
    assert len(np.unique(cut_patches(x))) >= PATCHES // 2
    monkeypatch.setattr(lime, "COMPACTNESS", lime.COMPACTNESS[:1])
    assert len(np.unique(cut_patches(x))) < PATCHES // 2


def test_patches_follow_borders() -> None:
    x = torch.full((1, 3, 96, 96), 0.8)
    rows, columns = torch.meshgrid(torch.arange(96), torch.arange(96), indexing="ij")
    disc = (rows - 44) ** 2 + (columns - 52) ** 2 < 23**2
    x[:, :, disc] = 0.3
    patches = cut_patches(x)
    inside = np.bincount(patches[disc.numpy()], minlength=patches.max() + 1) / np.bincount(patches.ravel())
    mixed = (inside > 0.1) & (inside < 0.9)
    assert mixed.sum() <= 2


def test_map_shows_the_worth_of_the_patch_and_an_even_picture_is_no_evidence() -> None:
    network = draw_weighted((96, 96))
    network.weight.data[0].fill_(0.001)
    network.weight.data[1].fill_(-0.001)
    x = torch.full((1, 3, 96, 96), 0.2)
    assert explain_lime(network, x, 0, "bright").state == "no_evidence"
    x[:, :, 32:48, 64:80] = 0.9
    heatmap = explain_lime(network, x, 0, "bright")
    assert heatmap.values.shape == (24, 24)
    assert (heatmap.values[9:11, 17:19] == 1).all()
    assert heatmap.values[8:12, 16:20].sum() > 0.85 * heatmap.values.sum()
    added = 0.001 * float((x - blur_away(x))[:, :, 32:48, 64:80].sum())
    assert 0.4 * added < heatmap.peak <= 1.1 * added, "the spot is one patch or few"
    assert heatmap.unit not in ("logit", "relative")
