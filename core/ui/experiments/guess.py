"""Predict, then reveal: five experiments, described and without figures, are put in order by the reader."""

from __future__ import annotations

import random
from itertools import permutations

import streamlit as st

from core.experiments.leaderboard import RANKED, rank_experiments, rank_reported, score_guess
from core.figures.experiments_words import (
    METRIC_TITLES,
    describe_change,
    describe_guess,
    figure_words,
    metric_inside,
    name_run,
    value_words,
)
from core.types import ExperimentMetric, LeaderboardRow, RankColumn
from core.ui.experiments.load import Board

HOW_MANY = 5
_DRAW, _REVEALED = "experiments_draw", "experiments_revealed"


def show_guess(board: Board) -> None:
    """Draw the five experiments, the reader's ranks, and after the press how well they agree."""
    st.header("Put five experiments in order", anchor=False)
    drawn = draw_five(board.rows, st.session_state.setdefault(_DRAW, 0))
    if not drawn:
        st.info(f"This needs {HOW_MANY} experiments that have been run here.", icon=":material/info:")
        return
    metric: ExperimentMetric = st.selectbox(
        "Ordered by",
        RANKED,
        format_func=lambda name: METRIC_TITLES[name],
        key="experiments_guess_metric",
        on_change=_hide,
    )
    st.markdown(f"Give each a rank: 1 for the highest {metric_inside(metric)}, {HOW_MANY} for the lowest.")
    guess = {row.number: _ask_rank(row, board) for row in drawn}
    left, right = st.columns([1, 3])
    with left:
        if st.button("Reveal", key="experiments_reveal", type="primary", icon=":material/visibility:"):
            st.session_state[_REVEALED] = True
    with right:
        st.button("Draw five others", key="experiments_redraw", icon=":material/casino:", on_click=_redraw)
    ranks = {number: rank for number, rank in guess.items() if rank is not None}
    if not st.session_state.get(_REVEALED):
        return
    if sorted(ranks.values()) != list(range(1, HOW_MANY + 1)):
        st.warning(f"Use each rank from 1 to {HOW_MANY} once, then reveal.", icon=":material/info:")
        return
    _reveal(drawn, ranks, metric, board)


def draw_five(rows: tuple[LeaderboardRow, ...], draw: int) -> tuple[LeaderboardRow, ...]:
    """Five of the source's experiments that were run, the same for the same draw; empty where fewer were."""
    there = [row for row in rows if row.measured is not None and row.origin == "source"]
    if len(there) < HOW_MANY:
        return ()
    return tuple(random.Random(draw).sample(there, HOW_MANY))


def _ask_rank(row: LeaderboardRow, board: Board) -> int | None:
    with st.container(border=True):
        left, right = st.columns([4, 1], gap="small", vertical_alignment="center")
        with left:
            st.markdown(f"**{name_run(row)}** · {describe_change(row, board.rows)}")
        with right:
            rank: int | None = st.selectbox(
                f"Rank of {name_run(row)}",
                range(1, HOW_MANY + 1),
                index=None,
                placeholder="Rank",
                label_visibility="collapsed",
                key=f"experiments_rank_{st.session_state[_DRAW]}_{row.number}",
            )
    return rank


def _reveal(
    drawn: tuple[LeaderboardRow, ...], guess: dict[int, int], metric: ExperimentMetric, board: Board
) -> None:
    (column,) = rank_experiments(drawn, (metric,))
    scored = score_guess(guess, column)
    orders = list(permutations(range(1, HOW_MANY + 1)))
    as_good = sum(
        score_guess(dict(zip(guess, order, strict=True)), column) >= scored - 1e-9 for order in orders
    )
    st.markdown(describe_guess(scored, at_least_as_good=as_good, orders=len(orders)))
    st.table(_tabulate(drawn, guess, column), border="horizontal")
    n = 0 if board.results is None else board.results.n_test
    st.caption(
        f"Measured on {n:,} test pictures, mean over seeds with limits: where they overlap, the order may be "
        "chance. Reported: the source's own figure, ranked among those of the five that it prints."
    )


def _tabulate(
    drawn: tuple[LeaderboardRow, ...], guess: dict[int, int], column: RankColumn
) -> dict[str, list[str]]:
    rows = sorted(drawn, key=lambda row: column.ranks[row.number])
    metric, printed = column.metric, rank_reported(drawn, column.metric).ranks
    return {
        "Measured rank": [str(column.ranks[row.number]) for row in rows],
        "Yours": [str(guess[row.number]) for row in rows],
        "Experiment": [name_run(row) for row in rows],
        f"{METRIC_TITLES[metric]} here": [
            "" if row.measured is None else figure_words(metric, row.measured.figures[metric].interval)
            for row in rows
        ],
        "Reported (rank)": [
            f"{value_words(metric, row.reported[metric])} ({printed[row.number]} of {len(printed)})"
            if row.number in printed
            else ""
            for row in rows
        ],
        "What it teaches": [row.lesson for row in rows],
    }


def _hide() -> None:
    st.session_state[_REVEALED] = False


def _redraw() -> None:
    st.session_state[_DRAW] += 1
    _hide()
