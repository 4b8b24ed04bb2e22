"""The choice of a suite, and a suite of runs from its leaderboard to any two of them read together."""

from __future__ import annotations

import streamlit as st

from core.ui.experiments.board import show_leaderboard
from core.ui.experiments.combine import show_combining
from core.ui.experiments.findings import show_findings
from core.ui.experiments.guess import show_guess
from core.ui.experiments.load import Board, load_board
from core.ui.experiments.ranks import show_ranks
from core.ui.experiments.run import show_run
from core.ui.experiments.tables import show_ablation, show_sweep

SUITES: dict[str, str] = {
    "dermamnist": "DermaMNIST: 25 experiments",
    "mel_teachers": "Melanoma, Table I: teachers",
    "mel_kd": "Melanoma, Table II: temperature and weight",
    "ablation": "Retinopathy: ablation",
}


def choose_suite() -> str:
    """Draw the choice of suite; the address may name it as the page does."""
    chosen = st.segmented_control(
        "Suite of experiments",
        list(SUITES),
        format_func=lambda key: SUITES[key],
        default=None if "suite" in st.session_state else "dermamnist",
        required=True,
        key="suite",
        bind="query-params",
        persist_state="session",
    )
    st.caption("Suites have networks of their own: the kind of image chosen above changes nothing here.")
    return chosen or "dermamnist"


def show_suite(chosen: str) -> None:
    """Draw a suite from top to bottom."""
    if chosen == "ablation":
        show_ablation()
        return
    if chosen in ("mel_kd", "mel_teachers"):
        show_sweep("mel_kd" if chosen == "mel_kd" else "mel_teachers")
        return
    board = load_board(chosen)
    _show_head(board)
    guessing = st.toggle(
        "Predict, then reveal",
        key="experiments_guess",
        persist_state="session",
        help="Hides every figure and chart until you have put five experiments in order.",
    )
    if guessing:
        show_guess(board)
        return
    show_leaderboard(board)
    show_ranks(board)
    show_run(board)
    show_findings(board)
    show_combining(board)


def _show_head(board: Board) -> None:
    suite = board.suite
    st.caption(f"Source: {suite.citation}. Blank cells: the source prints nothing, or nothing was run here.")
    if suite.caution:
        st.warning(suite.caution, icon=":material/warning:")
    if board.problem:
        st.info(
            f"**No results of this suite are here.** {board.problem} What the source prints is shown.",
            icon=":material/info:",
        )
