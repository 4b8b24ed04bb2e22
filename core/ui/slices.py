"""Going through what was uploaded: a choice between pictures, and a slider through the slices of a series."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby

import streamlit as st

from core.types import Case
from core.ui import state

_PICTURE = "uploaded_picture"


def group_cases(cases: Iterable[Case]) -> list[tuple[Case, ...]]:
    """Cases in the order given, the slices of one series in one group and every other picture alone."""
    return [tuple(group) for _, group in groupby(cases, key=lambda case: case.series or case.case_id)]


def choose_slice(case: Case) -> Case:
    """Draw what leads from the case on screen to the others of its upload; return the case chosen.

    Draws nothing for a single picture.
    """
    groups = group_cases(state.get_cases())
    index = next((i for i, group in enumerate(groups) if any(one is case for one in group)), None)
    if index is None:
        return case
    if len(groups) > 1:
        _choose_group(groups, index)
    if len(groups[index]) > 1:
        _choose_position(groups[index], case)
    reading = state.get_reading()
    return reading.case if reading is not None else case


def name_place(case: Case) -> str:
    """Where a slice stands in its series, for example ``"Slice 3 of 40"``; empty for a single picture."""
    if not case.position:
        return ""
    total = sum(one.series == case.series for one in state.get_cases())
    return f"Slice {case.position} of {total}"


def _choose_group(groups: list[tuple[Case, ...]], index: int) -> None:
    """A list of the pictures by number and name; names are shown as text by this widget."""
    st.session_state[_PICTURE] = index

    def title(place: int) -> str:
        group = groups[place]
        slices = f" ({len(group)} slices)" if len(group) > 1 else ""
        return f"{place + 1} of {len(groups)}: {group[0].title}{slices}"

    st.selectbox(
        "Which picture",
        range(len(groups)),
        format_func=title,
        key=_PICTURE,
        on_change=_take_group,
        filter_mode=None,
    )


def _take_group() -> None:
    groups = group_cases(state.get_cases())
    place = st.session_state.get(_PICTURE)
    if place is not None and place < len(groups):
        state.show_case(groups[place][(len(groups[place]) - 1) // 2])


def _choose_position(group: tuple[Case, ...], case: Case) -> None:
    """Previous, the place in the series, next, and a slider that arrow keys move."""
    key, total, here = f"slice_{case.series}", len(group), case.position
    st.session_state[key] = here
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        st.button(
            "Previous",
            icon=":material/chevron_left:",
            disabled=here <= 1,
            on_click=_take_position,
            args=(here - 1,),
            key="previous_slice",
        )
        st.markdown(f"**{name_place(case)}**", width="content")
        st.button(
            "Next",
            icon=":material/chevron_right:",
            icon_position="right",
            disabled=here >= total,
            on_click=_take_position,
            args=(here + 1,),
            key="next_slice",
        )
    st.slider(
        "Slice (arrow keys move it)",
        1,
        total,
        key=key,
        format=f"Slice %d of {total}",
        on_change=_take_slider,
        args=(key,),
        label_visibility="collapsed",
    )


def _take_slider(key: str) -> None:
    position = st.session_state.get(key)
    if position is not None:
        _take_position(position)


def _take_position(position: int) -> None:
    """Show the slice at a position of the series that is on screen."""
    reading = state.get_reading()
    if reading is None:
        return
    for case in state.get_cases():
        if case.series == reading.case.series and case.position == position:
            state.show_case(case)
            return
