"""The contract of an explainer, over the whole registry: a new entry is covered without editing this file.

Every method runs on every kind of network that it says it applies to, and refuses the others.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from typing import Any, NoReturn, get_args

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from core.errors import ConfigError, WeightsError
from core.explain.base import EXPLAINERS, Needs, list_explainers
from core.explain.subject import Subject
from core.networks.base import Network
from tests.contracts.explained import (
    BLOB,
    HAND_MADE,
    MEANS,
    SIDE,
    alike,
    build_real,
    check,
    draw_noise,
    draw_topology,
    explain,
    marks_blob,
    plant,
    take_snapshot,
)

SLOW = 8
"""Passes above which a method tells how far it is."""
PAIRS = [(method, kind) for method in EXPLAINERS.names() for kind in HAND_MADE]


def each(*conditions: Callable[[Any], bool], applies: bool = True) -> pytest.MarkDecorator:
    """Methods that fulfil the conditions, with each kind of network that they apply to, or do not."""
    return pytest.mark.parametrize(
        ("method", "kind"),
        [
            (method, kind)
            for method, kind in PAIRS
            if EXPLAINERS.get(method).applies_to(HAND_MADE[kind]()) == applies
            and all(holds(EXPLAINERS.get(method)) for holds in conditions)
        ],
    )


EACH, OTHERS = each(), each(applies=False)
EACH_OF_A_CLASS = each(lambda explainer: explainer.class_specific)
EACH_OF_NONE = each(lambda explainer: not explainer.class_specific)
EACH_SLOW = each(lambda explainer: explainer.passes > SLOW)
KINDS = pytest.mark.parametrize("kind", HAND_MADE)


@pytest.fixture(autouse=True, scope="module")
def one_thread() -> Iterator[None]:
    """Networks this small gain nothing from more, and wait for each other on a busy machine."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture
def left_alone() -> Iterator[Callable[[Network], Network]]:
    """Watch a network; after the test it must be in every respect as it was."""
    watched: list[tuple[Network, list[Any]]] = []

    def watch(network: Network) -> Network:
        for i, parameter in enumerate(network.parameters()):
            parameter.requires_grad_(i % 2 == 0)
            parameter.grad = torch.full_like(parameter, 3.0) if i == 0 else None
        watched.append((network, take_snapshot(network)))
        return network

    yield watch
    assert watched
    for network, before in watched:
        assert take_snapshot(network) == before


@EACH
def test_shape_range_and_record(method: str, kind: str, left_alone: Callable[[Network], Network]) -> None:
    network, x = left_alone(build_real(kind)), draw_noise(64, 96)
    heatmaps = [explain(method, network, x, index, code) for index, code in enumerate("abc")]
    for heatmap, code in zip(heatmaps, "abc", strict=True):
        check(heatmap, method, network)
        assert heatmap.class_code == code
        assert heatmap.values.shape[1] / heatmap.values.shape[0] == 96 / 64, "the whole picture, undistorted"
    assert "ok" in {heatmap.state for heatmap in heatmaps}
    maps = {heatmap.values.tobytes() for heatmap in heatmaps}
    assert (len(maps) > 1) == EXPLAINERS.get(method).class_specific


@EACH
def test_same_input_same_map_in_every_gradient_mode(method: str, kind: str) -> None:
    network, x = build_real(kind), draw_noise()
    plain = explain(method, network, x, 1)
    assert alike(explain(method, network, x, 1), plain)
    with torch.no_grad():
        assert alike(explain(method, network, x, 1), plain)
    with torch.inference_mode():
        assert alike(explain(method, network, x.clone(), 1), plain)


@EACH
def test_no_global_generator_is_asked_or_moved(method: str, kind: str) -> None:
    network, x = build_real(kind), draw_noise()
    found = []
    for seed in (1, 2):
        random.seed(seed), np.random.seed(seed), torch.manual_seed(seed)
        before = (random.getstate(), np.random.get_state()[1].tolist(), torch.get_rng_state().tolist())
        found.append(explain(method, network, x))
        assert before == (
            random.getstate(),
            np.random.get_state()[1].tolist(),
            torch.get_rng_state().tolist(),
        )
    assert alike(*found)


@KINDS
@pytest.mark.parametrize("backwards", [False, True])
def test_a_subject_that_methods_share_gives_the_maps_of_fresh_ones(kind: str, backwards: bool) -> None:
    network, x = build_real(kind), draw_noise()
    shared = Subject(network, x, draw_topology(network))
    features = shared.features.clone()
    for method in sorted(list_explainers(network), reverse=backwards):
        ours = EXPLAINERS.get(method).explain(shared, 1, "a")
        assert alike(ours, explain(method, network, x, 1)), method
        assert torch.equal(shared.x, x) and torch.equal(shared.features, features), method


@EACH
def test_no_hook_is_registered_anywhere(method: str, kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    network = build_real(kind)

    def refuse(*_: Any, **__: Any) -> NoReturn:
        raise AssertionError("a hook was registered")

    for owner in (nn.Module, Tensor, nn.modules.module):
        for name in dir(owner):
            if name.startswith("register_") and name.endswith("_hook"):
                monkeypatch.setattr(owner, name, refuse)
    for register in (network.register_forward_hook, network.register_full_backward_hook):
        with pytest.raises(AssertionError, match="hook"):
            register(print)
    with pytest.raises(AssertionError, match="hook"):
        torch.ones(1, requires_grad=True).register_hook(print)
    check(explain(method, network, draw_noise()), method, network)


@EACH_SLOW
def test_a_slow_method_tells_how_far_it_is(method: str, kind: str) -> None:
    told: list[float] = []
    explain(method, build_real(kind), draw_noise(), on_progress=told.append)
    assert len(told) > 3 and told == sorted(told)
    assert told[0] < 0.5 and told[-1] == 1


@EACH_SLOW
@pytest.mark.parametrize("limit", [0.0, 1.0])
def test_a_slow_method_can_be_cancelled(
    method: str, kind: str, limit: float, left_alone: Callable[[Network], Network]
) -> None:
    """At the first sign of progress, and at the last."""

    class Cancelled(BaseException):
        """Not an Exception, as Streamlit's is not: nothing in between may catch it."""

    def cancel(share: float) -> None:
        told.append(share)
        if share >= limit:
            raise Cancelled

    told: list[float] = []
    network = left_alone(build_real(kind))
    with pytest.raises(Cancelled):
        explain(method, network, draw_noise(), on_progress=cancel)
    assert all(share < limit for share in told[:-1]), "nothing is computed after a cancel"
    assert torch.is_grad_enabled() and not torch.is_inference_mode_enabled()


@EACH
def test_planted_evidence_is_where_the_map_peaks(
    method: str, kind: str, left_alone: Callable[[Network], Network]
) -> None:
    network = left_alone(HAND_MADE[kind]().eval())
    heatmap = explain(method, network, plant(), 0, "red")
    assert heatmap.state == "ok"
    assert marks_blob(heatmap.values)
    assert not marks_blob(1 - heatmap.values), "the check must catch an inverted map"
    assert not marks_blob(heatmap.values.T), "and a transposed one"


@EACH_OF_A_CLASS
def test_what_speaks_against_a_class_is_not_evidence_for_it(method: str, kind: str) -> None:
    """A method that takes parts away may mark what borders the blob: there, red would be seen."""
    heatmap = explain(method, HAND_MADE[kind]().eval(), plant(), 1, "not red")
    fine = np.kron(heatmap.values, np.ones([SIDE // side for side in heatmap.values.shape]))
    core = fine[tuple(slice(part.start + 4, part.stop - 4) for part in BLOB)]
    assert core.max() <= 0.05


@EACH_OF_A_CLASS
def test_a_network_that_takes_no_notice_of_the_picture_gives_no_evidence(method: str, kind: str) -> None:
    network = HAND_MADE[kind]().eval()
    network.linear.weight.data.zero_()
    heatmap = explain(method, network, plant())
    check(heatmap, method, network)
    assert heatmap.state == "no_evidence"


@EACH_OF_NONE
def test_a_picture_without_anything_to_be_seen_gives_no_evidence(method: str, kind: str) -> None:
    network = HAND_MADE[kind]().eval()
    for grey in (0.0, 0.4):
        heatmap = explain(method, network, torch.full((1, 3, SIDE, SIDE), grey))
        check(heatmap, method, network)
        assert heatmap.state == "no_evidence"


@EACH
def test_left_as_found_after_a_failure(
    method: str, kind: str, left_alone: Callable[[Network], Network]
) -> None:
    place = "head" if EXPLAINERS.get(method).class_specific else "body"
    network = left_alone(HAND_MADE[kind](fails=place).eval())
    with pytest.raises(RuntimeError, match=f"broken {place}"):
        explain(method, network, plant())
    assert torch.is_grad_enabled() and not torch.is_inference_mode_enabled()


@EACH
def test_train_mode_is_refused_even_in_one_layer(method: str, kind: str) -> None:
    network = build_real(kind)
    network.get_submodule("body.bn1").train()
    with pytest.raises(ValueError, match="eval mode"):
        explain(method, network, draw_noise())
    assert network.get_submodule("body.bn1").training


@EACH
@pytest.mark.parametrize(
    ("shape", "index", "words"),
    [
        ((2, 3, 64, 64), 0, "one image"),
        ((3, 64, 64), 0, "one image"),
        ((1, 3, 64, 64), 2, "class_index"),
        ((1, 3, 64, 64), -1, "class_index"),
    ],
)
def test_requests_that_do_not_fit(
    method: str, kind: str, shape: tuple[int, ...], index: int, words: str
) -> None:
    with pytest.raises(ValueError, match=words):
        explain(method, HAND_MADE[kind]().eval(), torch.zeros(shape), index)


@EACH
@pytest.mark.parametrize("place", ["body", "head"])
def test_an_answer_that_is_not_finite_is_an_error(method: str, kind: str, place: str) -> None:
    network = HAND_MADE[kind]().eval()
    network.spoil(place)
    if place == "head" and not EXPLAINERS.get(method).class_specific:
        check(explain(method, network, plant()), method, network)  # no answer enters the map
        return
    with pytest.raises(WeightsError, match="not finite"):
        explain(method, network, plant())


@OTHERS
def test_a_network_without_the_means_is_refused_by_name(method: str, kind: str) -> None:
    network = build_real(kind)
    with pytest.raises(ConfigError) as caught:
        explain(method, network, draw_noise())
    assert caught.value.subject == method and network.architecture in caught.value.problem
    choices = caught.value.remedy.removeprefix("The choices for this network are ").split(", ")
    assert tuple(choices) == list_explainers(network) and method not in choices


@KINDS
def test_a_network_has_the_methods_that_it_has_the_means_for(kind: str) -> None:
    expected = tuple(name for name, explainer in EXPLAINERS if explainer.needs in MEANS[kind])
    assert list_explainers(HAND_MADE[kind]()) == list_explainers(build_real(kind)) == expected


def test_the_kinds_of_network_cover_every_need_and_every_need_has_a_method() -> None:
    needs = set(get_args(Needs))
    assert set().union(*MEANS.values()) == needs == {explainer.needs for _, explainer in EXPLAINERS}
    assert set(HAND_MADE) == set(MEANS)
    assert all(explainer.passes >= 1 for _, explainer in EXPLAINERS)
