"""What a pair's networks in 8 bits save and change, and which held-out cases they decide otherwise."""

from __future__ import annotations

import streamlit as st

from core.bundle import Pair
from core.figures import int8_words as words
from core.figures.wording import LIMITS, name_role
from core.int8_card import Int8Report, read_int8_report


def show_int8(pair: Pair) -> None:
    """Draw the gate's report of every role that ships in 8 bits; one sentence where none does."""
    st.header("In 8 bits", anchor=False)
    reports = {role: read_int8_report(pair, role) for role in pair.served_roles}
    found = {role: report for role, report in reports.items() if report is not None}
    if not found:
        st.markdown(
            "No network of this pair ships in 8 bits. Where its data sets are at hand, "
            f"`python -m core export {pair.card.pair} --int8 --root FOLDER` makes one, or says why not."
        )
        return
    allowance = pair.card.int8_allowance
    st.caption(
        "The same network with its weights in 8 bits, a quarter of what they take in float32. It ships only "
        f"if, on every set of held-out cases, at most {allowance.flips:.0%} of its decisions differ from the "
        f"float network's and its AUC is less by {allowance.auc:g} at most."
    )
    for role, report in found.items():
        if len(found) > 1:
            st.subheader(name_role(role).capitalize(), anchor=False)
        _show_report(report)


def _show_report(report: Int8Report) -> None:
    st.markdown(words.describe_int8(report))
    st.table(words.tabulate_drift(report), border="horizontal", hide_index=True)
    st.caption(
        f"n cases; shares and differences with {LIMITS}. The validation split chose which layers stay float; "
        "the other sets had no part in it."
    )
    flipped = words.tabulate_flipped(report)
    with st.expander(f"Held-out cases that are decided otherwise in 8 bits: {len(flipped)}"):
        if flipped:
            st.table(flipped, border="horizontal", hide_index=True)
            st.caption("Probabilities of a positive finding; a case is flagged from the threshold on.")
        else:
            st.markdown("None.")
    with st.expander("Where the time goes, and every way that was tried"):
        st.table(words.tabulate_times(report), border="horizontal", hide_index=True)
        st.caption(
            "Network alone, one thread, one picture, versions taking turns, where the network was made; "
            f"n = {report.rounds} rounds. Spread: interquartile range over the median."
        )
        st.table(words.tabulate_trials(report), border="horizontal", hide_index=True)
        st.caption(f"On the {report.validation.title}, n = {report.validation.n}.")
