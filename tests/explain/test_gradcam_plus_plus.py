from __future__ import annotations

import numpy as np
import pytest
import torch

from core.errors import WeightsError
from core.explain.gradcam_plus_plus import explain_gradcam_plus_plus, weigh_channels
from core.explain.subject import Subject
from core.types import RELATIVE
from tests.explain.cam_package import (
    NO_NEGATIVE_FEATURES,
    REAL,
    Pooled,
    ask_package,
    draw_images,
    paint_corners,
    settle,
)


def by_the_paper(features: torch.Tensor, gradients: torch.Tensor, *, eps: float = 0.0) -> np.ndarray:
    """Eq. 19 as it is printed, in float64, where the sum of a channel is not negative."""
    a, g = features.double().numpy(), gradients.double().numpy()
    below = 2 * g**2 + a.sum((2, 3), keepdims=True) * g**3 + eps
    alpha = np.divide(g**2, below, out=np.zeros_like(g), where=g != 0)
    return (alpha * np.maximum(g, 0)).sum((2, 3))


def test_values_by_hand() -> None:
    """Logit = 2 red - green + .5 on 2 x 2 cells: g is 1/2 for red, alpha 1 / (2 + 1 * 1/2) = .4, w = .8."""
    network = Pooled([[2.0, -1.0, 0.0], [0.0, 0.0, 1.0]], [0.5, -3.0]).eval()
    heatmap = explain_gradcam_plus_plus(network, paint_corners(), 0, "red")
    assert np.allclose(heatmap.values, [[1.0, 0.0], [0.0, 0.25]])
    assert heatmap.peak == pytest.approx(0.8 * 0.8) and heatmap.unit == RELATIVE
    assert explain_gradcam_plus_plus(network, paint_corners(), 1, "blue").state == "no_evidence"


@pytest.mark.parametrize("name", NO_NEGATIVE_FEATURES)
def test_equals_the_grad_cam_package_where_its_small_number_does_not_count(name: str) -> None:
    network = settle(name)
    network.get_submodule("inner.body.fc" if name == "flips" else "body.fc").weight.data *= 1e4
    for image in draw_images(2):
        for index in range(3):
            theirs = np.maximum(ask_package("GradCAMPlusPlus", network, image[None], index), 0)
            ours = explain_gradcam_plus_plus(network, image[None], index, "c")
            assert np.allclose(ours.values * ours.peak, theirs, rtol=0, atol=1e-4 * theirs.max())
            assert theirs.max() > 0


@pytest.mark.parametrize("name", NO_NEGATIVE_FEATURES)
def test_small_gradients_are_weighed_by_the_paper(name: str) -> None:
    """With the weights as they are, the package's 1e-6 takes a part of every weight; ours adds nothing."""
    subject = Subject(settle(name), draw_images(1))
    gradients = subject.gradient(0) / 10
    exact = by_the_paper(subject.features, gradients)
    ours = weigh_channels(subject.features, gradients)[..., 0, 0].numpy()
    assert np.allclose(ours, exact, rtol=1e-5, atol=0)
    from pytorch_grad_cam import GradCAMPlusPlus

    theirs = GradCAMPlusPlus.get_cam_weights(
        None, None, None, None, subject.features.numpy(), gradients.numpy()
    )
    distorted = by_the_paper(subject.features, gradients, eps=1e-6)
    assert np.allclose(theirs, distorted, rtol=1e-3, atol=1e-9)
    assert np.median(theirs[exact > 0] / exact[exact > 0]) < 0.9


def test_a_channel_of_negative_sum_counts_half_its_gradient() -> None:
    """S = -4, g = 1/2: the paper's denominator 2 + S g is 0. S = -8: it is -2, a weight below 0."""
    features = torch.tensor([-4.0, -8.0, 4.0]).view(1, 3, 1, 1)
    weights = weigh_channels(features, torch.full((1, 3, 1, 1), 0.5))
    assert weights.flatten().tolist() == pytest.approx([0.25, 0.25, 0.5 / 4])


def test_weights_pass_through_a_sum_of_zero_without_a_jump() -> None:
    sums = torch.linspace(-1e-3, 1e-3, 11).view(1, -1, 1, 1)
    weights = weigh_channels(sums, torch.ones(1, 11, 1, 1)).flatten()
    assert torch.allclose(weights, torch.tensor(0.5), atol=1e-3)


@pytest.mark.parametrize("name", REAL)
def test_every_real_network_has_a_finite_map(name: str) -> None:
    network = settle(name)
    found = [explain_gradcam_plus_plus(network, draw_images(1), index, "c") for index in range(3)]
    assert any(heatmap.state == "ok" for heatmap in found)
    assert all(np.isfinite(heatmap.peak) for heatmap in found)


def test_a_mean_over_flips_turns_with_the_picture() -> None:
    network, x = settle("flips"), draw_images(1)
    plain, flipped = (explain_gradcam_plus_plus(network, image, 0, "c").values for image in (x, x.flip(3)))
    assert np.allclose(plain, flipped[:, ::-1], atol=1e-4)


@pytest.mark.parametrize("bad", [float("nan"), float("inf")])
def test_a_gradient_that_is_not_finite_is_an_error(bad: float) -> None:
    network = Pooled([[bad, -1.0, 0.0]], [0.5]).eval()
    with pytest.raises(WeightsError, match="not finite"):
        explain_gradcam_plus_plus(network, paint_corners(), 0, "red")
