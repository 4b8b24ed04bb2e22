"""Counts that are kept are those of the networks as they are built now."""

from __future__ import annotations

import pytest

from core.claims import counting
from core.claims.files import list_papers, load_paper

NAMED = sorted(
    {
        entry
        for code in list_papers()
        for claim in load_paper(code).claims
        for entry in claim.arguments.named_networks()
    }
)


def test_exactly_the_named_networks_are_kept() -> None:
    assert sorted(counting._stored()) == NAMED


@pytest.mark.parametrize(("network", "outputs"), NAMED)
def test_a_kept_count_is_that_of_the_network_built(network: str, outputs: int) -> None:
    built = counting.build_count(network, outputs)
    assert counting.get_count(network, outputs) == built, "run: python -m core claims --recount"


def test_counts_are_written_as_they_are_read(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(counting, "FILE", tmp_path / "counts.json")
    counting._stored.cache_clear()
    assert not counting.is_stored("resnet18", 2)
    counting.write_counts([("resnet18", 2), ("resnet18", 2)], tmp_path / "counts.json")
    assert counting.is_stored("resnet18", 2)
    assert counting.get_count("resnet18", 2).parameters == 11_177_538
    monkeypatch.undo()
    counting._stored.cache_clear()
