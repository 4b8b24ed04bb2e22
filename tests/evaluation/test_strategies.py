"""What each way of combining two networks flags, and what choosing its thresholds promises."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.evaluation.cascade import choose_cascade
from core.evaluation.strategies import STRATEGIES, choose_strategy, find_read_cases, flag_cases
from core.types import FLAG_EVERYONE, FLAG_NOBODY

seeds = st.integers(0, 2**32 - 1)
cuts = st.floats(0, 1)


def draw(seed: int, n: int = 90, levels: int = 1000) -> tuple[dict[str, np.ndarray], np.ndarray]:
    rng = np.random.default_rng(seed)
    truth = rng.permutation(np.arange(n) < n // 3)
    probs = {
        role: np.round(np.clip(rng.normal(0.3 + gap * truth, 0.2), 0, 1) * levels) / levels
        for role, gap in (("teacher", 0.4), ("student", 0.3), ("control", 0.2))
    }
    return probs, truth


def measure(flagged: np.ndarray, truth: np.ndarray) -> dict[str, float]:
    return {"sensitivity": flagged[truth].mean(), "specificity": (~flagged)[~truth].mean()}


@settings(max_examples=40, deadline=None)
@given(seed=seeds, of_teacher=cuts, of_student=cuts)
def test_either_flags_what_one_flags_and_both_what_two_do(
    seed: int, of_teacher: float, of_student: float
) -> None:
    probs, truth = draw(seed)
    thresholds = {"teacher": of_teacher, "student": of_student}
    flags = {name: flag_cases(name, thresholds, probs) for name in ("teacher", "student", "either", "both")}
    np.testing.assert_array_equal(flags["either"], flags["teacher"] | flags["student"])
    np.testing.assert_array_equal(flags["both"], flags["teacher"] & flags["student"])
    for among in (truth, ~truth):
        single = [flags[name][among].mean() for name in ("teacher", "student")]
        assert flags["either"][among].mean() >= max(single)
        assert flags["both"][among].mean() <= min(single)


@settings(max_examples=40, deadline=None)
@given(seed=seeds, cut=cuts, of_teacher=cuts)
def test_the_two_ends_of_a_cascade(seed: int, cut: float, of_teacher: float) -> None:
    probs, _ = draw(seed)
    empty = {"student_low": cut, "student_high": cut, "teacher": of_teacher}
    np.testing.assert_array_equal(flag_cases("cascade", empty, probs), probs["student"] >= cut)
    assert not find_read_cases("cascade", empty, probs).any()
    full = {"student_low": FLAG_EVERYONE, "student_high": FLAG_NOBODY, "teacher": of_teacher}
    np.testing.assert_array_equal(flag_cases("cascade", full, probs), probs["teacher"] >= of_teacher)
    assert find_read_cases("cascade", full, probs).all()


def test_by_hand() -> None:
    probs = {"teacher": np.array([0.9, 0.2, 0.6, 0.6]), "student": np.array([0.1, 0.8, 0.4, 0.5])}
    flags = {
        "mean": flag_cases("mean", {"mean": 0.5}, probs),
        "max": flag_cases("max", {"max": 0.8}, probs),
        "cascade": flag_cases("cascade", {"student_low": 0.2, "student_high": 0.7, "teacher": 0.6}, probs),
    }
    assert flags["mean"].tolist() == [True, True, True, True]
    assert flags["max"].tolist() == [True, True, False, False]
    assert flags["cascade"].tolist() == [False, True, True, True]
    assert find_read_cases("max", {}, probs).all() and not find_read_cases("student", {}, probs).any()


@settings(max_examples=40, deadline=None)
@given(
    seed=seeds,
    levels=st.integers(5, 60),
    target=st.floats(0.3, 0.99),
    rate=st.sampled_from(["specificity", "sensitivity"]),
)
def test_chosen_thresholds_reach_the_target(seed: int, levels: int, target: float, rate: str) -> None:
    probs, truth = draw(seed, levels=levels)
    for name in STRATEGIES:
        chosen = choose_strategy(name, probs, truth, kind=rate, target=target, grey_limit=0.3)
        if not chosen:
            continue
        flagged = flag_cases(name, chosen, probs)
        assert measure(flagged, truth)[rate] >= target - 1e-9
        if name == "cascade":
            assert find_read_cases(name, chosen, probs).mean() <= 0.3 + 1e-9


@pytest.mark.parametrize("rate", ["specificity", "sensitivity"])
def test_a_cascade_is_the_best_of_all_cascades(rate: str) -> None:
    other = {"specificity": "sensitivity", "sensitivity": "specificity"}[rate]
    for seed in range(6):
        probs, truth = draw(seed, n=18)
        ends, best = [*np.unique(probs["student"]), FLAG_NOBODY], -1.0
        for low, high in itertools.combinations_with_replacement(ends, 2):
            for read in [*probs["teacher"], FLAG_NOBODY]:
                tried = {"student_low": low, "student_high": high, "teacher": read}
                if find_read_cases("cascade", tried, probs).sum() <= 6:
                    reached = measure(flag_cases("cascade", tried, probs), truth)
                    best = max(best, reached[other] if reached[rate] >= 0.75 else -1.0)
        chosen = choose_strategy("cascade", probs, truth, kind=rate, target=0.75, grey_limit=1 / 3)
        assert measure(flag_cases("cascade", chosen, probs), truth)[other] == best


@pytest.mark.parametrize("rate", ["specificity", "sensitivity"])
def test_a_cascade_is_the_best_and_its_grey_zone_the_smallest_with_ties_everywhere(rate: str) -> None:
    """Every grey zone and every teacher's threshold, on cases of four different probabilities."""
    other = {"specificity": "sensitivity", "sensitivity": "specificity"}[rate]
    for seed in range(25):
        rng = np.random.default_rng(seed)
        truth = np.arange(14) < 5
        probs = {role: (rng.integers(0, 4, 14) + truth) / 4 for role in ("teacher", "student")}
        best = (-1.0, 0)
        for low, high in itertools.combinations_with_replacement([*np.unique(probs["student"]), 2.0], 2):
            for read in [*probs["teacher"], FLAG_NOBODY]:
                tried = {"student_low": low, "student_high": high, "teacher": read}
                cases = int(find_read_cases("cascade", tried, probs).sum())
                flagged = flag_cases("cascade", tried, probs)
                reached = measure(flagged, truth)
                if cases <= 7 and reached[rate] >= 0.75 and flagged.any() and not flagged.all():
                    best = max(best, (reached[other], -cases))
        chosen = choose_strategy("cascade", probs, truth, kind=rate, target=0.75, grey_limit=0.5)
        assert bool(chosen) == (best[0] >= 0)
        if chosen:
            reached = measure(flag_cases("cascade", chosen, probs), truth)[other]
            assert (reached, -find_read_cases("cascade", chosen, probs).sum()) == best


def test_the_common_scale_counts_negatives_strictly_below() -> None:
    """Negatives .1 .2 .2 .4 | .1 .3 .3 .5: a positive at .2 has one of four below it, one at .3 too."""
    truth = np.array([False] * 4 + [True] * 2)
    probs = {
        "teacher": np.array([0.1, 0.2, 0.2, 0.4, 0.2, 0.9]),
        "student": np.array([0.5, 0.3, 0.3, 0.1, 0.3, 0.3]),
    }
    chosen = choose_strategy("either", probs, truth, kind="sensitivity", target=1.0, grey_limit=0)
    # joined ranks: negatives 3/4, 1/4, 1/4, 3/4, positives 1/4 and 1; the knob 1/4 flags everyone
    assert chosen == {}
    half = choose_strategy("either", probs, truth, kind="sensitivity", target=0.5, grey_limit=0)
    assert half == {"teacher": 0.9, "student": FLAG_NOBODY}


def test_a_cascade_with_room_is_no_worse_than_the_student_on_its_own_cases() -> None:
    for seed in range(10):
        probs, truth = draw(seed, n=60)
        alone = choose_strategy("student", probs, truth, kind="specificity", target=0.8, grey_limit=0)
        empty = choose_cascade(
            probs["student"], probs["teacher"], truth, kind="specificity", target=0.8, grey_limit=0.0
        )
        room = choose_cascade(
            probs["student"], probs["teacher"], truth, kind="specificity", target=0.8, grey_limit=0.5
        )
        assert empty["student_low"] == empty["student_high"]
        found = {
            name: flag_cases(kind, thresholds, probs)[truth].mean()
            for name, kind, thresholds in (
                ("alone", "student", alone),
                ("empty", "cascade", empty),
                ("room", "cascade", room),
            )
        }
        assert found["empty"] <= found["alone"] and found["room"] >= found["empty"]


def test_either_puts_both_networks_on_one_scale() -> None:
    probs, truth = draw(3)
    squeezed = {**probs, "student": probs["student"] ** 4}  # another scale, the same order
    for name in ("either", "both"):
        options = {"kind": "specificity", "target": 0.8, "grey_limit": 0.0}
        before = choose_strategy(name, probs, truth, **options)
        after = choose_strategy(name, squeezed, truth, **options)
        np.testing.assert_array_equal(flag_cases(name, before, probs), flag_cases(name, after, squeezed))
        assert after["student"] == pytest.approx(before["student"] ** 4)


@pytest.mark.parametrize("name", STRATEGIES)
def test_what_cannot_be_chosen_has_no_thresholds(name: str) -> None:
    probs, truth = draw(0)
    options = {"kind": "specificity", "target": 0.9, "grey_limit": 0.3}
    assert choose_strategy(name, probs, np.zeros(90, dtype=bool), **options) == {}
    flat = {role: np.full(90, 0.4) for role in probs}
    assert choose_strategy(name, flat, truth, **options) == {}


def test_a_grey_limit_that_is_no_share_is_refused() -> None:
    probs, truth = draw(0)
    with pytest.raises(ValueError, match="grey_limit"):
        choose_strategy("cascade", probs, truth, kind="specificity", target=0.9, grey_limit=1.5)


@pytest.mark.parametrize("rate", ["specificity", "sensitivity"])
@pytest.mark.parametrize("grey_limit", [0.0, 0.3, 1.0])
def test_a_cascade_that_flags_everyone_or_nobody_is_not_offered(rate: str, grey_limit: float) -> None:
    """A single network is refused such a threshold, so a cascade must be too."""
    options = {"kind": rate, "target": 0.9, "grey_limit": grey_limit}
    flat = {role: np.full(10, 0.4) for role in ("teacher", "student")}
    assert choose_strategy("cascade", flat, np.arange(10) < 4, **options) == {}
    for seed in range(20):
        rng = np.random.default_rng(seed)
        probs = {role: rng.integers(0, 3, 12) / 2 for role in ("teacher", "student")}
        chosen = choose_strategy("cascade", probs, np.arange(12) < 4, **options)
        if chosen:
            flagged = flag_cases("cascade", chosen, probs)
            assert flagged.any() and not flagged.all()
