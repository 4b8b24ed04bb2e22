"""The table of retention and compression: measured where it can be, and never the paper's figure for ours."""

from __future__ import annotations

import dataclasses
import math
from pathlib import Path

import pytest
from sklearn.metrics import average_precision_score, roc_auc_score

from core.bundle import load_pair
from core.evaluation.compression import REPORTED, measure_compression
from core.types import LatencyReport
from tests.evaluation.cases_factory import make_held_out
from tests.pair_factory import PAIR


@pytest.fixture
def complete(complete_models: Path):
    return load_pair(PAIR, complete_models)


def test_rows_are_measured(complete):
    held_out = make_held_out()
    rows = {row.key: row for row in measure_compression(complete, held_out, resamples=50)}
    for key, metric in (("roc_auc", roc_auc_score), ("pr_auc", average_precision_score)):
        row, expected = rows[key], {}
        for role in ("teacher", "student"):
            expected[role] = metric(held_out.truth, held_out.positive_prob[role])
        assert (row.teacher, row.student) == pytest.approx((expected["teacher"], expected["student"]))
        assert row.ratio.value == pytest.approx(expected["student"] / expected["teacher"])
        assert row.ratio.low <= row.ratio.value <= row.ratio.high
    assert rows["parameters"].student == complete.network("student").parameters
    assert rows["onnx_mb"].teacher == len(complete.read("teacher.onnx")) / 1e6
    size = rows["onnx_mb"]
    assert size.ratio.value == pytest.approx(size.student / size.teacher) and math.isnan(size.ratio.low)
    assert math.isnan(rows["latency_ms"].teacher) and not rows["latency_ms"].ratio.defined


def test_time_is_filled_in_where_it_was_measured(complete):
    def report(role: str, median: float) -> LatencyReport:
        return LatencyReport(role, median, median, median, median, 0.0, 5, 1, 1)

    timed = {"teacher": report("teacher", 40.0), "student": report("student", 10.0)}
    rows = {r.key: r for r in measure_compression(complete, make_held_out(), latency=timed, resamples=20)}
    assert (rows["latency_ms"].teacher, rows["latency_ms"].student) == (40.0, 10.0)
    assert rows["latency_ms"].ratio.value == 0.25


def test_what_was_printed_stands_beside_and_has_a_source(complete):
    """Figures of table III of the source document."""
    rows = {row.key: row.reported for row in measure_compression(complete, make_held_out(), resamples=20)}
    assert rows["roc_auc"] == (0.924, 0.921) and rows["pr_auc"] == (0.712, 0.663)
    assert rows["ece"] == (0.158, 0.072)
    assert rows["onnx_mb"] == (25.1, 4.5) and rows["latency_ms"] == (8.6, 2.1)
    assert rows["parameters"] is None and rows["macs"] is None
    assert "Healy 2025" in REPORTED["dermoscopy"].citation


def test_another_modality_has_no_such_column(complete):
    card = complete.card.model_copy(update={"modality": "fundus"})
    other = dataclasses.replace(complete, card=card)
    assert all(row.reported is None for row in measure_compression(other, make_held_out(), resamples=20))
