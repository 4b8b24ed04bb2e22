"""A network's weights as safetensors bytes, in half precision, and back.

Rounding happens once: :func:`round_weights_` gives the network the values its file will hold, so that what
was evaluated, exported and stored is one and the same. Nothing is ever unpickled.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
from safetensors import SafetensorError
from safetensors.torch import load, save
from torch import Tensor, nn

from core.errors import WeightsError


def _as_stored(tensor: Tensor) -> Tensor:
    """Floats in half precision unless one of them would overflow it; other types as they are."""
    if not tensor.is_floating_point():
        return tensor
    half = tensor.to(torch.float16)
    if bool((torch.isinf(half) & torch.isfinite(tensor)).any()):
        return tensor.to(torch.float32)
    return half


def round_weights_(network: nn.Module) -> None:
    """Round every float weight and buffer, in place, to the value that :func:`dump_weights` stores.

    After it, dumping and loading gives back bit-equal weights.
    """
    with torch.no_grad():
        for tensor in network.state_dict().values():
            tensor.copy_(_as_stored(tensor))


def dump_weights(network: nn.Module) -> bytes:
    """Weights and buffers as safetensors: float16 for floats, integer buffers as they are.

    A tensor with a finite value beyond float16's largest (65,504) is stored as float32 instead.
    """
    state = network.state_dict()
    return save({name: _as_stored(tensor.detach().cpu()).contiguous() for name, tensor in state.items()})


def read_tensors(content: bytes, name: str) -> dict[str, Tensor]:
    """Read safetensors bytes, floats as float32.

    Args:
        content: the file's bytes.
        name: the file's name, for messages.

    Raises:
        WeightsError: not a safetensors file, or a value is NaN or infinite.
    """
    try:
        tensors = load(content)
    except SafetensorError as error:
        raise WeightsError(name, f"not a valid safetensors file ({error})", "Restore the file") from error
    for key, tensor in tensors.items():
        if tensor.is_floating_point() and not bool(torch.isfinite(tensor).all()):
            raise WeightsError(name, f"{key} holds values that are not finite", "Restore the file")
    return {key: tensor.float() if tensor.is_floating_point() else tensor for key, tensor in tensors.items()}


def check_shapes(module: nn.Module, tensors: Mapping[str, Tensor], name: str) -> None:
    """Raise WeightsError unless every tensor has a place in the module and that place's shape."""
    places = module.state_dict()
    unexpected = sorted(set(tensors) - set(places))
    if unexpected:
        raise WeightsError(
            name,
            f"it holds {first_keys(unexpected)}, which the network does not have",
            "Use the file that belongs to this architecture and its arguments",
        )
    for key, tensor in tensors.items():
        if tensor.shape != places[key].shape:
            raise WeightsError(
                name,
                f"{key} has shape {tuple(tensor.shape)}, the network expects {tuple(places[key].shape)}",
                "Use the file that belongs to this architecture and its arguments",
            )


def load_weights(network: nn.Module, content: bytes, name: str) -> None:
    """Load what :func:`dump_weights` made into a network of the same architecture; all of it or nothing.

    Args:
        network: changed in place; left as it was when this raises.
        content: safetensors bytes.
        name: the file's name, for messages.

    Raises:
        WeightsError: not safetensors, a value is not finite, a tensor is missing, unexpected, or of another
            shape than the network's.
    """
    tensors = read_tensors(content, name)
    check_shapes(network, tensors, name)
    missing = sorted(set(network.state_dict()) - set(tensors))
    if missing:
        raise WeightsError(
            name,
            f"it lacks {first_keys(missing)}",
            "Use the file that belongs to this architecture and its arguments",
        )
    network.load_state_dict(tensors, strict=True)


def first_keys(keys: list[str]) -> str:
    """The first three keys and how many more."""
    rest = f" and {len(keys) - 3} more" if len(keys) > 3 else ""
    return ", ".join(keys[:3]) + rest
