"""A source's few printed figures above those measured here; never in one row, as they are not comparable."""

from __future__ import annotations

from collections.abc import Mapping

from core.figures.class_tables import Table
from core.figures.wording import NO_BREAK, name_role, percent_with_limits
from core.types import ClassFigures, ClassReport, HeldOut, PublishedSummary, Role, SummaryLimits

_NOT_GIVEN = "–"
_PARTS: Mapping[Role, str] = {
    "teacher": "teacher",
    "student": "student",
    "second_student": "second student",
    "control": "without a teacher",
}


def tabulate_summary(
    reports: Mapping[Role, ClassReport], summary: PublishedSummary, limits: SummaryLimits
) -> Table:
    """One row a network, those of the source first; what each was measured on is in its row.

    Args:
        reports: of the networks here, role to report.
        summary: what the source printed.
        limits: of its figures.

    Returns:
        Column title to cells, in per cent with limits.
    """
    count, digits = summary.count, summary.decimals - 2
    missed = f"{count.support - count.missed} of {count.support}: {percent_with_limits(limits.recall)}"
    rows = []
    for network, limit in zip(summary.networks, limits.accuracy, strict=True):
        printed = (
            f"{100 * network.accuracy:.{digits}f}{NO_BREAK}% ({100 * limit.low:.1f}–{100 * limit.high:.1f})"
        )
        recall = missed if count.network == network.name else _NOT_GIVEN
        rows.append((f"Printed: {network.name}, {_PARTS[network.role]}", summary.n, printed, recall))
    if all(count.network != network.name for network in summary.networks):
        rows.append(("Printed: network not named", summary.n, _NOT_GIVEN, missed))
    for role, report in reports.items():
        found = next(entry for entry in report.classes if entry.code == count.code)
        accuracy = percent_with_limits(report.overall["accuracy_top1"])
        rows.append((f"Here: {name_role(role)}", report.n, accuracy, _recall(found)))
    titles = ("Network", "Cases", "Accuracy", f"Recall of {count.name}")
    columns = zip(*((name, f"{n:,}", *cells) for name, n, *cells in rows), strict=True)
    return {title: list(column) for title, column in zip(titles, columns, strict=True)}


def warn_of_summary(summary: PublishedSummary) -> str:
    """Why the rows of the table are not to be compared; to be read before it."""
    return f"These figures cannot be compared with each other. {summary.differs}"


def describe_summary(summary: PublishedSummary, cases: str) -> str:
    """What the table holds.

    Args:
        summary: what the source printed.
        cases: what was measured on here, for example ``"IQ-OTH/NCCD, n = 222 in 98 groups"``.
    """
    count = summary.count
    return (
        f"Printed: {summary.citation}, {summary.data}; "
        f"{count.missed} of {count.support} {count.name} missed. It gives no limits: those beside "
        f"its figures are ours and take its {summary.n:,} cases for independent, which they are not, so "
        "they are too narrow. "
        f"Here: {cases}; every case is called what is most probable, and limits go by group."
    )


def describe_cases(held_out: HeldOut) -> str:
    """Held-out cases inside a sentence: title, number, and number of groups."""
    return f"{held_out.title}, n = {held_out.n:,} in {len(set(held_out.groups.tolist())):,} groups"


def _recall(entry: ClassFigures) -> str:
    if not entry.recall.defined:
        return entry.recall.method
    found = round(entry.recall.value * entry.support)
    return f"{found:,} of {entry.support:,}: {percent_with_limits(entry.recall)}"
