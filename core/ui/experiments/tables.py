"""Tables of other documents: the melanoma document's two, and the retinopathy student's ablation."""

from __future__ import annotations

import streamlit as st

from core.evaluation.published import find_published
from core.experiments.sweeps.record import SweepName, SweepResult
from core.figures.comparison import ForestRow, describe_forest, plot_forest
from core.figures.experiments_beside import describe_beside, plot_beside
from core.figures.nouns import capital
from core.figures.wording import NO_BREAK, with_limits
from core.ui.experiments import arm_words as arms
from core.ui.experiments import table_words as words
from core.ui.experiments.board import show_numbers
from core.ui.experiments.load import load_ablation, load_sweep, read_printed

_STATIC = {"staticPlot": True}
_ENDS = ("◀ lower", "higher ▶")


def show_sweep(sweep: SweepName) -> None:
    """Draw a table of the melanoma document: reported beside measured, a chart, and what may be said."""
    heading, citation, printed = read_printed(sweep)
    st.header(heading, anchor=False)
    st.caption(f"Source: {citation}. Blank cells: the document prints nothing, or nothing was run here.")
    result = load_sweep(sweep)
    if isinstance(result, str):
        st.info(
            f"**No results of this table are here.** {result} What the document prints is shown.",
            icon=":material/info:",
        )
        st.table(words.tabulate_printed(printed), border="horizontal")
        return
    st.markdown(words.conclude_sweep(result))
    if sizes := words.conclude_sizes(result):
        st.markdown(sizes)
    _tell(result)
    rows = words.list_beside(result)
    st.subheader("AUC, reported and here", anchor=False)
    st.plotly_chart(
        plot_beside(rows, "AUC of melanoma"),
        key=f"experiments_{sweep}_beside",
        config=_STATIC,
        alt=describe_beside(rows, f"AUC of melanoma, {_where(result)}"),
    )
    st.caption("◇ as the document prints it, on its own data and without limits; ● here, with limits.")
    _show_differences(words.list_differences(result), "AUC of melanoma", f"experiments_{sweep}_differences")
    st.subheader("Every figure", anchor=False)
    show_numbers(
        words.sweep_columns(sweep),
        words.tabulate_sweep(result),
        key=f"experiments_{sweep}_table",
        alt=describe_beside(rows, f"{heading}: AUC of melanoma"),
    )
    st.caption(
        f"{_where(result)}. MB of the document are MiB; sizes counted here are exact, figures are estimates."
    )
    _show_rest(result)


def show_ablation() -> None:
    """Draw what each piece of the retinopathy student is worth."""
    st.header("What each piece of the retinopathy student is worth", anchor=False)
    report = load_ablation()
    if isinstance(report, str):
        st.info(f"**No ablation is here.** {report}", icon=":material/info:")
        return
    published = find_published("fundus")
    figure = st.selectbox(
        "Figure",
        list(arms.ARM_TITLES),
        format_func=lambda name: arms.ARM_TITLES[name],
        key="experiments_arm_figure",
    )
    st.markdown(arms.conclude_arms(report, figure))
    _show_differences(
        arms.list_arm_differences(report, figure), arms.ARM_TITLES[figure], "experiments_arm_differences"
    )
    cells = arms.tabulate_arms(report, {} if published is None else published.overall)
    show_numbers(arms.arm_columns(), cells, key="experiments_arms", alt=f"Figures of {len(cells)} students.")
    told = (
        ""
        if published is None
        else f" Reported, in the row of the whole student: {published.network}, {published.data} "
        f"({published.citation}). {published.differs} No figure of a single piece is on file from the "
        "document."
    )
    st.caption(
        f"{report.n:,} held-out photographs in {report.groups:,} groups of copies; "
        f"{100 * report.level:.0f}{NO_BREAK}% limits over other photographs and other seeds. A small "
        f"student, trained for a short time: {report.student['image_size']} pixels, "
        f"{report.student['epochs']} epochs, so these figures are not those of the shipped pair.{told}"
    )


def _show_differences(rows: tuple[ForestRow, ...], what: str, key: str) -> None:
    if not rows:
        return
    st.subheader(f"Differences: {what}", anchor=False)
    st.plotly_chart(
        plot_forest(rows, ends=_ENDS),
        key=key,
        config=_STATIC,
        alt=describe_forest(rows, f"Differences of {what} with limits", right="is higher"),
    )


def _tell(result: SweepResult) -> None:
    for note in (*result.notes, *words.list_notes(result)):
        st.caption(note)


def _where(result: SweepResult) -> str:
    cases = result.cases["test"]
    return (
        f"{capital(cases.title)}: {cases.n:,} photographs in {cases.groups:,} groups, {cases.positives:,} "
        f"melanomas; {100 * result.level:.0f}{NO_BREAK}% limits"
    )


def _show_rest(result: SweepResult) -> None:
    with st.expander("What differs from the document, and the external set"):
        st.markdown("\n".join(f"- {line}" for line in result.deviations))
        st.caption(f"Trained: {result.training} {result.data}")
        run = [row for row in result.rows if row.external]
        if not run:
            return
        outside = result.cases["external"]
        st.markdown(f"**{outside.title}**: {outside.n:,} photographs, {outside.positives:,} melanomas.")
        st.table(
            {
                "Row": [row.title for row in run],
                **{
                    heading: [
                        with_limits(row.external[metric].interval, digits=3) if metric in row.external else ""
                        for row in run
                    ]
                    for metric, heading in words.SWEEP_TITLES.items()
                },
            },
            border="horizontal",
        )
