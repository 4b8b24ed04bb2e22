"""Topology: which dark and bright spots the student is told of, and what they are worth."""

from __future__ import annotations

import streamlit as st

from core.ui.frame import page_frame
from core.ui.gate import allow_reading
from core.ui.picker import choose_case
from core.ui.topology import find_spec, show_explorer, show_no_topology
from core.ui.topology_grades import show_images
from core.ui.topology_guide import show_guide
from core.ui.topology_stability import show_stability
from core.ui.topology_state import load_reference

with page_frame(
    "Topology", "Which dark and bright spots is the student told of, where are they, and do they matter?"
) as pair:
    spec = find_spec(pair)
    if spec is None:
        show_no_topology(pair)
    else:
        left, right = st.columns([1, 2.6], gap="large")
        with left:
            case = choose_case(pair.modality)
            st.text(case.title)
        with right:
            show_guide()
            allowed = allow_reading(case, pair.modality, pair)
        if allowed:
            view = show_explorer(pair, case, spec)
            reference = load_reference(pair)
            show_images(pair, view, reference)
            show_stability(pair, case, view, reference)
