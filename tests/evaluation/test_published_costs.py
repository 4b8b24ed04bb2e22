"""Printed milliseconds and megabytes are those of the documents, and what follows from them is arithmetic."""

from __future__ import annotations

import pytest

from core.evaluation.compression import REPORTED
from core.evaluation.published_costs import find_costs


def test_the_melanoma_document_prints_a_pair() -> None:
    found = find_costs("dermoscopy")
    teacher, student = found.networks
    assert found.time_ratio == pytest.approx(8.6 / 2.1) and found.size_ratio == pytest.approx(25.1 / 4.5)
    printed = REPORTED["dermoscopy"].figures
    assert (*teacher.milliseconds.values(), *student.milliseconds.values()) == printed["latency_ms"]
    assert (teacher.megabytes, student.megabytes) == printed["onnx_mb"]


def test_the_fundus_document_contradicts_itself_on_how_much_faster_it_is() -> None:
    found = find_costs("fundus")
    assert found.time_ratio is None and found.size_ratio is None, "it times no teacher"
    (network,), (speedup,) = found.networks, found.speedups
    assert network.milliseconds == {"i7": 21.2, "i5": 49.1} and network.gflops == 1.9
    assert speedup.by_table == {"i7": 28, "i5": 15} and "36 to 40" in speedup.claimed
    assert "swaps two columns" in found.errors[0]


def test_nothing_is_printed_of_chest_ct() -> None:
    assert find_costs("ct") is None


def test_two_documents_of_one_modality_are_refused(tmp_path) -> None:
    for name in ("a", "b"):
        (tmp_path / f"{name}.toml").write_text('modality = "ct"\n', encoding="utf-8")
    with pytest.raises(ValueError, match="ct has 2 documents"):
        find_costs("ct", folder=tmp_path)
