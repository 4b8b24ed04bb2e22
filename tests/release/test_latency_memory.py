"""Memory is measured in a process of its own, so that a larger network shows as one."""

from __future__ import annotations

import subprocess

import pytest

from core.release import latency_memory
from core.release.latency_memory import can_measure, list_memory, measure_memory


@pytest.mark.parametrize("runtime", ["onnxruntime", "torch"])
def test_a_network_takes_at_least_its_weights_and_a_larger_one_more(pair, runtime) -> None:
    assert can_measure()
    found = {role: measure_memory(pair, role, "float", runtime) for role in ("teacher", "student")}
    for role, use in found.items():
        assert (use.network, use.runtime) == (role, runtime)
        assert use.peak_bytes is None or use.peak_bytes >= use.resident_bytes
    weights = 4 * pair.network("teacher").parameters  # ResNet-18: 45 MB in single precision
    assert found["teacher"].resident_bytes > 0.8 * weights
    assert found["teacher"].resident_bytes > found["student"].resident_bytes + 0.5 * weights


def test_every_network_is_listed_where_a_runtime_can_run_it(pair, monkeypatch) -> None:
    assert list_memory(pair, ("onnxruntime",)) == (
        ("teacher", "float", "onnxruntime"),
        ("student", "float", "onnxruntime"),
    )
    monkeypatch.setattr(type(pair), "precisions", lambda _, role: ("float", "int8"))
    assert ("student", "int8", "onnxruntime") in list_memory(pair)
    assert ("student", "int8", "torch") not in list_memory(pair)


def test_a_process_that_fails_gives_no_figure(pair, monkeypatch) -> None:
    def fail(*_, **__):
        raise subprocess.CalledProcessError(-9, "child")

    monkeypatch.setattr(latency_memory.subprocess, "run", fail)
    assert measure_memory(pair, "student", "float", "onnxruntime") is None
