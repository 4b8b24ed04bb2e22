"""ONNX Runtime sessions: a served network opened from its bytes, fed with images, run in batches.

One session is shared by all threads; it holds no state between calls.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from numpy.typing import NDArray

from core.errors import BundleError, ConfigError
from core.modalities.base import Preprocessing
from core.topology.spec import TopologySpec

if TYPE_CHECKING:
    import onnxruntime

    from core.openvino_session import OpenVinoSession
    from core.types import Precision

    Session: TypeAlias = "onnxruntime.InferenceSession | OpenVinoSession"

INPUT_NAME = "image"
TOPOLOGY_NAME = "topology"
OUTPUT_NAME = "logits"
FEATURES_OUTPUT = "features"

Feeds = dict[str, NDArray[np.float32]]
"""A served network's inputs by name; the first axis of each is the batch."""


def build_session(content: bytes, *, threads: int | None = None) -> onnxruntime.InferenceSession:
    """Open an ONNX model from its bytes on the CPU; ``threads`` None lets ONNX Runtime choose."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    if threads is not None:
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
    return onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])


RUNTIME_VARIABLE = "TWINLENS_RUNTIME"
"""Environment variable that names the runtime which serves networks; ONNX Runtime if it is not set."""
RUNTIMES = ("onnxruntime", "openvino")


def serve_session(content: bytes, precision: Precision = "float", *, threads: int | None = None) -> Session:
    """Open a network as it answers on pages and in commands: in the runtime of :data:`RUNTIME_VARIABLE`.

    What was measured of a network in 8 bits was measured in ONNX Runtime, which rounds in its own way, so
    that such a network always runs there.

    Raises:
        ConfigError: no such runtime, or it is not installed.
    """
    name = os.environ.get(RUNTIME_VARIABLE) or RUNTIMES[0]
    if name not in RUNTIMES:
        raise ConfigError(
            f"{RUNTIME_VARIABLE}={name}", "no such runtime", f"The choices are {', '.join(RUNTIMES)}"
        )
    if name == "openvino" and precision == "float":
        from core.openvino_session import OpenVinoSession

        return OpenVinoSession(content, threads=threads)
    return build_session(content, threads=threads)


def build_feeds(
    preprocessing: Preprocessing, topology: TopologySpec | None, pixels: NDArray[np.uint8]
) -> Feeds:
    """A network's inputs from one (H, W, 3) uint8 image: pixels, and a persistence image if it takes one."""
    frame = preprocessing.frame(pixels)
    feeds: Feeds = {INPUT_NAME: preprocessing.apply_to_frame(frame)}
    if topology is not None:
        feeds[TOPOLOGY_NAME] = topology.apply(frame)
    return feeds


def compute_logits(
    session: Session,
    preprocessing: Preprocessing,
    images: Iterable[NDArray[np.uint8]],
    *,
    topology: TopologySpec | None = None,
    batch_size: int = 16,
) -> Iterator[NDArray[np.float32]]:
    """Yield the (C,) float32 logits of each (H, W, 3) uint8 image, in order, running in batches."""
    fed = (build_feeds(preprocessing, topology, pixels) for pixels in images)
    return _run_batches(session, OUTPUT_NAME, fed, batch_size)


def compute_features(
    session: Session,
    preprocessing: Preprocessing,
    images: Iterable[NDArray[np.uint8]],
    *,
    topology: TopologySpec | None = None,
    batch_size: int = 16,
) -> Iterator[NDArray[np.float32]]:
    """Yield the (F,) float32 features of each (H, W, 3) uint8 image, in order, running in batches.

    Features are the mean over h and w of the network's last feature map, one number a channel. A topology
    enters behind that map, so none is computed: a network that takes one is given zeros.

    Raises:
        BundleError: the ONNX file was exported before networks gave their features.
    """
    require_features(session)

    def feed(pixels: NDArray[np.uint8]) -> Feeds:
        feeds = build_feeds(preprocessing, None, pixels)
        if topology is not None:
            feeds[TOPOLOGY_NAME] = np.zeros((1, topology.size), np.float32)
        return feeds

    return _run_batches(session, FEATURES_OUTPUT, map(feed, images), batch_size)


def require_features(session: Session, name: str = "ONNX file") -> None:
    """Raise BundleError unless a session answers :data:`FEATURES_OUTPUT` beside its logits."""
    if FEATURES_OUTPUT not in {output.name for output in session.get_outputs()}:
        raise BundleError(
            name,
            f"it has no output {FEATURES_OUTPUT!r}, an older version of TwinLens exported it",
            "Save the pair again",
        )


def _run_batches(
    session: Session, output: str, fed: Iterable[Feeds], batch_size: int
) -> Iterator[NDArray[np.float32]]:
    def run(batch: list[Feeds]) -> NDArray[np.float32]:
        joined = {name: np.concatenate([feeds[name] for feeds in batch]) for name in batch[0]}
        (found,) = session.run([output], joined)
        return np.asarray(found, dtype=np.float32)

    pending: list[Feeds] = []
    for feeds in fed:
        pending.append(feeds)
        if len(pending) == batch_size:
            yield from run(pending)
            pending = []
    if pending:
        yield from run(pending)
