"""Many users at once: on one shared network, every method gives each its own map, bit for bit.

Runs over the registry: a new method is covered without editing this file.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any, NamedTuple

import numpy as np
import pytest
import torch
from torch import Tensor

from core.bundle import list_pairs
from core.explain.base import EXPLAINERS, list_explainers
from core.explain.subject import Subject
from core.networks.base import Network, build_network
from core.predict import build_subject, open_network
from tests.explain.threads import Tally, pack, race, take_stock
from tests.pair_factory import ROOT
from tests.shipped_pairs import examples, opened

THREADS, EACH_THREAD, AGAIN = 8, 50, 8
"""Images a thread explains with a method on the first network that it applies to, and on the others."""
FAST = 3
"""Passes of a method that can do so many; of a slower one all images together cost about `PASSES`."""
PASSES = 800
ASKED = 24
"""Different images whose prediction is asked for beside the maps."""
SIDE, CLASSES = 64, 3
TOPOLOGY_WIDTH = 128
"""Columns of the classifier that belong to the topology."""
NETWORKS: dict[str, tuple[str, dict[str, Any]]] = {
    "convolutional": ("mobilenetv3_small_100", {}),
    "transformer": ("hybrid_vit", {"width": 32, "depth": 2, "heads": 2, "grid": 4, "layer_scale": 1.0}),
    "cbam": (
        "attentive",
        {
            "topology_inputs": 8,
            "gate_start": None,
            "backbone": {"architecture": "mobilenetv3_small_100", "arguments": {}},
        },
    ),
}


class Ask(NamedTuple):
    """What somebody wants explained."""

    class_index: int
    x: Tensor
    topology: Tensor | None


Explain = Callable[[Network, Ask, str], bytes]


def _build(kind: str) -> Network:
    """Of random weights, with what a careless method would tread on: a ``.grad``, mixed ``requires_grad``."""
    torch.manual_seed(5)  # with it every method tells the images apart
    network = build_network(*NETWORKS[kind], CLASSES).eval()
    if kind == "cbam":  # random gates leave so little of the picture that its part of a logit is rounding
        network.get_submodule("body").get_classifier().weight.data[:, :-TOPOLOGY_WIDTH] *= 1e4
    for i, parameter in enumerate(network.parameters()):
        parameter.requires_grad_(i % 2 == 0)
        parameter.grad = torch.full_like(parameter, 3.0) if i == 0 else None
    return network


def _draw_asks(network: Network, count: int) -> list[Ask]:
    """Different images: noise of a coarseness of its own in a tint of its own."""
    draw = torch.Generator().manual_seed(0)
    found = []
    for _ in range(count):
        cells = int(torch.randint(2, 16, (), generator=draw))
        x = torch.rand(1, 3, cells, cells, generator=draw) * torch.rand(1, 3, 1, 1, generator=draw)
        x = torch.nn.functional.interpolate(x, (SIDE, SIDE), mode="bilinear")
        topology = torch.rand(1, network.topology_inputs, generator=draw) if network.topology_inputs else None
        found.append(_choose_class(network, x, topology))
    return found


def _choose_class(network: Network, x: Tensor, topology: Tensor | None) -> Ask:
    """The first class that Grad-CAM finds evidence for, so that maps are not empty and can be told apart."""
    subject, explainer = Subject(network, x, topology), EXPLAINERS.get("gradcam")
    classes = range(network.num_classes)
    index = next((i for i in classes if explainer.explain(subject, i, "").state == "ok"), 0)
    return Ask(index, x, topology)


def _explain(network: Network, ask: Ask, method: str) -> bytes:
    index, x, topology = ask
    return pack(EXPLAINERS.get(method)(network, x, index, str(index), topology=topology))


def _explain_serially(network: Network, ask: Ask, methods: Sequence[str]) -> dict[str, bytes]:
    """One after the other, sharing what can be shared."""
    subject, index = Subject(network, ask.x, ask.topology), ask.class_index
    return {method: pack(EXPLAINERS.get(method).explain(subject, index, str(index))) for method in methods}


def _predict(network: Network, ask: Ask) -> bytes:
    with torch.inference_mode():
        return network(ask.x, ask.topology).numpy().tobytes()


def _race(
    network: Network, asks: Sequence[Ask], count_of: dict[str, int], explain: Explain = _explain
) -> Tally:
    """The first images with every method, ``count_of[method]`` of them; the rest must be as before."""
    chosen = [[method for method, count in count_of.items() if i < count] for i in range(len(asks))]
    wanted = [_explain_serially(network, *what) for what in zip(asks, chosen, strict=True)]
    for method, count in count_of.items():
        different = {maps[method] for maps in wanted if method in maps}
        assert len(different) >= 0.9 * count, f"{method}: maps that are alike cannot show a mix-up"
    before, draws = take_stock(network), _read_global_draws()
    tally = race(
        lambda number, method: explain(network, asks[number], method),
        wanted,
        threads=THREADS,
        predict=lambda number: _predict(network, asks[number]),
        predicted=[_predict(network, ask) for ask in asks[:ASKED]],
    )
    assert take_stock(network) == before
    assert _read_global_draws() == draws, "a method drew from a generator that others use too"
    return tally


def _read_global_draws() -> tuple[bytes, str]:
    return torch.get_rng_state().numpy().tobytes(), str(np.random.get_state())


def _assert_unharmed(tally: Tally, count_of: dict[str, int]) -> None:
    assert tally.harmed == 0, tally
    assert tally.right == sum(count_of.values()) and tally.predicted > 0


@pytest.fixture(autouse=True)
def one_torch_thread() -> Iterator[None]:
    """Eight threads that each start as many again would only wait for each other."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.mark.slow
@pytest.mark.parametrize("kind", NETWORKS)
def test_maps_are_those_of_a_serial_run_while_others_predict(kind: str) -> None:
    network = _build(kind)
    earlier = [_build(other) for other in list(NETWORKS)[: list(NETWORKS).index(kind)]]
    count_of = {}
    for method in list_explainers(network):
        explainer = EXPLAINERS.get(method)
        each = AGAIN if any(explainer.applies_to(other) for other in earlier) else EACH_THREAD
        if explainer.passes > FAST:
            each = min(max(PASSES // explainer.passes // THREADS, 1), each)
        count_of[method] = THREADS * each
    asks = _draw_asks(network, max(count_of.values()))
    _assert_unharmed(_race(network, asks, count_of), count_of)


@pytest.mark.slow
@pytest.mark.parametrize("name", list_pairs())
def test_shipped_students_at_full_size(name: str) -> None:
    """Slow methods on the cheapest of them only."""
    pair = opened(name)
    network = open_network(pair, "student")
    cheapest = min(list_pairs(), key=lambda other: opened(other).network("student").macs)
    count_of = {}
    for method in list_explainers(network):
        if EXPLAINERS.get(method).passes <= FAST:
            count_of[method] = THREADS
        elif name == cheapest:
            count_of[method] = 2
    subject = build_subject(pair, "student", network, examples(name)[0])
    asks = [
        _choose_class(network, subject.x.roll(16 * k, 3) * (1 - 0.02 * k), subject.topology)
        for k in range(THREADS)
    ]
    _assert_unharmed(_race(network, asks, count_of), count_of)


def _explain_by_hook(network: Network, ask: Ask, method: str) -> bytes:
    """What not to do: the feature map is caught by a hook, which catches everybody's."""
    caught: list[Tensor] = []
    hook = network.get_submodule(network.cam_layer).register_forward_hook(
        lambda module, inputs, output: caught.append(output)
    )
    try:
        _predict(network, ask)
    finally:
        hook.remove()
    subject = Subject(network, ask.x, ask.topology)
    subject._features = caught[-1].clone()
    return pack(EXPLAINERS.get(method).explain(subject, ask.class_index, str(ask.class_index)))


def _explain_by_attribute(network: Network, ask: Ask, method: str) -> bytes:
    """What not to do: the network keeps the image of the last caller."""
    network.__dict__["kept"] = ask.x
    _predict(network, ask)
    return _explain(network, ask._replace(x=network.__dict__.pop("kept", ask.x)), method)


@pytest.mark.parametrize("careless", [_explain_by_hook, _explain_by_attribute])
def test_the_race_catches_a_careless_method(careless: Explain) -> None:
    network = _build("convolutional")
    asks = _draw_asks(network, 96)
    alone = [careless(network, ask, "gradcam") for ask in asks[:4]]
    assert alone == [_explain(network, ask, "gradcam") for ask in asks[:4]], "alone its maps are right"
    tally = _race(network, asks, {"gradcam": len(asks)}, careless)
    assert tally.wrong + tally.anothers > 0 and tally.harmed_methods == ("gradcam",), tally


def test_stock_is_taken_of_everything() -> None:
    network = _build("convolutional")
    first = next(network.parameters())
    spoilers: dict[str, Callable[[], object]] = {
        "hook": lambda: network.features_out.register_forward_hook(lambda *_: None),
        "attribute": lambda: setattr(network, "kept", 1),
        "train flag": network.features_out.train,
        "grad": partial(setattr, first, "grad", torch.full_like(first, 3.0)),
        "requires_grad": lambda: first.requires_grad_(False),
        "weight": lambda: first.data.add_(1),
    }
    for what, spoil in spoilers.items():
        before = take_stock(network)
        assert before == take_stock(network)
        spoil()
        assert take_stock(network) != before, what


@pytest.mark.slow
def test_the_race_catches_the_package_on_a_shared_network() -> None:
    """In a process of its own: it may well end the interpreter."""
    run = [sys.executable, "-m", "benchmarks.explain_threads", "--one", "mobilenetv3_small_100", "package"]
    run += ["--threads", "8", "--images", "200", "--side", "64"]
    done = subprocess.run(run, cwd=ROOT, capture_output=True, text=True, timeout=300, check=False)
    crashed = done.returncode < 0
    assert crashed or done.returncode == 0, done.stderr[-2000:]
    assert crashed or Tally.read(done.stdout).harmed > 0, done.stdout
