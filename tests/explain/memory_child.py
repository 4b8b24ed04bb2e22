"""Explain a few hundred pictures in a process of its own and say what is left of them; prints JSON.

``python -m tests.explain.memory_child PAIR COUNT [keep]``: with ``keep`` every subject is held on to, as a
session would that never forgets.
"""

from __future__ import annotations

import gc
import json
import sys

import psutil
import torch
from torch import nn

from core.bundle import load_pair
from core.explain.base import EXPLAINERS, list_explainers
from core.explain.subject import Subject
from core.intake.samples import open_first_sample
from core.predict import build_subject, open_network

FAST = 3
WARM_UP = 30


def main(name: str, count: int, *, keep: bool) -> None:
    torch.set_num_threads(1)
    pair = load_pair(name)
    network = open_network(pair, "student")
    first = build_subject(pair, "student", network, open_first_sample(pair.card.modality))
    methods = [method for method in list_explainers(network) if EXPLAINERS.get(method).passes <= FAST]
    kept: list[Subject] = []

    def explain(number: int) -> None:
        x = first.x.roll(number % 224, 3) * (1 - 0.001 * number)
        subject = Subject(network, x, first.topology)
        method = EXPLAINERS.get(methods[number % len(methods)])
        method.explain(subject, number % network.num_classes, "")
        if keep:
            kept.append(subject)

    for number in range(WARM_UP):
        explain(number)
    before = take_stock(network)
    for number in range(count):
        explain(number)
    after = take_stock(network)
    print(json.dumps({"methods": methods, **{key: after[key] - before[key] for key in before}}))


def take_stock(network: nn.Module) -> dict[str, float]:
    """Memory of the process in MB, tensors alive, hooks registered."""
    gc.collect()
    tensors = sum(issubclass(type(found), torch.Tensor) for found in gc.get_objects())
    places = [*network.modules(), nn.modules.module]
    hooks = sum(
        len(value) for place in places for key, value in vars(place).items() if key.endswith("_hooks")
    )
    return {"rss_mb": psutil.Process().memory_info().rss / 1e6, "tensors": tensors, "hooks": hooks}


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), keep="keep" in sys.argv[3:])
