"""Any two runs read together: thresholds by hand on the test pictures, and set on validation pictures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import streamlit as st

from core.evaluation.combinations import GREY_LIMIT, compare_combinations
from core.evaluation.strategies import choose_strategy
from core.experiments.combine import call_cases, hold_out
from core.experiments.store import StoredSuite
from core.experiments.tasks import Task
from core.figures.combinations import (
    describe_gains,
    find_gain,
    plot_gains,
    summarise_gains,
    tabulate_combinations,
)
from core.figures.experiments_combined import (
    READERS,
    WAYS,
    Reading,
    conclude_gains,
    conclude_readings,
    rename_strategies,
    tabulate_readings,
)
from core.figures.experiments_words import find_champion, name_run
from core.figures.nouns import capital, count_of
from core.figures.wording import LIMITS, NO_BREAK, percent, percent_with_limits
from core.modalities.base import MODALITIES, PositiveSet
from core.types import CombinationTable, HeldOut, LeaderboardRow, Role, Strategy
from core.ui.experiments.board import ranks_of_source
from core.ui.experiments.load import Board, Stamp

_START = 0.9
"""Specificity on validation pictures at which every slider starts."""

_STARTED: tuple[Strategy, ...] = ("cascade", "student", "teacher", "mean", "max")
"""The cascade first: its threshold for the second network gives way to that network's own."""

_LEVELS = {f"{100 * level:.0f}{NO_BREAK}%": level for level in (0.8, 0.9, 0.95)}
Run = tuple[int, int]


@dataclass(frozen=True)
class Pick:
    """What the reader picked: two runs, the cases that count, and what is known of them."""

    first: Run
    second: Run
    positive: PositiveSet
    champion: int | None
    validation: HeldOut
    test: HeldOut
    key: tuple[object, ...]

    @property
    def winner(self) -> Role | None:
        """Which of the two is the leaderboard's champion by AUC; the first if both are, None if neither."""
        return (
            "student"
            if self.first[0] == self.champion
            else "teacher"
            if self.second[0] == self.champion
            else None
        )


def show_combining(board: Board) -> None:
    """Draw the choice of two runs, their thresholds, and what both give alone and together."""
    st.header("Read with two of them", anchor=False)
    runs = [
        (row.number, run.seed) for row in board.rows if row.measured is not None for run in row.measured.runs
    ]
    if board.stored is None or len(runs) < 2:
        st.markdown("This needs two runs that were made here.")
        return
    pick = _ask(board, board.stored, runs)
    _by_hand(pick)
    _on_validation(pick)


def _ask(board: Board, stored: StoredSuite, runs: list[Run]) -> Pick:
    rows = {row.number: row for row in board.rows}
    champions = {column.metric: find_champion(column) for column in ranks_of_source(board)}
    start = _default(runs, champions.get("auc"), champions.get("melanoma_recall"))
    chosen: list[Run] = []
    for column, place in zip(st.columns(2, gap="medium"), ("First", "Second"), strict=True):
        with column:
            chosen.append(
                st.selectbox(
                    f"{place} network",
                    runs,
                    index=runs.index(start[len(chosen)]),
                    format_func=lambda run: _title(rows, run),
                    key=f"experiments_{place.lower()}_{len(runs)}",
                )
            )
    modality = MODALITIES.get(board.suite.modality)
    sets = {entry.name: entry for entry in modality.positive_sets}
    picked = st.segmented_control(
        "What has to be found",
        list(sets),
        default=next(iter(sets)),
        required=True,
        format_func=lambda name: capital(sets[name].noun),
        key="experiments_positive",
        help="Skin cancer: melanoma, basal cell carcinoma and actinic keratosis together; their "
        "probabilities are summed.",
    )
    positive = sets[picked or next(iter(sets))]
    cases = [
        _held_out(board.key, chosen[0], chosen[1], positive.codes, part, stored) for part in ("val", "test")
    ]
    key = (board.key, *chosen, positive.codes)
    return Pick(chosen[0], chosen[1], positive, champions.get("auc"), cases[0], cases[1], key)


def _default(runs: list[Run], leader: int | None, finder: int | None) -> tuple[Run, Run]:
    """The champion by AUC and the one by melanoma recall; where they are one, another run second."""
    first = next((run for run in runs if run[0] == leader), runs[0])
    second = next((run for run in runs if run[0] == finder and run != first), None)
    return first, second or next(run for run in runs if run != first)


def _title(rows: dict[int, LeaderboardRow], run: Run) -> str:
    return f"{name_run(rows[run[0]])} · seed {run[1]}"


@st.fragment
def _by_hand(pick: Pick) -> None:
    start = _starts(pick.key, pick.validation)
    way: Strategy = (
        st.segmented_control(
            "Flagged by",
            list(WAYS),
            default="either",
            required=True,
            format_func=lambda name: WAYS[name],
            key="experiments_way",
        )
        or "either"
    )
    stamp = "_".join(map(str, (*pick.first, *pick.second, pick.positive.name)))
    left, middle, right = st.columns(3, gap="medium")
    with left:
        first = _slide("Threshold of the first network", start["student"], f"first_{stamp}")
    with middle:
        second = _slide("Threshold of the second network", start["teacher"], f"second_{stamp}")
    thresholds: dict[str, float] = {"student": first, "teacher": second}
    with right:
        if way in ("mean", "max"):
            what = "mean" if way == "mean" else "larger"
            thresholds = {way: _slide(f"Threshold of the {what} of both", start[way], f"{way}_{stamp}")}
        elif way == "cascade":
            low, high = st.slider(
                "The first network is in doubt from, to",
                0.0,
                1.0,
                (start["student_low"], start["student_high"]),
                0.01,
                key=f"experiments_doubt_{stamp}",
                help="Above, it flags; below, it does not; between, the second network decides.",
            )
            thresholds = {"student_low": low, "student_high": high, "teacher": second}
    alone: tuple[tuple[Literal["student", "teacher"], float], ...] = (("student", first), ("teacher", second))
    readings = [
        Reading(
            f"{capital(READERS[role])} alone",
            call_cases(pick.test, role, {role: threshold}),
            wins=pick.winner == role,
        )
        for role, threshold in alone
    ]
    readings.append(Reading(WAYS[way], call_cases(pick.test, way, thresholds)))
    st.table(tabulate_readings(readings), border="horizontal")
    st.markdown(conclude_readings(readings, pick.positive.noun))
    reads = readings[-1].calls.second_reads
    share = f" The second network reads {percent_with_limits(reads)} of all." if way == "cascade" else ""
    st.caption(
        f"{pick.test.n:,} test pictures, {count_of(int(pick.test.truth.sum()), pick.positive.noun)}; "
        f"{LIMITS}, one seed of each network. Sliders start at {percent(_START)} specificity on the "
        f"{pick.validation.n:,} validation pictures; moved by hand while looking at the test pictures, the "
        f"figures flatter.{share}"
    )


def _slide(label: str, start: float, key: str) -> float:
    value: float = st.slider(label, 0.0, 1.0, start, 0.01, key=f"experiments_threshold_{key}")
    return value


def _on_validation(pick: Pick) -> None:
    with st.expander("Thresholds chosen on validation pictures, compared at the same specificity"):
        level = st.segmented_control(
            "Specificity that every way is set to",
            list(_LEVELS),
            default=list(_LEVELS)[1],
            required=True,
            key="experiments_level",
        )
        against: Role = (
            st.segmented_control(
                "Compared with",
                ["student", "teacher"],
                default=pick.winner or "student",
                required=True,
                format_func=lambda role: f"{capital(READERS[role])} alone",
                key="_".join(map(str, ("experiments_against", *pick.first, *pick.second))),
            )
            or "student"
        )
        pressed = st.button("Compare", key="experiments_compare", icon=":material/balance:")
        wanted = (*pick.key, level)
        if pressed:
            st.session_state["experiments_compared"] = wanted
        if st.session_state.get("experiments_compared") != wanted:
            st.caption("Takes some seconds: 1,000 resamples of the test pictures.")
            return
        with st.spinner("Comparing …"):
            table = _compare(wanted, _LEVELS[level or list(_LEVELS)[1]], pick.validation, pick.test)
        _show_gains(rename_strategies(table), pick, against)


def _show_gains(table: CombinationTable, pick: Pick, against: Role) -> None:
    noun = pick.positive.noun
    st.markdown(conclude_gains(table, pick.winner, noun))
    if against != pick.winner or not any(find_gain(row, against) for row in table.rows):
        st.markdown(summarise_gains(table, against=against, noun=noun, called=READERS))
    if any(find_gain(row, against) for row in table.rows):
        st.plotly_chart(
            plot_gains(table, against=against),
            key="experiments_gains",
            config={"displayModeBar": False},
            alt=describe_gains(table, against=against, noun=noun, called=READERS),
        )
    st.table(tabulate_combinations(table, READERS), border="horizontal")
    st.caption(
        f"Thresholds: {table.validation_n:,} validation pictures "
        f"({count_of(table.validation_positives, noun)}), set to {percent(table.target)} specificity. "
        f"Figures: {table.n:,} test pictures ({count_of(table.positives, noun)}), {LIMITS}. Each gain is "
        "against the single network at the very specificity that the reading has there; hollow points could "
        "be chance. One seed of each network: another seed may give another answer."
    )


@st.cache_resource(show_spinner=False, max_entries=64)
def _held_out(
    key: Stamp,
    first: Run,
    second: Run,
    codes: tuple[str, ...],
    part: Literal["val", "test"],
    _stored: StoredSuite,
) -> HeldOut:
    told = "test pictures" if part == "test" else "validation pictures"
    return hold_out(_stored, Task(*first), Task(*second), part=part, positives=codes, title=told)


@st.cache_data(show_spinner=False, max_entries=128)
def _starts(key: tuple[object, ...], _validation: HeldOut) -> dict[str, float]:
    """Where sliders start: thresholds for one specificity on validation pictures, to two decimals."""
    found: dict[str, float] = {}
    for name in _STARTED:
        found |= choose_strategy(
            name,
            _validation.positive_prob,
            _validation.truth,
            kind="specificity",
            target=_START,
            grey_limit=GREY_LIMIT,
        )
    names = ("student", "teacher", "mean", "max", "student_low", "student_high")
    return {name: round(min(max(found.get(name, 0.5), 0.0), 1.0), 2) for name in names}


@st.cache_data(show_spinner=False, max_entries=32)
def _compare(
    key: tuple[object, ...], target: float, _validation: HeldOut, _test: HeldOut
) -> CombinationTable:
    return compare_combinations(_validation, _test, target=target)
