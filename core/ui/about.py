"""The card of a pair in a reader's words: purpose, limits, data and its division, every held-out figure."""

from __future__ import annotations

import streamlit as st

from core.bundle import Pair
from core.figures.nouns import count_of
from core.release.summary import tabulate_figures
from core.ui import wording
from core.ui.networks import show_caution
from core.ui.sizes import offer_timing, read_held_out, remember_latency, show_audit


def show_purpose(pair: Pair) -> None:
    """Draw what the pair is for, what it is not for, and what must be known beside every figure below."""
    st.markdown(pair.card.summary)
    st.markdown(f"**Intended use.** {pair.card.intended_use}")
    show_caution(pair)
    st.header("Limits", anchor=False)
    st.markdown("\n".join(f"- {limit}" for limit in pair.card.limits))


def show_data(pair: Pair) -> None:
    """Draw which pictures were used for what, under which licence, and how they were divided."""
    st.header("Pictures behind the pair", anchor=False)
    st.table(wording.tabulate_sources(pair.card.sources), border="horizontal")
    st.markdown(f"Divided {pair.card.split.method}.")
    st.caption(f"Fingerprint of the division (SHA-256): {pair.card.split.sha256}")
    with st.expander("Papers to cite"):
        st.markdown("\n".join(f"- {text}" for text in dict.fromkeys(s.citation for s in pair.card.sources)))


def show_sizes(pair: Pair) -> None:
    """Draw what every network costs, whether a student saves anything, and which one to use."""
    st.header("How big, how fast, and worth it?", anchor=False)
    latency = remember_latency(pair)
    show_audit(pair, read_held_out(pair), latency)
    offer_timing(pair, latency, key="about_latency")


def show_figures(pair: Pair) -> None:
    """Draw every figure of every network on every set of held-out cases."""
    st.header("Every held-out figure", anchor=False)
    st.caption("95 % limits in brackets. Control: the small network trained without a teacher.")
    for report in pair.card.reports.values():
        st.markdown(
            f"**{report.title}: {report.n} cases, {count_of(report.positives, pair.modality.positive_name)}**"
        )
        st.table(tabulate_figures(report), border="horizontal")
