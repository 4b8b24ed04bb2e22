"""The sections of the page about thresholds: the clinic, the explorer, and who is missed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import streamlit as st

from core.bundle import Pair
from core.figures.wording import ROLE_TITLES, percent
from core.ui.explorer import ExplorerChoice, show_explorer
from core.ui.held_out import ChosenCases
from core.ui.threshold_board import AIMS, Board, build_board, describe_recommendation


@dataclass(frozen=True)
class Clinic:
    """What the reader's own clinic is like.

    Attributes:
        prevalence: share of cases with the finding; None means as in the data.
        cost_ratio: how many needless referrals weigh as much as one missed finding.
    """

    prevalence: float | None
    cost_ratio: float


def choose_clinic(chosen: ChosenCases) -> Clinic:
    """Draw the two questions about the reader's clinic."""
    noun, held_out = chosen.positive.noun, chosen.held_out
    own = round(100 * float(held_out.truth.mean()), 1)
    left, right = st.columns(2, gap="medium")
    with left:
        per_cent = st.number_input(
            f"Of 100 lesions in your clinic, how many are {noun}?",
            min_value=0.1,
            max_value=95.0,
            value=own,
            step=0.5,
            format="%.1f",
            key=f"prevalence_{'_'.join(chosen.key[1:])}",
            persist_state="session",
            help=(
                f"It starts at {own} %, the share in these photographs, which were collected to hold many. "
                "In a general clinic it is often 1 to 5 %. PPV, NPV and the counts per 1,000 follow."
            ),
        )
    with right:
        ratio = st.number_input(
            f"One missed {noun} weighs as much as how many needless referrals?",
            min_value=1.0,
            max_value=1000.0,
            value=20.0,
            step=1.0,
            format="%.0f",
            key="cost_ratio",
            persist_state="session",
            help="Decides the threshold of the button “Lowest cost”.",
        )
    return Clinic(None if per_cent == own else per_cent / 100, ratio)


def explore(pair: Pair, chosen: ChosenCases, clinic: Clinic) -> tuple[Board, ExplorerChoice]:
    """Draw the explorer and say what was let go of."""
    first = pair.card.operating_point if pair.card.operating_point in AIMS else AIMS[1]
    board = _board(chosen.key, clinic, first, chosen, pair.modality.other_name)
    st.markdown(describe_recommendation(board, chosen.positive.noun, clinic.cost_ratio))
    choice = show_explorer(board.data, key=f"explorer_{'_'.join(chosen.key[1:])}")
    return board, choice


@st.cache_data(show_spinner=False, max_entries=64)
def _board(key: tuple[str, ...], clinic: Clinic, first: str, _chosen: ChosenCases, other: str) -> Board:
    return build_board(
        _chosen.validation,
        _chosen.held_out,
        noun=_chosen.positive.noun,
        other=other,
        prevalence=clinic.prevalence,
        cost_ratio=clinic.cost_ratio,
        first_aim=first,
    )


def show_missed(chosen: ChosenCases, board: Board, choice: ExplorerChoice) -> None:
    """Draw which positive cases stay unflagged at the chosen threshold, network by network."""
    held_out, noun = chosen.held_out, chosen.positive.noun
    thresholds = board.thresholds(choice)
    st.header(f"Each missed {noun}", anchor=False)
    missed = {
        role: held_out.truth & (held_out.positive_prob[role] < threshold)
        for role, threshold in thresholds.items()
    }
    if not missed:
        st.info("No network reaches this aim, so there is nothing to list.", icon=":material/info:")
        return
    anyone = np.any(list(missed.values()), axis=0)
    total = int(held_out.truth.sum())
    counts = ", ".join(f"{ROLE_TITLES[role].lower()} {int(of.sum())}" for role, of in missed.items())
    st.markdown(f"Of {total} {noun}s at the threshold above, missed by: {counts}.")
    if not anyone.any():
        return
    rows: dict[str, list[str]] = {"Public id": held_out.image_ids[anyone].tolist()}
    for role, of_role in missed.items():
        probs = held_out.positive_prob[role][anyone]
        rows[ROLE_TITLES[role]] = [
            f"{'missed' if lost else 'found'} at {percent(prob)}"
            for lost, prob in zip(of_role[anyone], probs, strict=True)
        ]
    with st.expander(f"The {int(anyone.sum())} {noun}s that at least one network misses"):
        st.dataframe(rows, hide_index=True, width="stretch")


def show_guide(chosen: ChosenCases) -> None:
    """Draw what the figures mean and what they cannot tell."""
    noun = chosen.positive.noun
    with st.expander("How to read this page"):
        st.markdown(
            f"- A case is **flagged** when the network's probability of {noun} is at least the threshold. "
            "Drag the slider, type, use the arrow keys, or press on a curve.\n"
            "- The **buttons** give each network the threshold that reached the aim on other cases. On the "
            "cases shown the aim is met a little better or worse: that is what would happen in use.\n"
            "- The **small numbers** are 95 % limits. Two networks whose limits overlap much may still "
            "differ; the page about distillation compares them case by case.\n"
            "- **PPV, NPV and the counts per 1,000** are for your clinic's share of "
            f"{noun}s and assume that its cases look like these otherwise; sensitivity and specificity do "
            "not change with that share.\n"
            "- **Net benefit** counts each case found and takes off needless referrals at the odds of the "
            "threshold: at 10 %, nine needless referrals weigh as much as one case. A network is worth "
            "using at a threshold only where its curve lies above both reference lines.\n"
            "- Figures per 1,000 people, costs and net benefit come from photographs selected for a "
            "challenge, not from a clinic's own series."
        )
