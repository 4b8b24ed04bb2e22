from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from core.evaluation.intervals import TOO_FEW_GROUPS
from core.evaluation.rank_correlation import spearman_interval, weigh_spearman

RNG = np.random.default_rng(3)


def test_a_value_worked_by_hand():
    # ranks 1 2 3 4 against 1 3 2 4: 1 - 6 (0 + 1 + 1 + 0) / (4 (16 - 1)) = 0.8
    found = weigh_spearman(np.array([0.1, 0.2, 0.3, 0.4]), np.array([0.0, 2, 1, 4]), np.ones((1, 4)))
    assert found == pytest.approx([0.8])


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 4), st.integers(0, 3)), min_size=3, max_size=30))
def test_weights_are_repeated_cases(rows):
    x, y, w = (np.array(column, dtype=float) for column in zip(*rows, strict=True))
    again = w.astype(int)
    many_x, many_y = np.repeat(x, again), np.repeat(y, again)
    found = weigh_spearman(x, y, w[None])[0]
    if many_x.size < 2 or np.ptp(many_x) == 0 or np.ptp(many_y) == 0:
        assert np.isnan(found)
    else:
        assert found == pytest.approx(stats.spearmanr(many_x, many_y).statistic, abs=1e-9)


def test_limits_hold_the_value_and_follow_the_groups():
    grades = np.repeat(np.arange(5), 30)
    values = grades + RNG.normal(0, 3, 150)
    alone = spearman_interval(values, grades, np.arange(150), resamples=300)
    assert alone.value == pytest.approx(stats.spearmanr(values, grades).statistic)
    assert -1 <= alone.low < alone.value < alone.high <= 1 and alone.n == 150
    assert alone.method == "bootstrap by case, 300"
    doubled = [np.repeat(x, 2) for x in (values, grades, np.arange(150))]
    grouped = spearman_interval(*doubled, resamples=300)
    assert grouped.value == pytest.approx(alone.value)
    assert grouped.high - grouped.low == pytest.approx(alone.high - alone.low, rel=0.02)


@pytest.mark.parametrize(
    ("values", "grades", "words"),
    [
        ([], [], "fewer than three"),
        ([1, 2], [0, 1], "fewer than three"),
        ([1, 1, 1], [0, 1, 2], "the same for every case"),
        ([1, 2, 3], [2, 2, 2], "one grade only"),
    ],
)
def test_what_has_no_correlation_says_why(values, grades, words):
    found = spearman_interval(values, grades, range(len(values)))
    assert not found.defined and words in found.method


def test_a_grade_of_one_group_gives_no_limits():
    found = spearman_interval([1, 2, 3, 4], [0, 0, 1, 1], ["a", "b", "c", "c"])
    assert found.defined and np.isnan(found.low) and found.method == TOO_FEW_GROUPS


def test_arguments_are_checked():
    with pytest.raises(ValueError, match=r"\(N,\)"):
        spearman_interval([1, 2, 3], [1, 2], [1, 2, 3])
    with pytest.raises(ValueError, match="finite"):
        spearman_interval([1, np.nan, 3], [1, 2, 3], [1, 2, 3])
