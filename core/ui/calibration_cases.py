"""The cases behind one bin of a reliability diagram."""

from __future__ import annotations

import streamlit as st

from core.bundle import Pair
from core.figures.nouns import state
from core.figures.reliability import describe_bin
from core.figures.wording import ROLE_TITLES, name_role, percent, percent_with_limits
from core.types import FEW_CASES, ReliabilityCurve, Role
from core.ui.calibration_state import ROLE_KEY, Division, bin_key, find_first_bin, student_first
from core.ui.calibration_tables import tabulate_cases
from core.ui.held_out import ChosenCases


def show_cases(
    pair: Pair, chosen: ChosenCases, curves: dict[Role, ReliabilityCurve], division: Division
) -> None:
    """Draw the cases of one bin; the choice follows clicks on the diagrams and works by keyboard alone."""
    st.header("The cases of a bin", anchor=False)
    left, right = st.columns([1, 1.4], gap="medium")
    if st.session_state.get(ROLE_KEY) not in curves:
        st.session_state[ROLE_KEY] = student_first(curves)[0]
    with left:
        picked = st.segmented_control(
            "Network",
            list(curves),
            format_func=ROLE_TITLES.__getitem__,
            required=True,
            key=ROLE_KEY,
            persist_state="session",
        )
    role: Role = picked if picked is not None else student_first(curves)[0]
    curve = curves[role]
    key = bin_key(role, division)
    if st.session_state.get(key) is None:
        st.session_state[key] = find_first_bin(curve)
    with right:
        index = st.selectbox(
            "Bin", range(len(curve.bins)), format_func=lambda at: describe_bin(curve.bins[at]), key=key
        )
    part = curve.bins[index]
    if part.state == "empty":
        st.info(f"The {name_role(role)} gives no case a probability in this bin.", icon=":material/info:")
        return
    noun = chosen.positive.noun
    few = f" With fewer than {FEW_CASES} cases this share says little." if part.state == "few" else ""
    seen = percent_with_limits(part.observed)
    cases = "1 case" if part.n == 1 else f"{part.n} cases"
    st.markdown(
        f"The {name_role(role)} said {percent(part.mean_prob)} on average; {seen} of these "
        f"{cases} turned out to {state('be', noun)}.{few}"
    )
    names = {finding.code: finding.name for finding in pair.modality.findings}
    per_cent = st.column_config.NumberColumn(format="%.1f %%")
    st.dataframe(
        tabulate_cases(part, chosen.held_out, role, names),
        hide_index=True,
        height=min(35 * (part.n + 1) + 3, 300),
        column_config={ROLE_TITLES[name]: per_cent for name in chosen.held_out.roles},
        alt=f"The {part.n} cases of the chosen bin: public image id, truth, probability of every network",
    )
    st.caption("Public ids of the data set's publisher, the most probable first. No pictures are shown.")
