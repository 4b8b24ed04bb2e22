from __future__ import annotations

import math

import pytest
import torch

from core.distill.consistency import rotation_consistency, turn_images


def test_hand_worked_value():
    # p = (3/4, 1/4), q = (1/2, 1/2): half of KL(p, q) + KL(q, p).
    p, q = torch.tensor([[math.log(3.0), 0.0]]), torch.zeros(1, 2)
    forward = 0.75 * math.log(1.5) + 0.25 * math.log(0.5)
    reverse = 0.5 * math.log(0.5 / 0.75) + 0.5 * math.log(0.5 / 0.25)
    assert rotation_consistency(p, q).item() == pytest.approx((forward + reverse) / 2, rel=1e-5)


def test_symmetric_zero_for_the_same_answer_and_a_mean_over_the_batch():
    generator = torch.Generator().manual_seed(0)
    p, q = torch.randn(6, 5, generator=generator), torch.randn(6, 5, generator=generator)
    assert rotation_consistency(p, q).item() == pytest.approx(rotation_consistency(q, p).item())
    assert rotation_consistency(p, p + 3).item() == pytest.approx(0, abs=1e-6)
    each = torch.stack([rotation_consistency(p[row : row + 1], q[row : row + 1]) for row in range(6)])
    assert rotation_consistency(p, q).item() == pytest.approx(each.mean().item(), rel=1e-5)


def test_gradients_reach_both_answers_and_stay_finite_where_they_are_certain():
    p = torch.tensor([[90.0, -90.0]], requires_grad=True)
    q = torch.tensor([[-90.0, 90.0]], requires_grad=True)
    rotation_consistency(p, q).backward()
    assert torch.isfinite(p.grad).all()
    assert torch.isfinite(q.grad).all()
    soft = torch.zeros(1, 2, requires_grad=True), torch.ones(1, 2).mul(torch.arange(2)).requires_grad_()
    rotation_consistency(*soft).backward()
    assert all(leaf.grad.abs().sum() > 0 for leaf in soft)


def test_shapes_that_differ_are_refused():
    with pytest.raises(ValueError, match="turned_logits"):
        rotation_consistency(torch.zeros(2, 3), torch.zeros(2, 4))


def test_turns_are_exact_and_each_image_has_its_own():
    images = torch.rand(5, 3, 4, 4)
    turned = turn_images(images, torch.tensor([0, 1, 2, 3, 5]))
    for place, quarter in enumerate((0, 1, 2, 3, 1)):
        assert torch.equal(turned[place], torch.rot90(images[place], quarter, (1, 2)))


def test_oblong_images_are_refused():
    with pytest.raises(ValueError, match="square"):
        turn_images(torch.zeros(1, 3, 4, 5), torch.tensor([1]))
