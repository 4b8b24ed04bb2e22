"""Read a case: one picture, a large network and its small student side by side."""

from __future__ import annotations

import streamlit as st

from core.ui.frame import page_frame
from core.ui.gate import allow_reading
from core.ui.guide import show_guide
from core.ui.maps import show_maps
from core.ui.models import open_early
from core.ui.networks import show_networks
from core.ui.picker import choose_case, show_case, show_warnings
from core.ui.result import show_result
from core.ui.uploads import expect_upload
from core.ui.window_sweep import show_window_sweep

with page_frame("Read a case") as pair:
    open_early(pair)
    left, right = st.columns([1.3, 2] if pair.modality.windows else [1, 2.2], gap="large")
    with left:
        case = choose_case(pair.modality)
        show_case(case, pair.modality, preprocessing=pair.network("teacher").preprocessing)
    with right:
        show_warnings(case, pair.modality)
        allowed = allow_reading(case, pair.modality, pair)
        predictions = show_result(pair, case) if allowed else {}
    maps = st.container()
    if allowed:
        show_window_sweep(pair, case, predictions)
        show_networks(pair, case, predictions)
    show_guide(pair)
    expect_upload()
    if allowed:
        show_maps(pair, case, maps)
