"""What the page about explanations works with: what was chosen, what is known of each map, and what runs."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import streamlit as st

from core.bundle import Pair
from core.errors import TwinLensError
from core.figures.explain_grid import Drawn
from core.figures.explain_words import order_methods, say_lacking
from core.figures.saliency import Scale
from core.types import Case, Heatmap, Role
from core.ui import maps, models, state

if TYPE_CHECKING:
    from core.explain.base import Explainer
    from core.explain.subject import OnProgress
    from core.networks.base import Network

FAST_PASSES = 8
"""Methods of no more passes are computed at once; the others say what they cost first."""
SLOTS = 2
"""Slow computations that run at a time on one server: each holds memory while it runs."""
_PATIENCE_S = 0.5
_WAITING = "Other sessions are computing on this server; waiting for one of them to end …"


@dataclass(frozen=True)
class Scene:
    """One case with everything that was chosen above its maps.

    Attributes:
        pair, case: on screen.
        networks: of every served role, opened.
        code: the class that the maps are for.
        finding: its name inside a sentence.
        methods: names in the explainer registry, in the order in which they are shown; at least one.
        scale, drawn: see :func:`core.figures.explain_grid.plot_grid`.
    """

    pair: Pair
    case: Case
    networks: Mapping[Role, Network]
    code: str
    finding: str
    methods: tuple[str, ...]
    scale: Scale
    drawn: Drawn

    def key(self, role: Role, method: str) -> str:
        """For keys of widgets and requests that belong to one map of the case."""
        return f"{self.case.case_id}_{self.pair.card.pair}_{role}_{method}_{self.code}"


def get_explainer(method: str) -> Explainer:
    """A method of the registry; the first call loads torch."""
    from core.explain.base import EXPLAINERS

    return EXPLAINERS.get(method)


def list_methods(networks: Mapping[Role, Network]) -> tuple[str, ...]:
    """Methods that apply to at least one network, in the order in which they are offered."""
    from core.explain.base import list_explainers

    return order_methods({name for network in networks.values() for name in list_explainers(network)})


def is_slow(method: str) -> bool:
    """Whether a method says what it costs before it starts."""
    return get_explainer(method).passes > FAST_PASSES


def find_heatmap(scene: Scene, role: Role, method: str) -> Heatmap | None:
    """The map if it has been computed."""
    reading = state.get_reading()
    key = maps.map_key(scene.pair, role, scene.code, method)
    return reading.heatmaps.get(key) if reading is not None and reading.case is scene.case else None


def find_lack(scene: Scene, role: Role, method: str) -> str:
    """Why a method does not apply to a network, in words; empty where it does."""
    explainer = get_explainer(method)
    return "" if explainer.applies_to(scene.networks[role]) else say_lacking(explainer.needs, role)


def find_error(scene: Scene, role: Role, method: str) -> str:
    """Why a map could not be computed, a clause; empty where it was not tried or is there."""
    reading = state.get_reading()
    key = maps.map_key(scene.pair, role, scene.code, method)
    return reading.map_errors.get(key, "") if reading is not None and reading.case is scene.case else ""


def compute_map(scene: Scene, role: Role, method: str, *, on_progress: OnProgress | None = None) -> None:
    """Compute one map, or find why it cannot be; what ``on_progress`` raises ends it and leaves nothing."""
    try:
        maps.read_heatmap(scene.pair, scene.case, role, scene.code, method, on_progress=on_progress)
    except TwinLensError as error:
        reading = state.get_reading()
        if reading is not None and reading.case is scene.case:
            key = maps.map_key(scene.pair, role, scene.code, method)
            reading.map_errors[key] = f"Cannot be computed: {error.problem}"


def compute_fast(scene: Scene) -> None:
    """Compute every chosen map that is not slow."""
    for role in scene.networks:
        for method in scene.methods:
            if not (is_slow(method) or find_lack(scene, role, method) or find_error(scene, role, method)):
                compute_map(scene, role, method)


def measure_pass(scene: Scene, role: Role) -> float:
    """Seconds that one pass of a network takes here and now, as explanations run it; once per case.

    Explanations run in torch, which is slower than what predictions are served by, by a factor that differs
    from network to network: it is measured, not assumed. The quicker of two: the first that a network makes
    prepares those that follow.
    """
    import torch

    key = models.file_key(scene.pair, role, "weights")
    reading = state.get_reading()
    known = reading.pass_seconds if reading is not None and reading.case is scene.case else {}
    if key not in known:
        subject = maps.read_subject(scene.pair, scene.case, role)
        with torch.inference_mode():
            starts = [time.perf_counter()]
            for _ in range(2):
                subject.forward(subject.x)
                starts.append(time.perf_counter())
        known[key] = min(after - before for before, after in pairwise(starts))
    return known[key]


@st.cache_resource(show_spinner=False)
def _slots() -> threading.BoundedSemaphore:
    return threading.BoundedSemaphore(SLOTS)


@contextmanager
def take_slot(say: Callable[[str], object]) -> Iterator[None]:
    """Wait for one of the server's few places for slow computations, and give it back in any case.

    Args:
        say: told why nothing happens yet, again and again; a Streamlit element, so that a session that is
            cancelled or closed while it waits stops waiting.
    """
    slots = _slots()
    while not slots.acquire(timeout=_PATIENCE_S):
        say(_WAITING)
    try:
        yield
    finally:
        slots.release()
