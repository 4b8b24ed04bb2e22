"""The card's schema: what it refuses, and that records survive the way to JSON and back."""

from __future__ import annotations

import json
import math

import pytest
from pydantic import ValidationError

from core.bundle import Pair
from core.card import Card, IntervalEntry, OperatingPointEntry
from core.types import Interval, OperatingPoint


def test_an_interval_survives_storing():
    interval = Interval(0.842, 0.801, 0.879, 0.95, 600, "bootstrap by group, 1000")
    stored = IntervalEntry.of(interval).model_dump_json()
    assert IntervalEntry.model_validate_json(stored).record() == interval


def test_an_undefined_figure_is_stored_as_nulls_and_read_as_nan():
    nan = float("nan")
    stored = IntervalEntry.of(Interval(nan, nan, nan, 0.95, 0, "undefined: one class only")).model_dump_json()
    plain = json.loads(stored)
    assert plain["value"] is plain["low"] is plain["high"] is None
    read = IntervalEntry.model_validate_json(stored).record()
    assert not read.defined and math.isnan(read.low) and math.isnan(read.high)
    assert (read.n, read.method) == (0, "undefined: one class only")


def test_an_operating_point_survives_storing():
    sensitivity = Interval(0.9, 0.8, 0.95, 0.95, 90, "Wilson")
    point = OperatingPoint("sensitivity_90", 0.125, "validation split, n = 494", sensitivity, sensitivity)
    stored = OperatingPointEntry.of(point).model_dump_json()
    assert OperatingPointEntry.model_validate_json(stored).record() == point


def test_a_card_survives_storing(pair: Pair):
    assert Card.model_validate_json(pair.card.model_dump_json()) == pair.card


def spoil(plain: dict, path: str, value: object) -> None:
    *parents, last = path.split(".")
    for key in parents:
        plain = plain[int(key)] if isinstance(plain, list) else plain[key]
    plain[last] = value


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("surprise", 1),
        ("networks.teacher.surprise", 1),
        ("networks.teacher.preprocessing.surprise", 1),
        ("networks.pupil", None),
        ("networks.teacher.temperature", 0),
        ("networks.teacher.temperature", -1.0),
        ("networks.teacher.temperature", float("inf")),
        ("networks.teacher.temperature", float("nan")),
        ("networks.teacher.operating_points", []),
        ("networks.teacher.operating_points.0.threshold", 1.01),
        ("networks.teacher.operating_points.0.threshold", float("nan")),
        ("networks.teacher.preprocessing.height", 15),
        ("networks.teacher.preprocessing.resize", "crop"),
        ("networks.teacher.feature_shape", [1, 2]),
        ("schema_version", 2),
    ],
)
def test_what_does_not_fit_is_refused_by_name(pair: Pair, path: str, value: object):
    plain = json.loads(pair.card.model_dump_json())
    spoil(plain, path, value)
    with pytest.raises(ValidationError) as caught:
        Card.model_validate(plain)
    where = {".".join(map(str, error["loc"])) for error in caught.value.errors()}
    assert any(found.startswith(path) for found in where), where


def test_a_card_cannot_be_changed(pair: Pair):
    with pytest.raises(ValidationError):
        pair.card.title = "another"
