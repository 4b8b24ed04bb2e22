"""Would MobileNetV3-Small be faster in 8 bits with other activations?

``python -m benchmarks.int8_activations`` times the network as it is (hard swish, squeeze and excitation),
with ReLU in place of hard swish, and without squeeze and excitation too; each in float, with weights and
activations of all layers in 8 bits, and with the first layer left in float. Weights are random: time does not
depend on them. One thread, taking turns; each median as a share of the first one's. Prints one JSON object.
"""

from __future__ import annotations

import json
from functools import partial

import numpy as np
import torch
from torch import nn

from core.export import export_onnx
from core.latency import measure_interleaved, read_machine_load
from core.networks.base import Network, build_network
from core.networks.weights import round_weights_
from core.quantise.graph import list_layers, simplify_graph
from core.quantise.static import measure_ranges, quantise_static
from core.sessions import INPUT_NAME, OUTPUT_NAME, Feeds, build_session

SIDE = 224
PICTURES = 6


def main() -> None:
    rng = np.random.default_rng(0)
    feeds: list[Feeds] = [{INPUT_NAME: rng.random((1, 3, SIDE, SIDE), np.float32)} for _ in range(PICTURES)]
    versions: dict[str, bytes] = {}
    for title, squeezes, swishes in (
        ("as it is", True, True),
        ("ReLU", True, False),
        ("ReLU, no squeeze and excitation", False, False),
    ):
        content = export(change(squeezes=squeezes, swishes=swishes))
        simple = simplify_graph(content)
        ranges, first = measure_ranges(simple, feeds), list_layers(simple)[:1]
        versions[f"{title}: float"] = content
        versions[f"{title}: 8 bits"] = quantise_static(simple, ranges, ())
        versions[f"{title}: 8 bits, first layer float"] = quantise_static(simple, ranges, first)
    runs = {
        label: partial(build_session(content, threads=1).run, [OUTPUT_NAME], feeds[0])
        for label, content in versions.items()
    }
    times = measure_interleaved(runs, threads=1, n=80, warmup=8)
    base = next(iter(times.values())).median_ms
    print(
        json.dumps(
            {
                "load per core": read_machine_load(),
                "of the float network as it is": {
                    label: round(time.median_ms / base, 2) for label, time in times.items()
                },
                "noisy": [label for label, time in times.items() if time.noisy],
            },
            indent=1,
        )
    )


def change(*, squeezes: bool, swishes: bool) -> Network:
    torch.manual_seed(0)
    network = build_network("mobilenetv3_small_100", {}, 3)
    for name, module in list(network.named_modules()):
        kind = type(module).__name__
        if kind == "Hardswish" and not swishes:
            replace(network, name, nn.ReLU())
        elif kind == "SqueezeExcite" and not squeezes:
            replace(network, name, nn.Identity())
    network(torch.rand(8, 3, SIDE, SIDE))
    return network.eval()


def replace(network: nn.Module, name: str, module: nn.Module) -> None:
    parent, _, child = name.rpartition(".")
    setattr(network.get_submodule(parent), child, module)


def export(network: Network) -> bytes:
    round_weights_(network)
    return export_onnx(network, height=SIDE, width=SIDE)


if __name__ == "__main__":
    main()
