from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from core.errors import WeightsError
from core.explain.passes import BATCH_LIMIT, Passes, choose_batch
from core.explain.subject import Subject
from core.networks.base import Network


class Wide(Network):
    """Two logits: the sums of the red and of the green values."""

    def __init__(self, channels: int = 3, weight: float = 1.0) -> None:
        super().__init__(2, channels)
        self.scale = nn.Parameter(torch.tensor(weight))
        self.features_out = nn.Identity()

    def forward_features(self, x: Tensor) -> Tensor:
        return self.features_out(x * self.scale)

    def forward_head(self, features: Tensor, topology: Tensor | None = None) -> Tensor:
        return features[:, :2].sum((2, 3))


@pytest.mark.parametrize(
    ("channels", "batch"), [(12544, 1), (10240, 1), (2304, 1), (1280, 3), (576, 4), (1, 4), (40000, 1)]
)
def test_large_networks_get_one_picture_at_a_time(channels: int, batch: int) -> None:
    assert choose_batch(Wide(channels)) == batch <= BATCH_LIMIT


def _passes(network: Network, told: list[float], total: int = 4) -> Passes:
    subject = Subject(network.eval(), torch.zeros(1, 3, 4, 4))
    return Passes(subject, 1, total=total, method="occlusion", class_code="mel", on_progress=told.append)


def test_progress_is_told_once_a_batch_is_done_with() -> None:
    told: list[float] = []
    run = _passes(Wide(), told)
    x = torch.stack([torch.full((3, 4, 4), value) for value in (0.25, 0.5)])
    assert run(x).tolist() == [4.0, 8.0]
    assert told == []
    run(x[:1])
    assert told == [0.5]
    run(x[:1])
    run.finish()
    assert told == [0.5, 0.75, 1.0] and run.done == 4


def test_a_graph_leads_to_the_pictures_that_ask_for_gradients() -> None:
    run = _passes(Wide(), [])
    x = torch.zeros(1, 3, 4, 4, requires_grad=True)
    (gradient,) = torch.autograd.grad(run(x).sum(), x)
    assert gradient[0, 1].eq(1).all() and gradient[0, ::2].eq(0).all()


@pytest.mark.parametrize("weight", [float("nan"), float("inf")])
def test_an_answer_that_is_not_finite_ends_the_method_at_its_first_pass(weight: float) -> None:
    run = _passes(Wide(weight=weight), [])
    with pytest.raises(WeightsError, match="mel is not finite") as caught:
        run(torch.ones(1, 3, 4, 4))
    assert caught.value.subject == "occlusion" and run.done == 0


def test_rounding_follows_the_largest_answer_and_never_falls_below_that_of_one() -> None:
    run = _passes(Wide(), [])
    run(torch.full((1, 3, 4, 4), 0.01))
    assert run.rounding == pytest.approx(1e-4)
    run(torch.full((1, 3, 4, 4), -2.0))
    run(torch.zeros(1, 3, 4, 4))
    assert run.rounding == pytest.approx(32e-4)
