"""Paired counts: tests against scipy, statsmodels and print; limits that stay honest on few cases."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest
from statsmodels.stats.contingency_tables import mcnemar

from core.evaluation.mcnemar import compare_right, mcnemar_p_values, paired_share_interval


@given(st.integers(0, 60), st.integers(0, 60))
def test_p_values(b, c):
    exact, mid = mcnemar_p_values(b, c)
    assert exact == pytest.approx(mcnemar([[5, b], [c, 9]], exact=True).pvalue)
    if b + c:
        assert exact == pytest.approx(binomtest(b, b + c, 0.5).pvalue)
    assert 0 <= mid <= exact <= 1
    assert mcnemar_p_values(c, b) == (exact, mid)


def test_p_values_as_printed():
    """Airway hyper-responsiveness before and after transplantation, Fagerland et al. 2013, tables 1 and 4."""
    assert mcnemar_p_values(1, 7) == pytest.approx((18 / 256, 10 / 256))


def test_no_discordant_case_is_no_evidence():
    assert mcnemar_p_values(0, 0) == (1.0, 1.0)
    assert mcnemar_p_values(1, 1) == pytest.approx((1.0, 0.75))


def test_a_table_by_hand():
    first = np.array([1, 1, 1, 0, 0, 1], dtype=bool)
    second = np.array([1, 0, 0, 1, 0, 1], dtype=bool)
    found = compare_right(first, second, ["a", "b", "c", "d", "e", "e"], among="positives")
    assert (found.both, found.only_first, found.only_second, found.neither) == (2, 2, 1, 1)
    assert (found.n, found.groups) == (6, 5)
    assert found.difference.value == pytest.approx(1 / 6)
    assert found.difference.method == "Bonett-Price, 5 groups"
    assert found.exact_p == 1.0 and found.mid_p == pytest.approx(1 - 3 / 8)


def test_share_limits_by_hand():
    """Bonett and Price: one case added to each discordant count, two to the cases."""
    found = paired_share_interval(1, 7, 21, 21)
    p, q = 2 / 23, 8 / 23
    half = 1.959963985 * math.sqrt((p + q - (p - q) ** 2) / 23)
    assert (found.value, found.low, found.high) == pytest.approx((-6 / 21, p - q - half, p - q + half))


def test_no_discordant_case_keeps_its_width():
    few, many = paired_share_interval(0, 0, 17, 17), paired_share_interval(0, 0, 2000, 2000)
    assert few.value == many.value == 0
    assert few.low < -0.1 and -0.002 < many.low < 0


@given(st.integers(1, 300), st.data())
def test_limits_enclose_and_mirror(n, data):
    only_first = data.draw(st.integers(0, n))
    only_second = data.draw(st.integers(0, n - only_first))
    groups = data.draw(st.integers(1, n))
    found = paired_share_interval(only_first, only_second, n, groups)
    mirrored = paired_share_interval(only_second, only_first, n, groups)
    assert -1 <= found.low <= found.value <= found.high <= 1
    assert (mirrored.low, mirrored.high) == pytest.approx((-found.high, -found.low))
    whole = paired_share_interval(only_first, only_second, n, n)
    assert whole.high - whole.low <= found.high - found.low + 0.08


def test_limits_cover_the_true_difference():
    rng = np.random.default_rng(0)
    n, p, q, held = 60, 0.12, 0.05, 0
    for _ in range(2000):
        b, c, _rest = rng.multinomial(n, [p, q, 1 - p - q])
        found = paired_share_interval(int(b), int(c), n, n)
        held += found.low <= p - q <= found.high
    assert 0.94 <= held / 2000 <= 0.985


def test_no_cases_is_undefined():
    nothing = np.zeros(0, dtype=bool)
    found = compare_right(nothing, nothing, [], among="all")
    assert found.n == 0 and not found.difference.defined and math.isnan(found.mid_p)


def test_arguments_are_checked():
    with pytest.raises(TypeError, match="bool"):
        compare_right(np.array([1, 0]), np.array([True, False]), [0, 1], among="all")
    with pytest.raises(ValueError, match="groups"):
        compare_right(np.array([True]), np.array([True]), [0, 1], among="all")
    with pytest.raises(ValueError, match="at least 0"):
        mcnemar_p_values(-1, 2)
