from __future__ import annotations

import pytest
import torch
from safetensors.torch import load, save
from torch import nn

from core.errors import WeightsError
from core.networks.weights import dump_weights, load_weights, round_weights_


def _tiny() -> nn.Module:
    torch.manual_seed(0)
    return nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.Flatten(), nn.LazyLinear(2)).eval()


@pytest.fixture
def network() -> nn.Module:
    module = _tiny()
    module(torch.zeros(1, 3, 8, 8))
    return module


def test_floats_are_halved_and_integers_kept(network: nn.Module) -> None:
    network[1].num_batches_tracked.fill_(70_001)
    stored = load(dump_weights(network))
    assert {value.dtype for key, value in stored.items() if key != "1.num_batches_tracked"} == {torch.float16}
    assert stored["1.num_batches_tracked"].dtype == torch.int64
    assert stored["1.num_batches_tracked"].item() == 70_001


def test_rounding_by_hand(network: nn.Module) -> None:
    with torch.no_grad():
        network[0].bias.fill_(1 / 3)
    round_weights_(network)
    assert network[0].bias[0].item() == 1365 / 4096
    assert network[0].bias.dtype == torch.float32
    before = dump_weights(network)
    round_weights_(network)
    assert dump_weights(network) == before


def test_a_value_beyond_half_precision_survives(network: nn.Module) -> None:
    network[1].running_var[2] = 70_000.0
    round_weights_(network)
    stored = load(dump_weights(network))
    assert stored["1.running_var"].dtype == torch.float32
    assert stored["1.running_var"][2].item() == 70_000.0


def _altered(network: nn.Module, change: str) -> bytes:
    state = load(dump_weights(network))
    if change == "missing":
        del state["0.bias"]
    elif change == "unexpected":
        state["9.bias"] = torch.zeros(1)
    elif change == "shape":
        state["0.bias"] = torch.zeros(5)
    elif change == "nan":
        state["0.bias"] = torch.full((4,), float("nan"))
    elif change == "garbage":
        return b"not safetensors at all"
    elif change == "cut":
        return save(state)[:-10]
    return save(state)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ("missing", "lacks 0.bias"),
        ("unexpected", "9.bias"),
        ("shape", r"\(5,\).*\(4,\)"),
        ("nan", "not finite"),
        ("garbage", "safetensors"),
        ("cut", "safetensors"),
    ],
)
def test_misfits_are_refused_by_name_and_change_nothing(network: nn.Module, change: str, words: str) -> None:
    content = _altered(network, change)
    before = {key: value.clone() for key, value in network.state_dict().items()}
    with pytest.raises(WeightsError, match=words) as caught:
        load_weights(network, content, "student.safetensors")
    assert caught.value.subject == "student.safetensors"
    assert all(torch.equal(value, before[key]) for key, value in network.state_dict().items())
