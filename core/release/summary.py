"""A card as Markdown: what a pair costs and how well it does, for a README or a reader in a terminal."""

from __future__ import annotations

from core.bundle import Pair
from core.card import IntervalEntry, NetworkEntry, ReportEntry
from core.figures.nouns import count_of
from core.figures.wording import ROLE_TITLES
from core.metrics.base import METRICS
from core.modalities.base import Modality
from core.types import ROLES, Role

FIGURES = {
    "roc_auc": "ROC-AUC",
    "pr_auc": "PR-AUC",
    "ece": "ECE",
    "sensitivity": "sensitivity",
    "specificity": "specificity",
}
GRADES = {
    "accuracy_top1": "accuracy of the grade",
    "macro_f1": "macro F1",
    "weighted_f1": "weighted F1",
    "quadratic_kappa": "quadratic weighted kappa",
}
"""Shown beside them where the classes are grades in order."""
CLASSES = {
    "accuracy_top1": "accuracy of the class",
    "macro_recall": "balanced accuracy, every class",
}
"""Shown beside them where they are not, and every class has a case."""

NOT_SERVED = "-"


def summarise_card(pair: Pair) -> str:
    """Markdown: one table of costs, one of figures per held-out set, a column per role."""
    roles = tuple(role for role in ROLES if role in pair.card.networks)
    parts = [_costs(pair, roles)]
    for report in pair.card.reports.values():
        parts.append(
            f"{report.title}: {report.n} cases, "
            f"{count_of(report.positives, pair.modality.positive_name)}\n\n"
            + _figures(report, roles, FIGURES | _more(report, pair.modality))
        )
    return "\n\n".join(parts)


def _more(report: ReportEntry, modality: Modality) -> dict[str, str]:
    """What is shown of all classes; nothing where a class has no case, as such figures are not reported."""
    if modality.scale == "ordinal":
        return GRADES
    reported = {name for figures in report.metrics.values() for name in figures}
    return {name: title for name, title in CLASSES.items() if name in reported}


def tabulate_figures(report: ReportEntry) -> dict[str, list[str]]:
    """Column title to cells: the titles of all metrics of a report, then one column a role."""
    names = list(dict.fromkeys(name for figures in report.metrics.values() for name in figures))
    table = {"": [METRICS.get(name).title for name in names]}
    for role, figures in report.metrics.items():
        table[ROLE_TITLES[role]] = [_figure(figures.get(name)) for name in names]
    return table


def _costs(pair: Pair, roles: tuple[Role, ...]) -> str:
    entries = {role: pair.network(role) for role in roles}
    rows = {
        "network": {role: entry.title for role, entry in entries.items()},
        "parameters": {role: f"{entry.parameters / 1e6:.1f} M" for role, entry in entries.items()},
        "multiply-accumulates": {role: _macs(entry) for role, entry in entries.items()},
        "ONNX file": {
            role: f"{pair.size_bytes(role) / 1e6:.1f} MB" if entry.onnx else NOT_SERVED
            for role, entry in entries.items()
        },
    }
    return _table(roles, rows)


def _macs(entry: NetworkEntry) -> str:
    size = f"{entry.preprocessing.width} × {entry.preprocessing.height} px"
    return f"{entry.macs / 1e6:,.0f} M at {size}"


def _figures(report: ReportEntry, roles: tuple[Role, ...], titles: dict[str, str]) -> str:
    rows = {
        title: {role: _figure(report.metrics[role].get(name)) for role in roles if role in report.metrics}
        for name, title in titles.items()
    }
    return _table(roles, rows)


def _figure(entry: IntervalEntry | None) -> str:
    if entry is None or not entry.record().defined:
        return "undefined"
    interval = entry.record()
    return f"{interval.value:.3f} ({interval.low:.3f}-{interval.high:.3f})"


def _table(roles: tuple[Role, ...], rows: dict[str, dict[Role, str]]) -> str:
    lines = [
        "| | " + " | ".join(ROLE_TITLES[role].lower() for role in roles) + " |",
        "|---|" + "---|" * len(roles),
    ]
    lines += [
        f"| {title} | " + " | ".join(cells.get(role, NOT_SERVED) for role in roles) + " |"
        for title, cells in rows.items()
    ]
    return "\n".join(lines)
