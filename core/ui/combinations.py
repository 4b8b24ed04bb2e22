"""Reading with both networks at once, and both definitions of sensitivity for a set of findings."""

from __future__ import annotations

import streamlit as st

from core.evaluation.combinations import compare_combinations, compute_target_specificity
from core.evaluation.positives import describe_positive_calls
from core.figures.combinations import (
    describe_gains,
    find_gain,
    plot_gains,
    summarise_gains,
    tabulate_combinations,
)
from core.figures.nouns import one, plural
from core.figures.wording import LIMITS, NO_BREAK, ROLE_TITLES, percent, percent_with_limits
from core.types import CombinationTable, Role
from core.ui.explorer.choice import ExplorerChoice
from core.ui.held_out import ChosenCases
from core.ui.threshold_board import Board

_AS_STUDENT = "as the student"
_LEVELS = {
    f"80{NO_BREAK}% specificity": 0.8,
    f"90{NO_BREAK}% specificity": 0.9,
    f"95{NO_BREAK}% specificity": 0.95,
}


def show_combinations(chosen: ChosenCases, board: Board, prevalence: float | None) -> None:
    """Draw what reading with both networks gains over one of them at the same specificity."""
    noun = chosen.positive.noun
    st.header("Both networks together", anchor=False)
    left, right = st.columns(2, gap="medium")
    with left:
        level = st.selectbox(
            "Specificity that every strategy is set to",
            [_AS_STUDENT, *_LEVELS],
            format_func=lambda name: (
                f"As the student at 90{NO_BREAK}% sensitivity" if name == _AS_STUDENT else name
            ),
            key="combination_level",
            persist_state="session",
            help="Set on the cases kept apart for it; on the cases shown it comes out a little different.",
        )
    with right:
        against: Role = st.segmented_control(
            "Compared with one network alone",
            ["student", "teacher"],
            default="student",
            required=True,
            format_func=lambda role: ROLE_TITLES[role],
            key="combination_against",
            persist_state="session",
        )
    student = board.choices["sensitivity_90"].get("student")
    if level in _LEVELS:
        target = _LEVELS[level]
    elif student is None or student.point is None:
        st.info("The student has no threshold to compare at.", icon=":material/info:")
        return
    else:
        target = compute_target_specificity(chosen.validation, student.threshold)
    table = _compare(chosen.key, target, prevalence, chosen)
    st.markdown(summarise_gains(table, against=against, noun=noun))
    if not any(find_gain(row, against) for row in table.rows):
        return
    st.plotly_chart(
        plot_gains(table, against=against),
        key="combination_gains",
        config={"displayModeBar": False},
        alt=describe_gains(table, against=against, noun=noun),
    )
    st.caption(
        f"Points right of the line find more {plural(noun)} than the {against} alone would at the strategy's "
        f"own specificity; bars are {LIMITS} from resampling, hollow points could be chance. Thresholds: "
        f"{table.validation_n:,} other cases, set to {percent(target)} specificity; measured on {table.n:,}."
    )
    with st.expander("Every figure, and what the strategies do"):
        st.table(tabulate_combinations(table), border="horizontal")
        st.markdown(
            "- **Either flags / both flag**: each network has its own threshold, moved together.\n"
            "- **Mean, maximum**: one threshold on the mean or the larger of the two probabilities.\n"
            "- **Cascade**: the student reads everything; where it is in doubt, the teacher decides. "
            f"At most {percent(table.grey_limit)} of cases may be in doubt when the thresholds are set.\n"
            "- The single network's sensitivity at the same specificity is read off its ROC curve between "
            "measured points; that match is redone in every resample."
        )


def show_definitions(chosen: ChosenCases, board: Board, choice: ExplorerChoice) -> None:
    """Draw both definitions of "found" where several findings count as positive; nothing for one."""
    if len(chosen.held_out.positives) < 2:
        return
    noun = chosen.positive.noun
    st.header(f"When {one(noun)} counts as found", anchor=False)
    thresholds = board.thresholds(choice)
    rows: dict[str, list[str]] = {
        "": [
            "Right finding named (pooled recall)",
            "Any of the findings named (superclass call)",
            "Summed probability flags it (as above)",
        ]
    }
    for role, threshold in thresholds.items():
        calls = describe_positive_calls(chosen.held_out, role, threshold=threshold)
        found = (calls.pooled_recall, calls.superclass_call, calls.summed_sensitivity)
        rows[ROLE_TITLES[role]] = [percent_with_limits(interval) for interval in found]
    st.table(rows, border="horizontal")
    st.caption(
        f"Share of {int(chosen.held_out.truth.sum()):,} cases, {LIMITS}. The first two look at the most "
        "probable finding and know no threshold; a basal cell carcinoma called melanoma is a miss in the "
        "first and found in the second. Compare figures from papers only with the definition that they use."
        if chosen.positive.name == "cancer"
        else f"Share of {int(chosen.held_out.truth.sum()):,} cases, {LIMITS}. The first two look at the "
        "most probable finding and know no threshold."
    )


@st.cache_data(show_spinner="Comparing every strategy …", max_entries=64)
def _compare(
    key: tuple[str, ...], target: float, prevalence: float | None, _chosen: ChosenCases
) -> CombinationTable:
    return compare_combinations(_chosen.validation, _chosen.held_out, target=target, prevalence=prevalence)
