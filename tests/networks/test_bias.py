from __future__ import annotations

import pytest
import torch

from core.networks.base import build_network
from core.networks.bias import shift_logits_

SMALL = {"architecture": "mobilenetv3_small_100", "arguments": {}}
ATTENTIVE = {"architecture": "attentive", "arguments": {"backbone": SMALL, "topology_inputs": 16}}
SHIFTS = (0.5, -1.0, 0.25)


@pytest.mark.parametrize(
    ("architecture", "arguments"),
    [
        ("mobilenetv3_small_100", {}),
        ("attentive", ATTENTIVE["arguments"]),
        ("flip_average", ATTENTIVE),
        ("ensemble", {"members": [SMALL, SMALL]}),
        ("flip_average", {"architecture": "ensemble", "arguments": {"members": [SMALL, SMALL]}}),
    ],
)
def test_every_logit_moves_by_its_shift(architecture, arguments) -> None:
    network = build_network(architecture, arguments, 3).eval()
    x = torch.rand(2, 3, 64, 64)
    inputs = (x, torch.rand(2, 16)) if network.topology_inputs else (x,)
    with torch.inference_mode():
        before = network(*inputs)
    shift_logits_(network, SHIFTS)
    with torch.inference_mode():
        torch.testing.assert_close(network(*inputs), before + torch.tensor(SHIFTS), atol=1e-5, rtol=0)


def test_wrong_shifts_are_refused() -> None:
    with pytest.raises(ValueError, match="shifts must be 3 numbers, they are 2"):
        shift_logits_(build_network("mobilenetv3_small_100", {}, 3), (0.0, 1.0))
