"""How the order of the experiments changes when the metric changes."""

from __future__ import annotations

import streamlit as st

from core.figures.experiments_ranks import (
    MARKS,
    describe_ranks,
    mark_runs,
    plot_ranks,
    tabulate_ranks,
)
from core.figures.experiments_words import find_champion, name_run
from core.types import RankColumn
from core.ui.experiments.board import ranks_of_source
from core.ui.experiments.load import Board
from core.ui.plain import escape_markdown

TRAP = 14
_STATIC = {"staticPlot": True}


def show_ranks(board: Board) -> None:
    """Draw the choice of runs and the bump chart; on a narrow page names stand under it."""
    st.header("How ranks change with the metric", anchor=False)
    columns = ranks_of_source(board)
    there = list(columns[0].ranks)
    if len(there) < 2:
        st.markdown("Ranks need at least two experiments that have been run here.")
        return
    names = {row.number: name_run(row) for row in board.rows}
    chosen = st.multiselect(
        "Runs told apart",
        there,
        default=default_runs(columns),
        max_selections=len(MARKS),
        format_func=lambda number: names[number],
        key=f"experiments_marked_{len(there)}",
        help=f"At most {len(MARKS)}; all others are grey lines with their number.",
    )
    told = describe_ranks(columns, board.rows, chosen)
    with st.container(key="twinlens_wide"):
        st.plotly_chart(
            plot_ranks(columns, board.rows, chosen), key="experiments_ranks", config=_STATIC, alt=told
        )
    with st.container(key="twinlens_narrow"):
        st.plotly_chart(
            plot_ranks(columns, board.rows, chosen, width="narrow"),
            key="experiments_ranks_narrow",
            config=_STATIC,
            alt=told,
        )
        for number, mark in mark_runs(chosen, there).items():
            st.markdown(f"{mark.sign} {escape_markdown(names[number])}")
    source = sum(row.origin == "source" for row in board.rows)
    waiting = (
        f" {source - len(there)} of {source} have not been run and take no part."
        if len(there) < source
        else ""
    )
    st.caption(
        f"Rank 1, at the top, is the highest mean over the seeds on {_n_test(board):,} test pictures; ranks "
        f"have no limits here, and neighbours are often within chance of each other: see the limits in the "
        f"table. Runs with equal figures share a rank.{waiting}"
    )
    with st.expander("The same as a table", icon=":material/table:"):
        st.dataframe(tabulate_ranks(columns, board.rows), hide_index=True, height=320, alt=told)


def default_runs(columns: tuple[RankColumn, ...]) -> list[int]:
    """The champion by AUC, that by melanoma recall, and the preprocessing trap, where they were run."""
    champions = {column.metric: find_champion(column) for column in columns}
    wanted = (champions["auc"], champions["melanoma_recall"], TRAP)
    return [n for n in dict.fromkeys(wanted) if n is not None and n in columns[0].ranks]


def _n_test(board: Board) -> int:
    return 0 if board.results is None else board.results.n_test
