"""The comparison as tables: column title to cells, every cell as it is read."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Mapping, Sequence

from core.figures.comparison_wording import SHORT
from core.figures.wording import NO_BREAK, ROLE_TITLES, name_role, percent, signed_with_limits
from core.types import (
    Against,
    CalibrationComparison,
    Change,
    ChangedCases,
    Comparison,
    CompressionRow,
    FoundTable,
    Role,
)

Table = dict[str, list[str]]

CHANGES: Mapping[Change, str] = {
    "lost_positive": "lost",
    "gained_positive": "gained",
    "false_alarm_added": "false alarm added",
    "false_alarm_spared": "false alarm spared",
}
"""What becomes of a case when the student replaces its teacher."""
_STAGES = {"as_trained": "as trained", "scaled": "after temperature"}
_CALIBRATION_NAMES = {"ece": "ECE", "brier": "Brier score", "nll": "Negative log likelihood"}
_COMPRESSION_NAMES = {
    "roc_auc": "AUC",
    "pr_auc": "PR-AUC",
    "ece": "Calibration error (ECE)",
    "parameters": "Weights, million",
    "macs": "Work, million multiplications",
    "onnx_mb": "File, MB",
    "latency_ms": "Time, ms",
}
_AGAINST: tuple[Against, ...] = ("teacher", "control")
_DIGITS = {"roc_auc": 3, "pr_auc": 3, "ece": 3, "parameters": 2, "macs": 0, "onnx_mb": 1, "latency_ms": 1}


def tabulate_found(table: FoundTable, right: str, wrong: str) -> Table:
    """Two by two, student down and teacher across.

    Args:
        table: of the student against its teacher.
        right, wrong: what judging rightly and wrongly is, for example ``"finds"`` and ``"misses"``.
    """
    student = (table.both + table.only_first, table.only_second + table.neither)
    teacher = (table.both + table.only_second, table.only_first + table.neither)
    return {
        "": [f"Student {right}", f"Student {wrong}", "All"],
        f"Teacher {right}": [str(table.both), str(table.only_second), str(teacher[0])],
        f"Teacher {wrong}": [str(table.only_first), str(table.neither), str(teacher[1])],
        "All": [str(student[0]), str(student[1]), str(table.n)],
    }


def tabulate_verdicts(comparisons: Sequence[Comparison]) -> Table:
    """Every set of held-out cases, so that none is picked."""
    table: Table = {"Cases": [], "May the student replace its teacher?": [], "Did the lessons help?": []}
    for found in comparisons:
        verdict, control = found.verdict, found.verdict.control_difference
        figures = f": {signed_with_limits(control)}" if control is not None else ""
        cells = (
            f"{found.title}, n = {found.n:,} ({found.positives:,})",
            f"{SHORT[verdict.replace]}: {signed_with_limits(verdict.auc.difference)}",
            f"{SHORT[verdict.taught]}{figures}",
        )
        for column, cell in zip(table.values(), cells, strict=True):
            column.append(cell)
    return table


def tabulate_calibration(rows: Sequence[CalibrationComparison]) -> Table:
    """Each error as trained and after scaling; lower is better, and so is a difference below 0."""
    roles: list[Role] = [role for role in ROLE_TITLES if rows and role in rows[0].values]
    title = ", ".join(name_role(role) if index else ROLE_TITLES[role] for index, role in enumerate(roles))
    table = {
        "": [f"{_CALIBRATION_NAMES[row.metric]}, {_STAGES[row.stage]}" for row in rows],
        title: [", ".join(_number(row.values[role], 3) for role in roles) for row in rows],
    }
    for against in _AGAINST:
        if any(against in row.differences for row in rows):
            table[f"Student − {against}"] = [
                signed_with_limits(row.differences[against]) if against in row.differences else "not measured"
                for row in rows
            ]
    return table


def tabulate_changes(changes: ChangedCases, names: Mapping[str, str]) -> Table:
    """One row a case that changes sides.

    Args:
        changes: from the comparison.
        names: class code to what it is called.
    """
    return {
        "Case": [case.image_id for case in changes.cases],
        "Finding": [names.get(case.target, case.target) for case in changes.cases],
        "Change": [CHANGES[case.change] for case in changes.cases],
        "Teacher": [percent(case.teacher_prob) for case in changes.cases],
        "Student": [percent(case.student_prob) for case in changes.cases],
    }


def write_changes_csv(changes: ChangedCases) -> str:
    """The same as comma-separated text, probabilities in full."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(["image_id", "target", "change", "teacher_prob", "student_prob"])
    writer.writerows(
        [case.image_id, case.target, case.change, case.teacher_prob, case.student_prob]
        for case in changes.cases
    )
    return buffer.getvalue()


def tabulate_compression(rows: Sequence[CompressionRow]) -> Table:
    """What is kept and what is saved; the source document's figures in a column of their own, if any."""
    table = {
        "": [_COMPRESSION_NAMES[row.key] for row in rows],
        "Teacher → student": [_pair(row.key, row.teacher, row.student) for row in rows],
        "Student / teacher": [_ratio(row) for row in rows],
    }
    if any(row.reported for row in rows):
        table["Reported, other data"] = [
            _pair(row.key, *row.reported) if row.reported else "–" for row in rows
        ]
    return table


def _pair(key: str, teacher: float, student: float) -> str:
    if math.isnan(teacher) or math.isnan(student):
        return "not measured"
    scale = 1e6 if key in ("parameters", "macs") else 1.0
    return " → ".join(_number(value / scale, _DIGITS[key]) for value in (teacher, student))


def _ratio(row: CompressionRow) -> str:
    if not row.ratio.defined:
        return "–" if math.isnan(row.teacher) else row.ratio.method
    value = f"{row.ratio.value * 100:.1f}{NO_BREAK}%"
    if math.isnan(row.ratio.low):
        return f"{value} ({row.ratio.method})" if row.ratio.method.startswith("no limits") else value
    return f"{value} ({row.ratio.low * 100:.1f}–{row.ratio.high * 100:.1f})"


def _number(value: float, digits: int) -> str:
    return "not measured" if math.isnan(value) else f"{value:,.{digits}f}"
