"""The sections of the page about calibration that resample: every figure, bins against chance, maps."""

from __future__ import annotations

import streamlit as st

from core.bundle import Pair
from core.errors import TwinLensError
from core.evaluation.ece_by_bins import compute_ece_by_bins
from core.evaluation.recalibration import compare_maps, count_distinct, list_methods
from core.evaluation.reliability import compute_reliability, decompose_brier
from core.figures.calibration import (
    describe_before_after,
    describe_ece_by_bins,
    plot_before_after,
    plot_ece_by_bins,
)
from core.figures.wording import LIMITS, ROLE_TITLES
from core.types import (
    Binning,
    EceByBins,
    HeldOut,
    MapMethod,
    OverallCalibration,
    Recalibration,
    ReliabilityCurve,
    Role,
)
from core.ui import calibration_wording as wording
from core.ui.calibration_state import Division
from core.ui.calibration_tables import tabulate_map, tabulate_more, tabulate_overall
from core.ui.frame import show_error
from core.ui.held_out import ChosenCases

_PLOT = {"displayModeBar": False}


def show_figures(chosen: ChosenCases, overall: dict[Role, OverallCalibration], division: Division) -> None:
    """Draw the table of figures of every role, the rest of it folded away."""
    st.header("In figures", anchor=False)
    held_out = chosen.held_out
    figures = {
        role: _maps(chosen.key, role, division.bins, None, (), chosen)["as_shipped"].figures
        for role in held_out.roles
    }
    st.table(tabulate_overall(overall, figures, division.gap), border="horizontal")
    st.caption(
        f"{held_out.title}, n = {held_out.n:,}, {division.bins} bins; {LIMITS} in brackets. Limits of an "
        "average gap lie low around it on purpose: few cases push the figure itself up."
    )
    with st.expander("Every other figure, and the Brier score in its parts"):
        parts = {
            role: decompose_brier(
                held_out.positive_prob[role], held_out.truth, bins=division.bins, binning=division.binning
            )
            for role in held_out.roles
        }
        st.table(tabulate_more(figures, parts, division.gap), border="horizontal")
        st.caption(
            "The Brier score is reliability minus resolution plus uncertainty plus the spread within bins; "
            "they add up exactly."
        )


def show_bands(chosen: ChosenCases, division: Division) -> None:
    """Draw the calibration error against the number of bins, beside what chance alone would show."""
    st.header("Is the gap more than chance?", anchor=False)
    held_out = chosen.held_out
    found = {role: _by_bins(chosen.key, role, division.binning, held_out) for role in held_out.roles}
    st.markdown("\n".join(f"- {wording.judge_ece(found[role], division.bins, role)}" for role in found))
    top = 1.08 * max(
        float(max(one.high.max(), one.chance_high.max(), one.ece.max())) for one in found.values()
    )
    for column, (role, one) in zip(st.columns(len(found), gap="medium"), found.items(), strict=True):
        with column:
            st.markdown(f"**{ROLE_TITLES[role]}**")
            st.plotly_chart(
                plot_ece_by_bins(one, role, bins=division.bins, top=min(top, 1.0)),
                key=f"bands_{role}",
                config=_PLOT,
                alt=describe_ece_by_bins(one, role),
            )
    first = next(iter(found.values()))
    st.caption(
        f"Line: the average gap as measured, with its {LIMITS} in the line's colour. Chance alone: where "
        "95 of 100 perfectly calibrated networks with the same probabilities would lie, "
        f"n = {first.n:,} cases ({first.resamples:,} draws). More bins mean fewer cases in each, so chance "
        "alone widens the gap. "
        "Dotted: the number of bins chosen above. The average over all cases is known more exactly than the "
        "gap of every bin, so it can show a fault that this figure does not."
    )


@st.fragment
def show_recalibration(pair: Pair, chosen: ChosenCases, division: Division) -> None:
    """Draw what a map fitted on validation cases does to the held-out ones."""
    st.header("Can it be corrected?", anchor=False)
    held_out, validation = chosen.held_out, chosen.validation
    left, right = st.columns([1, 1.6], gap="medium")
    with left:
        role = st.segmented_control(
            "Network",
            list(held_out.roles),
            format_func=ROLE_TITLES.__getitem__,
            default="student" if "student" in held_out.roles else held_out.roles[0],
            required=True,
            key=f"recalibration_{'_'.join(held_out.roles)}",
            persist_state="session",
        )
    network = pair.card.networks.get(role)
    temperature = network.temperature if network else None
    methods = list_methods(temperature)
    with right:
        method = st.segmented_control(
            "Correction",
            methods,
            format_func=wording.MAP_TITLES.__getitem__,
            default="platt",
            required=True,
            key=f"recalibration_{'_'.join(methods)}",
            persist_state="session",
            wrap=True,
        )
    try:
        results = _maps(chosen.key, role, division.bins, temperature, (method,), chosen)
    except TwinLensError as error:
        show_error("No correction can be fitted.", error)
        return
    result = results[method]
    judgement = wording.judge_map(result, method, role, chosen.positive.noun, division.gap)
    st.markdown(f"{wording.MAP_EXPLANATIONS[method]} {judgement}")
    distinct = count_distinct(results)
    ties = wording.describe_ties(distinct["as_shipped"], distinct[method], held_out.n)
    if notes := (*result.map.notes, *([ties] if ties else [])):
        st.warning("\n\n".join(notes), icon=":material/info:")
    figure, table = st.columns([1, 1.5], gap="medium")
    with figure:
        before, after = (
            _curve(results[name], held_out, division.bins, division.binning)
            for name in ("as_shipped", method)
        )
        title = wording.MAP_TITLES[method]
        st.plotly_chart(
            plot_before_after(before, after, role, title),
            key="before_after",
            config=_PLOT,
            alt=describe_before_after(before, after, role, title),
        )
    with table:
        st.table(tabulate_map(results["as_shipped"], result, method), border="horizontal")
    st.caption(
        f"Fitted on {validation.n:,} validation cases, measured on {held_out.n:,} others ({held_out.title}). "
        f"Change: after minus before on the same cases, gaps in percentage points, with {LIMITS} for the "
        "correction as fitted; another validation set would have given another one. This application shows "
        "probabilities as shipped."
    )


@st.cache_data(show_spinner="Measuring …", max_entries=64)
def _maps(
    key: tuple[str, ...],
    role: Role,
    bins: int,
    temperature: float | None,
    methods: tuple[MapMethod, ...],
    _chosen: ChosenCases,
) -> dict[MapMethod, Recalibration]:
    return compare_maps(
        _chosen.validation,
        _chosen.held_out,
        role,
        shipped_temperature=temperature,
        methods=methods,
        bins=bins,
    )


@st.cache_data(show_spinner="Measuring …", max_entries=64)
def _by_bins(key: tuple[str, ...], role: Role, binning: Binning, _cases: HeldOut) -> EceByBins:
    return compute_ece_by_bins(_cases.positive_prob[role], _cases.truth, _cases.groups, binning=binning)


def _curve(result: Recalibration, cases: HeldOut, bins: int, binning: Binning) -> ReliabilityCurve:
    return compute_reliability(result.positive_prob, cases.truth, cases.groups, bins=bins, binning=binning)
