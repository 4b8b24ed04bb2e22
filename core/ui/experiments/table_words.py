"""Sweeps and the ablation as rows and sentences; no Streamlit here, so that every sentence is tested."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from core.experiments.sweeps.record import (
    SWEEP_METRICS,
    Kind,
    SweepMetric,
    SweepName,
    SweepResult,
    SweepRow,
)
from core.figures.comparison import ForestRow
from core.figures.experiments_beside import BesideRow
from core.figures.experiments_board import BoardColumn, Cell, drop_blank
from core.figures.wording import signed_with_limits
from core.release.ablation_record import AblationReport, as_interval
from core.types import Interval, SeededFigure
from core.ui.experiments.load import PrintedRow

SWEEP_TITLES: Mapping[SweepMetric, str] = {
    "roc_auc": "AUC",
    "pr_auc": "PR-AUC",
    "ece": "Calibration error",
    "specificity_at_95_sensitivity": "Specificity at 95 % sensitivity",
}
_PRINTED: tuple[SweepMetric, ...] = ("roc_auc", "pr_auc", "ece")

ARM_TITLES: Mapping[str, str] = {
    "roc_auc": "AUC of referable retinopathy",
    "accuracy": "Accuracy",
    "macro_f1": "Macro F1",
    "quadratic_kappa": "Quadratic weighted kappa",
    "recall_mild": "Recall of mild",
    "flip_rate": "Calls that change when turned",
}

_AGAINST: Mapping[Kind, str] = {"control": "no teacher", "teacher": "the teacher itself"}
"""What a row is called as the other one of a difference, where its title is too long for a phone."""

_OF_WHOLE: Mapping[str, str] = {"accuracy": "accuracy_top1", "macro_f1": "macro_f1"}
"""Figure of the ablation to its name in a published table."""


def sweep_columns(sweep: SweepName) -> tuple[BoardColumn, ...]:
    """Columns of a sweep's table in order."""
    columns = [BoardColumn("Row", "Of the document's table; rows of ours after them", width=190, pinned=True)]
    for metric in SWEEP_METRICS:
        title = SWEEP_TITLES[metric]
        if metric in _PRINTED:
            columns.append(BoardColumn(f"{title}: reported", "As the document prints it", "%.3f"))
        columns += [
            BoardColumn(f"{title}: here", "Mean over the seeds", "%.3f"),
            BoardColumn(f"{title}: limits", "Over other cases and other seeds", width=104),
            BoardColumn(f"{title}: each seed", "The value from each seed", width=120),
        ]
    return (
        *columns,
        BoardColumn("Seeds", "Trainings behind the figures here", "%d", 60),
        BoardColumn("MB: reported", "As the document prints it", "%.1f"),
        BoardColumn("MB: counted", "MiB of float32 with one output, counted as built: exact", "%.1f"),
        BoardColumn("Parameters", "Counted on the network as built: exact", "%,d", 100),
        BoardColumn("ms: reported", "On the document's own telephone or machine", "%.1f"),
        BoardColumn("Seconds: here", "Processor time of a training on one thread", "%,.0f"),
    )


def tabulate_sweep(result: SweepResult) -> list[dict[str, Cell]]:
    """One mapping of column title to cell a row; None where there is nothing."""
    return drop_blank([_tabulate(row) for row in result.rows])


def tabulate_printed(rows: Sequence[PrintedRow]) -> dict[str, list[str]]:
    """What the document prints alone, where nothing was measured: column title to cells."""
    return {
        "Row": [row.title for row in rows],
        **{
            f"{SWEEP_TITLES[metric]}, reported": [
                "" if (value := getattr(row.printed, metric)) is None else f"{value:.3f}" for row in rows
            ]
            for metric in _PRINTED
        },
        "MB, reported": ["" if row.printed.size_mb is None else f"{row.printed.size_mb:.1f}" for row in rows],
    }


def list_beside(result: SweepResult, metric: SweepMetric = "roc_auc") -> tuple[BesideRow, ...]:
    """Lines of printed and measured figures."""
    return tuple(
        BesideRow(
            row.title,
            row.figures[metric].interval if metric in row.figures else None,
            getattr(row.printed, metric, None),
        )
        for row in result.rows
    )


def list_differences(result: SweepResult, metric: SweepMetric = "roc_auc") -> tuple[ForestRow, ...]:
    """Lines of every difference between two rows that were compared, under the first one's title."""
    rows, last, found = {row.id: row for row in result.rows}, "", []
    for entry in result.differences:
        if metric in entry.figures:
            title, other = rows[entry.of].title, rows[entry.against]
            label = f"against {_AGAINST.get(other.kind, other.title)}"
            found.append(ForestRow("" if title == last else title, label, entry.figures[metric].interval))
            last = title
    return tuple(found)


def conclude_sweep(result: SweepResult) -> str:
    """What the intervals allow to say of the AUC, in a sentence or two."""
    run = [row for row in result.rows if "roc_auc" in row.figures]
    if not run:
        return "Nothing of this table has been run here, so nothing can be said."
    differences = {
        (entry.of, entry.against): entry.figures["roc_auc"].interval
        for entry in result.differences
        if "roc_auc" in entry.figures
    }
    if differences:
        return _conclude_differences(result, differences)
    best = max(run, key=lambda row: row.figures["roc_auc"].interval.value)
    top = best.figures["roc_auc"].interval
    level = [row for row in run if row is not best and row.figures["roc_auc"].interval.high >= top.low]
    return (
        f"**{best.title}** has the highest AUC here, {top.value:.3f} ({top.low:.3f} to {top.high:.3f}); the "
        f"limits of {len(level)} of the {len(run) - 1} others reach it, so their order may be chance. "
        f"{_seeds(run)}"
    )


def arm_columns() -> tuple[BoardColumn, ...]:
    """Columns of the ablation's table in order."""
    columns = [BoardColumn("Student", "Which pieces it has", width=190, pinned=True)]
    for title in ARM_TITLES.values():
        columns += [
            BoardColumn(f"{title}: reported", "Of the document's whole network", "%.3f"),
            BoardColumn(f"{title}: here", "Mean over the seeds", "%.3f"),
            BoardColumn(f"{title}: limits", "Over other cases and other seeds", width=104),
            BoardColumn(f"{title}: each seed", "The value from each seed", width=120),
        ]
    return (*columns, BoardColumn("Seeds", "Trainings behind the figures here", "%d", 60))


def tabulate_arms(report: AblationReport, printed: Mapping[str, float]) -> list[dict[str, Cell]]:
    """One mapping of column title to cell an arm.

    Args:
        report: of the ablation.
        printed: figures of the document's whole network, by their names in its published table; they stand in
            the row of the whole student.
    """
    whole = {name: printed[of] for name, of in _OF_WHOLE.items() if of in printed}
    rows: list[dict[str, Cell]] = []
    for name, arm in report.arms.items():
        cells: dict[str, Cell] = {"Student": arm.title}
        for figure, title in ARM_TITLES.items():
            entry = arm.figures.get(figure)
            interval = None if entry is None else as_interval(entry, report)
            seeds = () if entry is None else tuple(x for x in entry.by_seed if x is not None)
            cells[f"{title}: reported"] = whole.get(figure) if name == "all" else None
            cells |= _cells(title, interval, seeds)
        rows.append(cells | {"Seeds": len(arm.seeds)})
    return drop_blank(rows)


def list_arm_differences(report: AblationReport, figure: str) -> tuple[ForestRow, ...]:
    """Lines of every arm minus the one it is compared with."""
    return tuple(
        ForestRow(
            arm.title,
            f"against {_short(report.arms[arm.against].title)}",
            as_interval(arm.minus[figure], report),
        )
        for arm in report.arms.values()
        if arm.against is not None and figure in arm.minus
    )


def conclude_arms(report: AblationReport, figure: str) -> str:
    """What the intervals allow to say of one figure, in a sentence."""
    title = ARM_TITLES[figure]
    inside = title if title.startswith("AUC") else title[:1].lower() + title[1:]
    rows = list_arm_differences(report, figure)
    told = [row for row in rows if row.difference.low > 0 or row.difference.high < 0]
    if not told:
        return f"No piece is shown to change {inside}: limits of all {len(rows)} differences hold 0."
    parts = "; ".join(f"{row.head} {row.label}: {signed_with_limits(row.difference)}" for row in told)
    return (
        f"Limits of {len(told)} of {len(rows)} differences in {inside} leave out 0: {parts}. "
        "No limit is widened for looking at several."
    )


def _conclude_differences(result: SweepResult, differences: Mapping[tuple[str, str], Interval]) -> str:
    rows = {row.id: row for row in result.rows}
    between = {
        f"{rows[of].title} − {rows[against].title}": found
        for (of, against), found in differences.items()
        if rows[of].kind == rows[against].kind == "distilled"
    }
    lessons = {
        rows[of].title: found
        for (of, against), found in differences.items()
        if rows[of].kind == "distilled" and rows[against].kind == "control"
    }
    parts = []
    for found, what in (
        (between, "between settings of distillation"),
        (lessons, "from the same student without a teacher"),
    ):
        told = {title: entry for title, entry in found.items() if entry.low > 0 or entry.high < 0}
        head = f"Of {len(found)} differences of AUC {what}, limits of "
        if told:
            listed = "; ".join(f"{title}: {signed_with_limits(entry)}" for title, entry in told.items())
            parts.append(f"{head}{len(told)} leave out 0: {listed}.")
        elif found:
            parts.append(f"{head}all hold 0: no difference is shown.")
    return " ".join(parts) or "No two rows were compared."


def _short(title: str) -> str:
    """An arm inside a sentence and on a phone's width."""
    short = title.removeprefix("Plain, classes weighed by ")
    return short if short != title else f"the {title[:1].lower()}{title[1:]}"


def _seeds(rows: Sequence[SweepRow]) -> str:
    counts = {len(row.seeds) for row in rows}
    if counts <= {0, 1}:
        return "One seed each: what another seed would give is not known, and the limits leave it out."
    return f"{min(counts)} to {max(counts)} seeds each."


def _tabulate(row: SweepRow) -> dict[str, Cell]:
    cells: dict[str, Cell] = {"Row": row.title}
    for metric in SWEEP_METRICS:
        title, figure = SWEEP_TITLES[metric], row.figures.get(metric)
        if metric in _PRINTED:
            cells[f"{title}: reported"] = getattr(row.printed, metric)
        cells |= _cells(title, *_of(figure))
    return cells | {
        "Seeds": len(row.seeds) if row.figures else None,
        "MB: reported": row.printed.size_mb,
        "MB: counted": None if row.cost is None else round(row.cost.mebibytes_one_output, 3),
        "Parameters": None if row.cost is None else row.cost.parameters,
        "ms: reported": row.printed.latency_ms,
        "Seconds: here": row.seconds,
    }


def _of(figure: SeededFigure | None) -> tuple[Interval | None, tuple[float, ...]]:
    return (None, ()) if figure is None else (figure.interval, figure.by_seed)


def _cells(title: str, interval: Interval | None, by_seed: Sequence[float]) -> dict[str, Cell]:
    known = interval is not None and not math.isnan(interval.low)
    return {
        f"{title}: here": interval.value if interval is not None and interval.defined else None,
        f"{title}: limits": f"{interval.low:.3f}–{interval.high:.3f}" if interval and known else None,
        f"{title}: each seed": ", ".join(f"{value:.3f}" for value in by_seed if not math.isnan(value))
        or None,
    }
