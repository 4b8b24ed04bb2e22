"""Whether two networks' maps of the case agree, in words, as a drawing and in four figures."""

from __future__ import annotations

from itertools import combinations

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.figures.agreement_figure import describe_outlines, plot_agreement
from core.figures.agreement_words import BOUNDS, describe_agreement, tabulate_agreement
from core.figures.map_words import title_method
from core.figures.wording import ROLE_TITLES, name_role
from core.types import MapAgreement, RegionNotes, Role
from core.ui import maps, state
from core.ui.attention import ARRANGEMENTS, MODEBAR
from core.ui.explain_state import Scene, find_heatmap
from core.ui.explain_trust import is_hidden

Roles = tuple[Role, Role]


def show_agreement(scene: Scene) -> None:
    """Draw the section: a choice of networks and method, sentences, outlines, figures."""
    st.header("Do the networks look at the same places?", anchor=False)
    pairs: list[Roles] = list(combinations(scene.networks, 2))
    what, which = st.columns([1, 1], gap="medium")
    roles = pairs[0] if len(pairs) == 1 else _choose_roles(pairs, which)
    one, other = roles
    crops = {scene.pair.network(role).preprocessing.crop for role in roles}
    methods = [method for method in scene.methods if all(_is_shown(scene, role, method) for role in roles)]
    if len(crops) > 1 or not methods:
        reason = (
            "they see different parts of this picture"
            if len(crops) > 1
            else "none of the chosen methods has a map of both on screen. Choose another method, or show a "
            "hidden map"
        )
        st.markdown(f"The {name_role(one)} and the {name_role(other)} cannot be compared: {reason}.")
        return
    method = _choose_method(methods, what)
    agreement, notes = _compare(scene, roles, method)
    words, picture = st.columns([1, 1], gap="large")
    with words:
        sentences = describe_agreement(
            agreement,
            notes,
            finding=scene.finding,
            one=name_role(one),
            other=name_role(other),
            methods=(method,),
            distractions=scene.pair.modality.distractions,
        )
        st.markdown("\n\n".join(sentences[:2]))
        for sentence in sentences[2:]:
            st.caption(sentence)
    with picture:
        _draw(scene, roles, method, agreement, notes)
    with st.expander("The figures", icon=":material/table:"):
        st.table(tabulate_agreement(agreement), border="horizontal", hide_index=True)
        st.caption(BOUNDS)


def _is_shown(scene: Scene, role: Role, method: str) -> bool:
    return find_heatmap(scene, role, method) is not None and not is_hidden(scene, role, method)


def _choose_roles(pairs: list[Roles], place: DeltaGenerator) -> Roles:
    names = {"_".join(roles): roles for roles in pairs}
    chosen = place.segmented_control(
        "Networks",
        list(names),
        format_func=lambda name: f"{ROLE_TITLES[names[name][0]]} and {name_role(names[name][1])}",
        default=next(iter(names)),
        required=True,
        key="explain_compared_roles",
        wrap=True,
    )
    return names[chosen or next(iter(names))]


def _choose_method(methods: list[str], place: DeltaGenerator) -> str:
    """The first method that has both maps at first; a choice that has gone falls back to it."""
    key = "explain_compared_method"
    if st.session_state.get(key) not in methods:
        st.session_state[key] = methods[0]
    chosen = place.segmented_control(
        "Maps by",
        methods,
        format_func=title_method,
        required=True,
        key=key,
        persist_state="session",
        wrap=True,
    )
    return chosen or methods[0]


def _compare(scene: Scene, roles: Roles, method: str) -> tuple[MapAgreement, RegionNotes]:
    """What is measured of two maps, once per case."""
    from core.explain.agreement import compare_maps
    from core.explain.regions import describe_regions

    key = tuple(part for role in roles for part in maps.map_key(scene.pair, role, scene.code, method))
    reading = state.get_reading()
    known = reading.agreements if reading is not None and reading.case is scene.case else {}
    if key not in known:
        one, other = (maps.read_heatmap(scene.pair, scene.case, role, scene.code, method) for role in roles)
        frame = scene.pair.network(roles[0]).preprocessing.frame(scene.case.pixels)
        agreement = compare_maps(one, other, frame_size=frame.shape[:2])
        known[key] = agreement, describe_regions(frame, one, other)
    return known[key]


def _draw(scene: Scene, roles: Roles, method: str, agreement: MapAgreement, notes: RegionNotes) -> None:
    backdrop = maps.read_backdrop(scene.pair, scene.case, roles[0])
    for arrangement in ARRANGEMENTS:
        with st.container(key=f"twinlens_explain_{arrangement}_agreement"):
            st.plotly_chart(
                plot_agreement(
                    backdrop, notes, roles=roles, arrangement=arrangement, view=scene.case.case_id
                ),
                key=f"agreement_{arrangement}_{'_'.join(roles)}_{scene.key(roles[0], method)}",
                config=MODEBAR,
                alt=describe_outlines(notes, roles=roles, agreement=agreement),
            )
