"""What every page has: settings, title, research-use notice, footer, and an answer to every known error."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import streamlit as st

import core
from core.bundle import Pair
from core.errors import TwinLensError
from core.ui.models import choose_pair

_FAILED = "This page cannot be shown."
NOTICE = "Research use only. TwinLens is not a medical device and is not for diagnosis or treatment."

# A file of ours: a named icon would be fetched from a server outside.
_ICON = Path(core.__file__).resolve().parent.parent / "assets" / "icon.png"

PAGES: dict[str, str] = {
    "app.py": "Read a case",
    "pages/1_Thresholds.py": "Thresholds",
    "pages/2_Calibration.py": "Calibration",
    "pages/3_Distillation.py": "Distillation",
    "pages/4_Topology.py": "Topology",
    "pages/5_Explain.py": "Explain",
    "pages/6_Latency.py": "Latency",
    "pages/7_Experiments.py": "Experiments",
    "pages/8_Claims.py": "Claims",
    "pages/9_About_the_networks.py": "About the networks",
}
"""Every page and its title, in the order of the links; Streamlit's own list would call the first "app"."""

# A constant of ours; no text of a user ever comes near it.
_STYLE = """<style>
.st-key-twinlens_notice {padding: .35rem .8rem; border-left: 4px solid #D55E00; border-radius: 4px;
  background: rgba(213, 94, 0, .09);}
.block-container, [data-testid="stMainBlockContainer"] {padding-top: 3.6rem; max-width: 1320px;}
.st-key-twinlens_maps_column, .st-key-twinlens_narrow {display: none;}
.st-key-twinlens_cards [data-testid="stHorizontalBlock"] {flex-wrap: wrap;}
.st-key-twinlens_cards [data-testid="stColumn"] {min-width: 11rem;}
.st-key-twinlens_cards [data-testid="stMetricDelta"] * {white-space: normal; overflow: visible;}
[data-testid="stPageLink-NavLink"]:focus-visible {outline: 3px solid #2A8A99; outline-offset: -2px;}
[data-testid="stPlotlyChart"] text:not([style*="255, 255, 255"]) {fill: currentColor !important;}
@media (max-width: 640px) {
  .st-key-twinlens_maps_row, .st-key-twinlens_wide {display: none;}
  .st-key-twinlens_maps_column, .st-key-twinlens_narrow {display: flex;}
  [data-testid="stMainBlockContainer"] {padding-left: 1rem; padding-right: 1rem;}
}
</style>"""


@contextmanager
def page_frame(title: str, question: str = "") -> Iterator[Pair]:
    """Draw a page's frame and give the pair that it works with.

    Use as the first line of a page: ``with page_frame("Read a case") as pair:``. ``question`` is what the
    page answers, in one line under its title. Errors that a user can do something about are shown in the
    page's body; anything else is a defect and goes to the server's log.
    """
    st.set_page_config(page_title=f"{title} · TwinLens", page_icon=str(_ICON), layout="wide")
    st.markdown(_STYLE, unsafe_allow_html=True)
    with st.container(horizontal=True):
        for page, name in PAGES.items():
            st.page_link(page, label=name)
    st.title(title, anchor=False)
    if question:
        st.markdown(question)
    with st.container(key="twinlens_notice"):
        st.markdown(f":material/science: **{NOTICE}**")
    body, foot = st.container(), st.container()
    with body:
        try:
            pair = choose_pair()
        except TwinLensError as error:
            show_error(_FAILED, error)
            st.stop()
        with foot:
            _draw_footer(pair)
        try:
            yield pair
        except TwinLensError as error:
            show_error(_FAILED, error)


def show_error(headline: str, error: TwinLensError) -> None:
    """Show an error: a headline of ours, then the error's own words as text without markup."""
    st.error(f"**{headline}**", icon=":material/error:")
    st.text(f"{error.subject}: {error.problem}.\n{error.remedy}.")


def _draw_footer(pair: Pair) -> None:
    st.divider()
    st.caption(
        f"TwinLens {core.__version__} · {pair.card.title} ({pair.card.pair}) · {pair.card.intended_use} "
        "Pictures stay in the memory of this browser session and are never stored."
    )
