"""One experiment in full: what it changed, its figures seed by seed, its curves, and what it confuses."""

from __future__ import annotations

import numpy as np
import streamlit as st

from core.evaluation.per_class import report_classes
from core.experiments.store import StoredSuite
from core.figures.class_tables import tabulate_confusion
from core.figures.confusion import describe_confusion, plot_confusion
from core.figures.experiments_board import tabulate_run
from core.figures.experiments_curves import describe_curves, plot_curves
from core.figures.experiments_words import describe_change, describe_gap, describe_time, name_run
from core.modalities.base import MODALITIES
from core.types import ConfusionMatrix, LeaderboardRow, MeasuredExperiment
from core.ui.experiments.board import RUN_KEY
from core.ui.experiments.load import Board, Stamp

_RESAMPLES = 1
"""Only counts and Wilson limits of shares are shown, which no resample changes."""


def show_run(board: Board) -> None:
    """Draw the choice of experiment and everything known of it."""
    st.header("One experiment in full", anchor=False)
    rows = {row.number: row for row in board.rows}
    if st.session_state.get(RUN_KEY) not in rows:
        st.session_state[RUN_KEY] = _first(board)
    number = st.selectbox(
        "Experiment",
        list(rows),
        format_func=lambda n: name_run(rows[n]),
        key=RUN_KEY,
        persist_state="session",
    )
    row = rows[number]
    _show_words(row, board)
    st.table(tabulate_run(row), border="horizontal")
    if row.measured is None or board.stored is None:
        st.info("This experiment has not been run here.", icon=":material/info:")
        return
    st.caption(describe_time(row.measured))
    left, right = st.columns(2, gap="medium")
    with left:
        _show_curves(row, row.measured)
    with right:
        _show_confusion(board, board.stored, row, row.measured)


def _first(board: Board) -> int:
    """The batch normalisation that the source builds on where it was run, else the first that was."""
    run = [row.number for row in board.rows if row.measured is not None]
    return 8 if 8 in run else (run or [board.rows[0].number])[0]


def _show_words(row: LeaderboardRow, board: Board) -> None:
    lines = [describe_change(row, board.rows), f"What it teaches: {row.lesson}"]
    if row.reading:
        lines.append(f"How the source was read: {row.reading}")
    st.markdown("\n".join(f"- {line}" for line in lines))


def _show_curves(row: LeaderboardRow, measured: MeasuredExperiment) -> None:
    st.subheader("Training", anchor=False)
    st.markdown(describe_gap(measured))
    st.plotly_chart(
        plot_curves(measured),
        key="experiments_curves",
        config={"displayModeBar": False},
        alt=describe_curves(measured, name_run(row)),
    )
    st.caption(
        "Dashes: training pictures without augmentation; solid: validation pictures. Thin lines are seeds, "
        "thick ones their mean or the only seed. The loss is without class weights and smoothing."
    )


def _show_confusion(
    board: Board, stored: StoredSuite, row: LeaderboardRow, measured: MeasuredExperiment
) -> None:
    st.subheader("What it confuses", anchor=False)
    seed = st.segmented_control(
        "Seed",
        [run.seed for run in measured.runs],
        default=measured.runs[0].seed,
        required=True,
        key=f"experiments_seed_{row.number}_{len(measured.runs)}",
    )
    seed = measured.runs[0].seed if seed is None else seed
    matrix = _confusion(board.key, row.number, seed, stored)
    findings = MODALITIES.get(board.suite.modality).findings
    names = {finding.code: finding.name.split(" / ")[0] for finding in findings}
    told = f"{name_run(row)}, seed {seed}, {stored.results.n_test:,} test pictures"
    st.plotly_chart(
        plot_confusion(matrix, names),
        key="experiments_confusion",
        config={"staticPlot": True},
        alt=describe_confusion(matrix, names, told),
    )
    st.caption(f"{told}. Rows: what they are; columns: what they are called; shares of the row.")
    with st.expander("With limits, as a table", icon=":material/table:"):
        st.table(tabulate_confusion(matrix, names), border="horizontal")


@st.cache_data(show_spinner=False, max_entries=128)
def _confusion(key: Stamp, number: int, seed: int, _stored: StoredSuite) -> ConfusionMatrix:
    classes = _stored.results.classes
    target = _stored.target("test")
    return report_classes(
        _stored.probs(number, seed, "test"),
        np.asarray(classes)[target],
        np.arange(len(target)),
        classes=classes,
        resamples=_RESAMPLES,
    ).confusion
