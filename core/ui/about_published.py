"""What a source printed without a table of classes, on screen; and whether any source's figures agree."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import streamlit as st

from core.evaluation.published_summary import check_summary, find_summary, limit_summary
from core.figures import class_tables as tables
from core.figures.published_summary import describe_cases, describe_summary, tabulate_summary, warn_of_summary
from core.types import ArithmeticCheck, ClassReport, HeldOut, Role


def show_summary(modality: str, reports: Mapping[Role, ClassReport], held_out: HeldOut) -> None:
    """Draw a source's few figures and those measured here; nothing where no source printed any.

    Args:
        modality: registry name.
        reports: of every network, role to report, on ``held_out``.
        held_out: the cases.
    """
    summary = find_summary(modality)
    if summary is None:
        return
    st.subheader("What was published, and what is measured here", anchor=False)
    st.markdown(warn_of_summary(summary))
    st.table(tabulate_summary(reports, summary, limit_summary(summary)), border="horizontal")
    st.caption(describe_summary(summary, describe_cases(held_out)))
    show_checks(check_summary(summary))


def show_checks(checks: Sequence[ArithmeticCheck]) -> None:
    """Draw which printed figures can be true together, folded away under how many can."""
    states = [check.state for check in checks]
    held = f"{states.count('consistent')} of {len(checks)} checks hold"
    label = f"Do the printed figures agree with each other? {held}"
    if open_ones := states.count("undecided"):
        label += f", {open_ones} cannot be decided"
    with st.expander(label, icon=":material/calculate:"):
        st.markdown("\n".join(f"- {line}" for line in tables.describe_checks(checks)))
