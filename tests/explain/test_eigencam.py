from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor

from core.errors import WeightsError
from core.explain.eigencam import explain_eigencam, project_cells
from core.explain.subject import Subject
from core.types import RELATIVE
from tests.explain.cam_package import REAL, Pooled, ask_package, draw_images, paint_corners, settle


def lay_out(*channels: list[list[float]]) -> Tensor:
    return torch.tensor([channels])


def test_values_by_hand() -> None:
    """One cell holds (3, 4): the component is (3, 4) / 5, the mean 5 / 4, so the cell is worth 3.75."""
    found = project_cells(lay_out([[3.0, 0.0], [0.0, 0.0]], [[4.0, 0.0], [0.0, 0.0]]))
    assert found.flatten().tolist() == pytest.approx([3.75, -1.25, -1.25, -1.25])
    heatmap = explain_eigencam(Pooled([[1.0, 0.0, 0.0]], [0.0]).eval(), paint_corners(), 0, "c")
    assert np.allclose(heatmap.values, [[1.0, 0.0], [0.0, heatmap.values[1, 1]]])
    assert heatmap.unit == RELATIVE


WIDE = ("ensemble", "flips")
"""The package decomposes channels by channels: of these, 2,000 and more, a matrix too large for a test."""


@pytest.mark.parametrize("name", [name for name in REAL if name not in WIDE])
def test_equals_the_grad_cam_package_but_for_the_sign(name: str) -> None:
    network = settle(name)
    for image in draw_images(3):
        theirs = ask_package("EigenCAM", network, image[None], 0)
        ours = project_cells(Subject(network, image[None]).features).numpy()
        limit = 1e-4 * np.abs(theirs).max()
        assert np.allclose(ours, theirs, atol=limit) or np.allclose(ours, -theirs, atol=limit)


def test_as_many_channels_as_the_largest_ensemble_has() -> None:
    """A matrix of 14,000 x 14,000 would take 1.6 GB; the thin decomposition of numpy is the reference."""
    features = torch.rand(1, 14_000, 7, 7, generator=torch.Generator().manual_seed(0)) ** 4
    cells = features[0].flatten(1).T.double().numpy()
    u, s, _ = np.linalg.svd(cells - cells.mean(0), full_matrices=False)
    found = project_cells(features).numpy().ravel()
    assert np.allclose(np.abs(found), np.abs(s[0] * u[:, 0]), atol=1e-8)


@pytest.mark.parametrize("name", REAL)
def test_the_map_is_bright_where_the_features_are_strong(name: str) -> None:
    """Whatever sign the decomposition happens to return; that of noise may be any."""
    network = settle(name)
    for image in draw_images(4):
        features = Subject(network, image[None]).features
        energy = features[0].double().square().sum(0).flatten().numpy()
        assert np.corrcoef(project_cells(features).flatten().numpy(), energy)[0, 1] > 0


def test_the_sign_does_not_follow_that_of_the_decomposition(monkeypatch: pytest.MonkeyPatch) -> None:
    features = Subject(settle("relu"), draw_images(1)).features
    plain, decompose = project_cells(features), torch.linalg.eigh
    monkeypatch.setattr(
        torch.linalg,
        "eigh",
        lambda matrix: [part * s for part, s in zip(decompose(matrix), (1, -1), strict=True)],
    )
    assert torch.equal(project_cells(features), plain)


@pytest.mark.parametrize("turn", [1, 2, 3])
def test_a_turned_feature_map_gives_the_turned_map(turn: int) -> None:
    features = Subject(settle("hard-swish"), draw_images(1)).features
    turned = project_cells(torch.rot90(features, turn, (2, 3)))
    assert torch.allclose(turned, torch.rot90(project_cells(features), turn, (0, 1)), atol=1e-6)


def test_where_energy_is_even_the_end_further_from_zero_is_positive() -> None:
    """All cells have length 1; one differs from the other three. Twice, so that no sign passes by chance."""
    for lone in (0, 3):
        one, two = torch.ones(4), torch.zeros(4)
        one[lone], two[lone] = 0.0, 1.0
        found = project_cells(torch.stack([one, two]).reshape(1, 2, 2, 2)).flatten()
        assert int(found.argmax()) == lone and int((found > 0).sum()) == 1


def test_a_tie_throughout_is_decided_by_the_first_cell() -> None:
    for features in (lay_out([[1.0, 0.0]], [[0.0, 1.0]]), lay_out([[0.0, 1.0]], [[1.0, 0.0]])):
        assert project_cells(features)[0, 0] > 0 > project_cells(features)[0, 1]


@pytest.mark.parametrize("value", [0.0, 0.3, 1e6])
def test_cells_that_are_all_alike_give_no_evidence(value: float) -> None:
    network = Pooled([[1.0, 0.0, 0.0]], [0.0]).eval()
    assert explain_eigencam(network, torch.full((1, 3, 8, 8), value), 0, "c").state == "no_evidence"
    noise = 1e-8 * value * draw_images(1, 8)[:, :, :4, :4]
    assert not project_cells(torch.full((1, 3, 4, 4), value) + noise).any()


def test_a_mean_over_flips_turns_with_the_picture() -> None:
    network, x = settle("flips"), draw_images(1)
    plain, flipped = (explain_eigencam(network, image, 0, "c").values for image in (x, x.flip(3)))
    assert np.allclose(plain, flipped[:, ::-1], atol=1e-4)


def test_features_that_are_not_finite_are_an_error() -> None:
    network, x = Pooled([[1.0, 0.0, 0.0]], [0.0]).eval(), paint_corners()
    x[0, 0, 0, 0] = float("nan")
    with pytest.raises(WeightsError, match="not finite"):
        explain_eigencam(network, x, 0, "c")
