from __future__ import annotations

import math

import pytest
import torch
import torch.nn.functional as F

from core.distill.focal import focal_loss, soften_target


@pytest.fixture
def logits() -> torch.Tensor:
    return torch.randn(16, 7, generator=torch.Generator().manual_seed(0)) * 3


@pytest.fixture
def target() -> torch.Tensor:
    return torch.randint(7, (16,), generator=torch.Generator().manual_seed(1))


def test_without_focusing_it_is_cross_entropy(logits, target):
    torch.testing.assert_close(focal_loss(logits, target, gamma=0), F.cross_entropy(logits, target))


def test_without_focusing_soft_targets_and_weights_match_torch(logits, target):
    weights = torch.linspace(0.5, 2, 7)
    soft = soften_target(target, num_classes=7, label_smoothing=0.1)
    torch.testing.assert_close(
        focal_loss(logits, soft, gamma=0, class_weights=weights),
        F.cross_entropy(logits, soft, weight=weights),
    )


def test_hand_worked_value():
    # p_t = 0.8, alpha_t = 0.25, gamma = 2: 0.25 * 0.2^2 * -ln 0.8
    logits = torch.tensor([[math.log(0.8), math.log(0.2)]])
    loss = focal_loss(logits, torch.tensor([0]), gamma=2, class_weights=torch.tensor([0.25, 0.75]))
    assert loss.item() == pytest.approx(0.25 * 0.04 * -math.log(0.8), rel=1e-5)


def test_easy_cases_count_less_than_in_cross_entropy():
    easy, hard = torch.tensor([[3.0, 0.0]]), torch.tensor([[-3.0, 0.0]])
    target = torch.tensor([0])
    easy_share = focal_loss(easy, target) / focal_loss(easy, target, gamma=0)
    hard_share = focal_loss(hard, target) / focal_loss(hard, target, gamma=0)
    assert easy_share < 0.01 < 0.9 < hard_share < 1


def test_gradient_is_finite_for_a_certain_network():
    logits = torch.tensor([[200.0, -200.0], [-200.0, 200.0]], requires_grad=True)
    focal_loss(logits, torch.tensor([0, 0]), gamma=0.5).backward()
    assert torch.isfinite(logits.grad).all()


def test_mixture_is_linear_in_the_target(logits, target):
    other = target.flip(0)
    soft = 0.3 * soften_target(target, num_classes=7) + 0.7 * soften_target(other, num_classes=7)
    expected = 0.3 * focal_loss(logits, target) + 0.7 * focal_loss(logits, other)
    torch.testing.assert_close(focal_loss(logits, soft), expected)


@pytest.mark.parametrize(
    "kwargs", [{"gamma": -1}, {"target": torch.zeros(16, 3)}, {"target": torch.zeros(16)}]
)
def test_refuses(logits, target, kwargs):
    with pytest.raises(ValueError, match=next(iter(kwargs))):
        focal_loss(logits, kwargs.get("target", target), gamma=kwargs.get("gamma", 2))


def test_smoothing_hand_worked():
    soft = soften_target(torch.tensor([1]), num_classes=4, label_smoothing=0.2)
    torch.testing.assert_close(soft, torch.tensor([[0.05, 0.85, 0.05, 0.05]]))
    with pytest.raises(ValueError, match="label_smoothing"):
        soften_target(torch.tensor([1]), num_classes=4, label_smoothing=1)
