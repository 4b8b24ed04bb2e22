"""Weights and activations in 8 bits, by ONNX Runtime's own quantiser (QDQ format).

Activations are unsigned, with the range that was seen on calibration pictures; weights are signed, each
output channel with its own scale. Signed activations would take three to four times as long on x86.
"""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import onnx
from onnxruntime.quantization import CalibrationDataReader, CalibrationMethod, QuantType
from onnxruntime.quantization.calibrate import TensorsData, create_calibrator
from onnxruntime.quantization.qdq_quantizer import QDQQuantizer

from core.export import forget_origin
from core.quantise.graph import Layer, round_kept_weights
from core.sessions import Feeds

QUANTISED = (
    "Conv",
    "Gemm",
    "MatMul",
    "Add",
    "Mul",
    "Clip",
    "Relu",
    "Concat",
    "ReduceMean",
    "GlobalAveragePool",
    "AveragePool",
    "MaxPool",
)
"""Operators that work on 8-bit numbers; all others stay float between a dequantisation and a quantisation."""


class _Pictures(CalibrationDataReader):
    def __init__(self, feeds: Iterable[Feeds]) -> None:
        self._left = iter(feeds)

    def get_next(self) -> Feeds | None:
        """The next picture's inputs; None after the last."""
        return next(self._left, None)


def measure_ranges(content: bytes, feeds: Iterable[Feeds]) -> TensorsData:
    """Lowest and highest value of every activation over calibration pictures.

    Args:
        content: from :func:`core.quantise.graph.simplify_graph`.
        feeds: a network's inputs, one picture each; of training pictures, and nothing else.

    Raises:
        ValueError: there is no picture.
    """
    with tempfile.TemporaryDirectory() as folder, _quiet():
        source = Path(folder) / "simplified.onnx"
        source.write_bytes(content)
        calibrator = create_calibrator(
            source,
            list(QUANTISED),
            augmented_model_path=str(Path(folder) / "augmented.onnx"),
            calibrate_method=CalibrationMethod.MinMax,
        )
        calibrator.collect_data(_Pictures(feeds))
        return calibrator.compute_data()


def quantise_static(
    content: bytes, ranges: TensorsData, kept: Collection[Layer], *, types: Collection[str] = QUANTISED
) -> bytes:
    """Quantise a simplified model.

    Args:
        content: from :func:`core.quantise.graph.simplify_graph`.
        ranges: from :func:`measure_ranges` of the same model.
        kept: layers that stay float, their weights rounded to float16.
        types: operators that are quantised.

    Returns:
        The serialised model, with the same inputs and outputs.
    """
    with _quiet():
        quantiser = QDQQuantizer(
            onnx.load_model_from_string(content),
            per_channel=True,
            reduce_range=False,
            weight_qType=QuantType.QInt8,
            activation_qType=QuantType.QUInt8,
            tensors_range=ranges,
            nodes_to_quantize=[],
            nodes_to_exclude=[layer.node for layer in kept],
            op_types_to_quantize=list(types),
            extra_options={},
        )
        quantiser.quantize_model()
        quantiser.model.topological_sort()
    model = quantiser.model.model
    round_kept_weights(model, [layer.weight for layer in kept])
    forget_origin(model)
    onnx.checker.check_model(model)
    return bytes(model.SerializeToString())


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep the quantiser's advice off the terminal: what it asks for has been done."""
    logger = logging.getLogger()
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        logger.setLevel(level)
