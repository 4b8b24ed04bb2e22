"""What the stopwatch times, proved with a clock that only moves when told."""

from __future__ import annotations

import os
from collections.abc import Callable

import numpy as np
import pytest

from core.latency import (
    FEWEST_TURNS,
    compare_times,
    measure_in_turns,
    measure_interleaved,
    measure_latency,
    read_machine_load,
    summarise_turns,
)


class FakeClock:
    """Seconds that pass only in :meth:`spend`."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now

    def spend(self, milliseconds: float) -> None:
        self.now += milliseconds / 1000


def runs_of(clock: FakeClock, durations: list[float]) -> Callable[[], None]:
    left = iter(durations)
    return lambda: clock.spend(next(left))


def test_figures_by_hand() -> None:
    clock = FakeClock()
    report = measure_latency(
        runs_of(clock, [5, 1, 4, 2, 3]), label="student", threads=1, n=5, warmup=0, clock=clock
    )
    assert report.median_ms == pytest.approx(3)
    assert (report.min_ms, report.max_ms) == (pytest.approx(1), pytest.approx(5))
    assert report.p95_ms == pytest.approx(4.8)  # linear between the fourth and fifth of five
    assert report.spread == pytest.approx((4 - 2) / 3)
    assert report.noisy
    assert report.mean_ms == pytest.approx(3) and report.per_second == pytest.approx(1000 / 3)
    assert (report.label, report.n, report.warmup, report.threads) == ("student", 5, 0, 1)


def test_warm_up_does_not_count() -> None:
    clock = FakeClock()
    calls = [1000.0] * 3 + [2.0] * 4
    report = measure_latency(runs_of(clock, calls), label="x", threads=1, n=4, warmup=3, clock=clock)
    assert (report.max_ms, report.spread) == (pytest.approx(2), pytest.approx(0))
    assert not report.noisy


def test_every_call_is_made_and_no_more() -> None:
    clock = FakeClock()
    left = iter([1.0] * 9)
    measure_latency(lambda: clock.spend(next(left)), label="x", threads=2, n=7, warmup=2, clock=clock)
    assert next(left, None) is None


def test_setting_up_before_and_time_between_runs_do_not_count() -> None:
    clock = FakeClock()

    def load() -> Callable[[], None]:
        clock.spend(5000)
        return lambda: clock.spend(3)

    class ClockThatIsSlowToStart(FakeClock):
        def __call__(self) -> float:
            self.reads = getattr(self, "reads", 0) + 1
            if self.reads % 2:  # before a run: time that belongs to no run
                self.spend(700)
            return self.now

    assert measure_latency(load(), label="x", threads=1, n=3, clock=clock).max_ms == pytest.approx(3)
    slow = ClockThatIsSlowToStart()
    assert measure_latency(
        lambda: slow.spend(3), label="x", threads=1, n=3, clock=slow
    ).max_ms == pytest.approx(3)


def test_interleaved_runs_take_turns_and_keep_their_own_time() -> None:
    clock = FakeClock()
    order: list[str] = []

    def make(name: str, milliseconds: float) -> Callable[[], None]:
        def run() -> None:
            order.append(name)
            clock.spend(milliseconds)

        return run

    reports = measure_interleaved(
        {"teacher": make("A", 20), "student": make("B", 2)}, threads=1, n=3, warmup=2, clock=clock
    )
    assert order == ["A", "B"] * 5
    assert list(reports) == ["teacher", "student"]
    assert reports["teacher"].median_ms == pytest.approx(20)
    assert reports["student"].max_ms == pytest.approx(2)
    assert reports["student"].label == "student"


def test_a_load_that_drifts_falls_on_both_alike() -> None:
    clock = FakeClock()
    slow_down = iter(np.repeat(np.linspace(1, 3, 10), 2))
    run = lambda: clock.spend(next(slow_down))  # noqa: E731
    reports = measure_interleaved({"a": run, "b": run}, threads=1, n=10, warmup=0, clock=clock)
    assert reports["a"].median_ms == pytest.approx(reports["b"].median_ms)
    assert reports["a"].p95_ms == pytest.approx(reports["b"].p95_ms)


def test_a_clock_too_coarse_to_see_the_run() -> None:
    report = measure_latency(lambda: None, label="x", threads=1, n=3, clock=FakeClock())
    assert (report.median_ms, report.spread) == (0, 0)


def test_the_real_clock_is_used_by_default() -> None:
    report = measure_latency(lambda: sum(range(1000)), label="sum", threads=1, n=5)
    assert 0 < report.min_ms <= report.median_ms <= report.p95_ms <= report.max_ms


def test_an_error_in_the_run_is_not_swallowed() -> None:
    with pytest.raises(ZeroDivisionError):
        measure_latency(lambda: 1 / 0, label="x", threads=1)


@pytest.mark.parametrize("wrong", [{"n": 0}, {"warmup": -1}, {"threads": 0}])
def test_bad_arguments_are_refused(wrong: dict[str, int]) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong))):
        measure_interleaved({"x": lambda: None}, **{"threads": 1, **wrong})


def test_nothing_to_time_is_refused() -> None:
    with pytest.raises(ValueError, match="runs"):
        measure_interleaved({}, threads=1)


def test_machine_load(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "getloadavg", lambda: (3.0, 1.0, 1.0), raising=False)
    monkeypatch.setattr(os, "cpu_count", lambda: 2)
    assert read_machine_load() == 1.5

    def refuse() -> tuple[float, float, float]:
        raise OSError

    monkeypatch.setattr(os, "getloadavg", refuse)
    assert read_machine_load() is None
    monkeypatch.delattr(os, "getloadavg")
    assert read_machine_load() is None


def test_turns_of_several_runs_with_a_run_up_each() -> None:
    clock = FakeClock()
    order: list[str] = []

    def make(name: str, milliseconds: float) -> Callable[[], None]:
        def run() -> None:
            order.append(name)
            clock.spend(milliseconds)

        return run

    told: list[int] = []
    found = measure_in_turns(
        {"teacher": make("A", 40), "student": make("B", 3)},
        turns=2,
        turn_runs=2,
        settle_s=0.1,
        clock=clock,
        on_turn=told.append,
    )
    # 100 ms are 3 runs of 40 ms and 34 of 3 ms; two more count, in each of two turns and the one before them
    assert "".join(order) == ("A" * 5 + "B" * 36) * 3
    assert found["teacher"] == pytest.approx(np.full((2, 2), 40)) and told == [1, 2, 3]
    report = summarise_turns("student", found["student"], threads=2)
    assert (report.median_ms, report.n, report.warmup, report.threads) == (pytest.approx(3), 4, 2, 2)


def test_the_first_turn_does_not_count() -> None:
    clock = FakeClock()
    found = measure_in_turns(
        {"x": runs_of(clock, [9, 900, 900, 9, 2, 2])}, turns=1, turn_runs=2, settle_s=0, clock=clock
    )
    assert found["x"] == pytest.approx(np.array([[2, 2]]))


def test_a_budget_ends_the_measurement_but_not_before_a_turn_counts() -> None:
    clock = FakeClock()
    run = lambda: clock.spend(1000)  # noqa: E731
    options = {"turns": 9, "turn_runs": 2, "settle_s": 0, "clock": clock}
    assert measure_in_turns({"x": run}, budget_s=0, **options)["x"].shape == (1, 2)
    assert measure_in_turns({"x": run}, budget_s=10, **options)["x"].shape == (3, 2)


def test_a_run_up_ends_on_a_clock_that_stands_still() -> None:
    assert measure_in_turns({"x": lambda: None}, turns=1, settle_s=1, clock=FakeClock())["x"].max() == 0


@pytest.mark.parametrize("wrong", [{"turns": 0}, {"turn_runs": 0}])
def test_turns_without_runs_are_refused(wrong: dict[str, int]) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong))):
        measure_in_turns({"x": lambda: None}, **{"turns": 1, **wrong})
    with pytest.raises(ValueError, match="runs"):
        measure_in_turns({}, turns=1)


def test_a_ratio_is_of_medians_and_its_turns_are_drawn_together() -> None:
    load = np.linspace(1, 3, 12)[:, None]  # a load that falls on both alike moves no ratio
    found = compare_times(20 * load * np.ones(5), 4 * load * np.ones(5))
    assert (found.value, found.low, found.high) == pytest.approx((5, 5, 5)) and found.n == 60
    rng = np.random.default_rng(1)
    noisy = compare_times(20 + rng.normal(0, 2, (10, 5)), 4 + rng.normal(0, 0.4, (10, 5)))
    assert 4 < noisy.low < noisy.value < noisy.high < 6


def test_a_ratio_says_where_it_has_no_limits_and_where_it_is_none() -> None:
    few = compare_times(np.full((FEWEST_TURNS - 1, 5), 6.0), np.full((FEWEST_TURNS - 1, 5), 2.0))
    assert few.value == 3 and np.isnan(few.low) and "too few turns" in few.method
    assert not compare_times(np.full((4, 5), 6.0), np.zeros((4, 5))).defined
    with pytest.raises(ValueError, match="same turns"):
        compare_times(np.ones((4, 5)), np.ones((3, 5)))
