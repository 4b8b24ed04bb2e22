"""Records: what they derive from what they hold."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from core import types
from core.types import Interval, LatencyReport, OperatingPoint, Prediction


def interval(value: float) -> Interval:
    return Interval(value, value, value, 0.95, 10, "Wilson")


def test_every_record_is_frozen():
    records = [found for found in vars(types).values() if dataclasses.is_dataclass(found)]
    assert len(records) >= 8
    for record in records:
        assert record.__dataclass_params__.frozen, record.__name__


@pytest.mark.parametrize(("value", "defined"), [(0.0, True), (1.0, True), (float("nan"), False)])
def test_an_interval_knows_whether_it_is_defined(value, defined):
    assert interval(value).defined is defined


def test_ranked_is_by_probability_and_keeps_the_order_of_equals():
    point = OperatingPoint("p", 0.5, "x", interval(1.0), interval(0.0))
    prediction = Prediction(
        pair="p",
        role="teacher",
        classes=("a", "b", "c", "d"),
        logits=np.zeros(4, np.float32),
        probs=np.array([0.2, 0.4, 0.2, 0.2]),
        positive_prob=0.2,
        operating_point=point,
        flagged=False,
        network_ms=1.0,
    )
    assert prediction.ranked() == (("b", 0.4), ("a", 0.2), ("c", 0.2), ("d", 0.2))


@pytest.mark.parametrize(("spread", "noisy"), [(0.0, False), (0.2, False), (0.21, True)])
def test_a_wide_spread_is_noisy(spread, noisy):
    report = LatencyReport("x", 1.0, 1.0, 1.0, 1.0, spread, 5, 1, 1)
    assert report.noisy is noisy
