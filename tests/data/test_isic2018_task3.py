from __future__ import annotations

import pytest

from core.data import isic2018_task3
from core.errors import DataError

SEVEN = [(f"ISIC_000000{i}", hot) for i, hot in enumerate(["MEL", "NV", "BCC", "AKIEC", "BKL", "DF", "VASC"])]


def test_seven_classes_without_split_when_only_one_part_is_there(tmp_path, write):
    samples = isic2018_task3.read(write.isic2018(tmp_path, {"Test": SEVEN}))
    assert [s.label for s in samples] == ["mel", "nv", "bcc", "akiec", "bkl", "df", "vasc"]
    assert {s.split for s in samples} == {None}
    assert {s.metadata["part"] for s in samples} == {"test"}


def test_several_parts_keep_the_published_split_and_lesions(tmp_path, write):
    write.isic2018(
        tmp_path,
        {"Training": SEVEN, "Validation": [("ISIC_0000011", "NV")], "Test": [("ISIC_0000012", "MEL")]},
    )
    write.csv(
        tmp_path / "ISIC2018_Task3_Training_LesionGroupings.csv",
        ["image", "lesion_id", "diagnosis_confirm_type"],
        [("ISIC_0000000", "HAM_1", "histo"), ("ISIC_0000001", "HAM_1", "histo")],
    )
    samples = isic2018_task3.read(tmp_path)
    assert [s.split for s in samples] == ["train"] * 7 + ["val", "test"]
    assert [s.group for s in samples[:3]] == ["HAM_1", "HAM_1", "ISIC_0000002"]


def test_labels_in_the_folder_of_their_archive_are_found(tmp_path, write):
    write.isic2018(tmp_path, {"Test": SEVEN})
    name = "ISIC2018_Task3_Test_GroundTruth"
    (tmp_path / name).mkdir()
    (tmp_path / f"{name}.csv").rename(tmp_path / name / f"{name}.csv")
    assert len(isic2018_task3.read(tmp_path)) == 7


def test_a_row_without_diagnosis_is_refused(tmp_path, write):
    write.isic2018(tmp_path, {"Test": [("ISIC_0000001", "none of them")]})
    with pytest.raises(DataError, match="ISIC_0000001: 0 diagnoses where one was expected"):
        isic2018_task3.read(tmp_path)
