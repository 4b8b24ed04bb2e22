"""OpenVINO in the place of ONNX Runtime, for machines where it is faster: same files, same answers.

It computes in float32, whatever the processor could do. In bfloat16 it would be half as fast again on
processors that have it, but changes more decisions than a card allows (docs/decisions.md).
"""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from core.errors import ConfigError


@dataclass(frozen=True)
class Value:
    """Name of an input or output, as ONNX Runtime's sessions give it."""

    name: str


class OpenVinoSession:
    """A served network run by OpenVINO; has of ONNX Runtime's session what this project uses.

    Safe to share between threads: every call has a request of its own.

    Args:
        content: the serialised ONNX model.
        threads: that one call may use; None lets OpenVINO choose.
        arithmetic: only ``"f32"`` serves; ``"bf16"`` is there to be measured (``benchmarks/runtimes.py``).

    Raises:
        ConfigError: OpenVINO is not installed.
    """

    def __init__(
        self, content: bytes, *, threads: int | None = None, arithmetic: Literal["f32", "bf16"] = "f32"
    ) -> None:
        try:
            import openvino
        except ImportError as error:
            raise ConfigError(
                "runtime openvino",
                "the package openvino is not installed",
                "Install it: pip install -r requirements-openvino.txt, or leave TWINLENS_RUNTIME out",
            ) from error
        self._core = openvino.Core()
        self._content = content
        self._settings: dict[str, Any] = {
            "PERFORMANCE_HINT": "LATENCY",
            "INFERENCE_PRECISION_HINT": arithmetic,
        }
        if threads is not None:
            self._settings["INFERENCE_NUM_THREADS"] = threads
        self._lock = threading.Lock()
        self._compiled: dict[int, Any] = {}
        model = self._core.read_model(content)
        self._inputs = [Value(port.get_any_name()) for port in model.inputs]
        self._outputs = [Value(port.get_any_name()) for port in model.outputs]

    def get_inputs(self) -> list[Value]:
        """The inputs, in the model's order."""
        return self._inputs

    def get_outputs(self) -> list[Value]:
        """The outputs, in the model's order."""
        return self._outputs

    def run(
        self, outputs: Sequence[str], feeds: Mapping[str, NDArray[np.float32]]
    ) -> list[NDArray[np.float32]]:
        """The named outputs for inputs by name, the first axis of each the batch."""
        answers = self._compile(len(next(iter(feeds.values())))).create_infer_request().infer(dict(feeds))
        return [np.array(answers[name]) for name in outputs]

    def _compile(self, batch: int) -> Any:
        """The network for a batch of 1, which is faster with its size known, or for any other."""
        key = 1 if batch == 1 else 0
        with self._lock:
            if key not in self._compiled:
                model = self._core.read_model(self._content)
                if key:
                    model.reshape(
                        {
                            port.get_any_name(): [1, *(size.get_length() for size in port.partial_shape[1:])]
                            for port in model.inputs
                        }
                    )
                self._compiled[key] = self._core.compile_model(model, "CPU", self._settings)
            return self._compiled[key]
