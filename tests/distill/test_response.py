from __future__ import annotations

import math

import pytest
import torch

from core.distill.base import join_terms, mix_teacher_logits
from core.distill.response import response


def test_hand_worked_value_with_the_square_of_the_temperature():
    # Softened at T = 2: teacher (3/4, 1/4), student (1/2, 1/2).
    teacher = torch.tensor([[2 * math.log(3.0), 0.0]])
    student = torch.zeros(1, 2)
    expected = 4 * (0.75 * math.log(0.75 / 0.5) + 0.25 * math.log(0.25 / 0.5))
    terms = response(student, teacher, torch.zeros(1, 2), temperature=2)
    assert terms["response"].item() == pytest.approx(expected, rel=1e-5)


def test_order_of_the_arguments_is_teacher_first():
    teacher = torch.tensor([[math.log(9.0), 0.0]])
    student = torch.zeros(1, 2)
    forward = 0.9 * math.log(1.8) + 0.1 * math.log(0.2)
    reverse = 0.5 * math.log(0.5 / 0.9) + 0.5 * math.log(0.5 / 0.1)
    value = response(student, teacher, torch.zeros(1, 2), temperature=1)["response"].item()
    assert value == pytest.approx(forward, rel=1e-5)
    assert abs(forward - reverse) > 0.05


def test_gradients_keep_their_size_when_the_temperature_grows():
    teacher = torch.randn(8, 7, generator=torch.Generator().manual_seed(0)) * 0.1
    norms = []
    for temperature in (4.0, 8.0):
        student = torch.zeros(8, 7, requires_grad=True)
        response(student, teacher, torch.zeros(8, 7), temperature=temperature)["response"].backward()
        norms.append(student.grad.norm().item())
    assert norms[0] == pytest.approx(norms[1], rel=0.05)


def test_mean_over_the_batch_not_its_sum():
    generator = torch.Generator().manual_seed(0)
    teacher, student = (torch.randn(4, 7, generator=generator) for _ in range(2))
    one = response(student, teacher, torch.zeros(4, 7), temperature=2)["response"]
    two = response(student.repeat(2, 1), teacher.repeat(2, 1), torch.zeros(8, 7), temperature=2)["response"]
    torch.testing.assert_close(one, two)


def test_refuses():
    with pytest.raises(ValueError, match="temperature"):
        response(torch.zeros(1, 2), torch.zeros(1, 2), torch.zeros(1, 2), temperature=0)
    with pytest.raises(ValueError, match="teacher_logits"):
        response(torch.zeros(1, 2), torch.zeros(1, 3), torch.zeros(1, 2), temperature=1)


def test_weight_zero_is_the_plain_loss_and_weight_one_the_teacher_alone():
    plain, term = torch.tensor(3.0), torch.tensor(5.0)
    assert sum(join_terms(plain, {"response": term}, kd_weight=0).values()) == 3
    assert sum(join_terms(plain, {"response": term}, kd_weight=1).values()) == 5
    halves = join_terms(plain, {"response": term}, kd_weight=0.5)
    assert {name: value.item() for name, value in halves.items()} == {"plain": 1.5, "response": 2.5}
    small = sum(join_terms(plain, {"response": term}, kd_weight=1e-6).values())
    assert small.item() == pytest.approx(3, abs=1e-5)
    with pytest.raises(ValueError, match="kd_weight"):
        join_terms(plain, {}, kd_weight=1.1)


@pytest.mark.parametrize("temperature", [1.0, 2.0, 5.0])
def test_mixed_teacher_logits_give_the_mixed_probabilities(temperature):
    generator = torch.Generator().manual_seed(0)
    first, second = (torch.randn(6, 7, generator=generator) * 4 for _ in range(2))
    mixed = mix_teacher_logits(first, second, 0.3, temperature=temperature)
    expected = 0.3 * (first / temperature).softmax(1) + 0.7 * (second / temperature).softmax(1)
    torch.testing.assert_close((mixed / temperature).softmax(1), expected)
    assert torch.isfinite(mix_teacher_logits(first * 1e3, second * 1e3, 0.3, temperature=temperature)).all()
