from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from core.errors import WeightsError
from core.explain.absence import blur_away
from core.explain.passes import Passes
from core.explain.scorecam import (
    CHANNELS,
    choose_channels,
    combine_channels,
    explain_scorecam,
    make_masks,
    score_channels,
)
from core.explain.subject import Subject, ignore_progress
from core.networks.base import Network, build_network
from core.types import RELATIVE
from tests.explain.cam_package import Pooled, ask_package, draw_images


class Striding(Network):
    """Six channels behind a relu, on a grid ``stride`` times as coarse as the picture."""

    def __init__(self, stride: int) -> None:
        super().__init__(3, 6)
        torch.manual_seed(4)
        self.convolve = nn.Conv2d(3, 6, stride if stride > 1 else 3, stride=stride, padding=int(stride == 1))
        self.linear = nn.Linear(6, 3)
        self.linear.weight.data *= 8
        self.features_out = nn.Identity()

    def forward_features(self, x: Tensor) -> Tensor:
        return self.features_out(self.convolve(x).relu())

    def forward_head(self, features: Tensor, topology: Tensor | None = None) -> Tensor:
        return self.linear(features.square().mean((2, 3)))


def score(network: Network, x: Tensor, index: int, count: int, absent: Tensor) -> tuple[Tensor, Tensor]:
    """Maps of the channels that vary most, and the score of each."""
    subject = Subject(network, x)
    maps = subject.features[0, choose_channels(subject.features, count)]
    run = Passes(
        subject, index, total=len(maps), method="scorecam", class_code="c", on_progress=ignore_progress
    )
    with torch.inference_mode():
        return maps, score_channels(run, x, absent, maps, batch=4)


def by_the_paper(network: Network, x: Tensor, index: int) -> np.ndarray:
    """All channels, black where masked, none left out."""
    maps, scores = score(network, x, index, 10**6, torch.zeros_like(x))
    return combine_channels(maps, scores, -math.inf).relu().numpy()


def use_our_grid(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the package lay masks out as maps are drawn, so that only the rest is compared."""
    monkeypatch.setattr(
        torch.nn,
        "UpsamplingBilinear2d",
        lambda size: nn.Upsample(size=size, mode="bilinear", align_corners=False),
    )


@pytest.mark.parametrize("stride", [1, 4])
def test_equals_the_package_where_all_channels_are_taken_and_masked_places_are_black(
    stride: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With a cell a pixel nothing is enlarged, and the package is used as it is."""
    if stride > 1:
        use_our_grid(monkeypatch)
    network = Striding(stride).eval()
    for image in draw_images(3, 24):
        for index in range(3):
            theirs = np.maximum(ask_package("ScoreCAM", network, image[None], index), 0)
            ours = by_the_paper(network, image[None], index)
            assert theirs.max() > 0
            assert np.allclose(ours, theirs, atol=1e-5 * theirs.max())


@pytest.mark.slow
def test_equals_the_package_on_a_real_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Channels that are 0 everywhere take a share of the package's softmax and add nothing: the same map."""
    use_our_grid(monkeypatch)
    torch.manual_seed(0)
    network = build_network("timm", {"model": "resnet10t"}, 3).eval()
    x = draw_images(1, 64)
    theirs = np.maximum(ask_package("ScoreCAM", network, x, 1), 0)
    ours = by_the_paper(network, x, 1)
    assert np.allclose(ours / ours.max(), theirs / theirs.max(), atol=1e-4)


def test_weights_by_hand() -> None:
    """Logits 0 and ln 3 are weights 1/4 and 3/4; a baseline between them leaves the second alone."""
    maps = torch.tensor([[[4.0, 0.0]], [[0.0, 8.0]]])
    scores = torch.tensor([0.0, math.log(3)], dtype=torch.float64)
    assert combine_channels(maps, scores, -math.inf).flatten().tolist() == pytest.approx([1.0, 6.0])
    assert combine_channels(maps, scores, 0.5).flatten().tolist() == pytest.approx([0.0, 8.0])
    assert not combine_channels(maps, scores, 2.0).any()
    assert not combine_channels(maps, scores, math.log(3) - 1e-7, rounding=1e-4).any(), "rounding is no rise"


def test_channels_that_vary_most_come_first_and_even_ones_not_at_all() -> None:
    features = torch.tensor([[3.0, 3.0], [0.0, 1.0], [0.0, -5.0], [0.0, 2.0], [1e3, 1e3 + 1e-4]])
    features = features.reshape(1, 5, 1, 2)
    assert choose_channels(features, 9).tolist() == [2, 3, 1]
    assert choose_channels(features, 2).tolist() == [2, 3]


def test_a_mask_spans_all_of_its_range_and_has_the_cell_over_its_own_part() -> None:
    masks = make_masks(torch.tensor([[[-3.0, 1.0], [1.0, 1.0]]]), (8, 8))
    assert masks.shape == (1, 1, 8, 8) and masks.min() == 0 and masks.max() == 1
    assert not masks[0, 0, :2, :2].any() and (masks[0, 0, 6:] == 1).all()


def test_what_is_masked_loses_its_detail_and_does_not_turn_black() -> None:
    """A network of pure darkness: black surroundings would make it sure, wherever the mask is."""
    network = Pooled([[-9.0, -9.0, -9.0], [0.0, 0.0, 0.0]], [0.0, 0.0]).eval()
    x = 0.6 + 0.4 * draw_images(1, 16)
    seen: list[Tensor] = []
    network.pool.forward = lambda image: seen.append(image) or nn.functional.avg_pool2d(image, 2)
    explain_scorecam(network, x, 0, "dark")
    pictures = torch.cat(seen)
    assert len(pictures) == 1 + 1 + 3, "features, the absent picture, and one for each channel"
    assert pictures.min() >= x.min() - 1e-6
    assert torch.equal(pictures[1:2], blur_away(x))


def test_nothing_that_raises_the_class_is_no_evidence() -> None:
    x = torch.full((1, 3, 32, 32), 0.5)
    x[:, 0, 8:16, 8:16] = 1.0
    network = Pooled([[8.0, 0.0, 0.0], [-8.0, 0.0, 0.0], [0.0, 0.0, 0.0]], [0.0] * 3).eval()
    red, not_red, nothing = (explain_scorecam(network, x, index, "c") for index in range(3))
    assert red.state == "ok" and red.unit == RELATIVE
    assert red.values[4:8, 4:8].min() > 0.9 and np.median(red.values) < 0.6
    assert not_red.state == nothing.state == "no_evidence"
    even = explain_scorecam(network, torch.full((1, 3, 32, 32), 0.5), 0, "c")
    assert even.state == "no_evidence", "no channel varies"


@pytest.mark.parametrize(("name", "expected"), [("six channels", 6 + 2), ("real", CHANNELS + 2)])
def test_passes_are_those_announced_or_as_many_as_there_are_channels(
    name: str, expected: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    torch.manual_seed(0)
    network = Striding(4) if name == "six channels" else build_network("mobilenetv3_small_100", {}, 2)
    counts: list[int] = []
    told: list[float] = []
    run = network.forward_features
    monkeypatch.setattr(network, "forward_features", lambda x: counts.append(len(x)) or run(x))
    explain_scorecam(network.eval(), draw_images(1, 64), 0, "c", on_progress=told.append)
    assert sum(counts) == expected <= explain_scorecam.passes
    assert told[-1] == 1 and told == sorted(told) and len(told) >= 2


@pytest.mark.parametrize("bad", [float("nan"), float("inf")])
def test_an_answer_that_is_not_finite_is_an_error(bad: float) -> None:
    network = Pooled([[bad, -1.0, 0.0]], [0.5]).eval()
    with pytest.raises(WeightsError, match="not finite"):
        explain_scorecam(network, draw_images(1, 16), 0, "c")
