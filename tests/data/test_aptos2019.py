from __future__ import annotations

import os
from pathlib import Path

import pytest

from core.data import aptos2019
from core.data.base import read_samples
from core.data.cohort import build_cohort
from core.errors import DataError

GRADES = {"a1": 0, "b2": 2, "c3": 4, "d4": 2, "e5": 1, "f6": 3}


def write_set(root, write, grades, *, picture=None, suffix=".png"):
    write.csv(root / "train.csv", ["id_code", "diagnosis"], list(grades.items()))
    for index, name in enumerate(grades):
        write.image(root / "train_images" / f"{name}{suffix}", (picture or {}).get(name, index))
    return root


@pytest.mark.parametrize("suffix", [".png", ".jpg"])
def test_reads_the_publishers_layout(tmp_path, write, suffix):
    samples = aptos2019.read(write_set(tmp_path, write, GRADES, suffix=suffix))
    assert [(s.image_id, s.label) for s in samples] == [
        ("a1", "no_dr"),
        ("b2", "moderate"),
        ("c3", "proliferative"),
        ("d4", "moderate"),
        ("e5", "mild"),
        ("f6", "severe"),
    ]
    assert {s.split for s in samples} == {None}
    assert len({s.group for s in samples}) == 6
    assert not any(s.disputed for s in samples)


def test_identical_files_are_one_group_and_disputed_where_grades_differ(tmp_path, write):
    # b2 and d4 are copies with one grade; a1 and e5 are copies with grades 0 and 1.
    root = write_set(tmp_path, write, GRADES, picture={"d4": 1, "e5": 0})
    samples = {s.image_id: s for s in aptos2019.read(root)}
    assert samples["b2"].group == samples["d4"].group
    assert samples["a1"].group == samples["e5"].group != samples["b2"].group
    assert {name for name, s in samples.items() if s.disputed} == {"a1", "e5"}


def test_a_groups_file_is_believed_also_about_copies_that_are_not_here(tmp_path, write):
    root = write_set(tmp_path, write, GRADES)
    rows = [("a1", 1, 0), ("b2", 2, 0), ("c3", 3, 1), ("d4", 2, 0), ("e5", 4, 0), ("f6", 5, 0)]
    write.csv(root / "groups.csv", ["id_code", "dup_group", "label_conflict"], rows)
    samples = {s.image_id: s for s in aptos2019.read(root)}
    assert samples["b2"].group == samples["d4"].group
    assert {name for name, s in samples.items() if s.disputed} == {"c3"}
    write.csv(root / "groups.csv", ["id_code", "dup_group", "label_conflict"], rows[1:])
    with pytest.raises(DataError, match="no row for a1"):
        aptos2019.read(root)


def test_bad_tables_are_named(tmp_path, write):
    with pytest.raises(DataError, match=r"unknown grade, a1: '5'"):
        aptos2019.read(write_set(tmp_path / "a", write, {**GRADES, "a1": 5}))
    root = write_set(tmp_path / "b", write, GRADES)
    (root / "train_images" / "a1.png").unlink()
    with pytest.raises(DataError, match="no image for a1"):
        aptos2019.read(root)
    (tmp_path / "c").mkdir()
    with pytest.raises(DataError, match=r"train\.csv: not found"):
        aptos2019.read(tmp_path / "c")


def test_disputed_images_are_in_no_split(tmp_path, write):
    grades = {f"x{index:02d}": index % 5 for index in range(40)}
    copies = {"x01": 0}  # x00 has grade 0, its copy x01 grade 1
    root = write_set(tmp_path, write, grades, picture=copies)
    cohort = build_cohort(["aptos2019"], root)
    placed = {s.image_id for part in cohort.samples.values() for s in part}
    assert placed == set(grades) - {"x00", "x01"}
    assert {entry.key for entry in cohort.split.dropped} == {"aptos2019/x00", "aptos2019/x01"}


def test_ignoring_groups_separates_copies(tmp_path, write):
    grades = {f"x{index:02d}": index % 2 for index in range(60)}
    copies = {f"x{index:02d}": index // 4 * 4 + index % 2 for index in range(60)}  # pairs of copies
    root = write_set(tmp_path, write, grades, picture=copies)
    same = {s.image_id: s.group for s in read_samples("aptos2019", root)}
    homes = {}
    for grouping in ("by_group", "ignored"):
        cohort = build_cohort(["aptos2019"], root, grouping=grouping)
        where = {}
        for name, part in cohort.samples.items():
            for sample in part:
                where.setdefault(same[sample.image_id], set()).add(name)
        homes[grouping] = sum(len(names) > 1 for names in where.values())
    assert homes["by_group"] == 0
    assert homes["ignored"] > 0


@pytest.mark.realdata
def test_the_real_set_is_read():
    root = Path(os.environ["TWINLENS_DATA"])
    samples = read_samples("aptos2019", root)
    assert len(samples) == 3300
    assert sum(s.disputed for s in samples) == 71
    cohort = build_cohort(["aptos2019"], root)
    assert {name: len(part) for name, part in cohort.samples.items()} == pytest.approx(
        {"train": 0.7 * 3229, "val": 0.15 * 3229, "test": 0.15 * 3229}, abs=3
    )
