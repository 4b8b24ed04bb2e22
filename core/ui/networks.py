"""What each network costs and how well it did on held-out cases."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

import streamlit as st

from core.bundle import Pair
from core.latency import measure_interleaved
from core.predict import predict_case
from core.types import Case, LatencyReport, Prediction, Role
from core.ui import models, state, wording
from core.ui.sizes import show_verdicts

_RUNS, _WARMUP = 7, 1


def show_networks(pair: Pair, case: Case, predictions: Mapping[Role, Prediction]) -> None:
    """Draw the networks side by side: size, work and time on this machine, then held-out performance."""
    st.header("How big and how fast", anchor=False)
    roles = pair.served_roles
    reports = measure_reading(pair, case)
    show_verdicts(pair, reports)
    for column, role in zip(st.columns(len(roles), gap="medium"), roles, strict=True):
        with column, st.container(border=True, height="stretch"):
            _show_network(pair, role, reports[role], predictions[role])
    show_reports(pair)


def show_reports(pair: Pair) -> None:
    """Draw how well each network did on cases it had never seen, with the small one's control beside it."""
    st.header("How well they do on cases they had never seen", anchor=False)
    st.markdown(wording.explain_reports(pair.modality))
    show_caution(pair)
    for report in pair.card.reports.values():
        heading, table = wording.tabulate_report(report, pair.modality)
        st.markdown(f"**{heading}**")
        st.table(table, border="horizontal")


def show_caution(pair: Pair) -> None:
    """Draw what must be known beside every figure of the pair; nothing where its card says nothing."""
    if pair.card.caution:
        st.warning(pair.card.caution, icon=":material/warning:")


def measure_reading(pair: Pair, case: Case) -> dict[Role, LatencyReport]:
    """Time one reading of this case by each network, taking turns; once per case."""
    roles = pair.served_roles
    key = tuple(models.file_key(pair, role, "onnx") for role in roles)
    reading = state.get_reading()
    if reading is not None and key in reading.latency:
        return dict(zip(roles, reading.latency[key], strict=True))

    predictors = {role: models.get_predictor(pair, role) for role in roles}
    runs: dict[str, Callable[[], object]] = {
        role: partial(predict_case, predictor, case) for role, predictor in predictors.items()
    }
    measured = measure_interleaved(runs, threads=models.THREADS, n=_RUNS, warmup=_WARMUP)
    if reading is not None:
        reading.latency[key] = tuple(measured[role] for role in roles)
    return {role: measured[role] for role in roles}


def _show_network(pair: Pair, role: Role, latency: LatencyReport, prediction: Prediction) -> None:
    entry = pair.network(role)
    st.subheader(f"{wording.ROLE_TITLES[role]} · {entry.title}", anchor=False)
    rows = [("Time here and now", wording.describe_latency(latency, prediction.network_ms))]
    rows += wording.describe_cost(entry, pair.size_bytes(role))
    st.markdown("\n".join(f"- **{what}:** {how_much}" for what, how_much in rows))
    for note in entry.notes:
        st.caption(wording.spell_note(note, pair.modality))
