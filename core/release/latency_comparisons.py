"""The networks that a source document compares its student with (DR11), timed beside the student here.

timm builds them with random weights: the time of a network does not depend on what it has learned. Their
batch normalisations are given the statistics of noise, so that no activation is so small as to be slow.
"""

from __future__ import annotations

import importlib.util
import time
from collections.abc import Sequence
from functools import cache, partial
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from core.bundle import Pair
from core.intake.samples import open_first_sample
from core.latency import SETTLE_S, Clock, read_machine_load
from core.release.latency_networks import open_servable
from core.release.latency_table import (
    Key,
    Milliseconds,
    OnProgress,
    divide_times,
    name_runtimes,
    report_times,
    time_servables,
)
from core.release.runtimes import RUNTIMES, Servable
from core.sessions import INPUT_NAME
from core.types import NetworkCost, Role, TimeRatio, TimeTable

if TYPE_CHECKING:
    from core.networks.base import Network

COMPARED: dict[str, str] = {
    "resnet101": "ResNet-101",
    "efficientnet_b5": "EfficientNet-B5",
    "convnext_small": "ConvNeXt-Small",
    "resnext101_32x8d": "ResNeXt-101 (32 × 8d)",
}
"""timm's name to title; the document does not say which ResNeXt-101."""

RUNS, TURN_RUNS = 15, 3
_STUDENT: Role = "student"
_NEEDS = "onnxscript"
_NOISE_PICTURES = 4


def measure_comparisons(
    pair: Pair,
    *,
    names: Sequence[str] = tuple(COMPARED),
    runs: int = RUNS,
    settle_s: float = SETTLE_S,
    clock: Clock = time.perf_counter,
    on_progress: OnProgress | None = None,
) -> TimeTable:
    """Time these networks and the pair's student in turn, on one thread, at the student's input size.

    One network after the other is built and timed with the student, so that not all of them are in memory. A
    ratio is of what was timed together; the student's own time is of all its runs.

    Args:
        pair: whose student is timed with them; their number of classes is the pair's.
        names: timm's names.
        runs: of each network in each runtime.
        settle_s, clock, on_progress: as in :func:`core.release.latency_table.measure_table`.

    Raises:
        ConfigError: timm has no such network, or it does not end in a feature map.
        DataError: the modality has no sample picture.
    """
    tell = on_progress or (lambda _share, _words: None)
    load = read_machine_load()
    case = open_first_sample(pair.card.modality)
    students = [open_servable(pair, _STUDENT, precision, case) for precision in pair.precisions(_STUDENT)]
    exports = importlib.util.find_spec(_NEEDS) is not None
    costs: list[NetworkCost] = []
    others: Milliseconds = {}
    ratios: list[TimeRatio] = []
    own: dict[Key, list[NDArray[np.float64]]] = {}
    for number, name in enumerate(names):
        title = COMPARED.get(name, name)
        tell(number / len(names), f"building {title}")
        other = _build(name, pair, students[0], exports=exports)
        found = time_servables(
            [other, *students],
            threads=1,
            runs=runs,
            turn_runs=TURN_RUNS,
            settle_s=settle_s,
            clock=clock,
            on_share=partial(_tell, tell, number, len(names), title),
        )
        costs.append(other.cost)
        ratios += divide_times(found, 1, _list_ratios(name, students))
        others |= {key: times for key, times in found.items() if key[0] == name}
        for key, times in found.items():
            if key[0] != name:
                own.setdefault(key, []).append(times)
    every = others | {key: np.concatenate(times) for key, times in own.items()}
    return TimeTable(
        load_before=load,
        runtimes=name_runtimes(),
        networks=(*costs, *(student.cost for student in students)),
        times=tuple(report_times(every, 1)),
        ratios=tuple(ratios),
        notes=() if exports else (f"Not timed in ONNX Runtime: exporting them needs the package {_NEEDS}.",),
    )


def _tell(on_progress: OnProgress, number: int, count: int, title: str, share: float) -> None:
    on_progress((number + 0.5 + share / 2) / count, f"{title} and the student")


def _list_ratios(name: str, students: Sequence[Servable]) -> list[tuple[Key, Key]]:
    return [((name, runtime), (student.cost.name, runtime)) for student in students for runtime in RUNTIMES]


def _build(name: str, pair: Pair, student: Servable, *, exports: bool) -> Servable:
    """A network of random weights that runtimes can open; exported once, in memory."""
    import torch

    from core.networks.base import build_network, describe_network

    height, width = student.cost.height, student.cost.width
    arguments = {"model": name}
    with torch.random.fork_rng():
        torch.manual_seed(0)
        network = build_network("timm", arguments, num_classes=len(pair.card.classes)).eval()
        _settle(network, height, width)
    record = describe_network(network, "timm", arguments, (height, width))
    content = _export(network, height, width) if exports else None
    return Servable(
        cost=NetworkCost(
            name=name,
            title=COMPARED.get(name, name),
            role=None,
            precision="float",
            parameters=record.parameters,
            macs=record.macs,
            height=height,
            width=width,
            file_bytes=None if content is None else len(content),
        ),
        feeds={INPUT_NAME: student.feeds[INPUT_NAME]},
        read_onnx=None if content is None else cache(partial(bytes, content)),
        open_module=lambda: network,
    )


def _settle(network: Network, height: int, width: int) -> None:
    """Batch normalisations take the statistics of noise, which they then normalise."""
    import torch

    noise = torch.from_numpy(
        np.random.default_rng(0).random((_NOISE_PICTURES, 3, height, width), dtype=np.float32)
    )
    with torch.no_grad():
        for module in network.modules():
            if isinstance(module, torch.nn.BatchNorm2d):
                module.momentum = None
                module.train()
        network(noise)
    network.eval().requires_grad_(False)


def _export(network: Network, height: int, width: int) -> bytes:
    from core.export import export_onnx
    from core.networks.weights import round_weights_

    round_weights_(network)
    return export_onnx(network, height=height, width=width)
