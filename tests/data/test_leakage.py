"""Copies that a division image by image puts on both sides, counted by hand on made-up sets."""

from __future__ import annotations

import pytest

from core.data.base import read_samples, sample_key
from core.data.cohort import build_cohort
from core.data.leakage import count_copies, measure_leakage
from core.data.splits import Split
from core.errors import ConfigError, DataError

COPIES = [("s/a", "s/b"), ("s/c", "s/d", "s/e"), ("s/f", "s/g")]


@pytest.fixture
def aptos(tmp_path, write):
    """Sixty pictures of two grades; p00 to p11 are six pairs of copies, p12 and p13 one in dispute."""
    names = [f"p{number:02d}" for number in range(60)]
    grades = {name: number // 2 % 2 for number, name in enumerate(names)} | {"p12": 0, "p13": 1}
    write.csv(tmp_path / "train.csv", ["id_code", "diagnosis"], list(grades.items()))
    for number, name in enumerate(names):
        write.image(tmp_path / "train_images" / f"{name}.png", number // 2 if number < 14 else number)
    return tmp_path


@pytest.mark.parametrize(
    ("assignment", "train", "either"),
    [
        ({"s/a": "test", "s/b": "test", "s/f": "test"}, 0, 0),
        ({"s/a": "test", "s/b": "train"}, 1, 1),
        ({"s/a": "val", "s/b": "test", "s/c": "train", "s/d": "test", "s/e": "test"}, 2, 3),
        ({"s/a": "train", "s/b": "val", "s/f": "val", "s/g": "test"}, 0, 1),
    ],
)
def test_test_images_with_a_copy_elsewhere(assignment, train, either):
    split = Split(assignment, {}, "", 0, "")
    assert count_copies(split, COPIES, ("train",)) == train
    assert count_copies(split, COPIES, ("train", "val")) == either


def test_groups_keep_copies_on_one_side_and_single_images_do_not(aptos):
    report = measure_leakage("aptos2019", aptos, seeds=4)
    assert (report.images, report.disputed, report.copies, report.copy_sets) == (60, 2, 12, 6)
    grouped, single = report.divisions["by_group"], report.divisions["ignored"]
    assert grouped.test_in_train_or_val.by_seed == (0, 0, 0, 0) and grouped.largest_accuracy_change == 0
    assert single.test_in_train_or_val.most >= single.test_in_train.most > 0
    assert single.method.startswith("image by image") and grouped.method.startswith("by group")
    for division in report.divisions.values():
        assert list(division.counts["test"]) == ["no_dr", "mild", "moderate", "severe", "proliferative"]
        assert sum(sum(classes.values()) for classes in division.counts.values()) == 58
    cohort = build_cohort(["aptos2019"], aptos, grouping="ignored", seed=0)
    assert single.sha256 == cohort.split.sha256
    keys = {sample_key(s): s.group for s in read_samples("aptos2019", aptos) if not s.disputed}
    elsewhere = {keys[key] for key, home in cohort.split.assignment.items() if home != "test"}
    tested = [keys[key] for key, home in cohort.split.assignment.items() if home == "test"]
    assert single.test_in_train_or_val.by_seed[0] == sum(group in elsewhere for group in tested)


def test_the_bound_is_the_worst_share_over_the_seeds(aptos):
    single = measure_leakage("aptos2019", aptos, seeds=5).divisions["ignored"]
    sizes = [
        sum(build_cohort(["aptos2019"], aptos, grouping="ignored", seed=seed).split.counts["test"].values())
        for seed in range(5)
    ]
    found = single.test_in_train_or_val
    shares = [k / n for k, n in zip(found.by_seed, sizes, strict=True)]
    assert single.largest_accuracy_change == pytest.approx(max(shares))
    assert (found.least, found.most) == (min(found.by_seed), max(found.by_seed))
    assert found.median == sorted(found.by_seed)[2]


def test_what_cannot_be_divided_is_named(tmp_path, aptos):
    with pytest.raises(ConfigError, match="no such data set"):
        measure_leakage("mnist", aptos)
    with pytest.raises(DataError, match="no such folder"):
        measure_leakage("aptos2019", tmp_path / "none")
    with pytest.raises(ValueError, match="seeds"):
        measure_leakage("aptos2019", aptos, seeds=0)


def test_a_set_too_small_for_test_images_is_refused(tmp_path, write):
    write.csv(tmp_path / "train.csv", ["id_code", "diagnosis"], [("a", 0)])
    write.image(tmp_path / "train_images" / "a.png")
    with pytest.raises(DataError, match="no test images"):
        measure_leakage("aptos2019", tmp_path, seeds=1)
