"""Figures of every class as tables: column title to cells, every cell as it is read."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from core.figures.wording import NO_BREAK, ROLE_TITLES
from core.types import (
    ArithmeticCheck,
    ClassFigures,
    ClassReport,
    ConfusionMatrix,
    Interval,
    PublishedReport,
    Role,
)

Table = dict[str, list[str]]

NO_CASE, NEVER_CALLED = "no case", "never called"
_DASH = "\N{WORD JOINER}–\N{WORD JOINER}"
"""A dash that a line does not end at, so that both limits stay together in a narrow column."""

OVERALL: Mapping[str, str] = {
    "accuracy_top1": "Accuracy",
    "macro_recall": "Balanced accuracy, every class",
    "macro_f1": "Macro F1",
    "weighted_f1": "Weighted F1",
    "quadratic_kappa": "Quadratic weighted kappa",
    "mean_absolute_grade_error": "Grades off, mean",
    "macro_auc": "AUC, mean of classes",
}
"""Figures of all classes, in the order of a table."""


def tabulate_classes(classes: Sequence[ClassFigures], names: Mapping[str, str]) -> Table:
    """One row a class: its cases, how often it is called; precision, recall and F1 with limits, in per cent.

    Args:
        classes: rows in order.
        names: class code to what it is called.
    """
    return {
        "Class": [names.get(entry.code, entry.code) for entry in classes],
        "Cases (called)": [f"{entry.support:,} ({entry.called:,})" for entry in classes],
        "Precision %": [_cell(entry, entry.precision) for entry in classes],
        "Recall %": [_cell(entry, entry.recall) for entry in classes],
        "F1 %": [_cell(entry, entry.f1) for entry in classes],
    }


def tabulate_overall(reports: Mapping[Role, ClassReport], published: PublishedReport | None = None) -> Table:
    """One row a figure of all classes, one column a role; the published figures in a column of their own."""
    present = [name for name in OVERALL if any(name in report.overall for report in reports.values())]
    table: Table = {"": [OVERALL[name] for name in present]}
    for role, report in reports.items():
        table[ROLE_TITLES[role]] = [_figure(report.overall[name]) for name in present]
    if published is not None:
        digits = published.decimals
        table["Published"] = [
            f"{published.overall[name]:.{digits}f}" if name in published.overall else "–" for name in present
        ]
    return table


def tabulate_confusion(matrix: ConfusionMatrix, names: Mapping[str, str]) -> Table:
    """One row a class that has cases, one column a call: the count, its share of the row, and its limits."""
    rows = [index for index, support in enumerate(matrix.support) if support]
    table: Table = {"Class": [names.get(matrix.classes[row], matrix.classes[row]) for row in rows]}
    for column, code in enumerate(matrix.classes):
        table[short_code(code)] = [
            f"{matrix.counts[row][column]:,}: {share_of_row(matrix, row, column)}"
            f"{_limits(matrix.shares[row][column])}"
            for row in rows
        ]
    return table


def tabulate_published(
    report: ClassReport, published: PublishedReport, recalls: Sequence[Interval], names: Mapping[str, str]
) -> Table:
    """What is measured here beside what was printed, class by class.

    Args:
        report: of the network here that plays the part of the published one.
        published: the table of the source.
        recalls: its recalls with limits, in the order of its rows.
        names: class code to what it is called.

    Returns:
        Column title to cells; in each cell the figure here with limits, then the printed one, in per cent.
    """
    here = {entry.code: entry for entry in report.classes}
    rows = [(entry, recall) for entry, recall in zip(published.classes, recalls, strict=True)]
    table: Table = {
        "Class": [names.get(entry.code, entry.name) for entry, _ in rows],
        "Cases": [f"{here[entry.code].support:,} vs {entry.support:,}" for entry, _ in rows],
    }
    for title, attribute in (("Precision %", "precision"), ("Recall %", "recall"), ("F1 %", "f1")):
        cells = []
        for entry, recall in rows:
            figures = here[entry.code]
            digits = published.decimals - 2
            printed = f"{100 * getattr(entry, attribute):.{digits}f}"
            if attribute == "recall":
                printed += _limits(recall)
            cells.append(f"{_cell(figures, getattr(figures, attribute))} vs {printed}")
        table[title] = cells
    return table


def describe_checks(checks: Sequence[ArithmeticCheck]) -> tuple[str, ...]:
    """One line a check, the verdict first."""
    return tuple(f"{check.name}: {check.state}. {check.words}" for check in checks)


def list_absent(classes: Sequence[ClassFigures], names: Mapping[str, str]) -> str:
    """Which classes these cases hold none of, and how often they are called all the same; empty if none."""
    absent = [entry for entry in classes if not entry.support]
    if not absent:
        return ""
    parts = ", ".join(
        names.get(entry.code, entry.code) + (f" (called {_times(entry.called)})" if entry.called else "")
        for entry in absent
    )
    return f"These cases hold none of: {parts}. Their figures, and means over all classes, are undefined."


def short_code(code: str) -> str:
    """A class code as a column is called: ``"no_dr"`` becomes ``"no dr"``."""
    return code.replace("_", " ")


def share_of_row(matrix: ConfusionMatrix, row: int, column: int) -> str:
    """A cell's share of its row in whole per cent; what rounds to 0 or 100 but is not, says so."""
    share, count, n = matrix.shares[row][column].value, matrix.counts[row][column], matrix.support[row]
    if count and share < 0.005:
        return f"<{NO_BREAK}1{NO_BREAK}%"
    if count < n and share > 0.995:
        return f">{NO_BREAK}99{NO_BREAK}%"
    return f"{share * 100:.0f}{NO_BREAK}%"


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count:,} times"


def _cell(entry: ClassFigures, interval: Interval) -> str:
    if not entry.support:
        return NO_CASE
    if not interval.defined:
        return NEVER_CALLED
    return f"{100 * interval.value:.0f}{_limits(interval)}"


def _limits(interval: Interval) -> str:
    if math.isnan(interval.low) or math.isnan(interval.high):
        return " (no limits)"
    return f" ({100 * interval.low:.0f}{_DASH}{100 * interval.high:.0f})"


def _figure(interval: Interval) -> str:
    if not interval.defined:
        return interval.method
    if math.isnan(interval.low) or math.isnan(interval.high):
        return f"{interval.value:.2f} (no limits)"
    return f"{interval.value:.2f} ({interval.low:.2f}–{interval.high:.2f})"
