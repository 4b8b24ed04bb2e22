"""A page with nothing but the picker and one figure, for tests of hostile file names without a pair."""

from __future__ import annotations

import plotly.graph_objects as go
import streamlit as st

from core.modalities.base import MODALITIES
from core.ui.picker import choose_case, show_case

st.set_page_config(page_title="TwinLens", layout="wide")
st.header("Read a case", anchor=False)
modality = MODALITIES.get("dermoscopy")
left, right = st.columns(2)
with left:
    case = choose_case(modality)
    show_case(case, modality)
with right:
    st.plotly_chart(go.Figure(go.Heatmap(z=[[1, 2], [3, 4]])), alt="A figure")
