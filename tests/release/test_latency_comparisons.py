"""Other networks are built with random weights, exported in memory and timed beside the student."""

from __future__ import annotations

import importlib.util

import numpy as np
import pytest

from core.release import latency_comparisons
from core.release.latency_comparisons import COMPARED, measure_comparisons
from core.release.runtimes import RUNTIMES

TINY = "test_resnet"  # timm's own network for tests


def test_a_network_of_timm_beside_the_student(pair) -> None:
    told = []
    found = measure_comparisons(
        pair, names=(TINY,), runs=3, settle_s=0, on_progress=lambda share, words: told.append((share, words))
    )
    assert [(time.network, time.runtime) for time in found.times] == [
        (name, runtime) for name in (TINY, "student") for runtime in RUNTIMES
    ]
    tiny = found.network(TINY)
    assert tiny.role is None and tiny.parameters > 0 and tiny.macs > 0 and tiny.file_bytes > 0
    assert (tiny.height, tiny.width) == (64, 64), "the student's input"
    assert [(ratio.numerator[0], ratio.denominator[0]) for ratio in found.ratios] == [
        (TINY, "student")
    ] * len(RUNTIMES)
    assert found.notes == () and told[0] == (0.0, f"building {TINY}") and told[-1][0] == pytest.approx(1)


def test_the_student_s_own_time_is_of_all_its_runs(pair, monkeypatch) -> None:
    def timed(servables, **_):
        return {(one.cost.name, "torch"): np.full((5, 3), 1.0) for one in servables}

    monkeypatch.setattr(latency_comparisons, "time_servables", timed)
    monkeypatch.setattr(
        latency_comparisons,
        "_build",
        lambda name, pair, student, exports: type(
            "Built", (), {"cost": type(student.cost)(**{**vars(student.cost), "name": name, "role": None})}
        ),
    )
    found = measure_comparisons(pair)
    assert {time.network: time.report.n for time in found.times} == {
        **dict.fromkeys(COMPARED, 15),
        "student": 60,
    }


def test_without_the_exporter_torch_alone_is_timed_and_a_note_says_so(pair, monkeypatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    found = measure_comparisons(pair, names=(TINY,), runs=3, settle_s=0)
    assert {time.runtime for time in found.times if time.network == TINY} == {"torch"}
    assert found.network(TINY).file_bytes is None and "onnxscript" in found.notes[0]


def test_random_weights_give_ordinary_numbers(pair) -> None:
    """Activations near 0 or infinity would be slower or faster than those of a trained network."""
    import torch

    from core.intake.samples import open_first_sample
    from core.release.latency_networks import open_servable

    student = open_servable(pair, "student", "float", open_first_sample(pair.card.modality))
    built = latency_comparisons._build("efficientnet_b0", pair, student, exports=False)
    network = built.open_module()
    with torch.inference_mode():
        features = network.forward_features(torch.from_numpy(built.feeds["image"]))
    assert 1e-3 < float(features.abs().mean()) < 1e3 and not network.training
