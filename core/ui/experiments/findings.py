"""What the source concludes from its runs, and whether the runs here bear it out."""

from __future__ import annotations

import streamlit as st

from core.figures.experiments_words import STATE_ICONS, STATE_WORDS
from core.types import FindingState
from core.ui.experiments.load import Board

_STATES: tuple[FindingState, ...] = ("reproduced", "contradicted", "undecided")


def show_findings(board: Board) -> None:
    """Draw every statement with its verdict and the working behind it; those that wait for runs too."""
    st.header("What the source concludes, held against these runs", anchor=False)
    found = {} if board.results is None else {entry.id: entry for entry in board.results.findings}
    counts = ", ".join(
        f"{sum(entry.state == state for entry in found.values())} {STATE_WORDS[state].lower()}"
        for state in _STATES
    )
    waiting = len(board.suite.findings) - len(found)
    rest = f"; {waiting} wait for experiments that have not been run" if waiting else ""
    st.markdown(f"Of {len(board.suite.findings)} statements: {counts}{rest}.")
    for recipe in board.suite.findings:
        entry = found.get(recipe.id)
        if entry is None:
            st.markdown(f":material/hourglass_empty: **Not run yet** · {recipe.words}.")
            continue
        st.markdown(f"{STATE_ICONS[entry.state]} **{STATE_WORDS[entry.state]}** · {entry.words}.")
        st.caption(entry.working)
    st.caption(
        "Reproduced: the limits of the difference lie on the side that is stated (or the statement holds in "
        "97.5 % of resamples). Contradicted: on the other side. Undecided: they hold both, or there is one "
        "seed only. Many statements are judged and no limit is widened for that."
    )
