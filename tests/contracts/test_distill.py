"""What every distillation method keeps, whichever file it comes from."""

from __future__ import annotations

import pytest
import torch

from core.distill.base import DISTILLERS, join_terms
from core.distill.focal import focal_loss, soften_target


@pytest.fixture(params=DISTILLERS.names())
def distiller(request):
    return DISTILLERS.get(request.param)


@pytest.fixture
def batch():
    generator = torch.Generator().manual_seed(3)
    student, teacher = (torch.randn(9, 7, generator=generator) * 2 for _ in range(2))
    return student, teacher, soften_target(torch.arange(9) % 7, num_classes=7)


@pytest.mark.parametrize("temperature", [1.0, 2.0, 6.0])
def test_terms_are_finite_scalars_and_positive_for_a_different_teacher(distiller, batch, temperature):
    terms = distiller(*batch, temperature=temperature)
    assert terms
    assert all(term.ndim == 0 and torch.isfinite(term) and term >= 0 for term in terms.values())
    assert sum(terms.values()) > 1e-4


@pytest.mark.parametrize("temperature", [1.0, 2.0, 6.0])
def test_zero_where_the_student_equals_the_teacher(distiller, batch, temperature):
    student, _, target = batch
    terms = distiller(student, student.clone(), target, temperature=temperature)
    assert all(abs(term.item()) < 1e-5 for term in terms.values())


def test_gradients_reach_the_student_and_not_the_inputs_values(distiller, batch):
    student, teacher, target = batch
    before = student.clone(), teacher.clone()
    student.requires_grad_(True)
    sum(distiller(student, teacher, target, temperature=2.0).values()).backward()
    assert student.grad is not None
    assert student.grad.abs().sum() > 0
    torch.testing.assert_close((student.detach(), teacher), before, rtol=0, atol=0)


def test_without_weight_the_loss_and_its_gradient_are_the_plain_ones(distiller, batch):
    student, teacher, target = batch
    gradients = []
    for kd_weight in (None, 0.0):
        logits = student.clone().requires_grad_(True)
        plain = focal_loss(logits, target)
        terms = distiller(logits, teacher, target, temperature=2.0)
        loss = plain if kd_weight is None else sum(join_terms(plain, terms, kd_weight=kd_weight).values())
        gradients.append(torch.autograd.grad(loss, logits)[0])
    torch.testing.assert_close(gradients[0], gradients[1], rtol=0, atol=0)


def test_descending_it_brings_the_student_to_the_teacher(distiller, batch):
    student, teacher, target = batch
    logits = student.clone().requires_grad_(True)
    optimiser = torch.optim.Adam([logits], lr=0.1)
    for _ in range(300):
        optimiser.zero_grad()
        sum(distiller(logits, teacher, target, temperature=2.0).values()).backward()
        optimiser.step()
    first = sum(distiller(student, teacher, target, temperature=2.0).values())
    last = sum(distiller(logits, teacher, target, temperature=2.0).values())
    assert last < 0.05 * first
