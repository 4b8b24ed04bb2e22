from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor

from core.explain.absence import blur_away
from core.explain.occlusion import WINDOWS, count_windows, explain_occlusion, occlude, plan_windows
from core.networks.base import Network
from tests.explain.picture_networks import Weighted, draw_picture, draw_weighted, settle, start_passes


def _one_by_one(network: Network, x: Tensor, index: int) -> tuple[np.ndarray, int]:
    """The definition, window after window: mean loss at every pixel, and the number of windows."""
    (height, row_stride), (width, column_stride) = (plan_windows(side) for side in x.shape[2:])
    absent, total, covered, windows = blur_away(x), np.zeros(x.shape[2:]), np.zeros(x.shape[2:]), 0
    with torch.no_grad():
        whole = float(network(x)[0, index])
        for top in range(0, x.shape[2] - height + 1, row_stride):
            for left in range(0, x.shape[3] - width + 1, column_stride):
                place = (slice(top, top + height), slice(left, left + width))
                altered = x.clone()
                altered[:, :, place[0], place[1]] = absent[:, :, place[0], place[1]]
                total[place] += whole - float(network(altered)[0, index])
                covered[place] += 1
                windows += 1
    assert covered.min() > 0
    return total / covered, windows


@pytest.mark.parametrize("side", [1, 4, 8, 9, 10, 17, 18, 64, 96, 224, 225, 384])
def test_windows_cover_a_side_exactly(side: int) -> None:
    window, stride = plan_windows(side)
    positions = min(side, WINDOWS)
    assert 1 <= stride <= window
    assert (positions - 1) * stride + window == side
    assert count_windows(side, 64) == positions * WINDOWS


def test_windows_of_a_shipped_size() -> None:
    assert plan_windows(224) == (32, 24)
    assert explain_occlusion.passes == count_windows(224, 224) + 1 == 82


@pytest.mark.parametrize(("size", "batch"), [((24, 36), 1), ((24, 36), 7), ((6, 15), 8)])
def test_losses_in_a_linear_network(size: tuple[int, int], batch: int) -> None:
    """A window's loss is the sum in it of weights times what the picture adds."""
    network, x = draw_weighted(size), draw_picture(*size)
    run = start_passes(network, x, 1)
    found = occlude(run, x, blur_away(x), batch=batch)
    expected, windows = _one_by_one(network, x, 1)
    assert run.done == windows + 1 == count_windows(*size) + 1
    assert found.shape == size and np.allclose(found, expected, rtol=0, atol=1e-6)
    (height, _), (width, _) = (plan_windows(side) for side in size)
    added = (network.weight[1] * (x - blur_away(x))[0]).sum(0).detach()
    assert float(found[0, 0]) == pytest.approx(float(added[:height, :width].sum()), abs=1e-5)


def test_equals_the_definition_on_a_real_network() -> None:
    network, x = settle("mobilenetv3_small_100"), draw_picture(64, 96)
    found = occlude(start_passes(network, x, 2), x, blur_away(x), batch=8)
    expected, _ = _one_by_one(network, x, 2)
    assert np.allclose(found, expected, rtol=0, atol=1e-4 * np.abs(expected).max())


def test_map_by_hand() -> None:
    """A picture of 36 x 36 has windows of 4; one that holds a spot of 4 x 4 loses all that it adds."""
    weight = torch.zeros(2, 3, 36, 36)
    weight[0, 0] = 0.1
    weight[1] = -weight[0]
    network = Weighted(weight).eval()
    x = torch.zeros(1, 3, 36, 36)
    x[0, 0, 8:12, 20:24] = 1.0
    heatmap = explain_occlusion(network, x, 0, "red")
    lost = 0.1 * float((x - blur_away(x))[0, 0, 8:12, 20:24].sum())
    assert heatmap.values.shape == (36, 36) and heatmap.peak == pytest.approx(lost, rel=1e-5)
    assert (heatmap.values[8:12, 20:24] == 1).all() and heatmap.values.sum() == 16
    assert heatmap.unit not in ("logit", "relative")


def test_an_even_picture_is_no_evidence_for_anything() -> None:
    network = draw_weighted((24, 16))
    for index in range(2):
        heatmap = explain_occlusion(network, torch.full((1, 3, 24, 16), 0.2), index, "c")
        assert heatmap.state == "no_evidence"
