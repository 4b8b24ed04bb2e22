from __future__ import annotations

import numpy as np
import pytest
import torch

from core.errors import WeightsError
from core.explain.gradcam import compute_cam
from core.explain.layercam import UNIT, explain_layercam, weigh_places
from core.explain.subject import Subject
from tests.explain.cam_package import REAL, Pooled, ask_package, draw_images, paint_corners, settle


def test_values_by_hand() -> None:
    """Logit = 2 red - green + .5: a cell is worth 2 red; its green, which lowers the logit, is left out."""
    network = Pooled([[2.0, -1.0, 0.0], [0.0, 0.0, 1.0]], [0.5, -3.0]).eval()
    heatmap = explain_layercam(network, paint_corners(), 0, "red")
    assert np.allclose(heatmap.values, [[1.0, 0.0], [0.0, 0.25]])
    assert heatmap.peak == pytest.approx(1.6) and heatmap.unit == UNIT
    assert explain_layercam(network, paint_corners(), 1, "blue").state == "no_evidence"


@pytest.mark.parametrize("name", REAL)
def test_equals_the_grad_cam_package(name: str) -> None:
    network, found = settle(name), 0
    for image in draw_images(2):
        for index in range(3):
            theirs = np.maximum(ask_package("LayerCAM", network, image[None], index), 0)
            ours = explain_layercam(network, image[None], index, "c")
            assert np.allclose(ours.values * ours.peak, theirs * theirs.size, atol=1e-5 * ours.peak)
            found += ours.state == "ok"
    assert found


def test_mean_over_cells_is_what_the_raising_channels_add_to_the_logit() -> None:
    network, x = settle("relu"), draw_images(1)
    subject, classifier = Subject(network, x), network.get_submodule("body.fc")
    pooled = subject.features.mean((2, 3))[0]
    for index in range(3):
        weights = classifier.weight[index].detach()
        mean = weigh_places(subject.features, subject.gradient(index)).mean()
        assert torch.isclose(mean, (weights.relu() * pooled).sum(), rtol=1e-4)
        assert (
            weigh_places(subject.features, subject.gradient(index)) >= compute_cam(network, x, index)
        ).all()


def test_scale_does_not_depend_on_the_grid() -> None:
    network = Pooled([[1.0, 0.0, 0.0]], [0.0]).eval()
    peaks = [explain_layercam(network, torch.full((1, 3, n, n), 0.7), 0, "c").peak for n in (4, 16, 64)]
    assert peaks == pytest.approx([0.7] * 3)


def test_an_ensemble_shows_the_mean_of_its_members() -> None:
    network, x = settle("ensemble"), draw_images(1)
    joint, *alone = (
        weigh_places(subject.features, subject.gradient(1))
        for subject in (Subject(part, x) for part in (network, *network.parts()))
    )
    assert torch.allclose(joint, torch.stack(alone).mean(0), atol=1e-5 * float(joint.abs().max()))


def test_a_mean_over_flips_turns_with_the_picture() -> None:
    network, x = settle("flips"), draw_images(1)
    plain, flipped = (explain_layercam(network, image, 0, "c").values for image in (x, x.flip(2)))
    assert np.allclose(plain, flipped[::-1], atol=1e-4)


@pytest.mark.parametrize("bad", [float("nan"), float("inf")])
def test_a_gradient_that_is_not_finite_is_an_error(bad: float) -> None:
    network = Pooled([[bad, -1.0, 0.0]], [0.5]).eval()
    with pytest.raises(WeightsError, match="not finite"):
        explain_layercam(network, paint_corners(), 0, "red")
