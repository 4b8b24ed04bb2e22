"""The sections of the page about calibration: in words and as diagrams."""

from __future__ import annotations

import streamlit as st

from core.evaluation.overall_calibration import compute_overall_calibration
from core.evaluation.reliability import compute_reliability, observe_range
from core.figures.nouns import state
from core.figures.reliability import choose_low_end, describe_reliability, plot_reliability
from core.figures.wording import LIMITS, NO_BREAK, ROLE_TITLES
from core.metrics.ece import BINS
from core.types import FEW_CASES, Binning, HeldOut, OverallCalibration, ReliabilityBin, ReliabilityCurve, Role
from core.ui import calibration_wording as wording
from core.ui.calibration_state import Division, find_marked, student_first, take_click
from core.ui.held_out import ChosenCases

BIN_CHOICES = (5, 50)
_BINNINGS: dict[Binning, str] = {"width": "equal width", "mass": "equally many cases"}
_PLOT = {"displayModeBar": False}


def show_summary(chosen: ChosenCases) -> None:
    """Draw what a stated probability has meant on these cases, first of all the student's."""
    held_out, noun = chosen.held_out, chosen.positive.noun
    order = student_first(held_out.roles)
    for low, high in wording.RANGES:
        parts = {role: _observe(held_out, role, low, high) for role in order}
        if min(part.n for part in parts.values()) >= FEW_CASES:
            break
    for role, part in parts.items():
        sentence, basis = wording.describe_share(part, role, noun), wording.describe_basis(part)
        if role == order[0]:
            st.subheader(sentence, anchor=False)
            st.markdown(f"{basis}.")
        else:
            st.markdown(f"{sentence.removesuffix('.')} ({basis}).")


def judge_roles(chosen: ChosenCases) -> dict[Role, OverallCalibration]:
    """Draw one sentence a role on all cases; return what it is made of."""
    held_out = chosen.held_out
    found = {role: _overall(chosen.key, role, held_out) for role in held_out.roles}
    st.markdown(
        "\n".join(f"- {wording.judge_overall(found[role], role, chosen.positive.noun)}" for role in found)
    )
    return found


def choose_division(chosen: ChosenCases) -> Division:
    """Draw the controls of the diagrams."""
    left, middle, right = st.columns([1.4, 1, 1], gap="medium")
    with left:
        bins = st.slider(
            "Number of bins", *BIN_CHOICES, BINS, key="calibration_bins", persist_state="session"
        )
    with middle:
        binning = st.segmented_control(
            "Bins of",
            list(_BINNINGS),
            format_func=_BINNINGS.__getitem__,
            default="width",
            required=True,
            key="calibration_binning",
            persist_state="session",
        )
    low_end = choose_low_end(chosen.held_out.positive_prob.values())
    end = 1.0
    if low_end is not None:
        with right:
            end = st.segmented_control(
                "Show probabilities",
                [1.0, low_end],
                format_func=lambda value: f"0 to {value * 100:.0f}{NO_BREAK}%",
                default=1.0,
                required=True,
                key=f"calibration_end_{low_end}",
                persist_state="session",
            )
    return Division(bins, binning, end, "_".join(chosen.key[1:]))


def show_diagrams(chosen: ChosenCases, division: Division) -> dict[Role, ReliabilityCurve]:
    """Draw the reliability diagrams side by side; a click on a point or a bar chooses that bin."""
    held_out, noun = chosen.held_out, chosen.positive.noun
    curves = {
        role: reliability(chosen.key, role, division.bins, division.binning, held_out)
        for role in held_out.roles
    }
    for column, (role, curve) in zip(st.columns(len(curves), gap="medium"), curves.items(), strict=True):
        with column:
            st.subheader(ROLE_TITLES[role], anchor=False)
            key = f"reliability_{role}_{division.name}"
            st.plotly_chart(
                plot_reliability(
                    curve, role, noun, end=division.end, chosen=find_marked(role, curves, division, curve)
                ),
                key=key,
                config=_PLOT,
                on_select=lambda key=key, role=role: take_click(key, role, division),
                selection_mode="points",
                alt=describe_reliability(curve, role, noun),
            )
    beyond = (
        ""
        if division.end == 1
        else f" What lies beyond {division.end * 100:.0f}{NO_BREAK}% is not in this view."
    )
    st.caption(
        f"Each point is a bin: across, the mean probability said; upwards, the share that turned out to "
        f"{state('be', noun)}, with {LIMITS}. On the line, both agree; above it, the network said too "
        f"little. Open points: fewer than {FEW_CASES} cases. Bars: cases in the bin. {held_out.title}, "
        f"n = {held_out.n:,}. Click on a point or a bar to list its cases below.{beyond}"
    )
    return curves


@st.cache_data(show_spinner=False, max_entries=256)
def reliability(
    key: tuple[str, ...], role: Role, bins: int, binning: Binning, _cases: HeldOut
) -> ReliabilityCurve:
    """Reliability curve of a role on the cases that ``key`` names."""
    return compute_reliability(
        _cases.positive_prob[role], _cases.truth, _cases.groups, bins=bins, binning=binning
    )


@st.cache_data(show_spinner=False, max_entries=64)
def _overall(key: tuple[str, ...], role: Role, _cases: HeldOut) -> OverallCalibration:
    return compute_overall_calibration(_cases.positive_prob[role], _cases.truth, _cases.groups)


def _observe(cases: HeldOut, role: Role, low: float, high: float) -> ReliabilityBin:
    return observe_range(cases.positive_prob[role], cases.truth, cases.groups, low=low, high=high)
