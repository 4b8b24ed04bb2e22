"""The graph that is quantised: constants folded, batch normalisations merged, and its layers by name."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnx
import onnxruntime

LAYER_TYPES = ("Conv", "Gemm", "MatMul")
"""Operators with a weight that is worth storing in 8 bits."""
SMALLEST = 256
"""Numbers; a smaller weight saves nothing."""
_MERGED = "ConvBnFusion_W_"


@dataclass(frozen=True)
class Layer:
    """One operator with a constant weight.

    Attributes:
        node: name of the operator in the graph.
        weight: name of its weight's initialiser.
        title: the name that the network itself has for it.
        size: numbers in the weight.
        axis: of the weight, along which each output channel has its own scale.
    """

    node: str
    weight: str
    title: str
    size: int
    axis: int


def simplify_graph(content: bytes) -> bytes:
    """The same model with constants folded and batch normalisations merged into the layers before them.

    Done by ONNX Runtime's own basic optimisations, which are the same on every machine.

    Args:
        content: a serialised ONNX model.
    """
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "simplified.onnx"
        options = onnxruntime.SessionOptions()
        options.log_severity_level = 3
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_BASIC
        options.optimized_model_filepath = str(path)
        onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
        return path.read_bytes()


def list_layers(content: bytes) -> tuple[Layer, ...]:
    """The layers of a simplified model whose weight has at least :data:`SMALLEST` numbers, in their order."""
    graph = onnx.load_model_from_string(content).graph
    weights = {
        weight.name: weight
        for weight in graph.initializer
        if weight.data_type == onnx.TensorProto.FLOAT and len(weight.dims) >= 2
    }
    found = []
    for node in graph.node:
        if node.op_type not in LAYER_TYPES or node.input[1] not in weights:
            continue
        weight = weights[node.input[1]]
        size = int(np.prod(weight.dims))
        if size >= SMALLEST:
            found.append(Layer(node.name, weight.name, _title(weight.name), size, _channel_axis(node)))
    return tuple(found)


def round_kept_weights(model: onnx.ModelProto, names: Iterable[str]) -> None:
    """Store weights as float16 followed by a cast, in place; they are rounded to what float16 holds."""
    wanted, casts = set(names), []
    for weight in model.graph.initializer:
        if weight.name not in wanted or weight.data_type != onnx.TensorProto.FLOAT:
            continue
        name = weight.name
        half = onnx.numpy_helper.to_array(weight).astype(np.float16)
        weight.CopyFrom(onnx.numpy_helper.from_array(half, f"{name}.float16"))
        casts.append(onnx.helper.make_node("Cast", [weight.name], [name], to=onnx.TensorProto.FLOAT))
    put_first(model, casts)


def put_first(model: onnx.ModelProto, nodes: list[onnx.NodeProto]) -> None:
    """Put operators in front of all others, in place."""
    every = [*nodes, *model.graph.node]
    del model.graph.node[:]
    model.graph.node.extend(every)


def _channel_axis(node: onnx.NodeProto) -> int:
    if node.op_type == "Conv":
        return 0
    turned = any(attribute.name == "transB" and attribute.i for attribute in node.attribute)
    return 0 if turned else 1


def _title(weight: str) -> str:
    return weight.removeprefix(_MERGED).removesuffix(".weight").removesuffix("_token")
