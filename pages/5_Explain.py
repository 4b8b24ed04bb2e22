"""Explain: where each network looked, by several methods, and how far its maps can be believed."""

from __future__ import annotations

import streamlit as st

from core.ui.explain import choose_scene, finish, show_grid
from core.ui.explain_agreement import show_agreement
from core.ui.explain_cohort import show_cohort
from core.ui.frame import page_frame
from core.ui.gate import allow_reading
from core.ui.picker import choose_case, show_warnings

with page_frame(
    "Explain", "Where did each network look, how far can its map be believed, and do the networks agree?"
) as pair:
    left, right = st.columns([1, 2.2], gap="large")
    with left:
        case = choose_case(pair.modality)
        st.text(case.title)
        if case.source:
            st.caption(case.source)
    with right:
        show_warnings(case, pair.modality)
        scene = choose_scene(pair, case) if allow_reading(case, pair.modality, pair) else None
    if scene is not None and scene.methods:
        board = show_grid(scene)
        show_agreement(scene)
    show_cohort(pair)
    if scene is not None and scene.methods:
        finish(scene, board)
