"""What runs a network: every runtime that times can be taken in; a further one is one entry.

A runtime opens a network for a number of threads and gives back what runs it once. torch's number of threads
belongs to the process and is set around the measurement; ONNX Runtime's belongs to the session.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from importlib.util import find_spec
from types import MappingProxyType
from typing import TYPE_CHECKING

from core.predict import OUTPUT_NAME
from core.sessions import Feeds, build_session
from core.types import NetworkCost, Precision

if TYPE_CHECKING:
    from torch import Tensor, nn

Run = Callable[[], object]


@dataclass(frozen=True)
class Servable:
    """A network as runtimes open it.

    Attributes:
        cost: its name, size and work.
        feeds: its inputs of one picture.
        read_onnx: gives its ONNX file; None where it has none.
        open_module: gives it as a torch module in eval mode; None where torch cannot run it (8 bits).
    """

    cost: NetworkCost
    feeds: Feeds
    read_onnx: Callable[[], bytes] | None
    open_module: Callable[[], nn.Module] | None


@dataclass(frozen=True)
class Runtime:
    """One way to run a network.

    Attributes:
        title: for people.
        package: whose version is noted.
        precisions: weights that it can run.
        open: a network and a number of threads to what runs it once; None where it cannot run this one.
    """

    title: str
    package: str
    precisions: tuple[Precision, ...]
    open: Callable[[Servable, int], Run | None]


@contextmanager
def give_threads(threads: int) -> Iterator[None]:
    """Let torch work with that many threads in this thread of the process; afterwards as before."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(threads)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def _open_torch(servable: Servable, threads: int) -> Run | None:
    """The module as it stands, operation by operation; :func:`give_threads` gives it its threads."""
    import torch

    if servable.open_module is None:
        return None
    module = servable.open_module()
    inputs = [torch.from_numpy(values) for values in servable.feeds.values()]

    def run() -> Tensor:
        with torch.inference_mode():
            answer: Tensor = module(*inputs)
        return answer

    return run


def _open_onnxruntime(servable: Servable, threads: int) -> Run | None:
    """The ONNX file in a session of its own, as it serves the pages, but with ``threads``."""
    if servable.read_onnx is None:
        return None
    session = build_session(servable.read_onnx(), threads=threads)
    return partial(session.run, [OUTPUT_NAME], servable.feeds)


def _open_openvino(servable: Servable, threads: int) -> Run | None:
    """The ONNX file in OpenVINO, as it serves where a user chose that."""
    from core.openvino_session import OpenVinoSession

    if servable.read_onnx is None:
        return None
    session = OpenVinoSession(servable.read_onnx(), threads=threads)
    return partial(session.run, [OUTPUT_NAME], servable.feeds)


def list_runtimes() -> Mapping[str, Runtime]:
    """Name to runtime: those that always are installed, and OpenVINO where it is."""
    found = {
        "torch": Runtime("torch eager", "torch", ("float",), _open_torch),
        "onnxruntime": Runtime("ONNX Runtime", "onnxruntime", ("float", "int8"), _open_onnxruntime),
    }
    if find_spec("openvino") is not None:
        found["openvino"] = Runtime("OpenVINO", "openvino", ("float",), _open_openvino)
    return MappingProxyType(found)


RUNTIMES = list_runtimes()
"""Name to runtime, in the order in which they are timed and shown."""

SERVING = "onnxruntime"
"""The runtime that answers on the pages and in the commands."""

TRAINING = "torch"
"""The runtime that networks are trained in, and in which publications mostly time them."""
