"""What every network of a pair costs, whether a student saves anything, and which one to use."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

import streamlit as st

from core.bundle import PREDICTIONS_NAME, Pair
from core.evaluation.held_out import list_held_out, load_held_out
from core.evaluation.size_audit import audit_sizes
from core.figures.size_wording import describe_ground, describe_student, recommend, tabulate_sizes
from core.figures.wording import all_networks
from core.intake.samples import open_first_sample
from core.latency import measure_interleaved
from core.predict import predict_case
from core.types import HeldOut, LatencyReport, Role, SizeAudit
from core.ui import models
from core.ui.stopwatch import take_stopwatch

_RUNS, _WARMUP = 15, 2

Latency = Mapping[Role, LatencyReport]


def show_verdicts(pair: Pair, latency: Latency) -> None:
    """Draw a sentence a student: bigger or slower than its teacher or not; of two, which to use."""
    audit = _audit(pair, read_held_out(pair), latency)
    st.markdown(" ".join(describe_student(student) for student in audit.students))
    if len(audit.students) > 1:
        st.markdown(recommend(audit))


def show_audit(pair: Pair, held_out: HeldOut | None, latency: Latency | None) -> None:
    """Draw the table of costs and figures, a sentence a student, and which student to use."""
    audit = _audit(pair, held_out, latency)
    st.markdown(recommend(audit))
    st.markdown("\n".join(f"- {describe_student(student)}" for student in audit.students))
    st.table(tabulate_sizes(audit), border="horizontal")
    st.caption(describe_ground(audit))


def offer_timing(pair: Pair, latency: Latency | None, *, key: str) -> None:
    """Draw the button that times every network, until they are timed."""
    if latency is not None:
        return
    wanted = st.button(
        "Measure the time on this machine",
        key=key,
        icon=":material/timer:",
        help=f"{_RUNS} readings of a generated case by each network, taking turns; a few seconds.",
    )
    if wanted:
        with take_stopwatch() as free:
            if free:
                with st.spinner(f"Timing {all_networks(len(pair.served_roles))}, one after the other …"):
                    _measure(pair)
                st.rerun()


def remember_latency(pair: Pair) -> Latency | None:
    """The times that this session measured of the pair's networks; None before it did."""
    found: Latency | None = st.session_state.get(_latency_key(pair))
    return found


def read_held_out(pair: Pair) -> HeldOut | None:
    """The largest set of held-out cases, read once for all sessions; None where none ships."""
    if PREDICTIONS_NAME not in pair.card.files:
        return None
    return _held_out(pair.card.files[PREDICTIONS_NAME], pair)


def _audit(pair: Pair, held_out: HeldOut | None, latency: Latency | None) -> SizeAudit:
    measured = held_out is not None and set(pair.served_roles) <= set(held_out.roles)
    return audit_sizes(pair, held_out if measured else None, latency=latency)


def _latency_key(pair: Pair) -> str:
    return "latency_" + "_".join(models.file_key(pair, role, "onnx") for role in pair.served_roles)


def _measure(pair: Pair) -> None:
    case = open_first_sample(pair.card.modality)
    predictors = {role: models.get_predictor(pair, role) for role in pair.served_roles}
    reports = measure_interleaved(
        {role: partial(predict_case, predictor, case) for role, predictor in predictors.items()},
        threads=models.THREADS,
        n=_RUNS,
        warmup=_WARMUP,
    )
    st.session_state[_latency_key(pair)] = {role: reports[role] for role in pair.served_roles}


@st.cache_resource(show_spinner=False, max_entries=8)
def _held_out(sha256: str, _pair: Pair) -> HeldOut | None:
    names = list_held_out(_pair)
    return load_held_out(_pair, names[0]) if names else None
