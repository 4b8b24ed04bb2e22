"""Torch network to single-file ONNX, and the gate that refuses a file which does not agree with the network.

Weights that float16 holds exactly, as shipped weights do, are stored as float16 and cast to float32 inside
the graph. Batch normalisations are left in place, since merged weights would no longer be exact: ONNX Runtime
folds the casts and merges the normalisations on loading, so the file is half the size and as fast.

Initialisers keep the names that torch gives the weights, so that the file can be read back into a network
(:mod:`core.networks.onnx_weights`).
"""

from __future__ import annotations

import contextlib
import io
import logging
import warnings

import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from core.errors import ParityError
from core.networks.base import Network
from core.predict import compute_probs
from core.sessions import FEATURES_OUTPUT, INPUT_NAME, OUTPUT_NAME, TOPOLOGY_NAME, build_session

OPSET = 20
PARITY_TOLERANCE = 1e-4
_SMALLEST_PACKED = 256
_DEFECT = "Nothing was saved; report this as a defect with the architecture's name"


def export_onnx(network: Network, *, height: int, width: int) -> bytes:
    """Export a network in eval mode to ONNX with a free batch size.

    Args:
        network: takes (N, 3, height, width) float32 in [0, 1]; its weights should already be rounded to
            float16 (:func:`core.networks.weights.round_weights_`).

    Returns:
        The serialised model: input ``image``, for a network with ``topology_inputs`` also ``topology``
        (N, topology_inputs) float32 with the same free batch size, outputs ``logits`` (N, C) and
        ``features`` (N, feature_channels), the mean over h and w of the last feature map.
    """
    import onnxscript.optimizer  # here: the gate and 8 bits do without, and so does the app's environment

    examples = {INPUT_NAME: torch.rand(2, 3, height, width)}
    if network.topology_inputs:
        examples[TOPOLOGY_NAME] = torch.rand(2, network.topology_inputs)
    with warnings.catch_warnings(), _quiet_exporter():
        warnings.simplefilter("ignore")
        program = torch.onnx.export(
            _WithFeatures(network).eval(),
            tuple(examples.values()),
            dynamo=True,
            optimize=False,
            opset_version=OPSET,
            input_names=list(examples),
            output_names=[OUTPUT_NAME, FEATURES_OUTPUT],
            dynamic_shapes=tuple({0: torch.export.Dim.DYNAMIC} for _ in examples),
        )
    if program is None:
        raise ParityError(type(network).__name__, "the exporter returned no model", "Report this as a defect")
    onnxscript.optimizer.inline(program.model)
    # A turned weight would lose its name; ONNX Runtime turns it on loading.
    onnxscript.optimizer.fold_constants_ir(
        program.model, should_fold=lambda node: False if node.op_type == "Transpose" else None
    )
    onnxscript.optimizer.remove_unused_nodes(program.model)
    model = program.model_proto
    _restore_names(model)
    pack_weights(model)
    forget_origin(model)
    onnx.checker.check_model(model)
    return bytes(model.SerializeToString())


class _WithFeatures(nn.Module):
    """A network that also answers the mean of its last feature map."""

    def __init__(self, network: Network) -> None:
        super().__init__()
        self.network = network

    def forward(self, x: Tensor, topology: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Logits (B, num_classes) and features (B, feature_channels)."""
        self.network.check_topology(topology, x.shape[0])
        features = self.network.forward_features(x)
        return self.network.forward_head(features, topology), features.mean((2, 3))


def _restore_names(model: onnx.ModelProto) -> None:
    """Give initialisers the network's own names for them, in place."""
    prefix = "network."
    for weight in model.graph.initializer:
        weight.name = weight.name.removeprefix(prefix)
    for node in model.graph.node:
        for place, name in enumerate(node.input):
            node.input[place] = name.removeprefix(prefix)
    for value in model.graph.value_info:
        value.name = value.name.removeprefix(prefix)


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
    """Compare the probabilities and features of an exported file with those of the network it came from.

    Args:
        content: the serialised ONNX model.
        images: (N, 3, H, W) float32 in [0, 1]; real ones, since noise rarely reaches the decision range.
        name: of the file, for the message.
        topology: (N, topology_inputs) float32 of the same photographs, for a network that takes it.
        tolerance: largest absolute difference of a probability that passes, and of a feature divided by
            1 plus its size.

    Returns:
        The largest absolute difference of a probability found.

    Raises:
        ParityError: a difference exceeds ``tolerance``, or a number is not finite.
        ValueError: ``topology`` is not what the network takes.
    """
    second = None if topology is None else torch.from_numpy(topology)
    with torch.inference_mode():
        wanted = [part.numpy() for part in _WithFeatures(network).eval()(torch.from_numpy(images), second)]
    feed = {INPUT_NAME: images} if topology is None else {INPUT_NAME: images, TOPOLOGY_NAME: topology}
    found = build_session(content).run([OUTPUT_NAME, FEATURES_OUTPUT], feed)
    for what, exported, expected in zip((OUTPUT_NAME, FEATURES_OUTPUT), found, wanted, strict=True):
        finite = bool(np.isfinite(exported).all() and np.isfinite(expected).all())
        if exported.shape != expected.shape or not finite:
            raise ParityError(
                name,
                f"its {what}, of shape {exported.shape} against the network's {expected.shape}, "
                f"{'do not fit' if finite else 'are not all finite'}",
                _DEFECT,
            )
    difference = float(np.abs(compute_probs(found[0]) - compute_probs(wanted[0])).max())
    of_features = float((np.abs(found[1] - wanted[1]) / (1 + np.abs(wanted[1]))).max())
    for what, worst in (("probabilities", difference), ("features", of_features)):
        if not worst <= tolerance:
            raise ParityError(
                name,
                f"{what} differ by {worst:.2e} from the network's, at most {tolerance:.0e} allowed",
                _DEFECT,
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
