"""Weights, stored bytes, channels and work of networks that claims name, built and counted without data.

What the shipped claims need is counted once and kept in ``counts.json`` (tests/claims/test_counting.py builds
every one again and compares), so that a page opens without torch. Another network is built when it is asked
for, on torch's meta device, which holds shapes and no numbers.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from functools import cache, lru_cache
from pathlib import Path

from core.atomic import write_atomic
from core.errors import ConfigError

FILE = Path(__file__).with_name("counts.json")
SIDE = 224
"""Pixels along each side at which work is counted."""
_NAME = re.compile(r"[a-z0-9_]{3,60}")

_NOT_COUNTED = (RuntimeError, ValueError, TypeError, AttributeError, LookupError, AssertionError)
"""What networks of timm raise that want another size or end in something else than a map."""


@dataclass(frozen=True)
class NetworkCount:
    """What was counted of one network.

    Attributes:
        network: our name or timm's.
        outputs: logits.
        parameters: trainable weights.
        buffer_bytes: of what is stored beside them (running means, counters); ours, for the mean and standard
            deviation of the input, are left out.
        feature_channels: of the last feature map.
        macs: multiply-accumulates of convolutions and matrix products at 224 x 224 pixels.
    """

    network: str
    outputs: int
    parameters: int
    buffer_bytes: int
    feature_channels: int
    macs: int


def get_count(network: str, outputs: int) -> NetworkCount:
    """The stored count, or a fresh one.

    Raises:
        ConfigError: neither we nor timm have such a network.
    """
    return _stored().get((network, outputs)) or build_count(network, outputs)


def is_stored(network: str, outputs: int) -> bool:
    """Whether the count is kept, so that nothing has to be built."""
    return (network, outputs) in _stored()


@lru_cache(maxsize=512)
def build_count(network: str, outputs: int) -> NetworkCount:
    """Build a network without data and count it; no weights are loaded and nothing is fetched.

    Args:
        network: a name of ours that needs no arguments, or timm's, of a convolutional network or a plain
            vision transformer.
        outputs: logits, at least 1.

    Raises:
        ConfigError: there is no such network, or its parts cannot be counted at 224 pixels.
    """
    if not _NAME.fullmatch(network):
        raise ConfigError(network[:60], "not a network's name", "Use a name of timm.list_models()")
    import torch

    from core.networks.base import NETWORKS, build_network, describe_network

    ours = network in NETWORKS.names()
    kind = network if ours else "vit" if network.startswith(("vit_", "deit_")) else "timm"
    arguments = {} if ours else {"model": network}
    try:
        with torch.device("meta"):
            built = build_network(kind, arguments, outputs)
        record = describe_network(built, kind, arguments, (SIDE, SIDE))
    except _NOT_COUNTED as error:
        raise ConfigError(
            network, f"it cannot be counted at {SIDE} pixels", "Choose another network"
        ) from error
    kept = [buffer for name, buffer in built.named_buffers() if not name.startswith("normalise.")]
    return NetworkCount(
        network,
        outputs,
        record.parameters,
        sum(buffer.numel() * buffer.element_size() for buffer in kept),
        record.feature_shape[0],
        record.macs,
    )


def write_counts(networks: Iterable[tuple[str, int]], path: Path = FILE) -> None:
    """Build and count networks, names with their outputs, and store them in place of what is there."""
    rows = [asdict(build_count(*entry)) for entry in sorted(set(networks))]
    write_atomic(path, (json.dumps(rows, indent=1) + "\n").encode())
    _stored.cache_clear()


@cache
def _stored() -> dict[tuple[str, int], NetworkCount]:
    rows = json.loads(FILE.read_text(encoding="utf-8")) if FILE.is_file() else []
    return {(row["network"], row["outputs"]): NetworkCount(**row) for row in rows}
