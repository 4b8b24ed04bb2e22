"""What memory one network needs, measured in a process of its own so that nothing else is counted.

``python -m core.release.latency_memory FOLDER ROLE PRECISION RUNTIME`` is that process: it lets the runtime
answer once with a network of one layer, prepares one picture, notes its resident set, opens the network,
predicts once on one thread, and prints by how much the resident set grew as JSON.
"""

from __future__ import annotations

import gc
import json
import subprocess
import sys
from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

import core
from core.bundle import Pair, load_pair
from core.intake.samples import open_first_sample
from core.release.latency_networks import list_networks, name_network, open_servable
from core.release.runtimes import RUNTIMES, Servable
from core.sessions import INPUT_NAME, OUTPUT_NAME
from core.types import MemoryUse, NetworkCost, Precision, Role

if TYPE_CHECKING:
    from torch import nn

METHOD = (
    "resident set of a fresh process after opening the network and one prediction on one thread, less that "
    "just before, when its runtime had already answered with a network of one layer"
)
"""How it is measured, for a caption."""

_STATUS, _CLEAR = Path("/proc/self/status"), Path("/proc/self/clear_refs")
_FORGET_PEAK = "5"
_OPSET, _IR_VERSION = 20, 10
_TIMEOUT_S = 300


def can_measure() -> bool:
    """Whether the system tells a process its resident set in a way that is known here (Linux)."""
    return _STATUS.is_file()


def list_memory(
    pair: Pair, runtimes: Collection[str] = tuple(RUNTIMES)
) -> tuple[tuple[Role, Precision, str], ...]:
    """Every network and runtime whose memory can be measured, in the order of the networks."""
    return tuple(
        (role, precision, name)
        for role, precision in list_networks(pair)
        for name, runtime in RUNTIMES.items()
        if name in runtimes and precision in runtime.precisions
    )


def measure_memory(pair: Pair, role: Role, precision: Precision, runtime: str) -> MemoryUse | None:
    """Open one network in a fresh process and see by how much that grows.

    Returns:
        None where the process did not come to an end, for example for want of memory.
    """
    module = "core.release.latency_memory"
    command = [sys.executable, "-m", module, str(pair.folder.resolve()), role, precision, runtime]
    root = Path(core.__file__).resolve().parent.parent
    try:
        done = subprocess.run(
            command, cwd=root, capture_output=True, text=True, check=True, timeout=_TIMEOUT_S
        )
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired):
        return None
    found = json.loads(done.stdout)
    return MemoryUse(name_network(role, precision), runtime, found["resident_bytes"], found["peak_bytes"])


def main(folder: str, role: str, precision: str, runtime: str) -> None:
    """Measure one network of the pair in ``folder`` in this process and print what it took."""
    pair = load_pair(Path(folder).name, Path(folder).parent)
    chosen = next(one for one in list_networks(pair) if one == (role, precision))
    servable = open_servable(pair, *chosen, open_first_sample(pair.card.modality))
    _wake(runtime)
    gc.collect()
    forgot = _forget_peak()
    before = _read("VmRSS")
    run = RUNTIMES[runtime].open(servable, 1)
    if run is None:
        raise ValueError(f"{runtime} cannot run {role} in {precision}")
    run()
    gc.collect()
    resident = _read("VmRSS") - before
    peak = _read("VmHWM") - before if forgot else None
    print(json.dumps({"resident_bytes": resident, "peak_bytes": peak}))


def _wake(runtime: str) -> None:
    """Have the runtime load whatever it needs for any network at all."""
    from onnx import TensorProto, helper

    shape = (1, 3, 32, 32)
    weight = helper.make_tensor("weight", TensorProto.FLOAT, (8, 3, 3, 3), [0.1] * 216)
    graph = helper.make_graph(
        [helper.make_node("Conv", [INPUT_NAME, "weight"], [OUTPUT_NAME])],
        "one layer",
        [helper.make_tensor_value_info(INPUT_NAME, TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info(OUTPUT_NAME, TensorProto.FLOAT, (1, 8, 30, 30))],
        [weight],
    )
    opset = [helper.make_opsetid("", _OPSET)]
    model = helper.make_model(graph, opset_imports=opset, ir_version=_IR_VERSION)
    tiny = Servable(
        cost=NetworkCost("one layer", "one layer", None, "float", 216, 0, 32, 32, None),
        feeds={INPUT_NAME: np.zeros(shape, np.float32)},
        read_onnx=model.SerializeToString,
        open_module=_open_layer,
    )
    run = RUNTIMES[runtime].open(tiny, 1)
    if run is not None:
        run()


def _open_layer() -> nn.Module:
    """The same layer in torch, with all that opening a network of ours imports."""
    import torch

    import core.networks.onnx_weights  # noqa: F401

    torch.set_num_threads(1)
    return torch.nn.Conv2d(3, 8, 3).eval()


def _forget_peak() -> bool:
    try:
        _CLEAR.write_text(_FORGET_PEAK, encoding="ascii")
    except OSError:
        return False
    return True


def _read(field: str) -> int:
    """Bytes of a field of this process's status."""
    for line in _STATUS.read_text(encoding="ascii", errors="replace").splitlines():
        name, _, value = line.partition(":")
        if name == field:
            return int(value.split()[0]) * 1024
    raise ValueError(f"{_STATUS} has no {field}")


if __name__ == "__main__":
    main(*sys.argv[1:])
