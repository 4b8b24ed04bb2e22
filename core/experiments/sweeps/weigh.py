"""What a network weighs, counted on the network as it is built."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from core.experiments.sweeps.record import Cost
from core.networks.base import build_network, describe_network


def weigh_network(
    architecture: str, arguments: Mapping[str, object], num_classes: int, image_size: int
) -> Cost:
    """Count weights, bytes and multiply-accumulates without computing anything.

    Args:
        architecture, arguments: of the registry of networks.
        num_classes: outputs of the last layer.
        image_size: side of a picture in pixels, for the operations.

    Raises:
        ConfigError: no such architecture, or it does not take these arguments.
    """
    with torch.device("meta"):
        network = build_network(architecture, arguments, num_classes)
        one_output = build_network(architecture, arguments, 1)
    record = describe_network(network, architecture, arguments, (image_size, image_size))
    return Cost(
        parameters=record.parameters,
        macs=record.macs,
        image_size=image_size,
        bytes_float32=count_bytes(network.state_dict(), 4),
        bytes_float16=count_bytes(network.state_dict(), 2),
        bytes_one_output=count_bytes(one_output.state_dict(), 4),
    )


def count_bytes(state: Mapping[str, Tensor], each: int) -> int:
    """Bytes of all floats at so many bytes each, and of whole numbers as they are."""
    return sum(
        tensor.numel() * (each if tensor.is_floating_point() else tensor.element_size())
        for tensor in state.values()
    )
