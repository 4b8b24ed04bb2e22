"""The page about time: the press of a button, what it measured in one sentence, charts, and the details."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from core.bundle import Pair
from core.figures import latency_tables as tables
from core.figures import latency_words as words
from core.figures.latency_chart import describe_times, explain_times, list_times, plot_times
from core.figures.stage_chart import describe_stages, list_bars, plot_stages, tell_bars
from core.figures.wording import all_networks
from core.release.runtimes import RUNTIMES, SERVING
from core.types import PairLatency, StageTimes, TimeTable
from core.ui.stopwatch import take_stopwatch

RUNS, STAGE_RUNS = 30, 10
_BUDGET_S = 45.0
"""For each number of threads; a busy machine has fewer runs then, and the page says how many."""

_MEMORY = (SERVING,)
_STATIC = {"staticPlot": True}


def show_measurement(pair: Pair) -> PairLatency | None:
    """Draw what will be measured and the button, or what was measured; None before the press."""
    found = find_latency(pair)
    empty = st.empty()
    if found is None:
        empty.markdown(_describe_plan(pair))
    pressed = st.button(
        "Measure on this machine" if found is None else "Measure again",
        key="latency_measure",
        type="primary" if found is None else "secondary",
        icon=":material/timer:",
    )
    if pressed:
        with take_stopwatch() as free:
            if free:
                found = _measure(pair)
                st.rerun()
    if found is not None:
        _show_result(found)
    return found


def show_source(latency: PairLatency) -> None:
    """Draw what the source document prints, beside the same ratios here."""
    published = latency.published
    if published is None:
        return
    st.header("What the source document prints", anchor=False)
    beside = tables.tabulate_beside(latency)
    if beside:
        st.table(as_columns(beside), border="horizontal")
    st.table(as_columns(tables.tabulate_published(published)), border="horizontal")
    for sentence in (*(speedup.words for speedup in published.speedups), *published.errors):
        st.markdown(f"- {sentence}")
    st.caption(f"{published.words} {published.citation}.")


def show_comparisons(pair: Pair, latency: PairLatency) -> None:
    """Draw the button that times other networks beside the student, and what it found."""
    from core.release.latency_comparisons import COMPARED

    st.header("Other networks beside the student", anchor=False)
    names = ", ".join(COMPARED.values())
    found = latency.comparisons
    if found is None:
        st.markdown(
            f"{names}, built with random weights: time does not depend on what a network has learned. "
            "One thread, the student's input size."
        )
    pressed = st.button(
        "Time these networks" if found is None else "Time these networks again",
        key="latency_compare",
        icon=":material/timer:",
    )
    if found is None:
        st.caption("Takes one to two minutes and up to 2 GB of memory.")
    if pressed:
        with take_stopwatch() as free:
            if free:
                _keep(pair, replace(latency, comparisons=_compare(pair)))
                st.rerun()
    if found is not None:
        st.markdown(words.describe_comparisons(found))
        _show_verdict(found)
        _show_chart(found, key="latency_compared")
        with st.expander("Every figure of these networks", icon=":material/table:"):
            _show_tables(found)
            st.table(as_columns(tables.tabulate_costs(found)), border="horizontal")


def find_latency(pair: Pair) -> PairLatency | None:
    """What this session measured of the pair's files; None before it did."""
    kept: PairLatency | None = st.session_state.get(_key(pair))
    return kept


def key_files(pair: Pair) -> str:
    """The pair and the SHA-256 of every served file, under which what was measured of them is kept."""
    files = [
        pair.card.files[name]
        for role in pair.served_roles
        for precision in pair.precisions(role)
        if (name := pair.network(role).served_file(precision)) is not None
    ]
    return "_".join((pair.card.pair, *files))


def as_columns(rows: tables.Rows) -> dict[str, list[str]]:
    """Rows as the columns that a table of the page takes."""
    return {head: [row[head] for row in rows] for head in rows[0]} if rows else {}


def _show_result(found: PairLatency) -> None:
    st.markdown(words.headline(found))
    _show_verdict(found.table)
    st.header("The network alone", anchor=False)
    _show_chart(found.table, key="latency_times")
    if found.stages is not None:
        st.header("Where the time of a reading goes", anchor=False)
        st.markdown(describe_stages(found.stages))
        bars = list_bars(found.stages)
        st.plotly_chart(plot_stages(bars), key="latency_stages", config=_STATIC, alt=tell_bars(bars))
        st.caption(
            f"Medians of {found.stages.stages['decode'].n} rounds on one thread, ONNX Runtime; heat maps by "
            "Grad-CAM in torch. Here a network follows other work, so it takes a little longer than alone."
            f"{_busy_stages(found.stages)}"
        )
    with st.expander("Every figure: times, ratios, sizes, memory, stages", icon=":material/table:"):
        _show_details(found)


def _busy_stages(stages: StageTimes) -> str:
    busy = sum(report.noisy for report in stages.stages.values())
    if not busy:
        return ""
    return f" The machine was busy in {busy} of {len(stages.stages)} stages: measure again."


def _show_details(found: PairLatency) -> None:
    from core.release.latency_memory import METHOD

    _show_tables(found.table)
    st.table(as_columns(tables.tabulate_costs(found.table, found.memory)), border="horizontal")
    memory = f" Memory: {METHOD}." if found.memory else ""
    st.caption(
        "GMAC: thousand million multiply-adds of one picture of the input size. MiB: 1,048,576 bytes."
        f"{memory}"
    )
    if found.stages is not None:
        st.table(as_columns(tables.tabulate_stages(found.stages)), border="horizontal")
    st.caption(f"{words.describe_machine(found.machine)}.")


def _show_tables(table: TimeTable) -> None:
    st.dataframe(
        tables.tabulate_times(table),
        hide_index=True,
        height="content",
        alt=describe_times(list_times(table)),
    )
    st.table(as_columns(tables.tabulate_ratios(table)), border="horizontal")
    st.caption(words.LIMITS_OF_A_RATIO)


def _show_verdict(table: TimeTable) -> None:
    if verdict := words.noise_verdict(table):
        st.warning(verdict, icon=":material/speed:")
    else:
        st.caption(words.describe_rest(table))
    for note in table.notes:
        st.caption(note)


def _show_chart(table: TimeTable, *, key: str) -> None:
    rows = list_times(table)
    st.plotly_chart(plot_times(rows), key=key, config=_STATIC, alt=describe_times(rows))
    st.caption(explain_times(rows))


def _measure(pair: Pair) -> PairLatency:
    from core.release.latency_report import measure_pair

    with st.container():
        bar = st.progress(0.0, "Opening the networks …")
    found = measure_pair(
        pair,
        runs=RUNS,
        memory=_MEMORY,
        stage_runs=STAGE_RUNS,
        budget_s=_BUDGET_S,
        on_progress=lambda share, what: bar.progress(min(share, 1.0), f"Measuring: {what} …"),
    )
    _keep(pair, found)
    return found


def _compare(pair: Pair) -> TimeTable:
    from core.release.latency_comparisons import measure_comparisons

    bar = st.progress(0.0, "Building the networks …")
    return measure_comparisons(
        pair, on_progress=lambda share, what: bar.progress(min(share, 1.0), f"Measuring: {what} …")
    )


def _describe_plan(pair: Pair) -> str:
    count = sum(len(pair.precisions(role)) for role in pair.served_roles)
    eight = " (those in 8 bits too)" if count > len(pair.served_roles) else ""
    titles = [runtime.title for runtime in RUNTIMES.values()]
    return (
        f"Nothing is measured yet. At the press of the button {all_networks(count)}{eight} read one picture "
        f"{RUNS} times each, taking turns, in {', '.join(titles[:-1])} and {titles[-1]}, on one thread and "
        "on all cores; then come memory and the stages of a reading. **It takes about a minute**; leave the "
        "machine alone meanwhile, because whatever else runs is measured too."
    )


def _key(pair: Pair) -> str:
    return f"latency_of_{key_files(pair)}"


def _keep(pair: Pair, found: PairLatency) -> None:
    st.session_state[_key(pair)] = found
