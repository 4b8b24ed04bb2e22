"""Wilson and bootstrap limits: against scipy, by hand, and how often they hold the truth."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.stats import binomtest, bootstrap

from core.evaluation.estimates import evaluate_metric
from core.evaluation.intervals import proportion_interval, wilson_interval
from core.evaluation.resampling import resample_groups
from tests.evaluation.slow_bootstrap import bootstrap_interval


@pytest.mark.parametrize(("hits", "n"), [(0, 10), (10, 10), (1, 7), (81, 263), (499, 500)])
@pytest.mark.parametrize("level", [0.8, 0.95])
def test_wilson_equals_scipy(hits: int, n: int, level: float) -> None:
    expected = binomtest(hits, n).proportion_ci(confidence_level=level, method="wilson")
    assert wilson_interval(hits / n, n, level) == pytest.approx((expected.low, expected.high), abs=1e-12)


def test_wilson_by_hand() -> None:
    # 8 of 10, z = 1.96: centre (.8 + .19207) / 1.38414 = .71674, half width 1.95996 / 1.38414 * .16 = .22655
    low, high = wilson_interval(0.8, 10)
    assert (low, high) == (pytest.approx(0.4902, abs=1e-4), pytest.approx(0.9433, abs=1e-4))


@pytest.mark.parametrize(("proportion", "n"), [(-0.1, 5), (1.1, 5), (math.nan, 5), (0.5, 0)])
def test_wilson_refuses_impossible_figures(proportion: float, n: int) -> None:
    with pytest.raises(ValueError, match="proportion"):
        wilson_interval(proportion, n)


def test_proportion_counts_only_what_it_should() -> None:
    hits = np.array([True, True, False, True])
    found = proportion_interval(hits, np.array([True, True, True, False]), np.arange(4))
    assert (found.value, found.n, found.method) == (2 / 3, 3, "Wilson")
    assert (found.low, found.high) == pytest.approx(wilson_interval(2 / 3, 3))


def test_images_of_one_lesion_do_not_narrow_a_proportion() -> None:
    hits, every = np.tile([True, True, False], 5), np.ones(15, dtype=bool)
    lesions = np.tile([0, 1, 2], 5)
    alone = proportion_interval(hits, every, np.arange(15))
    grouped = proportion_interval(hits, every, lesions)
    assert grouped.value == alone.value and grouped.n == 15 and "3 groups" in grouped.method
    assert (grouped.low, grouped.high) == pytest.approx(wilson_interval(2 / 3, 3))
    assert grouped.low < alone.low < alone.high < grouped.high


def test_proportion_of_nothing_is_undefined() -> None:
    found = proportion_interval(np.array([True]), np.array([False]), np.array(["a"]))
    assert not found.defined and math.isnan(found.low) and found.n == 0


def test_groups_are_drawn_whole_and_strata_keep_their_counts() -> None:
    groups = np.array(["c", "a", "b", "a", "c", "d", "e", "a"])
    positive = np.array([False, True, False, True, False, True, False, True])
    for chosen in resample_groups(groups, positive, resamples=50, seed=1):
        drawn, count = np.unique(chosen, return_counts=True)
        times = dict(zip(drawn.tolist(), count.tolist(), strict=True))
        for name in np.unique(groups):
            members = np.flatnonzero(groups == name)
            assert len({times.get(int(case), 0) for case in members}) == 1
        # two positive groups (a, d) and three negative ones (b, c, e) each time
        drawn_groups = {name: times.get(int(np.flatnonzero(groups == name)[0]), 0) for name in "abcde"}
        assert drawn_groups["a"] + drawn_groups["d"] == 2
        assert drawn_groups["b"] + drawn_groups["c"] + drawn_groups["e"] == 3


def test_no_resample_lacks_a_class_even_with_one_positive_or_mixed_groups() -> None:
    target = np.arange(30) == 4
    assert all(target[c].sum() == 1 for c in resample_groups(np.arange(30), target, resamples=200, seed=0))
    mixed = np.array([0, 0, 1, 2, 3])
    target = np.array([True, False, True, True, True])
    for chosen in resample_groups(mixed, target, resamples=200, seed=0):
        assert 0 < target[chosen].sum() < len(chosen)


def test_same_seed_same_limits_and_another_seed_others() -> None:
    prob, target = simulate(0, 100)
    options = {"groups": np.arange(100), "strata": target, "resamples": 200}
    first = bootstrap_interval(pairs_in_order, (prob, target), seed=3, **options)
    assert first == bootstrap_interval(pairs_in_order, (prob, target), seed=3, **options)
    assert first.low != bootstrap_interval(pairs_in_order, (prob, target), seed=4, **options).low


def pairs_in_order(prob: np.ndarray, target: np.ndarray) -> float:
    gaps = prob[target][:, None] - prob[~target]
    return float(((gaps > 0) + 0.5 * (gaps == 0)).mean())


def simulate(seed: int, n: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    target = rng.permutation(np.arange(n) < n // 4)
    return 1 / (1 + np.exp(-rng.normal(1.2 * target, 1))), target


def test_auc_limits_agree_with_scipy() -> None:
    prob, target = simulate(1, 300)
    ours = evaluate_metric("roc_auc", prob, target, np.arange(300), resamples=4000)

    def two_samples(positive: np.ndarray, negative: np.ndarray) -> float:
        labels = np.arange(positive.size + negative.size) < positive.size
        return pairs_in_order(np.concatenate([positive, negative]), labels)

    theirs = bootstrap(
        (prob[target], prob[~target]),
        two_samples,
        n_resamples=4000,
        method="percentile",
        vectorized=False,
        random_state=np.random.default_rng(5),
    ).confidence_interval
    # 4,000 resamples each: the Monte-Carlo error of a 2.5 % quantile is about .002 here
    assert (ours.low, ours.high) == pytest.approx((theirs.low, theirs.high), abs=0.006)


def test_limits_of_a_mean_by_formula() -> None:
    values = np.random.default_rng(2).normal(size=400)
    found = bootstrap_interval(
        lambda v: float(v.mean()),
        (values,),
        groups=np.arange(400),
        strata=np.zeros(400),
        resamples=3000,
        seed=0,
    )
    half = 1.96 * values.std() / 20
    assert (found.low, found.high) == pytest.approx((values.mean() - half, values.mean() + half), abs=0.01)


def test_repeating_every_image_in_its_lesion_changes_nothing() -> None:
    prob, target = simulate(3, 80)
    options = {"seed": 0, "resamples": 300}
    once = bootstrap_interval(pairs_in_order, (prob, target), groups=np.arange(80), strata=target, **options)
    thrice = bootstrap_interval(
        pairs_in_order,
        (np.tile(prob, 3), np.tile(target, 3)),
        groups=np.tile(np.arange(80), 3),
        strata=np.tile(target, 3),
        **options,
    )
    assert (thrice.low, thrice.high) == pytest.approx((once.low, once.high), abs=1e-12)
    assert (once.method, thrice.method) == ("bootstrap by case, 300", "bootstrap by group, 300")


def test_limits_stay_in_bounds_and_enclose_the_value() -> None:
    values = np.array([0.0, 0.0, 0.0, 1.0])
    options = {"groups": np.arange(4), "strata": np.zeros(4), "seed": 0, "resamples": 200}
    for limits in ("percentile", "basic"):
        found = bootstrap_interval(
            lambda v: float(v.mean()), (values,), bounds=(0, 0.6), limits=limits, **options
        )
        assert 0 <= found.low <= found.value <= found.high <= 0.6
    skewed = bootstrap_interval(lambda v: float(v.max()), (values,), **options, value=2.0)
    assert skewed.low <= skewed.value <= skewed.high


def test_basic_limits_are_the_percentiles_mirrored_about_the_value() -> None:
    values = np.random.default_rng(6).exponential(size=60)
    options = {"groups": np.arange(60), "strata": np.zeros(60), "seed": 0, "resamples": 200}
    plain = bootstrap_interval(lambda v: float(v.var()), (values,), **options)
    mirrored = bootstrap_interval(lambda v: float(v.var()), (values,), limits="basic", **options)
    assert mirrored.low == pytest.approx(2 * plain.value - plain.high)
    assert mirrored.high == pytest.approx(2 * plain.value - plain.low)
    assert mirrored.low != pytest.approx(plain.low, rel=0.01)


def test_undefined_statistics_have_no_limits() -> None:
    options = {"groups": np.arange(6), "strata": np.zeros(6), "seed": 0, "resamples": 50}
    nothing = bootstrap_interval(lambda v: math.nan, (np.arange(6),), **options)
    assert not nothing.defined and math.isnan(nothing.high)
    sometimes = bootstrap_interval(lambda v: 1.0 if 0 in v else math.nan, (np.arange(6),), **options)
    assert sometimes.value == 1 and math.isnan(sometimes.low) and "undefined on" in sometimes.method


def test_fast_limits_are_those_of_the_plain_bootstrap() -> None:
    prob, target = simulate(8, 90)
    groups = np.random.default_rng(8).integers(0, 60, 90)
    plain = bootstrap_interval(
        pairs_in_order, (prob, target), groups=groups, strata=target, resamples=200, seed=3, bounds=(0, 1)
    )
    fast = evaluate_metric("roc_auc", prob, target, groups, resamples=200, seed=3)
    assert (fast.low, fast.high) == pytest.approx((plain.low, plain.high), abs=1e-12)
    assert (fast.n, fast.method) == (plain.n, plain.method)


def test_bad_arguments_are_refused() -> None:
    options = {"groups": np.arange(6), "strata": np.zeros(6), "seed": 0}
    with pytest.raises(ValueError, match="length"):
        bootstrap_interval(np.mean, (np.arange(5),), **options)
    with pytest.raises(ValueError, match="level"):
        bootstrap_interval(np.mean, (np.arange(6),), level=95, **options)
    with pytest.raises(ValueError, match="resamples"):
        bootstrap_interval(np.mean, (np.arange(6),), resamples=0, **options)


def test_limits_hold_the_true_auc_about_as_often_as_they_say() -> None:
    """300 studies of 100 cases with images repeated within lesions; the true AUC is Phi(1.2 / sqrt 2)."""
    truth = 0.5 * (1 + math.erf(1.2 / 2))
    held = 0
    for seed in range(300):
        prob, target = simulate(seed, 100)
        copies = np.repeat(np.arange(100), np.random.default_rng(seed).integers(1, 3, 100))
        found = evaluate_metric("roc_auc", prob[copies], target[copies], copies, resamples=300, seed=seed)
        held += found.low <= truth <= found.high
    # standard error of a coverage of .95 over 300 studies is .0126
    assert 0.90 <= held / 300 <= 0.985
