"""The page about distillation: what is asked, the verdict, the differences, and who found what."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import streamlit as st

from core.bundle import Pair
from core.evaluation.changed_cases import list_changed_cases
from core.evaluation.compare import compare_networks, list_operating_points, set_margins
from core.evaluation.held_out import list_held_out, load_held_out
from core.evaluation.verdict import AUC_MARGIN, SENSITIVITY_MARGIN
from core.figures import comparison_tables as tables
from core.figures import comparison_wording as words
from core.figures.comparison import describe_forest, list_differences, plot_forest
from core.figures.nouns import plural
from core.figures.wording import LIMITS
from core.types import ChangedCases, Comparison, FoundTable, HeldOut, OperatingPoint, Role
from core.ui.held_out import ChosenCases, name_others

_ICONS = {
    "yes": ":material/check_circle:",
    "no": ":material/cancel:",
    "cannot_tell": ":material/help:",
    "undefined": ":material/block:",
}


@dataclass(frozen=True)
class Question:
    """What the reader asks.

    Attributes:
        aim: name of the operating point.
        points: role to the operating point of that aim.
        auc_margin, sensitivity_margin: the largest losses that are put up with, in (0, 1).
    """

    aim: str
    points: dict[Role, OperatingPoint]
    auc_margin: float
    sensitivity_margin: float


def ask(pair: Pair, chosen: ChosenCases) -> Question:
    """Draw the choice of threshold and of the two margins."""
    choices = list_operating_points(pair, chosen.held_out, chosen.validation)
    left, middle, right = st.columns(3, gap="medium")
    with left:
        aim = st.selectbox(
            "Aim of each network's threshold",
            list(choices),
            format_func=lambda name: words.title_aim(name, chosen.positive.noun),
            key="distillation_aim",
            persist_state="session",
            help="Each network has its own threshold for it, chosen on cases kept apart for that.",
        )
    with middle:
        auc_margin = st.slider(
            "Loss of AUC that you would accept",
            min_value=0.005,
            max_value=0.1,
            value=AUC_MARGIN,
            step=0.005,
            format="%.3f",
            key="distillation_auc_margin",
            persist_state="session",
            help="The non-inferiority margin. Choose it before you look at the answer, not after.",
        )
    with right:
        points = st.slider(
            "Loss of sensitivity that you would accept, in points",
            min_value=1,
            max_value=20,
            value=round(SENSITIVITY_MARGIN * 100),
            key="distillation_sensitivity_margin",
            persist_state="session",
            help=f"5 points: 5 more missed of 100 with {chosen.positive.noun}.",
        )
    return Question(aim, choices[aim], auc_margin, points / 100)


def show_verdict(pair: Pair, chosen: ChosenCases, question: Question) -> Comparison:
    """Draw the answer in a box, the sentence under it, and the same answer on every other set of cases."""
    comparison = _judged(chosen.key, question, lambda: chosen.held_out)
    verdict, noun = comparison.verdict, chosen.positive.noun
    headline = f"**{words.HEADLINES[verdict.replace]}.**"
    sentences = (
        headline,
        words.describe_verdict(comparison, noun),
        words.describe_price(comparison),
        words.describe_needed(verdict, noun),
        words.describe_few(comparison, noun),
    )
    box = {"yes": st.success, "no": st.error}.get(verdict.replace, st.info)
    box("\n\n".join(filter(None, sentences)), icon=_ICONS[verdict.replace])
    names = list_held_out(pair)
    if len(names) > 1:
        sets = [
            comparison if name == chosen.held_out.dataset else _other(pair, chosen, name, question)
            for name in names
        ]
        st.table(tables.tabulate_verdicts(sets), border="horizontal")
        st.caption(
            f"Figures: difference of AUC with {LIMITS}; the answer rests on the sensitivity too. "
            f"After n: how many with {noun}. No set is picked: look for what they agree on."
        )
    return comparison


def show_differences(comparison: Comparison) -> None:
    """Draw every difference with its limits."""
    st.header("Student minus teacher, student minus control", anchor=False)
    rows = list_differences(comparison)
    where = f"{comparison.title}, n = {comparison.n:,} ({comparison.positives:,} positive)"
    st.plotly_chart(
        plot_forest(rows),
        key="distillation_forest",
        config={"staticPlot": True},
        alt=describe_forest(rows, f"Paired differences on {where}"),
    )
    st.caption(
        f"{where}; {LIMITS}, both networks on the same cases; pictures of one lesion or patient, "
        "and copies of one picture, are kept together. Green: the loss that you would accept. A line that "
        "stays right of the green's left edge rules a larger loss out."
    )
    for against, test in comparison.aucs.items():
        st.caption(words.describe_auc(test, against))


def show_found(pair: Pair, chosen: ChosenCases, comparison: Comparison, question: Question) -> None:
    """Draw who found what at the thresholds, and list the cases that change sides."""
    noun = chosen.positive.noun
    other = _name_others(pair, chosen)
    st.header("Who finds what", anchor=False)
    changes = _changes(chosen.key, question.aim, question.points, chosen.held_out)
    positives, negatives, _ = comparison.tables["teacher"]
    st.markdown(words.describe_changes(changes, noun, positives=positives.n, negatives=negatives.n))
    with_noun = f"{'case' if positives.n == 1 else 'cases'} with {noun}"
    left, right = st.columns(2, gap="medium")
    with left:
        _show_found(positives, with_noun, "finds", "misses")
    with right:
        _show_found(negatives, other, "leaves alone", "flags")
    _list_changes(pair, chosen, changes)


def _name_others(pair: Pair, chosen: ChosenCases) -> str:
    own = pair.modality.other_name
    other = name_others(pair.modality, chosen.positive)
    return plural(other) if other != own or chosen.positive.name == "default" else "other cases"


def _show_found(table: FoundTable, kind: str, right: str, wrong: str) -> None:
    if not table.n:
        st.markdown(f"**No {kind}**")
        return
    st.markdown(f"**The {table.n:,} {kind}**")
    st.table(tables.tabulate_found(table, right, wrong), border="horizontal")
    st.caption(words.describe_found(table, right))


def _list_changes(pair: Pair, chosen: ChosenCases, changes: ChangedCases) -> None:
    if not changes.cases:
        st.markdown("No case changes sides when the student replaces its teacher.")
        return
    noun = chosen.positive.noun
    count = len(changes.cases)
    title = "The 1 case that changes sides" if count == 1 else f"The {count} cases that change sides"
    with st.expander(title):
        st.markdown(
            f"With {noun}: {changes.count('lost_positive')} lost, {changes.count('gained_positive')} gained. "
            f"Others: {changes.count('false_alarm_added')} false alarms added, "
            f"{changes.count('false_alarm_spared')} spared. Probabilities of {noun}; ids are the publisher's."
        )
        names = {finding.code: finding.name for finding in pair.modality.findings}
        st.dataframe(
            tables.tabulate_changes(changes, names),
            hide_index=True,
            height=320,
            alt=f"{len(changes.cases)} cases on which teacher and student disagree.",
        )
        st.download_button(
            "Download as CSV",
            tables.write_changes_csv(changes),
            file_name=f"{pair.card.pair}-{chosen.held_out.dataset}-changed-cases.csv",
            mime="text/csv",
            on_click="ignore",
            icon=":material/download:",
        )


def _judged(key: tuple[str, ...], question: Question, load: Callable[[], HeldOut]) -> Comparison:
    measured = _measure(key, question.aim, question.points, load)
    return set_margins(
        measured, auc_margin=question.auc_margin, sensitivity_margin=question.sensitivity_margin
    )


def _other(pair: Pair, chosen: ChosenCases, name: str, question: Question) -> Comparison:
    key = (chosen.key[0], name, *chosen.positive.codes)
    return _judged(key, question, partial(load_held_out, pair, name, positives=chosen.positive.codes))


@st.cache_data(show_spinner=False, max_entries=64)
def _measure(
    key: tuple[str, ...], aim: str, _points: dict[Role, OperatingPoint], _load: Callable[[], HeldOut]
) -> Comparison:
    return compare_networks(_load(), _points)


@st.cache_data(show_spinner=False, max_entries=64)
def _changes(
    key: tuple[str, ...], aim: str, _points: dict[Role, OperatingPoint], _held_out: HeldOut
) -> ChangedCases:
    return list_changed_cases(_held_out, _points["teacher"], _points["student"])
