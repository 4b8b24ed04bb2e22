"""Torch network to single-file ONNX, and the gate that refuses a file which does not agree with the network.

Weights that float16 holds exactly, as shipped weights do, are stored as float16 and cast to float32 inside
the graph. Batch normalisations are left in place, since merged weights would no longer be exact: ONNX Runtime
folds the casts and merges the normalisations on loading, so the file is half the size and as fast.
"""

from __future__ import annotations

import contextlib
import io
import logging
import warnings

import numpy as np
import onnx
import onnxscript.optimizer
import torch
from numpy.typing import NDArray

from core.errors import ParityError
from core.networks.base import Network
from core.predict import INPUT_NAME, OUTPUT_NAME, TOPOLOGY_NAME, build_session, compute_probs

OPSET = 20
PARITY_TOLERANCE = 1e-4
_SMALLEST_PACKED = 256


def export_onnx(network: Network, *, height: int, width: int) -> bytes:
    """Export a network in eval mode to ONNX with a free batch size.

    Args:
        network: takes (N, 3, height, width) float32 in [0, 1]; its weights should already be rounded to
            float16 (:func:`core.networks.weights.round_weights_`).

    Returns:
        The serialised model: input ``image``, for a network with ``topology_inputs`` also ``topology``
        (N, topology_inputs) float32 with the same free batch size, output ``logits`` (N, C).
    """
    examples = {INPUT_NAME: torch.rand(2, 3, height, width)}
    if network.topology_inputs:
        examples[TOPOLOGY_NAME] = torch.rand(2, network.topology_inputs)
    with warnings.catch_warnings(), _quiet_exporter():
        warnings.simplefilter("ignore")
        program = torch.onnx.export(
            network.eval(),
            tuple(examples.values()),
            dynamo=True,
            optimize=False,
            opset_version=OPSET,
            input_names=list(examples),
            output_names=[OUTPUT_NAME],
            dynamic_shapes=tuple({0: torch.export.Dim.DYNAMIC} for _ in examples),
        )
    if program is None:
        raise ParityError(type(network).__name__, "the exporter returned no model", "Report this as a defect")
    onnxscript.optimizer.inline(program.model)
    onnxscript.optimizer.fold_constants_ir(program.model)
    onnxscript.optimizer.remove_unused_nodes(program.model)
    model = program.model_proto
    pack_weights(model)
    forget_origin(model)
    onnx.checker.check_model(model)
    return bytes(model.SerializeToString())


def pack_weights(model: onnx.ModelProto) -> None:
    """Store every large float32 weight of ``model`` as float16 followed by a cast, in place.

    A weight that float16 cannot hold exactly is left as it is.
    """
    casts = []
    for weight in model.graph.initializer:
        if weight.data_type != onnx.TensorProto.FLOAT:
            continue
        values = onnx.numpy_helper.to_array(weight)
        with np.errstate(over="ignore"):
            packed = values.astype(np.float16)
        if values.size < _SMALLEST_PACKED or not np.array_equal(packed.astype(np.float32), values):
            continue
        name = weight.name
        weight.CopyFrom(onnx.numpy_helper.from_array(packed, f"{name}.float16"))
        casts.append(onnx.helper.make_node("Cast", [weight.name], [name], to=onnx.TensorProto.FLOAT))
    nodes = [*casts, *model.graph.node]
    del model.graph.node[:]
    model.graph.node.extend(nodes)


def forget_origin(model: onnx.ModelProto) -> None:
    """Remove what the exporter notes of the machine it ran on, in place: stack traces with paths of files."""
    graph = model.graph
    parts = [*graph.node, *graph.initializer, *graph.value_info, *graph.input, *graph.output]
    for part in (model, graph, *parts):
        part.ClearField("metadata_props")
        part.ClearField("doc_string")


def check_parity(
    content: bytes,
    network: Network,
    images: NDArray[np.float32],
    *,
    name: str,
    topology: NDArray[np.float32] | None = None,
    tolerance: float = PARITY_TOLERANCE,
) -> float:
    """Compare the probabilities of an exported file with those of the network it came from.

    Args:
        content: the serialised ONNX model.
        images: (N, 3, H, W) float32 in [0, 1]; real ones, since noise rarely reaches the decision range.
        name: of the file, for the message.
        topology: (N, topology_inputs) float32 of the same photographs, for a network that takes it.
        tolerance: largest absolute difference of a probability that passes.

    Returns:
        The largest absolute difference found.

    Raises:
        ParityError: it exceeds ``tolerance``, or a logit is not a finite number.
        ValueError: ``topology`` is not what the network takes.
    """
    second = None if topology is None else torch.from_numpy(topology)
    with torch.inference_mode():
        expected = network.eval()(torch.from_numpy(images), second).numpy()
    feed = {INPUT_NAME: images} if topology is None else {INPUT_NAME: images, TOPOLOGY_NAME: topology}
    (exported,) = build_session(content).run([OUTPUT_NAME], feed)
    finite = bool(np.isfinite(exported).all() and np.isfinite(expected).all())
    if exported.shape != expected.shape or not finite:
        raise ParityError(
            name,
            f"its logits, of shape {exported.shape} against the network's {expected.shape}, "
            f"{'do not fit' if finite else 'are not all finite'}",
            "Nothing was saved; report this as a defect with the architecture's name",
        )
    difference = float(np.abs(compute_probs(exported) - compute_probs(expected)).max())
    if not difference <= tolerance:
        raise ParityError(
            name,
            f"probabilities differ by {difference:.2e} from the network's, at most {tolerance:.0e} allowed",
            "Nothing was saved; report this as a defect with the architecture's name",
        )
    return difference


@contextlib.contextmanager
def _quiet_exporter():  # type: ignore[no-untyped-def]
    """Keep the exporter's progress lines off the terminal for the time of one export."""
    logger = logging.getLogger("torch.onnx")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            yield
    finally:
        logger.setLevel(level)
