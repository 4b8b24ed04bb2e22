"""Size, time and worth of every served network of every pair, side by side."""

from __future__ import annotations

import streamlit as st

from core import bundle
from core.bundle import Pair
from core.figures.pareto_chart import (
    describe_panel,
    explain_front,
    plot_pareto,
    tabulate_pareto,
    title_panel,
)
from core.types import ParetoPanel, TimeTable
from core.ui.latency import as_columns, find_latency, key_files
from core.ui.stopwatch import take_stopwatch


def show_pareto() -> None:
    """Draw a panel a pair, over work until every pair was timed, over time from then on."""
    from core.release.pareto import build_panel

    names = bundle.list_pairs(bundle.MODELS_DIR)
    pairs = [bundle.load_pair(name, bundle.MODELS_DIR) for name in names]
    st.header("Is it worth its cost?", anchor=False)
    st.markdown(
        "Every network that ships: how quick, how small, how good. Not one of the three alone decides; a "
        "network with a ring is beaten by no other one of its pair in all of them."
    )
    tables = [_find_times(pair) for pair in pairs]
    timed = all(table is not None for table in tables)
    panels = tuple(
        build_panel(pair, times=table if timed else None) for pair, table in zip(pairs, tables, strict=True)
    )
    if not timed:
        _offer(pairs)
    _show_panels(panels)
    st.caption(explain_front(panels))
    busy = [panel.title for panel in panels if any(p.latency and p.latency.noisy for p in panel.points)]
    if busy:
        st.warning(
            f"This machine was busy while these were timed, so measure again: {', '.join(busy)}.",
            icon=":material/speed:",
        )
    with st.expander("The same as a table", icon=":material/table:"):
        st.table(as_columns(tabulate_pareto(panels)), border="horizontal")


def _show_panels(panels: tuple[ParetoPanel, ...]) -> None:
    for column, panel in zip(st.columns(len(panels), gap="medium"), panels, strict=True):
        with column:
            st.markdown(f"**{title_panel(panel)}**")
            st.plotly_chart(
                plot_pareto(panel),
                key=f"latency_pareto_{panel.pair}",
                config={"displayModeBar": False},
                alt=describe_panel(panel),
            )
            for note in (*panel.notes, panel.caution):
                if note:
                    st.caption(note)


def _offer(pairs: list[Pair]) -> None:
    if not st.button(
        "Use time instead of work",
        key="latency_pareto",
        icon=":material/timer:",
        help="Times every network of every pair as it is served: ONNX Runtime, one thread, 20 runs each.",
    ):
        return
    with take_stopwatch() as free:
        if free:
            _measure(pairs)
            st.rerun()


def _measure(pairs: list[Pair]) -> None:
    from core.release.pareto import time_served

    bar = st.progress(0.0, "Opening the networks …")
    missing = [pair for pair in pairs if _find_times(pair) is None]
    for number, pair in enumerate(missing):
        bar.progress(number / len(missing), f"Measuring: {pair.modality.title} …")
        st.session_state[_key(pair)] = time_served(pair)


def _find_times(pair: Pair) -> TimeTable | None:
    """Times of this session: of the whole measurement, else of this one."""
    found = find_latency(pair)
    if found is not None:
        return found.table
    kept: TimeTable | None = st.session_state.get(_key(pair))
    return kept


def _key(pair: Pair) -> str:
    return f"latency_served_{key_files(pair)}"
