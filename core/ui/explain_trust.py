"""Checking every map on screen, one after the other; failed maps are hidden until asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.bundle import Pair
from core.errors import TwinLensError
from core.explanation_card import ExplanationCard, load_explanations
from core.types import Interval, Role, Trust
from core.ui import maps, models, state
from core.ui.explain_state import Scene, find_heatmap, is_slow, take_slot

if TYPE_CHECKING:
    from core.explain.faithfulness import RandomReference
    from core.explain.subject import OnProgress

_WAITING = ":material/hourglass_empty: Waiting to be checked …"
_CHECKING = ":material/hourglass_top: Being checked …"
_REFERENCE_SHARE = 0.75
"""Of the first check of a network on a case: random orders are asked for once, and cost most of it."""


@dataclass(frozen=True)
class Slot:
    """Where what came of one map's checks is to stand.

    Attributes:
        role, method: whose map, made how.
        place: holds one element at a time.
    """

    role: Role
    method: str
    place: DeltaGenerator


def find_trust(scene: Scene, role: Role, method: str) -> Trust | None:
    """What came of a map's checks, if they were made."""
    reading = state.get_reading()
    key = maps.map_key(scene.pair, role, scene.code, method)
    return reading.trusts.get(key) if reading is not None and reading.case is scene.case else None


def find_check_error(scene: Scene, role: Role, method: str) -> str:
    """Why a map cannot be checked, a clause; empty where it was not tried or was."""
    reading = state.get_reading()
    key = maps.map_key(scene.pair, role, scene.code, method)
    return reading.check_errors.get(key, "") if reading is not None and reading.case is scene.case else ""


def is_hidden(scene: Scene, role: Role, method: str) -> bool:
    """Whether a map failed a check and was not asked for all the same."""
    trust = find_trust(scene, role, method)
    if trust is None or trust.state != "fails":
        return False
    return not st.session_state.get(show_key(scene, role, method), False)


def show_key(scene: Scene, role: Role, method: str) -> str:
    """Key of the control that shows a failed map."""
    return f"show_{scene.key(role, method)}"


def check_maps(scene: Scene, slots: Sequence[Slot]) -> bool:
    """Check every map that has not been, quick methods first; call this when all else is drawn.

    A map that fails ends the round at once, so that the page is drawn again without it. Every report of
    progress is a point at which Streamlit ends the run when the reader does anything; what is known by then
    is kept.

    Returns:
        Whether anything new is known, so that the page must be drawn again.
    """
    pending = [
        slot
        for slot in sorted(slots, key=lambda slot: is_slow(slot.method))
        if find_trust(scene, slot.role, slot.method) is None
        and not find_check_error(scene, slot.role, slot.method)
    ]
    for slot in pending:
        slot.place.caption(_WAITING)
    for slot in pending:
        trust = _check(scene, slot)
        if trust is not None and trust.state == "fails":
            break
    return bool(pending)


def _check(scene: Scene, slot: Slot) -> Trust | None:
    """Check one map and keep what came of it."""
    from core.trust import judge_map

    reading, heatmap = state.get_reading(), find_heatmap(scene, slot.role, slot.method)
    if reading is None or reading.case is not scene.case or heatmap is None:
        return None

    def tell(share: float, first: float, last: float) -> None:
        done = first + (last - first) * share
        slot.place.progress(min(max(done, 0.0), 1.0), f"{_CHECKING} {done:.0%}")

    pair, role, case = scene.pair, slot.role, scene.case
    key = maps.map_key(pair, role, scene.code, slot.method)
    predictor = models.get_predictor(pair, role)
    subject = maps.read_subject(pair, case, role)
    try:
        with take_slot(lambda words: slot.place.caption(words)):
            new = models.file_key(pair, role, "weights") not in reading.references
            split = _REFERENCE_SHARE if new else 0.0
            reference = _read_references(scene, role, lambda share: tell(share, 0.0, split))[scene.code]
            trust = judge_map(
                pair,
                role,
                scene.networks[role],
                predictor,
                case,
                heatmap,
                reference,
                learned=find_learned(pair, role, slot.method),
                subject=subject,
                on_progress=lambda share: tell(share, split, 1.0),
            )
    except TwinLensError as error:
        reading.check_errors[key] = f"Cannot be checked: {error.problem}"
        return None
    reading.trusts[key] = trust
    return trust


def _read_references(scene: Scene, role: Role, on_progress: OnProgress) -> Mapping[str, RandomReference]:
    """What random orders do to every class's probability, measured once per case and network."""
    from core.trust import measure_case_references

    key = models.file_key(scene.pair, role, "weights")
    reading = state.get_reading()
    known = reading.references if reading is not None and reading.case is scene.case else {}
    if key not in known:
        known[key] = measure_case_references(
            models.get_predictor(scene.pair, role),
            scene.case,
            subject=maps.read_subject(scene.pair, scene.case, role),
            on_progress=on_progress,
        )
    return known[key]


def load_record(pair: Pair) -> ExplanationCard | None:
    """What was measured of the pair's maps over many cases; None where it ships no such record.

    Raises:
        BundleError: the file is damaged, or of other weights.
    """
    name = pair.card.explanations
    return None if name is None else _load_record(pair.card.files[name], pair)


@st.cache_resource(show_spinner=False, max_entries=8)
def _load_record(sha256: str, _pair: Pair) -> ExplanationCard | None:
    return load_explanations(_pair)


def find_learned(pair: Pair, role: Role, method: str) -> Interval | None:
    """Whether the method's maps depend on what the network learned, as it was measured over many cases."""
    record = load_record(pair)
    return None if record is None else record.learned_interval(role, method)
