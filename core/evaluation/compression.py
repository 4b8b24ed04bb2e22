"""What the student keeps and what it saves, beside what the source document printed of its own pair."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from core.bundle import Pair
from core.evaluation.comparison import compute_retention, paired_ratio
from core.evaluation.intervals import undefined_interval
from core.metrics.base import METRICS
from core.types import SERVED_ROLES, CompressionRow, HeldOut, Interval, LatencyReport, ReportedPair, Role

REPORTED: Mapping[str, ReportedPair] = {
    "dermoscopy": ReportedPair(
        citation=(
            'Healy 2025, "Knowledge Distillation for Efficient Melanoma Detection on Mobile Devices", '
            "Table III"
        ),
        data="EfficientNet-B1 and MobileNetV3-Small on part of HAM10000, on its author's machine",
        figures={
            "roc_auc": (0.924, 0.921),
            "pr_auc": (0.712, 0.663),
            "ece": (0.158, 0.072),
            "onnx_mb": (25.1, 4.5),
            "latency_ms": (8.6, 2.1),
        },
    )
}
"""By modality; other modalities have no such column."""


def measure_compression(
    pair: Pair,
    held_out: HeldOut,
    *,
    latency: Mapping[Role, LatencyReport] | None = None,
    resamples: int = 1000,
    level: float = 0.95,
    seed: int = 0,
) -> tuple[CompressionRow, ...]:
    """Fill the table of retention and compression (MEL6) by measurement.

    Args:
        pair: for sizes and work.
        held_out: for what is kept of each figure.
        latency: role to the time of one reading on this machine; None leaves the row without values.
        resamples, level, seed: of the paired bootstrap.

    Returns:
        One row a figure: retention (student over teacher) of ROC-AUC, PR-AUC and ECE with limits, then
        parameters, multiply-accumulates, size of the served file in MB (10^6 bytes) and milliseconds.
    """
    reported = REPORTED.get(pair.card.modality)
    printed = reported.figures if reported else {}
    options: dict[str, Any] = {"resamples": resamples, "level": level, "seed": seed}
    student, teacher = held_out.positive_prob["student"], held_out.positive_prob["teacher"]
    arrays = (student, teacher, held_out.truth, held_out.groups)
    ratios = {"roc_auc": compute_retention(*arrays, **options)}
    ratios |= {name: paired_ratio(name, *arrays, **options) for name in ("pr_auc", "ece")}
    rows = [
        CompressionRow(
            name,
            METRICS.get(name).function(teacher, held_out.truth),
            METRICS.get(name).function(student, held_out.truth),
            ratio,
            printed.get(name),
        )
        for name, ratio in ratios.items()
    ]
    costs = {
        "parameters": [float(pair.network(role).parameters) for role in SERVED_ROLES],
        "macs": [float(pair.network(role).macs) for role in SERVED_ROLES],
        "onnx_mb": [pair.size_bytes(role) / 1e6 for role in SERVED_ROLES],
        "latency_ms": [latency[role].median_ms if latency else math.nan for role in SERVED_ROLES],
    }
    rows += [
        CompressionRow(name, large, small, _exact_ratio(small, large, level), printed.get(name))
        for name, (large, small) in costs.items()
    ]
    return tuple(rows)


def _exact_ratio(student: float, teacher: float, level: float) -> Interval:
    if not (teacher > 0 and student > 0):
        return undefined_interval(level, 0, "not measured")
    ratio = student / teacher
    return Interval(ratio, math.nan, math.nan, level, 1, "counted, not estimated")
