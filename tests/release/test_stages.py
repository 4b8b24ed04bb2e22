"""Which stages a pair has, what each runs, and what is made of their times."""

from __future__ import annotations

import itertools

import pytest
import torch

from core.intake.raster import read_case
from core.release import stages
from core.release.stages import measure_stages
from tests.hybrid_pair import build_hybrid_pair

BOTH = ("teacher", "student")


def fake_clock(seconds: dict[int, float], count: int):
    """Each stage takes the seconds of its place in the round; all others nothing."""
    now = 0.0
    for call in itertools.count():
        yield now
        now += seconds.get(call % count, 0.0)
        yield now


def test_the_stages_of_a_fundus_reading(fundus_pair):
    times = measure_stages(fundus_pair, runs=1, warmup=0)
    assert list(times.stages) == [
        "decode",
        "quality_gate",
        "teacher_prepare",
        "teacher_network",
        "teacher_answer",
        "teacher_end_to_end",
        "student_prepare",
        "student_topology",
        "student_network",
        "student_answer",
        "student_end_to_end",
        "teacher_gradcam",
        "student_gradcam",
        "student_attention",
        "whole_reading",
    ]
    assert list(times.titles) == list(times.stages)
    assert times.titles["student_prepare"] == "field of view, crop, resize"
    assert times.picture[:2] == (1411, 1411) and times.picture[2] > 10_000
    assert times.published is not None and times.published.networks[0].milliseconds["i7"] == 21.2
    assert all(report.threads == 1 and report.n == 1 for report in times.stages.values())


def test_a_pair_without_crop_topology_and_attention_has_fewer(pair):
    times = measure_stages(pair, runs=1, warmup=0)
    absent = {f"{role}_{part}" for role in BOTH for part in ("topology", "attention")}
    assert not absent & set(times.stages)
    assert {f"{role}_{part}" for role in BOTH for part in ("network", "end_to_end", "gradcam")} < set(
        times.stages
    )
    assert times.titles["teacher_prepare"] == "resize"


def test_ratios_are_of_medians_and_threads_are_put_back(pair):
    names = list(measure_stages(pair, runs=1, warmup=0).stages)
    taken = {"teacher_network": 0.03, "student_network": 0.01}
    taken |= {"teacher_end_to_end": 0.05, "student_end_to_end": 0.02}
    clock = fake_clock({names.index(name): seconds for name, seconds in taken.items()}, len(names))
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        times = measure_stages(pair, runs=2, warmup=0, clock=lambda: next(clock))
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(before)
    assert times.teacher_over_student == pytest.approx({"network": 3.0, "end_to_end": 2.5})
    assert times.stages["teacher_network"].median_ms == pytest.approx(30)


def test_a_whole_reading_reads_the_file_and_asks_both_networks(pair, monkeypatch):
    done = []
    for name in ("read_case", "assess_quality", "predict_case", "explain_case"):
        real = getattr(stages, name)

        def noted(*args, _name=name, _real=real, **options):
            done.append(_name)
            return _real(*args, **options)

        monkeypatch.setattr(stages, name, noted)
    case = stages.open_first_sample("dermoscopy")
    listed = stages._list_stages(pair, stages._encode(case))
    done.clear()
    listed["whole_reading"][1]()
    assert done == ["read_case", "assess_quality", *["predict_case"] * 2, *["explain_case"] * 2]


def test_the_upload_is_a_jpeg_that_intake_reads(pair):
    case = stages.open_first_sample("dermoscopy")
    upload = stages._encode(case)
    assert upload[:3] == b"\xff\xd8\xff"
    assert read_case(upload, title="x", modality="dermoscopy").pixels.shape == case.pixels.shape


def test_the_attention_of_a_transformer_is_timed_too(pair, tmp_path):
    times = measure_stages(build_hybrid_pair(pair, tmp_path), runs=1, warmup=0)
    maps = [name for name in times.stages if name.endswith(("gradcam", "rollout", "attention"))]
    assert maps == ["teacher_gradcam", "teacher_rollout", "teacher_gradient_rollout", "student_gradcam"]
