from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from core.explain.absence import BLUR_SHARE, blur_away
from core.explain.gradient_shap import (
    SAMPLES,
    SPREAD,
    STRENGTHS,
    draw_samples,
    expect_gradients,
    explain_gradient_shap,
)
from core.networks.base import Network
from tests.explain.picture_networks import draw_picture, draw_weighted, settle, start_passes


def _blurred(x: Tensor, strengths: np.ndarray) -> Tensor:
    return torch.cat([blur_away(x, share=float(strength)) for strength in strengths])


def _expect(network: Network, x: Tensor, index: int, absent: Tensor, shares: np.ndarray) -> Tensor:
    run = start_passes(network, x, index)
    found = expect_gradients(run, x, _one_by_one(absent), shares, batch=3)
    assert run.done == len(shares)
    return found


def _one_by_one(absent: Tensor) -> Iterator[Tensor]:
    return iter(absent.split(1))


def test_every_strength_meets_every_part_of_the_way_and_every_slice_has_one_sample() -> None:
    strengths, shares = draw_samples()
    assert strengths.shape == shares.shape == (SAMPLES,)
    assert sorted(np.floor(shares * SAMPLES)) == list(range(SAMPLES))
    parts = SAMPLES // STRENGTHS
    assert np.floor(shares * parts).reshape(STRENGTHS, parts).tolist() == [list(range(parts))] * STRENGTHS
    of_each = strengths[::parts]
    assert np.array_equal(np.repeat(of_each, parts), strengths)
    slices = STRENGTHS * (np.log(of_each / BLUR_SHARE) / np.log(SPREAD) + 1) / 2
    assert np.floor(slices).tolist() == list(range(STRENGTHS))


def test_draws_are_the_same_every_time_and_differ_by_seed() -> None:
    assert all(np.array_equal(a, b) for a, b in zip(draw_samples(), draw_samples(), strict=True))
    assert not np.array_equal(draw_samples(1)[1], draw_samples(2)[1])


def test_shares_in_a_linear_network_are_weights_times_the_mean_of_what_the_picture_adds() -> None:
    network, x = draw_weighted((24, 16)), draw_picture(24, 16)
    strengths, shares = draw_samples()
    absent = _blurred(x, strengths)
    found = _expect(network, x, 1, absent, shares)
    assert torch.allclose(found, (network.weight[1] * (x - absent).mean(0)).double(), rtol=0, atol=1e-7)
    with torch.no_grad():
        expected = float((network(x) - network(absent).mean(0))[0, 1])
    assert float(found.sum()) == pytest.approx(expected, abs=1e-5)


def test_shares_in_a_network_of_squares_by_hand() -> None:
    """One absent picture, half way: the gradient of w x^2 there is w (x + b), hence w (x + b) (x - b)."""
    network, x = draw_weighted((24, 16), power=2), draw_picture(24, 16)
    absent = blur_away(x)
    found = _expect(network, x, 0, absent, np.array([0.5]))
    assert torch.allclose(found, (network.weight[0] * (x**2 - absent**2)[0]).double(), rtol=0, atol=1e-7)


def test_shares_add_up_in_expectation_and_these_draws_come_closer_than_free_ones() -> None:
    """y = sum w x^3: over many draws the sum of the shares is y(x) less the mean of y over the blurs."""
    network, x = draw_weighted((32, 32), power=3), draw_picture(32, 32)
    with torch.no_grad():
        fine = _blurred(x, BLUR_SHARE * SPREAD ** (2 * (np.arange(256) + 0.5) / 256 - 1))
        expected = float((network(x) - network(fine).mean(0))[0, 0])
    missed: dict[str, list[float]] = {"ours": [], "free": []}
    for seed in range(40):
        rng = np.random.default_rng(seed)
        free = (BLUR_SHARE * SPREAD ** rng.uniform(-1, 1, SAMPLES), rng.random(SAMPLES))
        for name, (strengths, shares) in {"ours": draw_samples(seed), "free": free}.items():
            found = _expect(network, x, 0, _blurred(x, strengths), shares)
            missed[name].append(float(found.sum()) - expected)
    rms = {name: float(np.sqrt(np.mean(np.square(values)))) for name, values in missed.items()}
    assert rms["ours"] < rms["free"] / 3
    assert abs(np.mean(missed["ours"])) < 4 * np.std(missed["ours"]) / np.sqrt(40) + 1e-6
    assert rms["ours"] < 0.05 * abs(expected)


def test_equals_captum_with_the_same_draws(monkeypatch: pytest.MonkeyPatch) -> None:
    """captum repeats the picture, chooses a baseline a copy, draws a share a copy: from numpy's one state."""
    from captum.attr import GradientShap

    # In float64: hard-swish has kinks, at which rounding alone chooses the slope.
    network, x = settle("mobilenetv3_small_100").double(), draw_picture(64, 64).double()
    strengths, shares = draw_samples()
    absent = _blurred(x, strengths)

    def choose(*_: Any, **__: Any) -> np.ndarray:
        return np.arange(SAMPLES)

    def draw(*_: Any, **__: Any) -> np.ndarray:
        return shares

    monkeypatch.setattr(np.random, "choice", choose)
    monkeypatch.setattr(np.random, "uniform", draw)
    theirs = GradientShap(lambda z: network(z)[:, 2]).attribute(
        x, baselines=absent, n_samples=SAMPLES, stdevs=0.0
    )
    monkeypatch.undo()
    ours = _expect(network, x, 2, absent, shares)
    assert torch.allclose(ours, theirs[0], rtol=0, atol=1e-6 * float(theirs.abs().max()))


def test_map_shows_what_is_there_and_an_even_picture_is_no_evidence() -> None:
    network = draw_weighted((48, 48))
    network.weight.data[0].fill_(0.01)
    network.weight.data[1].fill_(-0.01)
    x = torch.full((1, 3, 48, 48), 0.2)
    assert explain_gradient_shap(network, x, 0, "bright").state == "no_evidence"
    x[:, :, 8:16, 32:40] = 0.9
    heatmap = explain_gradient_shap(network, x, 0, "bright")
    assert heatmap.values.shape == (12, 12) and heatmap.unit == "logit"
    assert heatmap.values[2:4, 8:10].min() > 0.9
    assert heatmap.values[2:4, 8:10].sum() == pytest.approx(heatmap.values.sum())
