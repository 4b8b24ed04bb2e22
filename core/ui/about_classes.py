"""Every class of the pair on screen: its figures, the confusion matrices, and the source document's table."""

from __future__ import annotations

import streamlit as st

from core.bundle import PREDICTIONS_NAME, Pair
from core.evaluation.held_out import list_held_out, load_held_out
from core.evaluation.per_class import report_held_out
from core.evaluation.published import check_arithmetic, find_published, limit_recalls
from core.figures import class_tables as tables
from core.figures.confusion import describe_confusion, plot_confusion
from core.figures.wording import LIMITS, ROLE_TITLES, name_role
from core.types import ClassReport, HeldOut, PublishedReport, Role, Scale
from core.ui.about_published import show_checks, show_summary

_GUIDE = f"""
Every case is called what the network finds most probable; the threshold of the positive finding plays no
part here. **Recall**: share of a class's cases that are called so. **Precision**: share of the cases called
so that are of the class. **F1**: the harmonic mean of both. In brackets: {LIMITS}.
"""
_GRADES = """
**Kappa** (quadratic weights): agreement on the grade beyond chance, where two grades off cost four times one
grade off; 1 is full agreement.
"""


def show_classes(pair: Pair) -> None:
    """Draw how well each class is told from the others, on one set of held-out cases, network by network."""
    st.header("Class by class", anchor=False)
    if PREDICTIONS_NAME not in pair.card.files:
        st.markdown("This pair ships no held-out predictions, so its classes cannot be judged one by one.")
        return
    st.markdown(_GUIDE + (_GRADES if pair.modality.scale == "ordinal" else ""))
    held_out = _choose(pair)
    names = {finding.code: finding.name.split(" / ")[0] for finding in pair.modality.findings}
    key = (pair.card.files[PREDICTIONS_NAME], held_out.dataset)
    reports = {role: _report(key, role, pair.modality.scale, held_out) for role in held_out.roles}
    if absent := tables.list_absent(reports["teacher"].classes, names):
        st.caption(absent)
    shown = [role for role in pair.served_roles if role in reports]
    for column, role in zip(st.columns(len(shown), gap="medium"), shown, strict=True):
        with column:
            _show_role(reports[role], role, held_out, names)
    published = find_published(pair.card.modality)
    st.subheader("All classes together", anchor=False)
    st.table(tables.tabulate_overall(reports, published), border="horizontal")
    if published is not None:
        _show_published(reports["student"], published, names)
    show_summary(pair.card.modality, reports, held_out)
    _show_limits({role: reports[role] for role in shown}, held_out, names)


def _choose(pair: Pair) -> HeldOut:
    titles = {name: report.title for name, report in pair.card.reports.items()}
    dataset = st.selectbox(
        "Measured on",
        list_held_out(pair),
        format_func=lambda name: titles.get(name, name),
        key=f"classes_of_{pair.card.pair}",
        persist_state="session",
        help="Pictures that trained no network and chose no threshold.",
    )
    return load_held_out(pair, dataset)


def _show_role(report: ClassReport, role: Role, held_out: HeldOut, names: dict[str, str]) -> None:
    where = f"{held_out.title}, n = {held_out.n:,}"
    present = [entry for entry in report.classes if entry.support]
    st.subheader(ROLE_TITLES[role], anchor=False)
    st.table(tables.tabulate_classes(present, names), border="horizontal")
    st.plotly_chart(
        plot_confusion(report.confusion, names),
        key=f"confusion_{role}",
        config={"staticPlot": True},
        alt=describe_confusion(report.confusion, names, f"the {name_role(role)}, {where}"),
    )
    st.caption(
        f"{ROLE_TITLES[role]}, {where}. Rows: what the cases are. Columns: what they are called. Per cent of "
        "the row; framed: called rightly."
    )


def _show_limits(reports: dict[Role, ClassReport], held_out: HeldOut, names: dict[str, str]) -> None:
    with st.expander("Every cell of the confusion matrices with limits", icon=":material/grid_on:"):
        for role, report in reports.items():
            st.table(tables.tabulate_confusion(report.confusion, names), border="horizontal")
            st.caption(
                f"{ROLE_TITLES[role]}, {held_out.title}, n = {held_out.n:,}. Rows: what the cases are. In "
                f"each cell: cases, per cent of the row ({LIMITS})."
            )


def _show_published(report: ClassReport, published: PublishedReport, names: dict[str, str]) -> None:
    st.subheader("Beside the published table", anchor=False)
    st.markdown(
        f"In each cell: the student here with {LIMITS} vs as printed by {published.citation} of "
        f"{published.network}."
    )
    st.table(
        tables.tabulate_published(report, published, limit_recalls(published), names), border="horizontal"
    )
    st.caption(
        f"Printed: {published.data}, without limits; those beside its recalls are ours, from its numbers of "
        f"cases. {published.differs}"
    )
    show_checks(check_arithmetic(published))


@st.cache_data(show_spinner=False, max_entries=32)
def _report(key: tuple[str, str], role: Role, scale: Scale, _held_out: HeldOut) -> ClassReport:
    return report_held_out(_held_out, role, scale=scale)
