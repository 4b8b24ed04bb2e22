"""What is claimed of topology, measured on the photograph on screen."""

from __future__ import annotations

import streamlit as st

from core.bundle import Pair
from core.figures.topology_stability import describe_stability, plot_stability
from core.topology.reference import TopologyReference
from core.topology.stability import CHANGES, FrameChange, measure_stability
from core.types import Case, Disturbance, Prediction
from core.ui.topology_state import TopologyView, ask_frame, predict_frame, remember
from core.ui.topology_wording import judge_answers, judge_stability, tabulate_stability


def show_stability(pair: Pair, case: Case, view: TopologyView, reference: TopologyReference | None) -> None:
    """Measure change by change, then draw sentences, bars and table; call this last, it takes seconds."""
    st.header("How steady is it?", anchor=False)
    st.markdown(
        f"The photograph on screen was changed in {len(CHANGES)} ways that do not change the eye. How far "
        "does its persistence diagram move, and what does the student say then?"
    )
    free = st.empty()
    found: list[tuple[Disturbance, Prediction]] = []
    with free:
        for number, change in enumerate(CHANGES, 1):
            with st.spinner(f"Measuring {number} of {len(CHANGES)}: {change.words} …"):
                found.append(_measure(pair, case, view, reference, change))
    free.empty()
    original = ask_frame(pair, "student", case, view)
    moves, answers = [entry for entry, _ in found], [answer for _, answer in found]
    for sentence in judge_stability(moves):
        st.markdown(f"- {sentence}")
    named = [(change.words, answer) for change, answer in zip(CHANGES, answers, strict=True)]
    st.markdown(f"- {judge_answers(original, named, pair.modality)}")
    st.plotly_chart(
        plot_stability(moves),
        key=f"stability_{view.key}",
        config={"displayModeBar": False, "staticPlot": True},
        alt=describe_stability(moves),
    )
    st.table(
        tabulate_stability(moves, answers, original, pair.modality), border="horizontal", hide_index=True
    )
    st.caption(
        f"Student: its probability of {pair.modality.positive_name}, and its most probable finding where "
        "that changes. "
        f"{_explain_yardstick(reference)}"
    )


def _measure(
    pair: Pair, case: Case, view: TopologyView, reference: TopologyReference | None, change: FrameChange
) -> tuple[Disturbance, Prediction]:
    yardstick = None if reference is None else reference.yardstick

    def compute() -> tuple[Disturbance, Prediction]:
        (entry,) = measure_stability(view.frame, view.spec, changes=(change,), yardstick=yardstick)
        return entry, predict_frame(pair, "student", case, change.apply(view.frame))

    return remember(case, ("stability", view.key, yardstick, change.name), compute)


def _explain_yardstick(reference: TopologyReference | None) -> str:
    measured = (
        "Moves are 1-Wasserstein distances: the least sum of moves that turns one diagram into the other; a "
        "bare 0 is exact. "
    )
    if reference is None:
        return (
            f"{measured}They are given in grey values, because this pair ships no distance between different "
            "eyes to compare them with."
        )
    dark, bright = reference.yardstick
    return (
        f"{measured}100 % is the median distance between the diagrams of {reference.eyes} different eyes of "
        f"the training photographs, each with every other ({dark:.2f} for H0, {bright:.2f} for H1, in grey "
        "values). "
        "Each changed picture goes to the student as it is, without looking for the field of view again."
    )
