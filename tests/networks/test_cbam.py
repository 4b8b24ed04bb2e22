"""CBAM against its equations, written out in numpy; and its gates, which no thread may share."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import torch

from core.errors import ConfigError
from core.networks.base import build_network
from core.networks.cbam import Cbam


def _sigmoid(x: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-x))


def _reference(cbam: Cbam, features: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Woo et al. 2018, eq. 2 and 3, cell by cell in float64."""
    state = {name: value.double().numpy() for name, value in cbam.state_dict().items()}
    w1, b1, w2, b2 = (state[f"channel.{key}"] for key in ("0.weight", "0.bias", "2.weight", "2.bias"))
    kernel, bias = state["spatial.weight"][0], state["spatial.bias"][0]

    def mlp(v: np.ndarray) -> np.ndarray:
        return w2 @ np.maximum(w1 @ v + b1, 0) + b2

    batch, _, height, width = features.shape
    half = kernel.shape[1] // 2
    channel = np.stack([_sigmoid(mlp(f.mean((1, 2))) + mlp(f.max((1, 2)))) for f in features])
    gated = channel[:, :, None, None] * features
    spatial = np.empty((batch, height, width))
    for b in range(batch):
        planes = np.pad(np.stack([gated[b].mean(0), gated[b].max(0)]), ((0, 0), (half, half), (half, half)))
        for i in range(height):
            for j in range(width):
                window = planes[:, i : i + kernel.shape[1], j : j + kernel.shape[2]]
                spatial[b, i, j] = _sigmoid((window * kernel).sum() + bias)
    return spatial[:, None] * gated, channel, spatial


@pytest.mark.parametrize(
    ("channels", "reduction", "kernel_size", "size"),
    [(32, 16, 7, (6, 9)), (8, 3, 3, (4, 4)), (5, 16, 7, (2, 3)), (16, 4, 1, (1, 1))],
)
def test_equals_the_equations(channels: int, reduction: int, kernel_size: int, size: tuple[int, int]) -> None:
    torch.manual_seed(0)
    cbam = Cbam(channels, reduction, kernel_size, gate_start=None)
    features = 3 * torch.randn(3, channels, *size)
    with torch.no_grad():
        found = cbam(features)
    for ours, theirs in zip(found, _reference(cbam, features.double().numpy()), strict=True):
        assert ours.shape == theirs.shape
        assert np.allclose(ours.numpy(), theirs, rtol=0, atol=2e-5)
    assert found[1].std() > 0.01 and (size == (1, 1) or found[2].std() > 0.01)


def test_values_by_hand() -> None:
    """One channel, hidden weight 1, out weight 1, no bias: mean 1, max 4 -> sigmoid(1 + 4)."""
    cbam = Cbam(1, reduction=1, kernel_size=1)
    with torch.no_grad():
        for parameter in cbam.parameters():
            parameter.fill_(0.0)
        cbam.channel[0].weight.fill_(1.0)
        cbam.channel[2].weight.fill_(1.0)
        cbam.spatial.weight.copy_(torch.tensor([2.0, -1.0]).view(1, 2, 1, 1))
        refined, channel, spatial = cbam(torch.tensor([[[[0.0, 0.0], [0.0, 4.0]]]]))
    gate = 1 / (1 + np.exp(-5.0))
    assert channel.item() == pytest.approx(gate)
    last = 1 / (1 + np.exp(-4 * gate))  # one channel: mean = max, 2 - 1 = 1 times 4 x gate
    assert spatial[0].tolist() == [[0.5, 0.5], [0.5, pytest.approx(last)]]
    assert refined[0, 0, 1, 1].item() == pytest.approx(4 * gate * last)


@pytest.mark.parametrize("gate", [0.5, 0.9, 0.99])
def test_gates_start_where_they_are_told_and_can_move(gate: float) -> None:
    torch.manual_seed(0)
    cbam = Cbam(32, gate_start=gate)
    features = torch.randn(2, 32, 5, 5)
    refined, channel, spatial = cbam(features)
    assert torch.allclose(channel, torch.full((2, 32), gate))
    assert torch.allclose(spatial, torch.full((2, 5, 5), gate))
    assert torch.allclose(refined, gate**2 * features, atol=1e-6)
    (refined * torch.randn_like(refined)).sum().backward()
    assert cbam.channel[2].weight.grad.abs().max() > 0 and cbam.spatial.weight.grad.abs().max() > 0


def test_sizes_are_derived() -> None:
    assert Cbam(1408).channel[0].weight.shape == (88, 1408)
    assert Cbam(5).channel[0].weight.shape == (1, 5)


@pytest.mark.parametrize(
    "arguments",
    [
        *({"channels": 0}, {"reduction": 0}, {"kernel_size": 4}, {"kernel_size": -1}),
        *({"gate_start": value} for value in (0.0, 1.0, float("nan"))),
    ],
)
def test_arguments_out_of_range(arguments: dict) -> None:
    with pytest.raises(ConfigError, match=next(iter(arguments))):
        Cbam(**{"channels": 8, **arguments})


@pytest.mark.parametrize("averaged", [False, True])
def test_eight_threads_get_the_gates_of_their_own_images(averaged: bool) -> None:
    torch.manual_seed(0)
    backbone = {"architecture": "timm", "arguments": {"model": "mobilenetv3_small_050"}}
    name, arguments = "attentive", {"backbone": backbone, "gate_start": None}
    if averaged:
        name, arguments = "flip_average", {"architecture": name, "arguments": arguments}
    network = build_network(name, arguments, 3).eval()
    before = {key: sorted(module.__dict__) for key, module in network.named_modules()}
    images = torch.rand(8, 3, 96, 96, generator=torch.Generator().manual_seed(1))
    threads = torch.get_num_threads()
    torch.set_num_threads(1)

    def gates(i: int) -> tuple[bytes, ...]:
        with torch.no_grad():
            return tuple(part.numpy().tobytes() for part in network.forward_attention(images[i % 8][None]))

    try:
        serial = [gates(i) for i in range(8)]
        with ThreadPoolExecutor(8) as pool:
            found = list(pool.map(gates, range(64)))
    finally:
        torch.set_num_threads(threads)
    assert len(set(serial)) == 8
    assert all(answer == serial[i % 8] for i, answer in enumerate(found))
    assert {key: sorted(module.__dict__) for key, module in network.named_modules()} == before
