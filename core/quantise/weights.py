"""Weights in 8 bits, everything else in float: the file is small, the arithmetic is the float network's.

Each output channel has its own scale, symmetric around 0, as in Krishnamoorthi 2018, "Quantizing deep
convolutional networks for efficient inference", section 3. A weight is stored as int8, cast and multiplied by
its scales: ONNX Runtime folds both on loading. (It does not fold ``DequantizeLinear``: such a file took 2.8
times as long for each picture.)
"""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
import onnx
from numpy.typing import NDArray

from core.quantise.graph import Layer, put_first, round_kept_weights

STEPS = 127
"""Steps on either side of 0."""


def quantise_channels(weight: NDArray[np.float32], axis: int) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
    """Round a weight to 8 bits, each slice along ``axis`` by its own scale.

    Args:
        weight: of any shape, finite.
        axis: of the output channels.

    Returns:
        int8 of the same shape, in [-127, 127]; and float32 scales that broadcast against it, above 0. Their
        product differs from ``weight`` by half a scale at most.
    """
    others = tuple(number for number in range(weight.ndim) if number != axis % weight.ndim)
    scale = np.abs(weight).max(axis=others, keepdims=True) / np.float32(STEPS)
    scale = np.where(scale > 0, scale, np.float32(1)).astype(np.float32)
    return np.clip(np.rint(weight / scale), -STEPS, STEPS).astype(np.int8), scale


def quantise_weights(content: bytes, layers: Collection[Layer], kept: Collection[Layer]) -> bytes:
    """Store the weights of a simplified model in 8 bits.

    Args:
        content: from :func:`core.quantise.graph.simplify_graph`.
        layers: all of them.
        kept: of these, the ones that stay float, rounded to float16.

    Returns:
        The serialised model, with the same inputs and outputs.
    """
    model = onnx.load_model_from_string(content)
    stored = {layer.weight: layer for layer in layers if layer not in kept}
    nodes = []
    for weight in list(model.graph.initializer):
        layer = stored.get(weight.name)
        if layer is None:
            continue
        name = weight.name
        values, scale = quantise_channels(onnx.numpy_helper.to_array(weight), layer.axis)
        weight.CopyFrom(onnx.numpy_helper.from_array(values, f"{name}.int8"))
        model.graph.initializer.append(onnx.numpy_helper.from_array(scale, f"{name}.scale"))
        nodes += [
            onnx.helper.make_node("Cast", [f"{name}.int8"], [f"{name}.cast"], to=onnx.TensorProto.FLOAT),
            onnx.helper.make_node("Mul", [f"{name}.cast", f"{name}.scale"], [name]),
        ]
    put_first(model, nodes)
    round_kept_weights(model, [layer.weight for layer in kept])
    onnx.checker.check_model(model)
    return bytes(model.SerializeToString())
