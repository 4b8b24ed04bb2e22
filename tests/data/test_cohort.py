from __future__ import annotations

import pytest

from core.data.base import sample_key
from core.data.cohort import build_cohort
from core.errors import ConfigError, DataError

SEVENTEEN = {
    "Training": [(f"ISIC_00000{i:02d}", i % 5 == 0, 0) for i in range(1, 41)]
    + [("ISIC_0012175", 0, 0), ("ISIC_0012970", 0, 0)],
    "Validation": [("ISIC_0012127", 0, 0), ("ISIC_0000051", 1, 0)],
    "Test_v2": [("ISIC_0015982", 0, 0), ("ISIC_0000052", 1, 0)],
}
EIGHTEEN = {"Test": [(f"ISIC_00001{i:02d}", "MEL" if i < 8 else "DF") for i in range(20)]}


def test_published_parts_are_honoured_and_the_rest_divided(tmp_path, write):
    write.isic2017(tmp_path / "isic2017", SEVENTEEN)
    write.isic2018(tmp_path / "isic2018_task3", EIGHTEEN)
    cohort = build_cohort(
        ["isic2017", "isic2018_task3"], tmp_path, fractions=(0.5, 0.25, 0.25), val_from_train=0.25, seed=0
    )
    counts = cohort.split.counts
    assert counts["train"] == {"df": 6, "mel": 6 + 4, "nv": 24}
    assert counts["val"] == {"df": 3, "mel": 2 + 2 + 1, "nv": 8 + 1}
    assert counts["test"] == {"df": 3, "mel": 2 + 1, "nv": 1}
    assert cohort.modality == "dermoscopy"
    assert {name: len(rows) for name, rows in cohort.samples.items()} == {
        name: sum(classes.values()) for name, classes in counts.items()
    }
    for name, rows in cohort.samples.items():
        assert {cohort.split.assignment[sample_key(s)] for s in rows} == {name}


def test_the_less_held_out_copy_is_dropped_and_listed(tmp_path, write):
    cohort = build_cohort(["isic2017"], write.isic2017(tmp_path, SEVENTEEN), seed=0)
    assert [(entry.key, entry.reason) for entry in cohort.split.dropped] == [
        ("isic2017/ISIC_0012175", "group ISIC_0012175 is also in the published test part"),
        ("isic2017/ISIC_0012970", "group ISIC_0012127 is also in the published val part"),
    ]
    assert cohort.split.assignment["isic2017/ISIC_0015982"] == "test"
    assert cohort.split.assignment["isic2017/ISIC_0012127"] == "val"
    assert "isic2017/ISIC_0012970" not in cohort.split.assignment


def test_no_val_from_train_leaves_the_published_val(tmp_path, write):
    cohort = build_cohort(["isic2017"], write.isic2017(tmp_path, SEVENTEEN), val_from_train=0.0, seed=0)
    assert {s.image_id for s in cohort.samples["val"]} == {"ISIC_0012127", "ISIC_0000051"}


def test_an_image_in_two_sets_joins_their_groups_and_is_kept_once(tmp_path, write):
    """HAM10000 knows that a and b are one lesion; ISIC 2018 training, the same images, does not say so."""
    write.ham10000(
        tmp_path / "ham10000",
        [("HAM_1", "ISIC_0000001", "mel"), ("HAM_1", "ISIC_0000002", "mel"), ("HAM_2", "ISIC_0000003", "nv")],
        images=["ISIC_0000001", "ISIC_0000002", "ISIC_0000003"],
    )
    write.isic2018(
        tmp_path / "isic2018_task3",
        {"Training": [("ISIC_0000001", "MEL"), ("ISIC_0000004", "NV")], "Test": [("ISIC_0000002", "MEL")]},
    )
    cohort = build_cohort(["ham10000", "isic2018_task3"], tmp_path, seed=0)
    assert cohort.split.assignment["isic2018_task3/ISIC_0000002"] == "test"
    assert {entry.key for entry in cohort.split.dropped} == {
        "ham10000/ISIC_0000001",
        "ham10000/ISIC_0000002",
        "isic2018_task3/ISIC_0000001",
    }
    same = build_cohort(["isic2018_task3", "ham10000"], tmp_path, seed=0)
    assert same.split.sha256 == cohort.split.sha256


def test_second_copy_in_the_same_part_is_dropped(tmp_path, write):
    write.ham10000(tmp_path / "ham10000", [("HAM_1", "ISIC_0000001", "mel")], images=["ISIC_0000001"])
    write.isic2018(tmp_path / "isic2018_task3", {"Training": [("ISIC_0000001", "MEL")]})
    cohort = build_cohort(["ham10000", "isic2018_task3"], tmp_path, seed=0)
    (entry,) = cohort.split.dropped
    assert (entry.key, entry.reason) == (
        "isic2018_task3/ISIC_0000001",
        "the same image as ham10000/ISIC_0000001",
    )


@pytest.mark.parametrize(
    ("names", "error", "message"),
    [
        ([], DataError, "no data set was named"),
        (["isic2017", "isic2017"], DataError, "named twice"),
        (["ham10000", "dermamnist"], DataError, "the same images"),
        (["isic2018_task3", "dermamnist"], DataError, "the same images"),
        (["isic2071"], ConfigError, "Did you mean 'isic2017'"),
    ],
)
def test_sets_that_do_not_go_together(tmp_path, names, error, message):
    with pytest.raises(error, match=message):
        build_cohort(names, tmp_path, seed=0)


def test_missing_root(tmp_path):
    with pytest.raises(DataError, match="no such folder"):
        build_cohort(["isic2017"], tmp_path / "nowhere", seed=0)
