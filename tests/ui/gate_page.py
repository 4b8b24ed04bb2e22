"""A page with nothing but the picker and the gate of fundus photographs, for tests without a pair."""

from __future__ import annotations

import streamlit as st

from core.modalities.base import MODALITIES, Preprocessing
from core.ui.gate import allow_reading
from core.ui.picker import choose_case, show_case

st.set_page_config(layout="wide")
modality = MODALITIES.get("fundus")
left, right = st.columns([1, 2.2], gap="large")
with left:
    case = choose_case(modality)
    show_case(case, modality, preprocessing=Preprocessing(height=64, width=64, crop="field_of_view"))
with right:
    if allow_reading(case, modality):
        st.subheader("Prediction", anchor=False)
