from __future__ import annotations

import numpy as np
import pytest
import torch

from core.export import export_onnx
from core.networks.base import Network, build_network
from core.networks.weights import round_weights_
from core.quantise.graph import simplify_graph
from core.sessions import INPUT_NAME, Feeds

SIZE = 32


@pytest.fixture(scope="session")
def network() -> Network:
    """Layers with and without a batch normalisation, a depthwise one, and squeeze and excitation."""
    with torch.random.fork_rng():
        torch.manual_seed(0)
        network = build_network("mobilenetv3_small_100", {}, 3)
        for _ in range(3):  # in training mode: batch normalisation gets statistics
            network(torch.rand(16, 3, SIZE, SIZE))
    round_weights_(network)
    return network.eval()


@pytest.fixture(scope="session")
def content(network: Network) -> bytes:
    return export_onnx(network, height=SIZE, width=SIZE)


@pytest.fixture(scope="session")
def simple(content: bytes) -> bytes:
    return simplify_graph(content)


@pytest.fixture(scope="session")
def feeds() -> list[Feeds]:
    rng = np.random.default_rng(0)
    return [{INPUT_NAME: rng.random((1, 3, SIZE, SIZE), np.float32)} for _ in range(12)]
