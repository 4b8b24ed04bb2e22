from __future__ import annotations

import pytest
import torch
from torch import nn

from core.networks.base import build_network
from core.networks.batchnorm import reestimate_batchnorm


def _fold_(norm: nn.BatchNorm2d) -> None:
    with torch.no_grad():
        norm.weight.fill_(1)
        norm.running_mean.zero_()
        norm.running_var.fill_(1 - norm.eps)
        norm.bias.uniform_(-1, 1)


@pytest.fixture
def folded() -> nn.Sequential:
    torch.manual_seed(0)
    net = nn.Sequential(
        nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.ReLU(), nn.Conv2d(4, 5, 3), nn.BatchNorm2d(5), nn.ReLU()
    )
    for module in net:
        if isinstance(module, nn.BatchNorm2d):
            _fold_(module)
    return net


def test_one_folded_layer_by_hand() -> None:
    norm = nn.BatchNorm2d(3)
    _fold_(norm)
    bias = norm.bias.detach().clone()
    images = torch.tensor([[0.0, 0.4], [0.6, 1.0]]).expand(2, 3, 2, 2)  # mean .5, variance .13
    reestimate_batchnorm(nn.Sequential(norm), images)
    assert torch.allclose(norm.running_mean, torch.full((3,), 0.5))
    assert torch.allclose(norm.running_var, torch.full((3,), 0.13))
    assert torch.allclose(norm.weight, torch.full((3,), (0.13 + norm.eps) ** 0.5))
    assert torch.allclose(norm.bias, bias + 0.5)


def test_eval_output_stays_and_train_output_now_agrees(folded: nn.Sequential) -> None:
    images = torch.rand(16, 3, 12, 12)
    with torch.no_grad():
        before = folded.eval()(images)
        wrong = folded.train()(images)
        for module in folded:  # train mode moved the running statistics: fold them again
            if isinstance(module, nn.BatchNorm2d):
                module.running_mean.zero_()
                module.running_var.fill_(1 - module.eps)
        reestimate_batchnorm(folded, images)
        after = folded.eval()(images)
        train = folded.train()(images)
    assert torch.allclose(after, before, atol=1e-5)
    assert torch.allclose(train, before, atol=1e-4)
    assert (wrong - before).abs().max() > 0.1


def test_a_layer_that_was_not_folded_computes_what_it_did() -> None:
    torch.manual_seed(0)
    network = build_network("mobilenetv3_small_100", {}, 3)
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.weight.data.uniform_(0.5, 2)
            module.running_mean.uniform_(-1, 1)
            module.running_var.uniform_(0.5, 2)
    images = torch.rand(8, 3, 64, 64)
    with torch.no_grad():
        before = network.eval()(images)
        reestimate_batchnorm(network, images)
        after = network(images)
    assert torch.allclose(after, before, atol=1e-4 * float(before.abs().max()))


def test_train_flags_and_hooks_are_as_before_even_after_a_failure(folded: nn.Sequential) -> None:
    folded.train()
    folded[3].eval()
    flags = [module.training for module in folded.modules()]
    with pytest.raises(RuntimeError):
        reestimate_batchnorm(folded, torch.rand(1, 3, 4, 4))  # too small for two 3 x 3 convolutions
    assert [module.training for module in folded.modules()] == flags
    assert not any(module._forward_pre_hooks for module in folded.modules())


@pytest.mark.parametrize("shape", [(0, 3, 8, 8), (3, 8, 8), (2, 1, 8, 8)])
def test_images_must_be_a_batch(folded: nn.Sequential, shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="images"):
        reestimate_batchnorm(folded, torch.zeros(shape))
