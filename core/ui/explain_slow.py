"""Slow methods: what they cost before they start, how far they are, and how to stop them."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.figures.explain_words import say_duration
from core.figures.map_words import title_method
from core.figures.wording import name_role
from core.types import Role
from core.ui.explain_state import (
    Scene,
    compute_map,
    find_error,
    find_heatmap,
    find_lack,
    get_explainer,
    is_slow,
    measure_pass,
    take_slot,
)

_WANTED = "explain_wanted"


@dataclass(frozen=True)
class _Wanted:
    """What was asked for and is not there yet; it goes when another case or answer is looked at."""

    case_id: str
    code: str
    methods: tuple[str, ...]


def list_missing(scene: Scene) -> tuple[str, ...]:
    """Chosen slow methods of which a map is neither there nor known to fail."""
    return tuple(method for method in scene.methods if is_slow(method) and _roles(scene, method))


def announce(scene: Scene) -> DeltaGenerator:
    """Say what each slow method will cost, with a button each; returns where its progress is to stand."""
    place = st.container()
    wanted = _wanted(scene)
    for method in list_missing(scene):
        if method in wanted:
            continue
        costs = {role: estimate_seconds(scene, role, method) for role in _roles(scene, method)}
        words = ", ".join(f"{name_role(role)} {say_duration(cost)}" for role, cost in costs.items())
        with st.container(border=True, horizontal=True, vertical_alignment="center"):
            st.markdown(
                f"**{title_method(method)}** takes its time on this machine: {words}.", width="stretch"
            )
            st.button(
                f"Compute {title_method(method)}",
                key=f"compute_{method}",
                icon=":material/hourglass_empty:",
                on_click=_want,
                args=(scene.case.case_id, scene.code, (*wanted, method)),
            )
    return place


def estimate_seconds(scene: Scene, role: Role, method: str) -> float:
    """About how long one map takes: its passes at the time that one took a moment ago."""
    return get_explainer(method).passes * measure_pass(scene, role)


def compute_wanted(scene: Scene, place: DeltaGenerator) -> bool:
    """Compute what was asked for, with a progress bar and a way to cancel; call this after all is drawn.

    Every report of progress is a point at which Streamlit ends this run if the reader cancels or does
    anything else on the page. Nothing half done is kept: a map is stored once it is whole.

    Returns:
        Whether anything was computed, so that the page must be drawn again.
    """
    jobs = [(role, method) for method in _wanted(scene) for role in _roles(scene, method)]
    if not jobs:
        return False
    with place, st.container(border=True):
        left, right = st.columns([5, 1], vertical_alignment="center")
        bar = left.progress(0.0, "Starting …")
        right.button(
            "Cancel", key="cancel_explain", icon=":material/close:", on_click=cancel, width="stretch"
        )
    for number, (role, method) in enumerate(jobs, 1):
        head = f"{title_method(method)}, {name_role(role)} ({number} of {len(jobs)})"
        _compute(scene, role, method, bar, head)
    cancel()
    return True


def cancel() -> None:
    """Forget what was asked for."""
    st.session_state.pop(_WANTED, None)


def _compute(scene: Scene, role: Role, method: str, bar: DeltaGenerator, head: str) -> None:
    def tell(share: float) -> None:
        bar.progress(min(share, 1.0), f"{head}: {share:.0%}")

    with take_slot(lambda words: bar.progress(0.0, f"{head}. {words}")):
        compute_map(scene, role, method, on_progress=tell)


def _roles(scene: Scene, method: str) -> tuple[Role, ...]:
    """Networks whose map by a method is neither there nor known to be impossible."""
    return tuple(
        role
        for role in scene.networks
        if not find_lack(scene, role, method)
        and find_heatmap(scene, role, method) is None
        and not find_error(scene, role, method)
    )


def _wanted(scene: Scene) -> tuple[str, ...]:
    """Methods that were asked for of this case and answer, are still chosen and not there yet."""
    wanted: _Wanted | None = st.session_state.get(_WANTED)
    if wanted is None or (wanted.case_id, wanted.code) != (scene.case.case_id, scene.code):
        return ()
    return tuple(method for method in wanted.methods if method in list_missing(scene))


def _want(case_id: str, code: str, methods: tuple[str, ...]) -> None:
    st.session_state[_WANTED] = _Wanted(case_id, code, methods)
