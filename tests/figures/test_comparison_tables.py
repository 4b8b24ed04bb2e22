"""Cells of the comparison's tables, and the list to download."""

from __future__ import annotations

import csv
import dataclasses
import io
import math

import pytest

from core.evaluation.changed_cases import list_changed_cases
from core.evaluation.compare import compare_networks
from core.evaluation.fair_calibration import compare_calibration
from core.figures import comparison_tables as tables
from core.types import CompressionRow, FoundTable, Interval
from tests.evaluation.cases_factory import make_held_out, make_points

NOTHING = Interval(math.nan, math.nan, math.nan, 0.95, 0, "not measured")


def test_two_by_two_adds_up():
    found = FoundTable("positives", 97, 6, 4, 10, 117, NOTHING, 1.0, 1.0)
    table = tables.tabulate_found(found, "finds", "misses")
    assert table == {
        "": ["Student finds", "Student misses", "All"],
        "Teacher finds": ["97", "4", "101"],
        "Teacher misses": ["6", "10", "16"],
        "All": ["103", "14", "117"],
    }


def test_no_set_of_cases_is_left_out():
    found = compare_networks(make_held_out(), make_points(), resamples=20)
    alone = compare_networks(make_held_out(roles=("teacher", "student")), make_points(), resamples=20)
    table = tables.tabulate_verdicts([found, dataclasses.replace(alone, title="Others")])
    cases, replace, lessons = table.values()
    assert cases == ["Made-up cases, n = 240 (80)", "Others, n = 240 (80)"]
    assert all(cell.split(":")[0] in tables.SHORT.values() for cell in replace)
    assert lessons[1] == "no control" and ": " in lessons[0]


@pytest.mark.parametrize("roles", [("teacher", "student", "control"), ("teacher", "student")])
def test_calibration_of_the_roles_measured(roles):
    held_out = make_held_out(roles=roles)
    rows = compare_calibration(held_out, dict.fromkeys(roles, 1.0), resamples=20)
    table = tables.tabulate_calibration(rows)
    assert table[""][:2] == ["ECE, as trained", "ECE, after temperature"]
    values = table["Teacher, student, control" if "control" in roles else "Teacher, student"]
    assert [len(cell.split(", ")) for cell in values] == [len(roles)] * 6
    assert values[2].startswith(f"{rows[2].values['teacher']:.3f}, ")
    assert ("Student − control" in table) == ("control" in roles)


def test_changed_cases_are_listed_and_written():
    points = make_points({"teacher": 0.5, "student": 0.3})
    changes = list_changed_cases(make_held_out(), points["teacher"], points["student"])
    table = tables.tabulate_changes(changes, {"mel": "Melanoma"})
    assert {len(column) for column in table.values()} == {len(changes.cases)}
    assert set(table["Change"]) <= set(tables.CHANGES.values())
    assert table["Finding"][0] in ("Melanoma", "nv", "bcc")
    rows = list(csv.DictReader(io.StringIO(tables.write_changes_csv(changes))))
    assert [row["image_id"] for row in rows] == [case.image_id for case in changes.cases]
    assert [float(row["student_prob"]) for row in rows] == [case.student_prob for case in changes.cases]


def test_compression_with_and_without_a_source():
    kept = Interval(0.991, 0.967, 1.014, 0.95, 600, "bootstrap by case, 1000")
    counted = Interval(0.184, math.nan, math.nan, 0.95, 1, "counted, not estimated")
    rows = (
        CompressionRow("roc_auc", 0.839, 0.8316, kept, (0.924, 0.921)),
        CompressionRow("parameters", 8_284_981, 1_525_031, counted, None),
        CompressionRow("latency_ms", math.nan, math.nan, NOTHING, (8.6, 2.1)),
    )
    assert tables.tabulate_compression(rows) == {
        "": ["AUC", "Weights, million", "Time, ms"],
        "Teacher → student": ["0.839 → 0.832", "8.28 → 1.53", "not measured"],
        "Student / teacher": ["99.1\u00a0% (96.7–101.4)", "18.4\u00a0%", "–"],
        "Reported, other data": ["0.924 → 0.921", "–", "8.6 → 2.1"],
    }
    bare = [dataclasses.replace(row, reported=None) for row in rows]
    assert "Reported, other data" not in tables.tabulate_compression(bare)
