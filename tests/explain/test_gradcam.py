from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor

from core.bundle import list_pairs, load_pair
from core.explain.gradcam import compute_cam, explain_gradcam
from core.networks.base import Network
from core.types import SERVED_ROLES
from tests.explain.cam_package import ENSEMBLE, Pooled, draw_images, paint_corners, settle_network

NETWORKS = {
    "mobilenetv3_small_100": {},
    "mobilenetv2_100": {},
    "resnet18": {},
    "efficientnet_b1": {},
    "ensemble": ENSEMBLE,
    "hybrid_vit": {"width": 32, "depth": 2, "heads": 2, "grid": 6, "layer_scale": 1.0},
    "vit": {"depth": 2},
}
TOKENS = {"hybrid_vit": "norm", "vit": "body.norm"}
"""Where transformers put out tokens (B, N, C), which the package is told how to lay out as a map."""


def _settled(name: str) -> Network:
    return settle_network(name, NETWORKS[name])


def _reference(
    network: Network, x: Tensor, class_index: int, tokens: str = ""
) -> tuple[np.ndarray, np.ndarray]:
    """The grad-cam package's map: before the relu at feature resolution, and as it returns it.

    ``tokens`` names a layer to take instead of ours, whose tokens the package turns into a map.
    """
    from pytorch_grad_cam import GradCAM
    from pytorch_grad_cam.utils.model_targets import ClassifierOutputTarget

    rows, columns = x.shape[2] // 16, x.shape[3] // 16

    def lay_out(found: Tensor) -> Tensor:
        return found[:, found.shape[1] - rows * columns :].unflatten(1, (rows, columns)).permute(0, 3, 1, 2)

    layer = network.get_submodule(tokens or network.cam_layer)
    targets = [ClassifierOutputTarget(class_index)]
    with GradCAM(network, [layer], reshape_transform=lay_out if tokens else None) as package:
        returned = package(x, targets)[0]
        kept = package.activations_and_grads
        raw = package.get_cam_image(
            x, layer, targets, kept.activations[0].numpy(), kept.gradients[0].numpy()
        )[0]
    return raw, returned


def _assert_equals_package(network: Network, x: Tensor, class_index: int) -> bool:
    """Compare in every way the two can be compared; return whether there was evidence."""
    from pytorch_grad_cam.utils.image import scale_cam_image

    ours = explain_gradcam(network, x, class_index, "c")
    cam = compute_cam(network, x, class_index).numpy()
    raw, returned = _reference(network, x, class_index)
    largest = np.abs(raw).max()
    assert np.allclose(cam / cam.size, raw, rtol=0, atol=1e-5 * largest)
    if ours.state == "no_evidence":
        assert raw.max() <= 1e-6 * largest
        return False
    map_theirs = np.maximum(raw, 0)
    assert np.allclose(ours.values, map_theirs / map_theirs.max(), rtol=0, atol=1e-5)
    assert np.isclose(ours.peak, map_theirs.max() * raw.size, rtol=1e-5)
    if map_theirs.max() > 0.1:  # the package adds 1e-7 to what it divides by: only then is that below 1e-5
        resized = scale_cam_image(ours.values[None] * map_theirs.max(), (x.shape[3], x.shape[2]))
        assert np.allclose(scale_cam_image(resized)[0], returned, rtol=0, atol=1e-5)
    return True


@pytest.mark.parametrize("name", NETWORKS)
def test_equals_the_grad_cam_package(name: str) -> None:
    network = _settled(name)
    found = [
        _assert_equals_package(network, image[None], class_index)
        for image in draw_images(2)
        for class_index in range(3)
    ]
    assert any(found)


@pytest.mark.parametrize(("name", "layer"), TOKENS.items())
def test_a_transformer_equals_the_package_that_reshapes_its_last_tokens(name: str, layer: str) -> None:
    network, x = _settled(name), draw_images(1)[..., :80]
    for index in range(3):
        cam = compute_cam(network, x, index).numpy()
        raw, _ = _reference(network, x, index, tokens=layer)
        assert cam.shape == raw.shape == (6, 5)
        assert np.allclose(cam / cam.size, raw, rtol=0, atol=1e-5 * np.abs(raw).max())


class WithTopology(Network):
    """A network whose second input is fixed, since the package gives a model one input only."""

    def __init__(self, inner: Network, topology: torch.Tensor) -> None:
        super().__init__(inner.num_classes, inner.feature_channels)
        self.inner, self.topology = inner, topology
        self.cam_layer = f"inner.{inner.cam_layer}"

    def forward_features(self, x: torch.Tensor) -> torch.Tensor:
        return self.inner.forward_features(x)

    def forward_head(self, features: torch.Tensor, topology: torch.Tensor | None = None) -> torch.Tensor:
        return self.inner.forward_head(features, self.topology)


@pytest.mark.slow
@pytest.mark.parametrize("pair_name", list_pairs())
@pytest.mark.parametrize("role", SERVED_ROLES)
def test_equals_the_package_on_every_shipped_network(pair_name: str, role: str) -> None:
    from core.intake.samples import open_first_sample
    from core.predict import INPUT_NAME, TOPOLOGY_NAME, build_feeds, open_network

    pair = load_pair(pair_name)
    network = open_network(pair, role).requires_grad_(True)
    entry, case = pair.network(role), open_first_sample(pair.card.modality)
    feeds = build_feeds(entry.preprocessing, entry.topology, case.pixels)
    image = torch.from_numpy(feeds[INPUT_NAME])
    if network.topology_inputs:
        network = WithTopology(network, torch.from_numpy(feeds[TOPOLOGY_NAME])).eval()
    found = [_assert_equals_package(network, image, i) for i in range(len(pair.card.classes))]
    assert any(found)


def test_values_by_hand() -> None:
    """4 x 4 image on a 2 x 2 grid; logit = 2 red - green + 0.5, so a cell is worth 2 red - green there."""
    network = Pooled([[2.0, -1.0, 0.0], [0.0, 0.0, 1.0]], [0.5, -3.0]).eval()
    x = paint_corners()
    cam = compute_cam(network, x, 0)
    assert torch.allclose(cam, torch.tensor([[1.6, 0.0], [-0.6, 0.3]]))
    heatmap = explain_gradcam(network, x, 0, "red")
    assert np.allclose(heatmap.values, [[1.0, 0.0], [0.0, 0.1875]])
    assert heatmap.peak == pytest.approx(1.6) and heatmap.unit == "logit"
    assert explain_gradcam(network, x, 1, "blue").state == "no_evidence"


@pytest.mark.parametrize("name", ["resnet18", "mobilenetv2_100"])
def test_mean_over_cells_is_the_logit_without_its_bias(name: str) -> None:
    network, x = _settled(name), draw_images(1)
    classifier = network.get_submodule("body.fc" if name == "resnet18" else "body.classifier")
    classifier.bias.data.copy_(torch.tensor([0.3, -2.0, 5.0]))
    with torch.no_grad():
        logits = network(x)[0]
    for index in range(3):
        mean = compute_cam(network, x, index).mean()
        assert torch.isclose(mean, logits[index] - classifier.bias[index], atol=1e-4)


def test_scale_does_not_depend_on_the_grid() -> None:
    """The same evidence everywhere is worth the same on a coarse and on a fine grid."""
    network = Pooled([[1.0, 0.0, 0.0]], [0.0]).eval()
    peaks = [explain_gradcam(network, torch.full((1, 3, n, n), 0.7), 0, "c").peak for n in (4, 16, 64)]
    assert peaks == pytest.approx([0.7] * 3)


def test_an_ensemble_shows_the_mean_of_its_members() -> None:
    network, x = _settled("ensemble"), draw_images(1)
    joint = compute_cam(network, x, 1)
    alone = [compute_cam(part, x, 1) for part in network.parts()]
    assert torch.allclose(joint, torch.stack(alone).mean(0), atol=1e-5 * float(joint.abs().max()))
