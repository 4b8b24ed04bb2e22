"""Networks take turns in every runtime that can run them, and what is divided is what was timed together."""

from __future__ import annotations

import pytest
import torch

from core.intake.samples import open_first_sample
from core.release import latency_report, latency_table
from core.release.latency_networks import (
    count_cores,
    describe_cost,
    describe_machine,
    list_networks,
    open_servable,
)
from core.release.latency_report import default_threads, list_ratios, measure_pair, time_pair
from core.release.latency_table import measure_table
from core.release.runtimes import RUNTIMES, give_threads
from tests.timing_factory import FakeClock, fake_runtimes

TAKEN = {
    ("teacher", "torch"): 80.0,
    ("teacher", "onnxruntime"): 20.0,
    ("student", "torch"): 8.0,
    ("student", "onnxruntime"): 4.0,
}


@pytest.fixture
def clock(monkeypatch) -> FakeClock:
    clock = FakeClock()
    monkeypatch.setattr(latency_table, "RUNTIMES", fake_runtimes(clock, TAKEN))
    return clock


def test_every_network_runtime_and_number_of_threads(pair, clock) -> None:
    told = []
    found = time_pair(
        pair, threads=(1, 2), runs=12, settle_s=0, clock=clock, on_progress=lambda *seen: told.append(seen)
    )
    keys = [(time.network, time.runtime, time.report.threads) for time in found.times]
    assert keys == [(*key, threads) for threads in (1, 2) for key in TAKEN]
    for network, runtime, threads in keys:
        report = found.find(network, runtime, threads)
        assert report.median_ms == pytest.approx(TAKEN[network, runtime] / threads)
        assert report.mean_ms == pytest.approx(report.median_ms) and report.n == 15, "whole turns"
    assert found.find("student", "torch", 4) is None and found.noisy == ()
    assert [share for share, _ in told] == sorted(share for share, _ in told) and told[-1][0] == 1.0
    assert {words for _, words in told} == {"2 networks, 1 thread", "2 networks, 2 threads"}


def test_ratios_are_within_a_runtime_and_from_training_to_serving(pair, clock) -> None:
    found = time_pair(pair, threads=(1,), runs=20, settle_s=0, clock=clock)
    ratios = {(r.numerator, r.denominator): r.ratio.value for r in found.ratios}
    assert ratios == pytest.approx(
        {
            (("teacher", "torch"), ("student", "torch")): 10,
            (("teacher", "onnxruntime"), ("student", "onnxruntime")): 5,
            (("teacher", "torch"), ("student", "onnxruntime")): 20,
        }
    )
    assert found.find_ratio(("teacher", "torch"), ("student", "torch"), 1).ratio.n == 20
    assert found.find_ratio(("student", "torch"), ("teacher", "torch"), 1) is None


def test_a_noisy_time_marks_its_ratios(pair, monkeypatch) -> None:
    clock = FakeClock()
    runtimes = fake_runtimes(clock, TAKEN)
    unsteady = iter([4, 40] * 1000)
    real = runtimes["onnxruntime"].open

    def open_(servable, threads):
        run = real(servable, threads)
        return (lambda: clock.spend(next(unsteady))) if servable.cost.name == "student" else run

    changed = {
        name: (r if name == "torch" else type(r)(r.title, r.package, r.precisions, open_))
        for name, r in runtimes.items()
    }
    monkeypatch.setattr(latency_table, "RUNTIMES", changed)
    found = time_pair(pair, threads=(1,), runs=10, settle_s=0, clock=clock)
    assert [(t.network, t.runtime) for t in found.noisy] == [("student", "onnxruntime")]
    assert [ratio.noisy for ratio in found.ratios] == [False, True, True]


def test_a_network_in_8_bits_is_timed_where_it_can_be_run(pair, monkeypatch) -> None:
    clock = FakeClock()
    taken = TAKEN | {("student_int8", "onnxruntime"): 2.0}
    monkeypatch.setattr(latency_table, "RUNTIMES", fake_runtimes(clock, taken))
    monkeypatch.setattr(
        type(pair), "precisions", lambda _, role: ("float", "int8") if role == "student" else ("float",)
    )
    assert list_networks(pair) == (("teacher", "float"), ("student", "float"), ("student", "int8"))
    assert (("student", "onnxruntime"), ("student_int8", "onnxruntime")) in list_ratios(pair)
    assert describe_cost(pair, "student", "int8").name == "student_int8"
    found = time_pair(pair, threads=(1,), runs=5, settle_s=0, clock=clock)
    assert found.find("student_int8", "torch", 1) is None
    ratio = found.find_ratio(("student", "onnxruntime"), ("student_int8", "onnxruntime"), 1)
    assert ratio.ratio.value == pytest.approx(2)


@pytest.mark.parametrize("name", RUNTIMES)
def test_every_runtime_gives_the_answer_that_is_served(pair, name) -> None:
    case = open_first_sample(pair.card.modality)
    servable = open_servable(pair, "student", "float", case)
    wanted = RUNTIMES["onnxruntime"].open(servable, 1)()[0]
    answer = RUNTIMES[name].open(servable, 1)()
    found = answer.numpy() if isinstance(answer, torch.Tensor) else answer[0]
    assert found == pytest.approx(wanted, abs=1e-3)


def test_torch_gets_its_threads_back_also_after_an_error() -> None:
    before = torch.get_num_threads()
    with pytest.raises(ZeroDivisionError), give_threads(before + 1):
        assert torch.get_num_threads() == before + 1
        raise ZeroDivisionError
    assert torch.get_num_threads() == before


def test_threads_of_torch_and_of_the_session_are_those_asked_for(pair, monkeypatch) -> None:
    asked, seen = [], []
    from core.release import runtimes

    real = runtimes.build_session
    monkeypatch.setattr(
        runtimes, "build_session", lambda content, *, threads: asked.append(threads) or real(content)
    )
    real_turns = latency_table.measure_in_turns

    def noted(*args, **options):
        seen.append(torch.get_num_threads())
        return real_turns(*args, **options)

    monkeypatch.setattr(latency_table, "measure_in_turns", noted)
    before = torch.get_num_threads()
    time_pair(pair, threads=(1, 2), runs=5, settle_s=0)
    assert seen == [1, 2] and asked == [1, 1, 2, 2] and torch.get_num_threads() == before


def test_a_pair_s_record_holds_what_was_asked_for_and_no_more(pair, clock) -> None:
    told = []
    found = measure_pair(
        pair,
        threads=(1,),
        runs=5,
        memory=(),
        stage_runs=1,
        settle_s=0,
        clock=clock,
        on_progress=lambda share, words: told.append(share),
    )
    assert found.memory == () and found.comparisons is None and "teacher_answer" in found.stages.stages
    assert found.published.networks[0].name == "EfficientNet-B1"
    assert told == sorted(told) and told[0] >= 0 and told[-1] <= 1
    without = measure_pair(pair, threads=(1,), runs=5, memory=(), stage_runs=0, settle_s=0, clock=clock)
    assert without.stages is None and without.table.networks == found.table.networks
    cost = found.table.network("student")
    assert (cost.parameters, cost.file_bytes) == (
        pair.network("student").parameters,
        pair.size_bytes("student"),
    )


def test_the_machine_is_named_and_its_cores_are_those_of_this_process(monkeypatch) -> None:
    machine = describe_machine()
    assert machine.processor and machine.cores == count_cores() >= 1
    assert set(machine.versions) == {"python", *(runtime.package for runtime in RUNTIMES.values())}
    monkeypatch.setattr(latency_report, "count_cores", lambda: 1)
    assert default_threads() == (1,)
    monkeypatch.setattr(latency_report, "count_cores", lambda: 8)
    assert default_threads() == (1, 8)


@pytest.mark.parametrize("wrong", [{"threads": (0,)}, {"threads": ()}, {"runs": 0}])
def test_bad_arguments_are_refused(wrong) -> None:
    with pytest.raises(ValueError, match="at least 1"):
        measure_table([], **{"threads": (1,), "runs": 5, **wrong})
