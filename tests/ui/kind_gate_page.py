"""A page with nothing but the gate, for a case that the test puts into the session."""

from __future__ import annotations

import os
from pathlib import Path

import streamlit as st

from core.bundle import load_pair
from core.ui import state
from core.ui.gate import allow_reading
from tests.pair_factory import PAIR

pair = load_pair(PAIR, Path(os.environ["KIND_GATE_MODELS"]))
case = st.session_state["case_of_the_test"]
if (reading := state.get_reading()) is None or reading.case is not case:
    state.set_case(case)
if allow_reading(case, pair.modality, pair):
    st.subheader("Prediction", anchor=False)
