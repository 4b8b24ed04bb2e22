"""The leaderboard: what the source prints beside what was measured here, sorted and filtered by a reader."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st
from pandas import DataFrame

from core.experiments.leaderboard import rank_experiments, score_guess
from core.figures.experiments_board import (
    BOARD_METRICS,
    BoardColumn,
    BoardFilter,
    Cell,
    Side,
    describe_leaderboard,
    filter_rows,
    list_columns,
    tabulate_leaderboard,
)
from core.figures.experiments_words import (
    METRIC_TITLES,
    RANKING,
    capital_title,
    describe_suite,
    summarise_champions,
)
from core.types import ExperimentMetric, LeaderboardRow, RankColumn
from core.ui.experiments.load import Board

RUN_KEY = "experiments_run"
"""Under which the experiment of the detailed view is kept: the selected row of the table puts it there."""

_TABLE_PX = 420
_SIDES: dict[Side, str] = {"here": "re-run here", "reported": "reported"}


def show_leaderboard(board: Board) -> None:
    """Draw who leads, the filters, and the table."""
    st.header("Leaderboard", anchor=False)
    columns = ranks_of_source(board)
    if board.results is not None:
        st.markdown(summarise_champions(board.rows, columns, _agreement(columns)))
    metrics, wanted = _ask(board)
    rows = filter_rows(board.rows, wanted)
    st.caption(_count(rows, board))
    _show_table(rows, metrics)
    if board.results is not None:
        st.caption(describe_suite(board.results, board.rows))
    with st.expander("What the figures mean", icon=":material/help:"):
        st.markdown("\n".join(f"- {capital_title(metric)}." for metric in BOARD_METRICS))
        st.markdown(
            "The source calls one figure cancer sensitivity and does not say which of the two it is; what it "
            "prints stands under the first. Seconds reported are of the source's machine, seconds here are "
            "processor time of one thread: they are not comparable."
        )


def ranks_of_source(board: Board) -> tuple[RankColumn, ...]:
    """Ranks of the source's own experiments that were run; controls of ours take no part."""
    return rank_experiments([row for row in board.rows if row.origin == "source"])


def _agreement(columns: tuple[RankColumn, ...]) -> float | None:
    """Spearman's correlation of the ranks by AUC and by melanoma recall."""
    ranks = {column.metric: column for column in columns}
    if len(ranks["auc"].ranks) < 3:
        return None
    return score_guess(ranks["melanoma_recall"].ranks, ranks["auc"])


def _ask(board: Board) -> tuple[list[ExperimentMetric], BoardFilter]:
    chapters = list(dict.fromkeys(row.chapter for row in board.rows))
    with st.expander("Filter rows and choose figures", icon=":material/filter_list:"):
        metrics = st.pills(
            "Figures shown",
            BOARD_METRICS,
            selection_mode="multi",
            default=list(BOARD_METRICS),
            format_func=lambda metric: METRIC_TITLES[metric],
            key="experiments_metrics",
            persist_state="session",
        )
        picked = st.pills(
            "Chapters (none chosen: all)",
            chapters,
            selection_mode="multi",
            key="experiments_chapters",
            persist_state="session",
        )
        left, middle, right = st.columns(3, gap="medium")
        with left:
            with_ours = st.toggle("Show our controls", value=True, key="experiments_ours")
            printed = st.toggle("Only where the source prints a figure", key="experiments_printed")
        with middle:
            least_of = st.selectbox(
                "At least, by",
                [None, *((metric, side) for metric in METRIC_TITLES for side in _SIDES)],
                format_func=_name_least,
                key="experiments_least_of",
            )
        with right:
            least = st.number_input(
                "Smallest figure shown (AUC from 0 to 1, shares in %)",
                min_value=0.0,
                max_value=100.0,
                value=0.0,
                step=0.01 if least_of and least_of[0] in RANKING else 1.0,
                disabled=least_of is None,
                key="experiments_least",
            )
    shown = [metric for metric in BOARD_METRICS if metric in (metrics or ())]
    if least_of is None:
        return shown, BoardFilter(picked or (), with_ours, printed)
    metric, side = least_of
    scale = 1.0 if metric in RANKING else 100.0
    return shown, BoardFilter(picked or (), with_ours, printed, metric, side, least / scale)


def _name_least(choice: tuple[ExperimentMetric, Side] | None) -> str:
    return "no smallest figure" if choice is None else f"{METRIC_TITLES[choice[0]]}, {_SIDES[choice[1]]}"


def _count(rows: tuple[LeaderboardRow, ...], board: Board) -> str:
    missing = sum(row.measured is None for row in rows)
    words = f"{len(rows)} of {len(board.rows)} rows. A click on a column's head sorts by it."
    return (
        f"{words} {missing} of them {'has' if missing == 1 else 'have'} not been run here."
        if missing
        else words
    )


def _show_table(rows: tuple[LeaderboardRow, ...], metrics: list[ExperimentMetric]) -> None:
    if not rows:
        st.info("No experiment passes these filters.", icon=":material/filter_list:")
        return
    event = show_numbers(
        list_columns(metrics),
        tabulate_leaderboard(rows, metrics),
        key="experiments_table",
        alt=describe_leaderboard(rows),
        selects=True,
    )
    picked = [rows[place].number for place in event.selection.rows if place < len(rows)]
    if picked and picked[0] != st.session_state.get("experiments_picked"):
        st.session_state[RUN_KEY] = picked[0]
    st.session_state["experiments_picked"] = picked[0] if picked else None
    st.caption("Choose a row with its box to see what it changed, its curves and every seed further down.")


def show_numbers(
    columns: Sequence[BoardColumn],
    table: Sequence[Mapping[str, Cell]],
    *,
    key: str,
    alt: str,
    selects: bool = False,
) -> Any:
    """Draw rows of numbers so that they sort as numbers; the first columns stay where others are scrolled.

    Columns have two heads, so their settings go by place, of which the hidden index has the first.

    Returns:
        What the reader selected, where ``selects``.
    """
    present = [column for column in columns if not table or column.title in table[0]]
    config: dict[Any, Any] = {
        place: (
            st.column_config.NumberColumn(
                width=column.width, help=column.meaning, format=column.number, pinned=column.pinned
            )
            if column.number
            else st.column_config.TextColumn(width=column.width, help=column.meaning, pinned=column.pinned)
        )
        for place, column in enumerate(present, start=1)
    }
    return st.dataframe(
        DataFrame({column.heads: [cells[column.title] for cells in table] for column in present}),
        hide_index=True,
        height="content" if len(table) <= 14 else _TABLE_PX,
        column_config=config,
        key=key,
        on_select="rerun" if selects else "ignore",
        selection_mode="single-row",
        placeholder="",
        alt=alt,
    )
