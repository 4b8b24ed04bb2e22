"""Scoring a shipped pair on a folder: what is counted, which rows are used, what is refused."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from core.bundle import Pair, load_pair
from core.data.base import DATASETS, load_pixels, read_samples
from core.errors import BundleError, ConfigError, DataError
from core.predict import open_predictor, predict_case
from core.release.external import evaluate_pair
from core.types import Case
from tests.pair_factory import PAIR
from tests.small_world import COUNT, DATASET, TEST, TRAIN, VAL, write_isic2018


@pytest.fixture(scope="module")
def complete(complete_models: Path) -> Pair:
    return load_pair(PAIR, complete_models)


def test_everything_counts_what_was_used_in_training(complete: Pair, small_data: Path):
    found = evaluate_pair(complete, dataset=DATASET, root=small_data)
    assert (found.pair, found.dataset, found.split) == (PAIR, DATASET, "all")
    assert (found.n, found.positives, found.used_in_training) == (COUNT, COUNT // 3, TRAIN + VAL)
    assert set(found.metrics) == {"teacher", "student"}, "the control did not see the training images"


@pytest.mark.parametrize(("split", "used"), [("val", VAL), ("test", 0)])
def test_held_out_parts_bring_the_control(complete: Pair, small_data: Path, split: str, used: int):
    found = evaluate_pair(complete, dataset=DATASET, root=small_data, split=split)
    assert (found.n, found.used_in_training) == (TEST, used)
    assert set(found.metrics) == {"teacher", "student", "control"}
    table = complete.predictions()
    table = table[table["split"] == split]
    for role, figures in found.metrics.items():
        rows = table[table["role"] == role]
        expected = roc_auc_score(rows["target"] == "mel", rows["positive_prob"])
        assert figures["roc_auc"].value == pytest.approx(expected)
        flagged = rows["positive_prob"] >= complete.operating_point(role).threshold
        assert figures["sensitivity"].value == pytest.approx(flagged[rows["target"] == "mel"].mean())


def test_the_training_part_has_no_control(complete: Pair, small_data: Path):
    found = evaluate_pair(complete, dataset=DATASET, root=small_data, split="train")
    assert (found.n, found.used_in_training) == (TRAIN, TRAIN)
    assert set(found.metrics) == {"teacher", "student"}


def test_images_the_pair_never_saw(complete: Pair, tmp_path: Path):
    root = write_isic2018(tmp_path, first=COUNT, count=14)
    found = evaluate_pair(complete, dataset=DATASET, root=root)
    assert (found.n, found.used_in_training) == (14, 0)
    assert set(found.metrics) == {"teacher", "student"}
    with pytest.raises(DataError, match="split test: no images of this split"):
        evaluate_pair(complete, dataset=DATASET, root=root, split="test")


def test_one_image_without_a_control_row_leaves_the_control_out(complete: Pair, tmp_path: Path):
    """The test part and one image more: figures of fewer cases must not stand beside the others'."""
    root = write_isic2018(tmp_path, first=TRAIN + VAL, count=TEST + 1)
    found = evaluate_pair(complete, dataset=DATASET, root=root)
    assert found.n == TEST + 1 and "control" not in found.metrics


def test_the_same_photographs_under_another_sets_name_count_as_used(
    complete: Pair, small_data: Path, monkeypatch
):
    """HAM10000 is the training part of ISIC 2018 task 3, under the same ids."""
    renamed = replace(
        DATASETS.get(DATASET),
        name="renamed",
        read=lambda folder: [
            replace(sample, source="renamed") for sample in read_samples(DATASET, small_data)
        ],
    )
    monkeypatch.setitem(DATASETS._entries, "renamed", renamed)
    assert evaluate_pair(complete, dataset="renamed", root=small_data).used_in_training == TRAIN + VAL


def test_evaluation_sees_what_the_page_sees(complete: Pair, small_data: Path):
    samples = read_samples(DATASET, small_data)[TRAIN + VAL :]
    table = complete.predictions()
    for role in ("teacher", "student"):
        served = open_predictor(complete, role, threads=1)
        page = [predict_case(served, Case("id", load_pixels(s), "dermoscopy", "t")) for s in samples]
        rows = table[(table["role"] == role) & (table["split"] == "test")]
        assert rows["image_id"].tolist() == [sample.image_id for sample in samples]
        probs = rows[[f"prob_{code}" for code in complete.card.classes]].to_numpy()
        assert probs == pytest.approx(np.stack([found.probs for found in page]), abs=1e-6)


def test_what_cannot_be_scored_is_refused_in_words(complete: Pair, pair: Pair, small_data: Path, monkeypatch):
    with pytest.raises(ConfigError, match=r"half: no such split\. The choices are all, train, val, test"):
        evaluate_pair(complete, dataset=DATASET, root=small_data, split="half")
    with pytest.raises(
        ConfigError, match=r"isic2018_task: no such data set\. Did you mean 'isic2018_task3'\?"
    ):
        evaluate_pair(complete, dataset="isic2018_task", root=small_data)
    with pytest.raises(DataError, match="no such folder"):
        evaluate_pair(complete, dataset=DATASET, root=small_data / "nowhere")
    with pytest.raises(DataError):
        evaluate_pair(complete, dataset="ph2", root=small_data)
    monkeypatch.setitem(DATASETS._entries, "eyes", replace(DATASETS.get(DATASET), modality="fundus"))
    with pytest.raises(ConfigError, match="eyes: a fundus set, the pair reads dermoscopy"):
        evaluate_pair(complete, dataset="eyes", root=small_data)
    with pytest.raises(BundleError, match=r"split\.json: the card does not list this file"):
        evaluate_pair(pair, dataset=DATASET, root=small_data)


def test_the_publishers_own_part_goes_before_the_pairs(complete: Pair, small_data: Path, monkeypatch):
    """Published as: the pair's training images are test, all others train."""

    def read(folder: Path):
        samples = read_samples(DATASET, small_data)
        return [replace(s, split="test" if n < TRAIN else "train") for n, s in enumerate(samples)]

    monkeypatch.setitem(DATASETS._entries, "published", replace(DATASETS.get(DATASET), read=read))
    found = evaluate_pair(complete, dataset="published", root=small_data, split="test")
    assert (found.n, found.used_in_training) == (TRAIN, TRAIN)
    found = evaluate_pair(complete, dataset="published", root=small_data, split="train")
    assert (found.n, found.used_in_training) == (VAL + TEST, VAL)
