"""The sections of the page about thresholds: the explorer, who is missed, and how to read it."""

from __future__ import annotations

import numpy as np
import streamlit as st

from core.bundle import Pair
from core.figures.nouns import case_of, count_of, plural
from core.figures.wording import LIMITS, ROLE_TITLES, percent
from core.ui.clinic import Clinic
from core.ui.explorer import ExplorerChoice, show_explorer
from core.ui.held_out import ChosenCases, name_others
from core.ui.threshold_board import AIMS, Board, build_board, describe_recommendation


def explore(pair: Pair, chosen: ChosenCases, clinic: Clinic) -> tuple[Board, ExplorerChoice]:
    """Draw the explorer and say what was let go of."""
    first = pair.card.operating_point if pair.card.operating_point in AIMS else AIMS[1]
    board = _board(chosen.key, clinic, first, chosen, name_others(pair.modality, chosen.positive))
    st.markdown(describe_recommendation(board, chosen.positive.noun, clinic.cost_ratio))
    choice = show_explorer(board.data, key=f"explorer_{'_'.join((chosen.key[0][:12], *chosen.key[2:]))}")
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
    st.header(f"Each missed {case_of(noun)}", anchor=False)
    total = int(held_out.truth.sum())
    if not total:
        st.info(f"These cases hold no {case_of(noun)}, so none can be missed.", icon=":material/info:")
        return
    missed = {
        role: held_out.truth & (held_out.positive_prob[role] < threshold)
        for role, threshold in thresholds.items()
    }
    if not missed:
        st.info("No network reaches this aim, so there is nothing to list.", icon=":material/info:")
        return
    anyone = np.any(list(missed.values()), axis=0)
    counts = ", ".join(f"{ROLE_TITLES[role].lower()} {int(of.sum())}" for role, of in missed.items())
    at = "threshold" if len(set(thresholds.values())) == 1 else "thresholds"
    st.markdown(f"Of {count_of(total, noun)}, missed at the {at} above: {counts}.")
    if not anyone.any():
        return
    rows: dict[str, list[str]] = {"Public id": held_out.image_ids[anyone].tolist()}
    for role, of_role in missed.items():
        probs = held_out.positive_prob[role][anyone]
        rows[ROLE_TITLES[role]] = [
            f"{'missed' if lost else 'found'} at {percent(prob)}"
            for lost, prob in zip(of_role[anyone], probs, strict=True)
        ]
    with st.expander(f"Missed by at least one network: {count_of(int(anyone.sum()), noun)}"):
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
            f"- The **small numbers** are {LIMITS}. Two networks whose limits overlap much may still "
            "differ; the page about distillation compares them case by case.\n"
            "- **PPV, NPV and the counts per 1,000** are for your clinic's share of "
            f"{plural(noun)} and assume that its cases look like these otherwise; sensitivity and "
            "specificity do not change with that share. It is taken as known, so the limits of PPV and NPV "
            "are narrower than those on the page about the networks.\n"
            "- **Net benefit** counts each case found and takes off needless referrals at the odds of the "
            "threshold: at 10 %, nine needless referrals weigh as much as one case. A network is worth "
            "using at a threshold only where its curve lies above both reference lines.\n"
            "- Figures per 1,000 people, costs and net benefit come from pictures selected for a "
            "challenge, not from a clinic's own series."
        )
