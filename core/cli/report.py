"""How every class is told from the others: overall figures, figures of each class, confusion matrix."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import typer

from core.cli import pairs
from core.cli.arguments import DatasetOption, PairArgument, ResamplesOption
from core.cli.cases import describe_cases, load_cases, print_cases
from core.cli.output import JsonOption, format_interval, print_json, print_table, print_text

if TYPE_CHECKING:
    from core.bundle import Pair
    from core.types import (
        ArithmeticCheck,
        ClassReport,
        HeldOut,
        Interval,
        PublishedReport,
        PublishedSummary,
        Role,
    )


def add_commands(app: typer.Typer) -> None:
    """Add this module's command to the command line."""
    app.command()(report)


def report(
    pair_name: PairArgument,
    *,
    dataset: DatasetOption = "",
    resamples: ResamplesOption = 1000,
    as_json: JsonOption = False,
) -> None:
    """Report every class on held-out cases, beside what the source document printed, where there is one."""
    from core.evaluation.per_class import report_held_out
    from core.evaluation.published import check_arithmetic, find_published
    from core.evaluation.published_summary import check_summary, find_summary, limit_summary

    pair = pairs.load_pair(pair_name)
    held_out, validation = load_cases(pair, dataset, pair.card.positives)
    reports = {
        role: report_held_out(held_out, role, scale=pair.modality.scale, resamples=resamples)
        for role in held_out.roles
    }
    published, summary = find_published(pair.card.modality), find_summary(pair.card.modality)
    checks = check_arithmetic(published) if published else check_summary(summary) if summary else ()
    opening = describe_cases(pair, held_out, validation)
    overall = {
        role: _measure_overall(pair, held_out, role, found, resamples) for role, found in reports.items()
    }
    if as_json:
        print_json(
            opening
            | {
                "overall": overall,
                "classes": {role: found.classes for role, found in reports.items()},
                "confusion": {role: found.confusion for role, found in reports.items()},
                "published": published,
                "published_summary": summary,
                "published_limits": limit_summary(summary) if summary else None,
                "checks": checks,
            }
        )
        return
    print_cases(opening, f"thresholds for {pair.card.operating_point} chosen")
    _print_overall(overall, published)
    _print_classes(pair, reports)
    if published:
        _print_published(pair, reports["student"], published)
    if summary:
        _print_summary(reports, summary, held_out)
    if checks:
        _print_checks(checks)


def _measure_overall(
    pair: Pair, held_out: HeldOut, role: Role, found: ClassReport, resamples: int
) -> dict[str, Interval]:
    from core.evaluation.estimates import evaluate_metrics
    from core.evaluation.report import BINARY

    figures = evaluate_metrics(
        BINARY,
        held_out.positive_prob[role],
        held_out.truth,
        held_out.groups,
        threshold=pair.operating_point(role).threshold,
        resamples=resamples,
    )
    return figures | dict(found.overall)


def _print_overall(overall: dict[Role, dict[str, Interval]], published: PublishedReport | None) -> None:
    print("\nOverall, 95 % limits")
    rows = []
    for name in next(iter(overall.values())):
        row: dict[str, object] = {"metric": name}
        row |= {role: format_interval(figures[name]) for role, figures in overall.items()}
        if published:
            row["published"] = str(published.overall.get(name, "-"))
        rows.append(row)
    print_table(rows)


def _print_classes(pair: Pair, reports: dict[Role, ClassReport]) -> None:
    from core.figures.class_tables import list_absent, tabulate_classes, tabulate_confusion

    names = _names(pair)
    for role, found in reports.items():
        print(f"\nEvery class, {role}")
        _print_columns(tabulate_classes(found.classes, names))
        if absent := list_absent(found.classes, names):
            print_text(absent)
    for role, found in reports.items():
        print(f"\nRows the truth, columns the most probable class, {role}")
        _print_columns(tabulate_confusion(found.confusion, names))


def _print_published(pair: Pair, found: ClassReport, published: PublishedReport) -> None:
    from core.evaluation.published import limit_recalls
    from core.figures.class_tables import tabulate_published

    print("\nStudent here, and what was published")
    _print_columns(tabulate_published(found, published, limit_recalls(published), _names(pair)))
    print_text(f"Published: {published.citation}; {published.network}; {published.data}. {published.differs}")


def _print_summary(reports: dict[Role, ClassReport], summary: PublishedSummary, held_out: HeldOut) -> None:
    from core.evaluation.published_summary import limit_summary
    from core.figures.published_summary import (
        describe_cases,
        describe_summary,
        tabulate_summary,
        warn_of_summary,
    )

    print("\nWhat was published, and what is measured here")
    print_text(warn_of_summary(summary))
    _print_columns(tabulate_summary(reports, summary, limit_summary(summary)))
    print_text(describe_summary(summary, describe_cases(held_out)))


def _print_checks(checks: Sequence[ArithmeticCheck]) -> None:
    from core.figures.class_tables import describe_checks

    print("\nDo the published figures agree with each other?")
    for line in describe_checks(checks):
        print_text(line)


def _names(pair: Pair) -> dict[str, str]:
    return {finding.code: finding.name.split(" / ")[0] for finding in pair.modality.findings}


def _print_columns(table: dict[str, list[str]]) -> None:
    print_table([dict(zip(table, cells, strict=True)) for cells in zip(*table.values(), strict=True)])
