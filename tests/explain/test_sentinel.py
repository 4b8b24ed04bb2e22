"""Degenerate maps and methods that point at the wrong place are caught."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
import torch

from core.errors import ConfigError
from core.explain import sentinel
from core.explain.base import EXPLAINERS, Explainer, make_heatmap
from core.explain.sentinel import (
    find_degeneracy,
    finds_planted_spot,
    lies_on_spot,
    list_networks,
    plant_spot,
)
from core.explain.subject import OnProgress, Subject
from core.types import Heatmap


def draw(values, **changes) -> Heatmap:
    plain = Heatmap(np.asarray(values, np.float32), 1.0, "logit", "drawn", "none", "a", "ok")
    return replace(plain, **changes)


SLOPE = np.linspace(0, 1, 49).reshape(7, 7)
SPECK, FEW = np.zeros((14, 14)), np.zeros((7, 7))
SPECK[3, 3], FEW[3, 3] = 1, 1
NAN = SLOPE.copy()
NAN[2, 2] = np.nan


@pytest.mark.parametrize(
    ("heatmap", "words"),
    [
        (draw(SLOPE), ""),
        (draw(FEW), ""),
        (draw(FEW * 0, state="no_evidence", peak=0.0), ""),
        (draw(NAN), "not numbers"),
        (draw(SLOPE, peak=np.inf), "not numbers"),
        (draw(SLOPE * 2), "outside its range"),
        (draw(-SLOPE), "outside its range"),
        (draw(np.full((7, 7), 0.4)), "same everywhere"),
        (draw(np.ones((3, 3)) - 1e-7 * np.eye(3)), "same everywhere"),
        (draw(FEW * 0), "empty although"),
        (draw(FEW, state="no_evidence"), "although it says that nothing"),
        (draw(SPECK), "single speck"),
        (draw(np.zeros((0, 7))), "no picture"),
        (draw(np.zeros(7)), "no picture"),
    ],
)
def test_what_is_wrong_with_a_map_is_named(heatmap: Heatmap, words: str) -> None:
    found = find_degeneracy(heatmap)
    assert words in found and bool(found) == bool(words)


@pytest.mark.parametrize("method", EXPLAINERS.names())
def test_every_method_of_ours_finds_the_planted_spot(method: str) -> None:
    assert finds_planted_spot(method)


@pytest.mark.parametrize("method", EXPLAINERS.names())
@pytest.mark.parametrize(
    "spoil",
    [
        lambda v: 1 - v,
        np.transpose,
        np.flipud,
        np.fliplr,
        np.ones_like,
        np.zeros_like,
        lambda v: np.roll(v, v.shape[0] // 2, 0),
    ],
    ids=["inverted", "transposed", "upside down", "mirrored", "constant", "empty", "shifted"],
)
def test_a_method_that_came_to_show_the_wrong_place_is_caught(
    method: str, spoil: Callable[[np.ndarray], np.ndarray], monkeypatch: pytest.MonkeyPatch
) -> None:
    explainer = EXPLAINERS.get(method)

    def compute(subject: Subject, index: int, code: str, on_progress: OnProgress) -> Heatmap:
        found = _spot_map(explainer, subject)
        return replace(found, values=np.ascontiguousarray(spoil(found.values)).astype(np.float32))

    monkeypatch.setitem(EXPLAINERS._entries, method, replace(explainer, compute=compute))
    assert not finds_planted_spot(method)


_MAPS: dict[tuple[str, str], Heatmap] = {}


def _spot_map(explainer: Explainer, subject: Subject) -> Heatmap:
    """A method's own map of the planted spot, computed once for all ways of spoiling it."""
    key = (explainer.name, type(subject.network).__name__)
    if key not in _MAPS:
        _MAPS[key] = explainer.explain(subject, 0, "red")
    return _MAPS[key]


def test_the_networks_answer_by_the_spot_and_each_kind_is_among_them() -> None:
    networks = list(list_networks())
    assert [network.attention for network in networks] == ["none", "self", "cbam"]
    for network in networks:
        with torch.no_grad():
            there, gone = network(plant_spot())[0], network(torch.full((1, 3, 64, 64), 0.25))[0]
        assert there[0] > 1 > gone[0] == 0 and there[1] == -there[0]


def test_no_generator_is_asked_for_the_networks() -> None:
    before = torch.random.get_rng_state()
    list(list_networks())
    assert torch.equal(torch.random.get_rng_state(), before)


def test_half_in_the_right_quarter_is_enough_and_less_is_not() -> None:
    values = np.zeros((16, 16), np.float32)
    values[3, 12], values[12, 3] = 1.0, 0.9
    assert lies_on_spot(values)
    values[12, 4] = 0.2
    assert not lies_on_spot(values)
    assert not lies_on_spot(np.zeros((7, 7), np.float32))


def test_it_is_measured_once_a_process_also_when_threads_ask_together(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    calls: list[int] = []

    def compute(subject: Subject, index: int, code: str, on_progress: OnProgress) -> Heatmap:
        calls.append(threading.get_ident())
        raw = np.zeros((16, 16), np.float32)
        raw[4, 12] = 1
        raw[4, 13] = 0.5
        return make_heatmap(raw, unit="logit", method="once", layer="none", class_code=code)

    EXPLAINERS.discover()
    monkeypatch.setitem(EXPLAINERS._entries, "once", Explainer("once", compute, "cbam", True, 1))
    answers: list[bool] = []
    threads = [threading.Thread(target=lambda: answers.append(finds_planted_spot("once"))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [True] * 8 and len(calls) == 1


def test_a_method_that_breaks_says_so_and_is_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    def compute(subject: Subject, index: int, code: str, on_progress: OnProgress) -> Heatmap:
        raise RuntimeError("a new version of the library")

    EXPLAINERS.discover()
    explainer = Explainer("broken", compute, "features", True, 1)
    monkeypatch.setitem(EXPLAINERS._entries, "broken", explainer)
    for _ in range(2):
        with pytest.raises(RuntimeError, match="new version"):
            finds_planted_spot("broken")
    assert explainer not in sentinel._FOUND
    with pytest.raises(ConfigError, match="no such explainer"):
        finds_planted_spot("crystal_ball")
