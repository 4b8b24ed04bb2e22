"""The log of a long measurement: what it gives back, and what it does not."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core.release.explanations_log import Job, MeasurementLog, digest_code

JOB = Job("faithful", "isic2017", "ISIC_0000001", "teacher", "gradcam")
SETUP = {"seed": 0, "weights": {"teacher": "ab"}}


def test_findings_are_there_after_a_restart(tmp_path):
    MeasurementLog(tmp_path, SETUP).add(JOB, "c1", {"gap": 0.25, "empty": False, "rho": None})
    found = MeasurementLog(tmp_path, SETUP)
    assert found.get(JOB, "c1") == {"gap": 0.25, "empty": False, "rho": None}
    assert found.get(replace(JOB, role="student"), "c1") is None


def test_other_code_or_another_setup_is_measured_anew(tmp_path):
    MeasurementLog(tmp_path, SETUP).add(JOB, "c1", {"gap": 0.25})
    assert MeasurementLog(tmp_path, SETUP).get(JOB, "c2") is None
    assert MeasurementLog(tmp_path, {**SETUP, "seed": 1}).get(JOB, "c1") is None


def test_a_line_cut_off_by_a_kill_is_dropped_and_the_next_one_is_whole(tmp_path):
    log = MeasurementLog(tmp_path, SETUP)
    log.add(JOB, "c1", {"gap": 0.25})
    whole = log.path.read_bytes()
    log.path.write_bytes(whole + whole[: len(whole) // 2])
    again = MeasurementLog(tmp_path, SETUP)
    other = replace(JOB, image_id="ISIC_0000002")
    assert again.get(JOB, "c1") == {"gap": 0.25} and log.path.read_bytes() == whole
    again.add(other, "c1", {"gap": 0.5})
    assert MeasurementLog(tmp_path, SETUP).get(other, "c1") == {"gap": 0.5}


def test_what_is_not_a_number_is_refused(tmp_path):
    with pytest.raises(ValueError):
        MeasurementLog(tmp_path, SETUP).add(JOB, "c1", {"gap": float("nan")})


def test_the_digest_covers_what_a_method_stands_on(tmp_path, monkeypatch):
    (tmp_path / "made_up_method.py").write_text("from core.explain.gradcam import compute_cam\n")
    (tmp_path / "made_up_other.py").write_text("from core.explain.absence import blur_away\n")
    monkeypatch.syspath_prepend(tmp_path)
    one, other = digest_code("made_up_method"), digest_code("made_up_other")
    assert one != other != digest_code("made_up_method", "made_up_other")
    digest_code.cache_clear()
    assert digest_code("made_up_method") == one
    monkeypatch.setattr("core.release.explanations_log._IMPORTS", __import__("re").compile("nothing"))
    digest_code.cache_clear()
    assert digest_code("made_up_method") != one
    digest_code.cache_clear()
