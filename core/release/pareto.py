"""Size, time and worth of every served network of a pair, and which of them no other one beats."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

from core.bundle import Pair
from core.errors import ConfigError
from core.int8_card import read_int8_report
from core.intake.samples import open_first_sample
from core.latency import SETTLE_S
from core.release.latency_networks import describe_cost, list_networks, name_network, open_servable
from core.release.latency_table import OnProgress, measure_table
from core.release.runtimes import SERVING
from core.types import ALIKE, Interval, ParetoPanel, ParetoPoint, Precision, Role, TimeTable

METRIC = "roc_auc"
"""The main figure: ROC-AUC of the positive classes, which every card reports of every role."""

RUNS = 20


def time_served(
    pair: Pair, *, runs: int = RUNS, settle_s: float = SETTLE_S, on_progress: OnProgress | None = None
) -> TimeTable:
    """Time a pair's networks as they are served: ONNX Runtime, one thread, taking turns.

    Args:
        pair: whose networks, in every precision that ships.
        runs: of each.
        settle_s, on_progress: as in :func:`core.release.latency_table.measure_table`.
    """
    case = open_first_sample(pair.card.modality)
    return measure_table(
        [open_servable(pair, role, precision, case) for role, precision in list_networks(pair)],
        threads=(1,),
        runs=runs,
        runtimes=(SERVING,),
        settle_s=settle_s,
        on_progress=on_progress,
    )


def build_panel(pair: Pair, *, times: TimeTable | None = None, dataset: str = "") -> ParetoPanel:
    """Set every served network's size, time and main held-out figure side by side.

    Args:
        pair: for files and the card's figures.
        times: of the same pair, in :data:`core.release.runtimes.SERVING` on one thread; None, or one that
            lacks a network, leaves the front to be judged by the work.
        dataset: of the card's reports; empty takes the largest.

    Returns:
        ParetoPanel. A network in 8 bits has the float network's figure and limits, moved by the difference
        that was measured between the two on the same cases.

    Raises:
        ConfigError: the card reports no such set of cases.
        BundleError: the report on a network in 8 bits is damaged.
    """
    reports = pair.card.reports
    if dataset and dataset not in reports:
        raise ConfigError(
            dataset,
            f"{pair.card.pair} reports nothing on it",
            f"The choices are {', '.join(reports) or 'none'}",
        )
    name = dataset or max(reports, key=lambda key: reports[key].n, default="")
    points = [
        _describe(pair, role, precision, times, _find_figure(pair, role, precision, name))
        for role, precision in list_networks(pair)
    ]
    timed = all(point.latency is not None for point in points)
    report = reports.get(name)
    return ParetoPanel(
        pair=pair.card.pair,
        title=pair.modality.title,
        dataset=name,
        dataset_title=report.title if report else "",
        metric=METRIC,
        positive=pair.modality.positive_name,
        n=report.n if report else 0,
        positives=report.positives if report else 0,
        caution=pair.card.caution,
        timed=timed,
        points=tuple(mark_front(points, timed=timed)),
        notes=tuple(_list_notes(points, has_report=report is not None)),
    )


def mark_front(points: Sequence[ParetoPoint], *, timed: bool) -> list[ParetoPoint]:
    """Mark the points that no other one beats in time (or work), size and figure together.

    One point beats another when it is at least as good in all three and better in one; times within 5 % of
    each other are alike. Points without a figure neither beat nor are on the front. Figures are compared as
    they stand: their limits may overlap.
    """
    costs = [_weigh(point, timed=timed) for point in points]
    return [
        replace(
            point,
            on_front=own is not None and not any(other is not None and _beats(other, own) for other in costs),
        )
        for point, own in zip(points, costs, strict=True)
    ]


def _weigh(point: ParetoPoint, *, timed: bool) -> tuple[float, float, float] | None:
    """What less is better of: time or work, size, and the figure with its sign turned."""
    if point.figure is None or not point.figure.defined:
        return None
    time = point.latency.median_ms if timed and point.latency is not None else float(point.macs)
    return time, float(point.file_bytes), -point.figure.value


def _beats(one: tuple[float, float, float], other: tuple[float, float, float]) -> bool:
    alike = (1 + ALIKE, 1.0)
    costs = list(zip(one[:2], other[:2], alike, strict=True))
    no_worse = all(a <= b * factor for a, b, factor in costs) and one[2] <= other[2]
    return no_worse and (any(a * factor < b for a, b, factor in costs) or one[2] < other[2])


def _describe(
    pair: Pair, role: Role, precision: Precision, times: TimeTable | None, figure: Interval | None
) -> ParetoPoint:
    cost = describe_cost(pair, role, precision)
    return ParetoPoint(
        role=role,
        precision=precision,
        title=cost.title,
        macs=cost.macs,
        file_bytes=cost.file_bytes or 0,
        latency=None if times is None else times.find(name_network(role, precision), SERVING, 1),
        figure=figure,
        on_front=False,
    )


def _find_figure(pair: Pair, role: Role, precision: Precision, dataset: str) -> Interval | None:
    report = pair.card.reports.get(dataset)
    entry = report.metrics.get(role, {}).get(METRIC) if report else None
    if entry is None:
        return None
    figure = entry.record()
    if precision == "float":
        return figure
    made = read_int8_report(pair, role)
    drift = made.sets[dataset].auc.value if made is not None and dataset in made.sets else None
    if drift is None or math.isnan(drift):
        return None
    value, low, high = (min(1.0, max(0.0, end + drift)) for end in (figure.value, figure.low, figure.high))
    method = f"{figure.method}, of the float network, moved by the difference on the same cases"
    return Interval(value, low, high, figure.level, figure.n, method)


def _list_notes(points: Sequence[ParetoPoint], *, has_report: bool) -> list[str]:
    if not has_report:
        return ["The card reports no held-out cases, so nothing says what these networks are worth."]
    lacking = [point for point in points if point.figure is None]
    return [
        f"The {point.role.replace('_', ' ')} in 8 bits was not measured on these cases, so it is left out."
        if point.precision != "float"
        else f"The {point.role.replace('_', ' ')} has no such figure, so it is left out."
        for point in lacking
    ]
