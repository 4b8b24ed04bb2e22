"""What the reader's own clinic is like: how common the finding is, what a miss costs."""

from __future__ import annotations

from dataclasses import dataclass, replace

import streamlit as st

from core.evaluation.held_out import rebase_held_out
from core.figures.nouns import case_of, plural, state
from core.figures.wording import NO_BREAK, percent
from core.ui.held_out import ChosenCases


@dataclass(frozen=True)
class Clinic:
    """The reader's answers.

    Attributes:
        prevalence: share of cases with the finding; None means as in the data.
        cost_ratio: how many needless referrals weigh as much as one missed finding.
        adjusted: whether the networks' probabilities are moved to that prevalence.
    """

    prevalence: float | None
    cost_ratio: float
    adjusted: bool = False


def choose_clinic(chosen: ChosenCases) -> Clinic:
    """Draw the questions about the reader's clinic."""
    noun = chosen.positive.noun
    own = min(max(round(100 * float(chosen.held_out.truth.mean()), 1), 0.1), 95.0)
    key = f"prevalence_{'_'.join(chosen.positive.codes)}"
    kept = st.session_state.get(f"{key}_kept")
    st.session_state[key] = own if kept is None else kept
    left, right = st.columns(2, gap="medium")
    with left:
        per_cent = st.number_input(
            f"Of 100 cases in your clinic, how many {state('are', noun)}?",
            min_value=0.1,
            max_value=95.0,
            step=0.5,
            format="%.1f",
            key=key,
            on_change=_keep_prevalence,
            args=(key, own),
            help=(
                f"It starts at {own}{NO_BREAK}%, the share in these pictures, which were collected to "
                "hold many. PPV, NPV and the counts per 1,000 follow."
            ),
        )
    with right:
        ratio = st.number_input(
            f"One missed {case_of(noun)} weighs as much as how many needless referrals?",
            min_value=1.0,
            max_value=1000.0,
            value=20.0,
            step=1.0,
            format="%.0f",
            key="cost_ratio",
            persist_state="session",
            help="Decides the threshold of the button “Lowest cost”.",
        )
    if per_cent == own:
        return Clinic(None, ratio)
    return Clinic(per_cent / 100, ratio, _ask_adjustment(chosen, per_cent / 100))


def adjust_to_clinic(chosen: ChosenCases, clinic: Clinic) -> ChosenCases:
    """The same cases with probabilities moved to the clinic's prevalence, if the reader asked for that."""
    if not clinic.adjusted or clinic.prevalence is None:
        return chosen
    measured_at = float(chosen.validation.truth.mean())
    validation, held_out = (
        rebase_held_out(cases, measured_at=measured_at, prevalence=clinic.prevalence)
        for cases in (chosen.validation, chosen.held_out)
    )
    key = (*chosen.key, f"rebased to {clinic.prevalence}")
    return replace(chosen, validation=validation, held_out=held_out, key=key)


def _keep_prevalence(key: str, own: float) -> None:
    """The clinic stays the same when other cases are shown; typing their own share gives it up."""
    given = st.session_state[key]
    st.session_state[f"{key}_kept"] = None if given == own else given


def _ask_adjustment(chosen: ChosenCases, prevalence: float) -> bool:
    measured_at = float(chosen.validation.truth.mean())
    if not 0 < measured_at < 1:
        return False
    noun = chosen.positive.noun
    adjusted = st.toggle(
        "Adjust the networks' probabilities to your clinic",
        key="adjust_prevalence",
        persist_state="session",
        help="Bayes' rule: the odds are multiplied by the ratio of the two prior odds. No case changes rank.",
    )
    st.caption(
        f"Probabilities are adjusted from {percent(measured_at)} to {percent(prevalence)} {plural(noun)}: "
        "the same picture means less where the finding is rarer. Thresholds below are on this new scale."
        if adjusted
        else f"The networks' probabilities fit cases of which {percent(measured_at)} {state('are', noun)}, "
        f"those that thresholds are chosen on. Where the share is {percent(prevalence)}, they are off in "
        "that proportion, and the decision curve suffers for it; the switch above corrects them."
    )
    return adjusted
