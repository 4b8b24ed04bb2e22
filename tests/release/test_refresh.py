"""A card refreshed from its predictions: new figures, nothing else, and nothing half-written."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from core.bundle import CARD_NAME, Pair, load_pair, verify_pair
from core.errors import BundleError
from core.release import refresh
from core.release.refresh import refresh_reports
from tests.pair_factory import PAIR
from tests.small_world import DATASET, TEST


@pytest.fixture
def own(complete_models: Path, tmp_path: Path) -> Pair:
    shutil.copytree(complete_models, tmp_path, dirs_exist_ok=True)
    return load_pair(PAIR, tmp_path)


def test_figures_are_computed_and_everything_else_stays(own: Pair) -> None:
    before = own.card
    after = refresh_reports(own).card
    assert after.model_copy(update={"reports": before.reports}) == before
    assert set(after.reports) == {"isic2017_test", DATASET}
    assert after.reports["isic2017_test"] == before.reports["isic2017_test"]  # its predictions do not ship
    found = after.reports[DATASET]
    assert (found.n, found.title) == (TEST, "ISIC 2018 challenge, task 3, held-out test part")
    assert set(found.metrics) == {"teacher", "student", "control"}
    assert found.metrics["student"]["roc_auc"].value is not None
    verify_pair(load_pair(PAIR, own.folder.parent))


def test_twice_is_once_and_titles_stay(own: Pair) -> None:
    once = refresh_reports(own)
    renamed = once.card.reports[DATASET].model_copy(update={"title": "A title of its own"})
    card = once.card.model_copy(update={"reports": {DATASET: renamed}})
    twice = refresh_reports(Pair(card, once.folder))
    assert twice.card.reports[DATASET] == renamed


def test_without_predictions_nothing_is_written(pair_models: Path, tmp_path: Path) -> None:
    shutil.copytree(pair_models, tmp_path, dirs_exist_ok=True)
    before = (tmp_path / PAIR / CARD_NAME).read_bytes()
    with pytest.raises(BundleError, match=r"predictions\.parquet"):
        refresh_reports(load_pair(PAIR, tmp_path))
    assert (tmp_path / PAIR / CARD_NAME).read_bytes() == before


def test_a_full_disk_is_an_error_in_words(own: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(path: Path, content: bytes) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(refresh, "write_atomic", full)
    with pytest.raises(BundleError, match=r"No space left on device\); nothing was replaced"):
        refresh_reports(own)
