"""From an aim to a threshold, or to a sentence that says why there is none."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import ConfigError
from core.evaluation.aims import choose_threshold
from core.evaluation.operating_points import choose_operating_points
from core.types import ThresholdChoice


def choose(aim: str, prob: np.ndarray, truth: np.ndarray, **options: float) -> ThresholdChoice:
    return choose_threshold(aim, prob, truth, np.arange(len(prob)), chosen_on="validation", **options)


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), levels=st.integers(4, 50))
def test_aims_are_the_operating_points_of_the_card(seed: int, levels: int) -> None:
    rng = np.random.default_rng(seed)
    truth = rng.permutation(np.arange(80) < rng.integers(5, 60))
    prob = np.round(np.clip(rng.normal(0.4 + 0.3 * truth, 0.2), 0, 1) * levels) / levels
    points = choose_operating_points(prob, truth, np.arange(80), chosen_on="validation")
    shipped = {point.name: point for point in points}
    for aim in ("sensitivity_95", "sensitivity_90", "specificity_90", "youden"):
        choice = choose(aim, prob, truth)
        assert choice.point == shipped.get(aim)
        assert choice.state == ("chosen" if aim in shipped else "unattainable")
        if choice.point:
            assert choice.tied == np.count_nonzero(prob == choice.threshold) >= 1
            assert ("can only be flagged together" in choice.words) == (choice.tied > 1)
    assert choose("lowest_cost", prob, truth, cost_ratio=3).aim == "lowest_cost"


def test_what_is_not_attainable_says_why() -> None:
    prob = np.concatenate([np.full(18, 0.9), np.zeros(2), np.zeros(70), np.full(10, 0.1)])
    truth = np.arange(100) < 20
    found = choose("sensitivity_95", prob, truth)
    assert found.words == (
        "95 % sensitivity is not attainable below flagging every case: "
        "2 positive cases share the lowest probability, 0."
    )
    assert found.state == "unattainable" and found.point is None and np.isnan(found.threshold)
    assert choose("sensitivity_90", prob, truth).threshold == 0.9
    mirrored = choose("specificity_97.5", 1 - prob, ~truth)
    assert mirrored.words == (
        "97.5 % specificity is not attainable while any case is flagged: "
        "2 negative cases share the highest probability, 1."
    )
    one = choose("specificity_100", np.array([0.1, 0.2, 0.7]), np.array([False, True, False]))
    assert one.words.endswith("1 negative case has the highest probability, 0.7.")


def test_no_skill_and_one_class() -> None:
    flat = choose("youden", np.full(4, 0.3), np.arange(4) < 2)
    assert flat.words == "No threshold does better than flagging everyone or nobody."
    for aim in ("youden", "sensitivity_95", "lowest_cost"):
        choice = choose(aim, np.array([0.1, 0.9]), np.array([False, False]))
        assert choice.state == "unattainable" and "2 cases, 0 of them positive" in choice.words


@pytest.mark.parametrize(
    "aim", ["", "best", "sensitivity", "sensitivity_0", "sensitivity_101", "specificity_-5"]
)
def test_an_unknown_aim_is_refused(aim: str) -> None:
    with pytest.raises(ConfigError, match="youden or lowest_cost"):
        choose(aim, np.array([0.1, 0.9]), np.array([False, True]))
