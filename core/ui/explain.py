"""The page about explanations: what is chosen, the grid of maps, and what is computed once all is drawn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.bundle import Pair
from core.figures.explain_grid import Drawn, GridPanel, describe_grid, plot_grid
from core.figures.explain_words import explain_methods
from core.figures.map_words import title_method
from core.figures.nouns import finding_noun
from core.figures.saliency import Scale
from core.figures.trust_words import TRUST_MARKS, explain_hiding
from core.figures.wording import ROLE_TITLES
from core.types import Case, Role, TrustState
from core.ui import maps, models
from core.ui.attention import ARRANGEMENTS, MODEBAR
from core.ui.explain_cards import show_cards
from core.ui.explain_slow import announce, compute_wanted
from core.ui.explain_state import (
    Scene,
    compute_fast,
    find_error,
    find_heatmap,
    find_lack,
    is_slow,
    list_methods,
)
from core.ui.explain_trust import Slot, check_maps, find_trust, is_hidden

_METHODS, _METHODS_OF = "explain_methods", "explain_methods_of"
_DEFAULTS = ("gradcam", "layercam", "rollout", "cbam_gate")
_MARKED: dict[TrustState, str] = {
    "holds": "passed its checks",
    "unshown": "not shown to be right",
    "fails": "failed a check",
}
_DRAWN: dict[Drawn, str] = {"fill": "Colours", "lines": "Lines"}

# A constant of ours; no text of a user ever comes near it.
_STYLE = """<style>
[class*="st-key-twinlens_explain_column"] {display: none;}
@media (max-width: 640px) {
  [class*="st-key-twinlens_explain_row"] {display: none;}
  [class*="st-key-twinlens_explain_column"] {display: flex;}
}
</style>"""


@dataclass(frozen=True)
class Board:
    """Places on the page that are filled once all is drawn.

    Attributes:
        progress: for a slow method's progress.
        slots: for what came of the maps' checks.
    """

    progress: DeltaGenerator
    slots: tuple[Slot, ...]


def choose_scene(pair: Pair, case: Case) -> Scene:
    """Draw what can be chosen above the maps."""
    with st.spinner("Opening the networks. The first time takes a few seconds …"):
        networks = {role: models.get_network(pair, role) for role in pair.served_roles}
        offered = list_methods(networks)
    methods = _choose_methods(pair, offered)
    what, how, scaled = st.columns([1.6, 1, 1.6], gap="medium", vertical_alignment="bottom")
    with what:
        code = maps.choose_class(pair, case)
    with how:
        drawn = _choose_drawing()
    with scaled:
        scale = _choose_scale()
    finding = finding_noun(pair.modality.finding(code).name)
    return Scene(pair, case, networks, code, finding, methods, scale, drawn)


def show_grid(scene: Scene) -> Board:
    """Compute what is quick and draw every chosen map, or why it is not there, and a card for each."""
    st.html(_STYLE)
    progress = announce(scene)
    free = st.empty()
    with free, st.spinner("Drawing the maps …"):
        compute_fast(scene)
    free.empty()
    rows = [[_panel(scene, role, method) for method in scene.methods] for role in scene.networks]
    _draw(scene, rows)
    st.header("How far can each map be believed?", anchor=False)
    st.caption(
        "Every map is checked on this picture: are the marked places those that matter to the answer, more "
        "than random places do, and does the map stay when the picture is mirrored or slightly noisy? A map "
        "that passes is not proof that the answer is right."
    )
    return Board(progress, show_cards(scene, rows))


def finish(scene: Scene, board: Board) -> None:
    """Compute the slow maps that were asked for, then check every map; call this when all else is drawn.

    Streamlit ends the run at the next sign of progress when the reader does anything; what is whole by then
    is kept.
    """
    if compute_wanted(scene, board.progress) or check_maps(scene, board.slots):
        st.rerun()


def _draw(scene: Scene, rows: Sequence[Sequence[GridPanel]]) -> None:
    words = describe_grid(rows, finding_name=scene.finding, scale=scene.scale)
    for arrangement in ARRANGEMENTS:
        with st.container(key=f"twinlens_explain_{arrangement}"):
            st.plotly_chart(
                plot_grid(
                    rows,
                    finding_name=scene.finding,
                    scale=scene.scale,
                    drawn=scene.drawn,
                    arrangement=arrangement,
                    view=scene.case.case_id,
                ),
                key=f"explain_{arrangement}_{scene.case.case_id}",
                config=MODEBAR,
                alt=words,
            )


def _panel(scene: Scene, role: Role, method: str) -> GridPanel:
    """What stands in one panel: the map, or why there is none."""
    backdrop = maps.read_backdrop(scene.pair, scene.case, role)
    title = ROLE_TITLES[role]
    heatmap = find_heatmap(scene, role, method)
    lack = find_lack(scene, role, method) or find_error(scene, role, method)
    if lack:
        return GridPanel(title, method, backdrop, None, lack)
    if heatmap is None:
        return GridPanel(title, method, backdrop, None, "Not computed yet: see the button above")
    trust = find_trust(scene, role, method)
    mark = f"{TRUST_MARKS[trust.state]} {_MARKED[trust.state]}" if trust is not None else ""
    if trust is not None and is_hidden(scene, role, method):
        return GridPanel(title, method, backdrop, None, explain_hiding(trust), mark)
    return GridPanel(title, method, backdrop, heatmap, mark=mark)


def _choose_methods(pair: Pair, offered: tuple[str, ...]) -> tuple[str, ...]:
    """The methods to show; those of the pair before are kept where this one has them too."""
    if st.session_state.get(_METHODS_OF) != pair.card.pair or _METHODS not in st.session_state:
        st.session_state[_METHODS] = [name for name in offered if name in _DEFAULTS]
        st.session_state[_METHODS_OF] = pair.card.pair
    chosen = st.pills(
        "Methods",
        offered,
        selection_mode="multi",
        format_func=lambda name: (
            f":material/hourglass_empty: {title_method(name)}" if is_slow(name) else title_method(name)
        ),
        key=_METHODS,
        persist_state="session",
        wrap=True,
        help=f"{explain_methods(offered)}\n\nAn hourglass: takes seconds to minutes; it says how long before "
        "it starts.",
    )
    if not chosen:
        st.info("Choose at least one method to see maps.", icon=":material/touch_app:")
    return tuple(name for name in offered if name in chosen)


def _choose_drawing() -> Drawn:
    chosen = st.segmented_control(
        "Draw as",
        list(_DRAWN),
        format_func=_DRAWN.__getitem__,
        default=None if "explain_drawn" in st.session_state else "fill",
        required=True,
        key="explain_drawn",
        persist_state="session",
    )
    return chosen or "fill"


def _choose_scale() -> Scale:
    own = st.toggle(
        "Each map on its own scale",
        key="independent_scales",
        persist_state="session",
        help="Off: the maps of one method share a scale, so that equal colours mean equal evidence in every "
        "network, wherever the method measures something that can be compared.",
    )
    return "independent" if own else "shared"
