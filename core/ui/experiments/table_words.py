"""Sweeps as rows and sentences; no Streamlit here, so that every sentence is tested."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from core.experiments.sweeps.record import (
    SWEEP_METRICS,
    SweepMetric,
    SweepName,
    SweepResult,
    SweepRow,
)
from core.figures.comparison import ForestRow
from core.figures.experiments_beside import BesideRow
from core.figures.experiments_board import BoardColumn, Cell, drop_blank
from core.figures.wording import signed_with_limits
from core.types import Interval, SeededFigure
from core.ui.experiments.load import PrintedRow

SWEEP_TITLES: Mapping[SweepMetric, str] = {
    "roc_auc": "AUC",
    "pr_auc": "PR-AUC",
    "ece": "Calibration error",
    "specificity_at_95_sensitivity": "Specificity at 95 % sensitivity",
}
_PRINTED: tuple[SweepMetric, ...] = ("roc_auc", "pr_auc", "ece")


_SHORT: Mapping[str, str] = {
    "control": "no teacher",
    "mild-control": "no teacher, mild weights",
    "mild-t1-w05": "T = 1, 0.5, mild weights",
    "teacher": "the teacher itself",
}
"""What a row is called as the other one of a difference, where its title is too long for a phone."""

_MILD = "mild-"
"""Begins the ids of rows of ours that weigh classes mildly; they have a control of their own."""

_ROUNDING_MB = 0.05 + 1e-9


def sweep_columns(sweep: SweepName) -> tuple[BoardColumn, ...]:
    """Columns of a sweep's table in order; the teachers' sizes, which are exact, come first."""
    name = BoardColumn("Row", "Of the document's table; rows of ours after them", width=190, pinned=True)
    figures: list[BoardColumn] = []
    for metric in SWEEP_METRICS:
        title = SWEEP_TITLES[metric]
        if metric in _PRINTED:
            figures.append(BoardColumn(f"{title}: reported", "As the document prints it", "%.3f"))
        figures += [
            BoardColumn(f"{title}: here", "Mean over the seeds", "%.3f"),
            BoardColumn(f"{title}: limits", "Over other cases and other seeds", width=104),
            BoardColumn(f"{title}: each seed", "The value from each seed", width=120),
        ]
    sizes = [
        BoardColumn("MB: reported", "As the document prints it", "%.1f"),
        BoardColumn("MB: counted", "MiB of float32 with one output, counted as built: exact", "%.2f"),
        BoardColumn("Parameters", "Counted on the network as built: exact", "%,d", 100),
    ]
    rest = [
        BoardColumn("Seeds", "Trainings behind the figures here", "%d", 60),
        BoardColumn("ms: reported", "On the document's own telephone or machine", "%.1f"),
        BoardColumn("Seconds: here", "Processor time of a training on one thread", "%,.0f"),
    ]
    ordered = [*sizes, *figures] if sweep == "mel_teachers" else [*figures, *sizes]
    return (name, *ordered, *rest)


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
        one, other = rows[entry.of], rows[entry.against]
        if metric not in entry.figures or _is_wrong_control(one, other):
            continue
        label = f"against {_SHORT.get(other.id, other.title)}"
        found.append(ForestRow("" if one.title == last else one.title, label, entry.figures[metric].interval))
        last = one.title
    return tuple(found)


def conclude_sweep(result: SweepResult) -> str:
    """What the intervals allow to say of the AUC, in a sentence or two."""
    run = [row for row in result.rows if "roc_auc" in row.figures]
    if not run:
        return "No network of this table has been trained here, so nothing can be said of its figures."
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
        f"{_seeds([row for row in run if row.seeds])}"
    )


def conclude_sizes(result: SweepResult) -> str:
    """Whether printed sizes are those of the networks as built; empty where none is printed."""
    known = [
        (row.title, row.printed.size_mb, row.cost.mebibytes_one_output)
        for row in result.rows
        if row.kind != "teacher" and row.cost is not None and row.printed.size_mb is not None
    ]
    if not known:
        return ""
    wrong = [entry for entry in known if abs(entry[1] - entry[2]) > _ROUNDING_MB]
    told = f"Sizes: {len(known) - len(wrong)} of {len(known)} printed are what is counted here, as rounded"
    listed = "; ".join(f"{title}: {mb:.1f} printed, {counted:.2f} counted" for title, mb, counted in wrong)
    return f"{told}; not {listed}." if wrong else f"{told}."


def list_notes(result: SweepResult) -> tuple[str, ...]:
    """What figures of single rows need beside them, one line a note."""
    by_note: dict[str, list[str]] = {}
    for row in result.rows:
        if row.note:
            by_note.setdefault(row.note, []).append(row.title)
    return tuple(f"{'; '.join(titles)}: {note}" for note, titles in by_note.items())


def figure_cells(title: str, interval: Interval | None, by_seed: Sequence[float]) -> dict[str, Cell]:
    """Cells of one figure: mean, limits, and the value from each seed; None where there is nothing."""
    known = interval is not None and not math.isnan(interval.low)
    return {
        f"{title}: here": interval.value if interval is not None and interval.defined else None,
        f"{title}: limits": f"{interval.low:.3f}–{interval.high:.3f}" if interval and known else None,
        f"{title}: each seed": ", ".join(f"{value:.3f}" for value in by_seed if not math.isnan(value))
        or None,
    }


def _conclude_differences(result: SweepResult, differences: Mapping[tuple[str, str], Interval]) -> str:
    rows = {row.id: row for row in result.rows}
    between = {
        f"{rows[of].title} − {rows[against].title}": found
        for (of, against), found in differences.items()
        if rows[of].kind == rows[against].kind == "distilled"
        and not (of.startswith(_MILD) or against.startswith(_MILD))
    }
    lessons = {
        rows[of].title: found
        for (of, against), found in differences.items()
        if rows[of].kind == "distilled"
        and rows[against].kind == "control"
        and not _is_wrong_control(rows[of], rows[against])
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
    return " ".join([*parts, _seeds([row for row in result.rows if row.seeds])])


def _is_wrong_control(one: SweepRow, other: SweepRow) -> bool:
    """Whether a taught row meets the control of rows that weigh classes otherwise."""
    kinds = {one.kind, other.kind}
    return kinds == {"distilled", "control"} and one.id.startswith(_MILD) != other.id.startswith(_MILD)


def _seeds(rows: Sequence[SweepRow]) -> str:
    counts = {len(row.seeds) for row in rows}
    if counts <= {0, 1}:
        return "One seed each: what another seed would give is not known, and the limits leave it out."
    if len(counts) == 1:
        return f"{counts.pop()} seeds each."
    return f"{min(counts)} to {max(counts)} seeds each; with one, limits leave out what another would give."


def _tabulate(row: SweepRow) -> dict[str, Cell]:
    cells: dict[str, Cell] = {"Row": row.title}
    for metric in SWEEP_METRICS:
        title, figure = SWEEP_TITLES[metric], row.figures.get(metric)
        if metric in _PRINTED:
            cells[f"{title}: reported"] = getattr(row.printed, metric)
        cells |= figure_cells(title, *_of(figure))
    return cells | {
        "Seeds": len(row.seeds) or None,
        "MB: reported": row.printed.size_mb,
        "MB: counted": None if row.cost is None else round(row.cost.mebibytes_one_output, 3),
        "Parameters": None if row.cost is None else row.cost.parameters,
        "ms: reported": row.printed.latency_ms,
        "Seconds: here": row.seconds,
    }


def _of(figure: SeededFigure | None) -> tuple[Interval | None, tuple[float, ...]]:
    return (None, ()) if figure is None else (figure.interval, figure.by_seed)
