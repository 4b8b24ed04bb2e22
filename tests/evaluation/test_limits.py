"""Limits of sums and ratios of two estimates, against the equations as they are printed."""

from __future__ import annotations

import math

import numpy as np
import pytest

from core.evaluation.limits import Estimates, clip, ratio_limits, sum_limits


def of(value: float, low: float, high: float) -> Estimates:
    return Estimates(*(np.array([number]) for number in (value, low, high)))


A, B = of(0.5, 0.4, 0.8), of(0.3, 0.1, 0.35)


def test_limits_of_a_sum_by_hand() -> None:
    """Each limit is built from the distances on its own side: .1 and .2 below, .3 and .05 above."""
    value, low, high = (column[0] for column in sum_limits(A, B))
    assert value == pytest.approx(0.8)
    assert low == pytest.approx(0.8 - math.sqrt(0.1**2 + 0.2**2))
    assert high == pytest.approx(0.8 + math.sqrt(0.3**2 + 0.05**2))


@pytest.mark.parametrize("a", [A, B, of(0.9, 0.7, 0.95)])
@pytest.mark.parametrize("b", [A, B, of(0.6, 0.55, 0.7)])
def test_limits_of_a_ratio_as_printed(a: Estimates, b: Estimates) -> None:
    """Donner and Zou 2012 with the roots undone: here nothing that is divided by is 0."""
    (x, la, ua), (y, lb, ub) = ((float(column[0]) for column in e) for e in (a, b))
    under = math.sqrt((x * y) ** 2 - la * ub * (2 * x - la) * (2 * y - ub))
    over = math.sqrt((x * y) ** 2 - ua * lb * (2 * x - ua) * (2 * y - lb))
    value, low, high = (column[0] for column in ratio_limits(a, b))
    assert value == pytest.approx(x / y)
    assert low == pytest.approx((x * y - under) / (ub * (2 * y - ub)))
    assert high == pytest.approx((x * y + over) / (lb * (2 * y - lb)))


def test_ratios_with_nothing_on_one_side() -> None:
    nothing = of(0.0, 0.0, 0.2)
    value, low, high = (column[0] for column in ratio_limits(A, nothing))
    assert (value, high) == (math.inf, math.inf)
    # the limit of the printed root where b is 0: sqrt(la (2 a - la)) / ub
    assert low == pytest.approx(math.sqrt(0.4 * 0.6) / 0.2)
    value, low, high = (column[0] for column in ratio_limits(nothing, A))
    assert (value, low) == (0, 0) and high == pytest.approx(math.sqrt(0.2**2 * 0.4 * 0.6) / (0.4 * 0.6))
    assert all(math.isnan(column[0]) for column in ratio_limits(nothing, nothing))


def test_mirroring_and_clipping_keep_the_order() -> None:
    assert [column[0] for column in A.mirrored()] == pytest.approx([0.5, 0.2, 0.6])
    assert [column[0] for column in A.times(3)] == pytest.approx([1.5, 1.2, 2.4])
    assert [column[0] for column in clip(of(0.5, -0.2, 1.3), 0, 1)] == [0.5, 0, 1]
