"""Where both networks looked: two linked maps, one scale, one opacity slider."""

from __future__ import annotations

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.bundle import Pair
from core.figures.panels import Arrangement
from core.figures.saliency import Scale, describe_heatmaps, describe_panels, plot_heatmaps
from core.predict import explain_case
from core.types import SERVED_ROLES, Case, Heatmap
from core.ui import models, state, wording

METHOD = "gradcam"
_ARRANGEMENTS: tuple[Arrangement, ...] = ("row", "column")
_BUTTONS = ["select2d", "lasso2d", "autoScale2d", "toImage"]
_SCALE_TEXT: dict[Scale, str] = {
    "shared": (
        "Both maps share one scale: the strongest spot of the two has the brightest colour, so a paler map "
        "means less evidence."
    ),
    "independent": (
        "Each map is stretched to its own strongest spot, so brightness cannot be compared between the two."
    ),
}


def show_maps(pair: Pair, case: Case, slot: DeltaGenerator) -> None:
    """Draw the section into ``slot``; computing the first map loads torch, so call this last."""
    with slot:
        st.header("Where each network found evidence", anchor=False)
        what, how = st.columns([1, 2], gap="medium", vertical_alignment="bottom")
        with what:
            code = _choose_class(pair)
        with how:
            scale = _choose_scale()
        reading = state.get_reading()
        if reading is not None and reading.maps_drawn:
            place = st.container()
            panels = _read_panels(pair, case, code)
        else:
            # The spinner takes the place of the previous case's maps, which must not stand beside this one's.
            free = st.empty()
            with free, st.spinner("Drawing the maps. The first ones take a few seconds …"):
                panels = _read_panels(pair, case, code)
            place = free.container()
    with place:
        _draw(case, panels, pair.modality.finding(code).name, scale)
    if reading is not None:
        reading.maps_drawn = True


def _read_panels(pair: Pair, case: Case, code: str) -> list[tuple[str, Heatmap]]:
    return [(wording.ROLE_TITLES[role], _read_heatmap(pair, case, role, code)) for role in SERVED_ROLES]


def _draw(case: Case, panels: list[tuple[str, Heatmap]], finding: str, scale: Scale) -> None:
    name = finding[0].lower() + finding[1:]
    text = describe_heatmaps(panels, finding_name=name, scale=scale)
    for arrangement in _ARRANGEMENTS:
        with st.container(key=f"twinlens_maps_{arrangement}"):
            st.plotly_chart(
                plot_heatmaps(
                    case.pixels,
                    panels,
                    finding_name=name,
                    scale=scale,
                    arrangement=arrangement,
                    view=case.case_id,
                ),
                key=f"maps_{arrangement}_{case.case_id}",
                config={"displaylogo": False, "displayModeBar": True, "modeBarButtonsToRemove": _BUTTONS},
                alt=text,
            )
    st.markdown("  \n".join(describe_panels(panels, scale=scale)))
    st.caption(f"{_SCALE_TEXT[scale]} Zoom or move one picture and the other follows.")


def _choose_class(pair: Pair) -> str:
    modality = pair.modality
    return st.selectbox(
        "Evidence for",
        modality.classes,
        format_func=lambda code: modality.finding(code).name,
        key="explained_class",
        persist_state="session",
    )


def _choose_scale() -> Scale:
    own = st.toggle(
        "Stretch each map to its own strongest spot",
        key="independent_scales",
        persist_state="session",
        help="Off: equal colours mean equal evidence in both maps.",
    )
    return "independent" if own else "shared"


def _read_heatmap(pair: Pair, case: Case, role: models.Role, code: str) -> Heatmap:
    """The map, computed once per case, network file and class."""
    key = (models.file_key(pair, role, "weights"), role, METHOD, code)
    reading = state.get_reading()
    known = reading.heatmaps if reading is not None and reading.case is case else {}
    if key not in known:
        network = models.get_network(pair, role)
        known[key] = explain_case(pair, role, network, case, class_code=code, method=METHOD)
    return known[key]
