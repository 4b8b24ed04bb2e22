"""Where the networks looked: linked maps, one scale, one opacity slider; then what attention weighed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.bundle import Pair
from core.figures.panels import Backdrop, prepare_backdrop
from core.figures.saliency import (
    Scale,
    describe_heatmaps,
    describe_panels,
    plot_heatmaps,
    share_one_bar,
)
from core.predict import build_subject, explain_case
from core.types import AttentionMaps, Case, Heatmap, Role
from core.ui import models, state, wording
from core.ui.attention import ARRANGEMENTS, MODEBAR, read_attention, show_attention
from core.ui.map_methods import METHODS, choose_method, explain_method, method_of, show_agreement
from core.ui.result import read_prediction
from core.ui.windows import view_case

if TYPE_CHECKING:
    from core.explain.subject import OnProgress, Subject

_CLASS, _CLASS_OF = "explained_class", "explained_class_of"
_SCALE_TEXT: dict[Scale, str] = {
    "shared": (
        "The maps share one scale: the strongest spot of all has the brightest colour, so a paler map means "
        "less evidence."
    ),
    "independent": (
        "Each map is stretched to its own strongest spot, so brightness cannot be compared between them."
    ),
}
_MIXED = (
    "Maps made in the same way share one scale; maps made in different ways cannot be compared in brightness."
)
_LINKED = "Zoom or move one picture and the others follow."
_UNLINKED = "The networks see different parts of this picture, so each picture is zoomed by itself."
_SIDES = "Left and right are those of the picture, not of the patient."
_CROPPED = "The pictures show the part that the networks see."


@dataclass(frozen=True)
class _Drawing:
    """What is drawn of one network."""

    backdrop: Backdrop
    heatmap: Heatmap
    attention: AttentionMaps | None


def show_maps(pair: Pair, case: Case, slot: DeltaGenerator) -> None:
    """Draw the section into ``slot``; computing the first map loads torch, so call this last."""
    with slot:
        st.header("Where each network found evidence", anchor=False)
        what, how = st.columns([1, 2], gap="medium", vertical_alignment="bottom")
        with what:
            code = choose_class(pair, case)
        with how:
            scale = _choose_scale()
        methods = st.container()
        reading = state.get_reading()
        if reading is not None and reading.maps_drawn:
            place = st.container()
            method = _choose_method(pair, methods)
            drawings = _read_drawings(pair, case, code, method)
        else:
            # The spinner takes the place of the previous case's maps, which must not stand beside this one's.
            free = st.empty()
            with free, st.spinner("Drawing the maps. The first ones take a few seconds …"):
                method = _choose_method(pair, methods)
                drawings = _read_drawings(pair, case, code, method)
            place = free.container()
    name = pair.modality.finding(code).name
    finding = name[0].lower() + name[1:]
    with place:
        _draw(pair, case, drawings, finding, scale)
        for role, drawing in drawings.items():
            if drawing.attention is not None:
                show_attention(
                    case, role, drawing.attention, drawing.heatmap, drawing.backdrop, finding=finding
                )
        _show_methods(pair, case, code, method, finding)
    if reading is not None:
        reading.maps_drawn = True


def _choose_method(pair: Pair, place: DeltaGenerator) -> str:
    networks = {role: models.get_network(pair, role) for role in pair.served_roles}
    with place:
        return choose_method(networks)


def _show_methods(pair: Pair, case: Case, code: str, method: str, finding: str) -> None:
    """What the maps show where a network has attention to follow, and how alike its maps are."""
    networks = {role: models.get_network(pair, role) for role in pair.served_roles}
    if text := explain_method(method, networks, finding):
        st.markdown(text)
    for role, network in networks.items():
        if network.attention == "self":
            show_agreement(
                role, {name: read_heatmap(pair, case, role, code, name) for name in METHODS}, finding
            )


def _read_drawings(pair: Pair, case: Case, code: str, method: str) -> dict[Role, _Drawing]:
    return {
        role: _Drawing(
            read_backdrop(pair, case, role),
            read_heatmap(pair, case, role, code, method_of(models.get_network(pair, role), method)),
            read_attention(pair, case, role),
        )
        for role in pair.served_roles
    }


def _draw(pair: Pair, case: Case, drawings: dict[Role, _Drawing], finding: str, scale: Scale) -> None:
    panels = [(wording.ROLE_TITLES[role], drawing.heatmap) for role, drawing in drawings.items()]
    backdrops = [drawing.backdrop for drawing in drawings.values()]
    text = describe_heatmaps(panels, finding_name=finding, scale=scale)
    for arrangement in ARRANGEMENTS:
        with st.container(key=f"twinlens_maps_{arrangement}"):
            st.plotly_chart(
                plot_heatmaps(
                    backdrops,
                    panels,
                    finding_name=finding,
                    scale=scale,
                    arrangement=arrangement,
                    view=case.case_id,
                ),
                key=f"maps_{arrangement}_{case.case_id}",
                config=MODEBAR,
                alt=text,
            )
    st.markdown("  \n".join(describe_panels(panels, scale=scale)))
    crops = {pair.network(role).preprocessing.crop for role in drawings}
    mixed = scale == "shared" and not share_one_bar([heatmap for _, heatmap in panels])
    notes = [_MIXED if mixed else _SCALE_TEXT[scale], _LINKED if len(set(backdrops)) == 1 else _UNLINKED]
    if pair.modality.windows:
        notes.append(_SIDES)
    st.caption(" ".join(notes if crops == {"none"} else [*notes, _CROPPED]))


def choose_class(pair: Pair, case: Case) -> str:
    """The class to explain.

    The modality's first positive class at first. Where several classes count as positive, such as grades, no
    one of them stands for the finding: every new case then starts with the student's most probable class,
    which is the answer that its maps and its attention belong to.
    """
    modality = pair.modality
    if len(modality.positives) > 1 and st.session_state.get(_CLASS_OF) != case.case_id:
        prediction = read_prediction(pair, case, "student", pair.card.operating_point)
        st.session_state[_CLASS] = prediction.ranked()[0][0]
        st.session_state[_CLASS_OF] = case.case_id
    elif st.session_state.get(_CLASS) not in modality.classes:
        st.session_state[_CLASS] = modality.positives[0]
    return st.selectbox(
        "Evidence for",
        modality.classes,
        format_func=lambda code: modality.finding(code).name,
        key=_CLASS,
        persist_state="session",
    )


def explain_class(case: Case, code: str) -> None:
    """Choose the class for a case beforehand; before the choice is drawn."""
    st.session_state[_CLASS], st.session_state[_CLASS_OF] = code, case.case_id


def _choose_scale() -> Scale:
    own = st.toggle(
        "Stretch each map to its own strongest spot",
        key="independent_scales",
        persist_state="session",
        help="Off: equal colours mean equal evidence in every map.",
    )
    return "independent" if own else "shared"


def read_backdrop(pair: Pair, case: Case, role: Role) -> Backdrop:
    """The part of the photograph that a network sees, encoded once per case, way of cropping and window."""
    preprocessing = pair.network(role).preprocessing
    reading = state.get_reading()
    known = reading.backdrops if reading is not None and reading.case is case else {}
    view = view_case(case, pair.modality)
    key = f"{preprocessing.crop} {view.stamp}"
    if key not in known:
        known[key] = prepare_backdrop(
            preprocessing.frame(view.pixels, found_on=case.pixels), stamp=view.stamp
        )
    return known[key]


def map_key(pair: Pair, role: Role, code: str, method: str) -> tuple[str, ...]:
    """Under which a session keeps what it knows of one map of its case."""
    return models.file_key(pair, role, "weights"), role, method, code


def read_heatmap(
    pair: Pair, case: Case, role: Role, code: str, method: str, *, on_progress: OnProgress | None = None
) -> Heatmap:
    """The map, computed once per case, network file, method and class; ``on_progress`` may end it."""
    key = map_key(pair, role, code, method)
    reading = state.get_reading()
    known = reading.heatmaps if reading is not None and reading.case is case else {}
    if key not in known:
        network = models.get_network(pair, role)
        subject = read_subject(pair, case, role)
        known[key] = explain_case(
            pair,
            role,
            network,
            case,
            class_code=code,
            method=method,
            subject=subject,
            on_progress=on_progress,
        )
    return known[key]


def read_subject(pair: Pair, case: Case, role: Role) -> Subject:
    """The case as a network's explanations take it, kept with the case so that no method repeats a pass."""
    reading = state.get_reading()
    known = reading.subjects if reading is not None and reading.case is case else {}
    key = models.file_key(pair, role, "weights")
    if key not in known:
        known[key] = build_subject(pair, role, models.get_network(pair, role), case)
    return known[key]
