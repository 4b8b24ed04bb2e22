"""A network's weights, read from the ONNX file that was exported from it.

The exporter keeps torch's names for the initialisers and :func:`core.export.pack_weights` adds ``.float16``
to those it packs, so the served file can hold the only copy of the weights. What an evaluation does not use
may be absent from it: the batches that a BatchNorm counted, and constants that the constructor sets.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from core.errors import WeightsError
from core.networks.weights import check_shapes, first_keys

PACKED = ".float16"
"""What a packed initialiser's name ends with."""
STATISTICS = ("running_mean", "running_var")
"""Buffers that training changes and an evaluation uses: these are never absent."""


def read_onnx_weights(content: bytes, network: nn.Module, name: str = "the ONNX file") -> None:
    """Fill a network with the weights of its ONNX file; all of them or nothing.

    Args:
        content: the serialised model, as :func:`core.export.export_onnx` makes it.
        network: of the same architecture and arguments, freshly built; changed in place, and left as it was
            when this raises.
        name: the file's name, for messages.

    Raises:
        WeightsError: not an ONNX model, a weight is missing, of another shape, or not finite.
    """
    places = network.state_dict()
    found = _read_initialisers(content, name)
    tensors = {key: tensor for key, tensor in found.items() if key in places}
    check_shapes(network, tensors, name)
    if missing := sorted(set(places) - set(tensors) - _may_be_absent(network)):
        raise WeightsError(
            name,
            f"it lacks {first_keys(missing)}",
            "Use the file that belongs to this architecture and its arguments",
        )
    for key, tensor in tensors.items():
        if tensor.is_floating_point() and not bool(torch.isfinite(tensor).all()):
            raise WeightsError(name, f"{key} holds values that are not finite", "Restore the file")
    network.load_state_dict(tensors, strict=False)


def gives_back_weights(content: bytes, network: nn.Module, copy: nn.Module) -> bool:
    """Whether an ONNX file holds a network's weights bit for bit, so that no second file is needed.

    Args:
        content: the serialised model.
        network: what it was exported from.
        copy: built alike; filled with what the file holds.
    """
    try:
        read_onnx_weights(content, copy)
    except WeightsError:
        return False
    given, counted = copy.state_dict(), "num_batches_tracked"
    return all(
        torch.equal(tensor.cpu(), given[key])
        for key, tensor in network.state_dict().items()
        if not key.endswith(counted)
    )


def _may_be_absent(network: nn.Module) -> set[str]:
    """Names of buffers that are no statistics."""
    return {key for key, _ in network.named_buffers() if key.rpartition(".")[2] not in STATISTICS}


def _read_initialisers(content: bytes, name: str) -> dict[str, Tensor]:
    """torch's name to tensor, floats as float32."""
    import onnx
    from google.protobuf.message import DecodeError  # type: ignore[import-untyped]

    try:
        model = onnx.load_model_from_string(content)
        arrays = {weight.name: onnx.numpy_helper.to_array(weight) for weight in model.graph.initializer}
    except (DecodeError, ValueError, TypeError) as error:
        raise WeightsError(name, f"not a valid ONNX file ({error})", "Restore the file") from error
    if not arrays:
        raise WeightsError(name, "not an ONNX file with weights", "Restore the file")
    tensors = {key.removesuffix(PACKED): torch.from_numpy(array.copy()) for key, array in arrays.items()}
    return {key: tensor.float() if tensor.is_floating_point() else tensor for key, tensor in tensors.items()}
