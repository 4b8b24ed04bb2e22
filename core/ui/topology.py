"""The sections of the page about topology: which pairs take one, what is looked at, and every spot found."""

from __future__ import annotations

import streamlit as st

from core import bundle
from core.bundle import Pair
from core.errors import BundleError
from core.figures.picture import encode_picture
from core.figures.topology_diagram import BARS, describe_barcode, describe_diagram, plot_barcode, plot_diagram
from core.figures.topology_marks import Mark, mark_grey, mark_picture
from core.figures.topology_words import (
    choose_first,
    describe_spot,
    explain_corners,
    explain_spot,
    name_spot,
    rank_spots,
    say_place,
)
from core.topology.grey import grid_to_frame
from core.topology.spec import TopologySpec
from core.types import Case
from core.ui.topology_erase import show_erasure
from core.ui.topology_state import TopologyView, view_case

_PLOT = {"displayModeBar": False}


def find_spec(pair: Pair) -> TopologySpec | None:
    """How the pair's student gets its topology; None where it takes none."""
    entry = pair.card.networks.get("student")
    return entry.topology if entry is not None else None


def show_no_topology(pair: Pair) -> None:
    """Say that this pair takes no topology, and offer one that does."""
    st.info(
        f"**The networks of this pair ({pair.card.title}) take no topology.** They see the picture and "
        "nothing else, so there is nothing to show here.",
        icon=":material/info:",
    )
    others = {
        name: other for name in bundle.list_pairs(bundle.MODELS_DIR) if (other := _open_topological(name))
    }
    if not others:
        st.markdown("No other pair in this copy of TwinLens takes one either.")
        return
    st.markdown("Choose another pair above, under **Kind of image**, or here:")
    for name, other in others.items():
        st.button(f"Show {other.card.title}", on_click=_choose_pair, args=(name,), key=f"use_{name}")


def show_explorer(pair: Pair, case: Case, spec: TopologySpec) -> TopologyView:
    """Draw the pictures, the diagram and the erasing of one spot; returns what they are made of."""
    view = view_case(pair, case, spec)
    _explore(pair, case, view)
    return view


@st.fragment
def _explore(pair: Pair, case: Case, view: TopologyView) -> None:
    diagram = view.diagram
    key = f"topology_spot_{view.key}"
    first = choose_first(diagram, view.surround)
    if first is None:
        st.image(encode_picture(view.frame), width=LONELY_PX, alt="The part of the photograph that was used")
        st.info("This picture has one grey value, so it has no dark or bright spots.", icon=":material/info:")
        return
    chosen = _choose_spot(view, key, first)
    pictures, diagrams = st.columns(2, gap="small")
    with pictures:
        _show_pictures(view, chosen)
    with diagrams:
        _show_diagram(view, chosen, key)
    if corners := explain_corners(diagram, view.surround):
        st.info(corners, icon=":material/photo_camera:")
    show_erasure(pair, case, view, chosen)


LONELY_PX = 320


def _choose_spot(view: TopologyView, key: str, first: int) -> int:
    listed = rank_spots(view.diagram)
    for index in (first, st.session_state.get(key)):
        if index is not None and index not in listed:
            listed.append(index)
    st.session_state.setdefault(key, first)
    chosen = st.selectbox(
        "Spot to look at, the strongest first (or click on a point or a bar below)",
        listed,
        format_func=lambda index: describe_spot(view.diagram, index, view.surround),
        key=key,
    )
    st.markdown(explain_spot(view.diagram, chosen))
    return chosen


def _show_pictures(view: TopologyView, chosen: int) -> None:
    diagram, shape = view.diagram, view.frame.shape
    places = (("birth", diagram.birth_pixels[chosen]), ("death", diagram.death_pixels[chosen]))
    marks = [
        Mark(
            "birth" if kind == "birth" else "death", grid_to_frame(cell, side=diagram.side, frame_shape=shape)
        )
        for kind, cell in places
    ]
    where = ", ".join(
        f"{kind} {say_place((int(cell[0]), int(cell[1])), diagram.side)}" for kind, cell in places
    )
    name = name_spot(diagram, chosen, view.surround)
    side = view.spec.side
    left, right = st.columns(2, gap="small")
    with left:
        picture = mark_picture(view.frame, marks)
        st.image(
            encode_picture(picture), width="stretch", alt=f"What the networks see. Marked: {name}; {where}"
        )
        st.caption("What the networks see: the field of view of the photograph")
    with right:
        st.image(
            encode_picture(mark_grey(view.grey, marks, shape), quality=95),
            width="stretch",
            alt=f"The same as {side} by {side} grey cells, with the same marks",
        )
        st.caption(f"What topology sees: {side} × {side} cells of grey, lesions smaller than a cell are lost")
    dark = diagram.points[chosen, 2] == 0
    birth = "its darkest cell" if dark else "where the dark loop around it closes"
    death = "where it runs into a darker spot" if dark else "its brightest cell"
    st.caption(
        f":blue[**□**] Blue square: birth, {birth}. :orange[**○**] Yellow circle: death, {death}. "
        f"Spot: {name}."
    )


def _show_diagram(view: TopologyView, chosen: int, key: str) -> None:
    diagram = view.diagram
    left, right = st.columns(2, gap="small")
    for column, kind in ((left, "diagram"), (right, "barcode")):
        chart_key = f"{kind}_{view.key}"
        draw = plot_diagram if kind == "diagram" else plot_barcode
        words = describe_diagram(diagram, view.surround) if kind == "diagram" else describe_barcode(diagram)
        with column:
            st.plotly_chart(
                draw(diagram, view.surround, chosen=chosen),
                key=chart_key,
                config=_PLOT,
                on_select=lambda chart_key=chart_key: _take_click(chart_key, key),
                selection_mode="points",
                alt=words,
            )
    counts = [int((diagram.points[:, 2] == dimension).sum()) for dimension in (0, 1)]
    st.caption(
        f"First the persistence diagram, {counts[0]} dark spots and {counts[1]} bright ones; the farther "
        f"above the line, the more a spot stands out. Then the same as a barcode, at most {BARS} of each "
        "kind. Ringed or framed: the chosen spot. Open: outside the lit disc. Star: the darkest spot of "
        "all, which never dies and is not given to the network."
    )
    if beyond := view.spec.outside(diagram):
        st.caption(
            f"{beyond} of {int(diagram.finite.sum())} spots lie beyond the grid fitted at training time and "
            "count in the nearest cell of its border."
        )


def _take_click(chart_key: str, key: str) -> None:
    """Choose the spot that was clicked on; a click beside the points changes nothing."""
    points = st.session_state[chart_key].selection.points
    if points and "customdata" in points[0]:
        st.session_state[key] = int(points[0]["customdata"][0])


def _open_topological(name: str) -> Pair | None:
    try:
        pair = bundle.load_pair(name, bundle.MODELS_DIR)
    except BundleError:
        return None  # a damaged pair is no offer; whoever chooses it above the page is told what is wrong
    return pair if find_spec(pair) is not None else None


def _choose_pair(name: str) -> None:
    st.session_state["pair"] = name
