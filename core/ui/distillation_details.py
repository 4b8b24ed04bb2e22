"""The rest of the page about distillation: calibration on equal terms, subgroups, what is kept and saved."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from core.bundle import Pair
from core.evaluation.compression import REPORTED, measure_compression
from core.evaluation.fair_calibration import compare_calibration, list_temperatures
from core.evaluation.subgroups import LEAST, compare_subgroups
from core.figures import comparison_tables as tables
from core.figures import comparison_wording as words
from core.figures.comparison import describe_forest, list_subgroups, plot_forest
from core.figures.nouns import plural, single
from core.figures.wording import LIMITS, name_role
from core.types import (
    SERVED_ROLES,
    CalibrationComparison,
    CompressionRow,
    HeldOut,
    LatencyReport,
    OperatingPoint,
    Role,
    Subgroup,
)
from core.ui.distillation import Question
from core.ui.held_out import ChosenCases
from core.ui.sizes import offer_timing, remember_latency, show_audit

_GUIDE = """
**The question.** A student is worth having if it does nearly as well as its teacher and costs much
less. A distilled student is worth the trouble if it does better than the *control*: the same small
network, trained on the same pictures for as long, without a teacher.

**The verdict** (non-inferiority test). You say beforehand how much loss you would accept: the margin.
*Yes* means that a larger loss is ruled out, for the AUC and for the sensitivity, at the usual certainty
(95 % limits, which is 97.5 % on the one side that matters). *No* means that a larger loss is shown.
*Cannot tell* means that there are too few cases for either; it does not mean that the networks are
equal.

**AUC.** Take one {one} and one other case at random: how often the {one} gets the higher probability.
The limits are those of DeLong, for two networks on the same cases; the other pages draw the cases again
instead, which moves the last digits. **PR-AUC** and **ECE**: limits by drawing the cases again, 1,000
times, the same draw for both networks (paired bootstrap).
**Sensitivity** and **specificity**: share of {several} flagged, and of other cases left alone, at each
network's own threshold; limits of Bonett and Price, which stay honest when the networks differ on no
case.

**p-values.** The chance of a difference at least this large were the networks equal. A large one does
not show that they are. McNemar's test looks only at the cases that one network judges rightly and the
other does not.

**Calibration on equal terms.** A large network is often too sure of itself as trained, and a small one
looks better calibrated beside it. One number fitted on other cases (the temperature) mends that, so the
fair comparison is the one after both have theirs.

**Subgroups** are many and small. One of twenty will look different by chance: treat what you see there
as a question for new cases. Parts with fewer than {least} positive or {least} other cases are counted
but not judged.

**What it cannot say.** These are other people's pictures, with more {several} than a clinic sees.
Whether the student may replace its teacher on yours needs your cases.
"""


def show_calibration(pair: Pair, chosen: ChosenCases) -> None:
    """Draw the calibration errors as trained and after each network's temperature."""
    st.header("Does distillation improve calibration?", anchor=False)
    rows = _calibration(chosen.key, chosen.held_out, pair)
    st.markdown(words.describe_fairness(rows))
    st.table(tables.tabulate_calibration(rows), border="horizontal")
    found = list_temperatures(pair, chosen.held_out)
    temperatures = ", ".join(f"{name_role(role)} {temperature:.2f}" for role, temperature in found.items())
    st.caption(
        f"{chosen.held_out.title}, n = {chosen.held_out.n:,}. Lower is better; a difference below 0 favours "
        f"the student. Temperatures, fitted on validation cases for all findings together: {temperatures} "
        f"(below 1 makes probabilities bolder, above 1 more cautious). {LIMITS} by paired bootstrap."
    )


def show_subgroups(pair: Pair, chosen: ChosenCases, question: Question) -> None:
    """Draw the AUC difference within parts of the cases."""
    st.header("In which patients?", anchor=False)
    parts = _subgroups(chosen.key, question.aim, question.points, chosen.held_out)
    if not parts:
        st.markdown("These cases come without age, sex or site, and with two findings only.")
        return
    names = {finding.code: finding.name.split(" / ")[0] for finding in pair.modality.findings}
    rows = list_subgroups(parts, names, question.auc_margin)
    where = f"{chosen.held_out.title}, n = {chosen.held_out.n:,}"
    st.plotly_chart(
        plot_forest(rows),
        key="distillation_subgroups",
        config={"staticPlot": True},
        alt=describe_forest(rows, f"AUC, student minus teacher, in parts of {where}"),
    )
    findings = (
        " A finding is judged with every case of the other kind."
        if any(part.kind.endswith("finding") for part in parts)
        else ""
    )
    st.caption(
        f"AUC, student − teacher, {where}. After each name: cases (with {chosen.positive.noun}).{findings} "
        f"Exploratory: one of twenty such lines leaves 0 by chance. Not judged below {LEAST} of either kind. "
        "Green: the loss of AUC that you would accept."
    )


def show_compression(pair: Pair, chosen: ChosenCases) -> None:
    """Draw what the student keeps and what it saves, beside the source document's own figures."""
    st.header("What is kept, what is saved", anchor=False)
    latency = remember_latency(pair)
    times = tuple(latency[role].median_ms for role in SERVED_ROLES) if latency else ()
    rows = _compression(chosen.key, times, pair, chosen.held_out, latency)
    st.table(tables.tabulate_compression(rows), border="horizontal")
    reported = REPORTED.get(pair.card.modality)
    source = (
        f" Reported: {reported.citation}: {reported.data}. Other networks and other cases, so compare the "
        "pattern and not the figures."
        if reported
        else ""
    )
    st.caption(
        f"Figures of {chosen.held_out.title}, n = {chosen.held_out.n:,}, {LIMITS} by paired bootstrap. "
        "Student / teacher: the one's figure as a share of the other's. AUC starts at 0.5 for guessing, so "
        f"its share looks kinder than the difference.{source}"
    )
    if "second_student" in pair.served_roles:
        st.subheader("Which student to use", anchor=False)
        show_audit(pair, chosen.held_out, latency)
    elif latency is not None and any(report.noisy for report in latency.values()):
        st.caption("The machine was busy while the time was taken; the times spread widely.")
    offer_timing(pair, latency, key="distillation_latency")


def show_guide(chosen: ChosenCases) -> None:
    """Draw the "How to read this" expander."""
    noun = chosen.positive.noun
    with st.expander("How to read this", icon=":material/help:"):
        st.markdown(_GUIDE.format(one=single(noun), several=plural(noun), least=LEAST))


@st.cache_data(show_spinner=False, max_entries=64)
def _calibration(key: tuple[str, ...], _held_out: HeldOut, _pair: Pair) -> tuple[CalibrationComparison, ...]:
    return compare_calibration(_held_out, list_temperatures(_pair, _held_out))


@st.cache_data(show_spinner=False, max_entries=64)
def _subgroups(
    key: tuple[str, ...], aim: str, _points: Mapping[Role, OperatingPoint], _held_out: HeldOut
) -> tuple[Subgroup, ...]:
    return compare_subgroups(_held_out, _points)


@st.cache_data(show_spinner=False, max_entries=64)
def _compression(
    key: tuple[str, ...],
    times: tuple[float, ...],
    _pair: Pair,
    _held_out: HeldOut,
    _latency: Mapping[Role, LatencyReport] | None,
) -> tuple[CompressionRow, ...]:
    return measure_compression(_pair, _held_out, latency=_latency)
