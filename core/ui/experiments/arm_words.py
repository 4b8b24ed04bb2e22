"""The retinopathy student's ablation as rows and sentences; no Streamlit here, so that it is all tested."""

from __future__ import annotations

from collections.abc import Mapping

from core.figures.comparison import ForestRow
from core.figures.experiments_board import BoardColumn, Cell, drop_blank
from core.figures.wording import signed_with_limits
from core.release.ablation_record import AblationReport, as_interval
from core.ui.experiments.table_words import figure_cells

ARM_TITLES: Mapping[str, str] = {
    "roc_auc": "AUC of referable retinopathy",
    "accuracy": "Accuracy",
    "macro_f1": "Macro F1",
    "quadratic_kappa": "Quadratic weighted kappa",
    "recall_mild": "Recall of mild",
    "flip_rate": "Calls that change when turned",
}

_OF_WHOLE: Mapping[str, str] = {"accuracy": "accuracy_top1", "macro_f1": "macro_f1"}
"""Figure of the ablation to its name in a published table."""


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
            cells |= figure_cells(title, interval, seeds)
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


def _short(title: str) -> str:
    """An arm inside a sentence and on a phone's width."""
    short = title.removeprefix("Plain, classes weighed by ")
    return short if short != title else f"the {title[:1].lower()}{title[1:]}"
