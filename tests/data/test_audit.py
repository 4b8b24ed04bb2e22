from __future__ import annotations

import json
import shutil

from core.data.audit import check_datasets

NAMES = ["ham10000", "isic2017", "isic2018_task3", "ph2"]


def test_found_missing_and_unreadable_are_told_apart(tmp_path, write):
    write.ham10000(
        tmp_path / "ham10000", [("HAM_1", "ISIC_1", "mel"), ("HAM_1", "ISIC_2", "mel")], images=["ISIC_1"]
    )
    (tmp_path / "ph2").mkdir()
    ham, seventeen, _, ph2 = check_datasets(tmp_path, NAMES)
    assert (ham.state, ham.images_found, ham.images_expected) == ("partial", 1, 10015)
    assert ham.found == {"all": {"mel": 1}} and ham.expected["all"]["mel"] == 1113
    assert seventeen.state == "missing" and "isic2017" in seventeen.folder
    assert ph2.state == "unreadable" and "PH2_dataset.txt: not found" in ph2.problem
    assert json.loads(json.dumps(ham.to_dict()))["found"] == {"all": {"mel": 1}}


def test_duplicates_leaks_and_conflicts(tmp_path, write):
    root = write.isic2017(
        tmp_path / "isic2017",
        {
            "Training": [("ISIC_0000001", 1, 0), ("ISIC_0000002", 0, 0), ("ISIC_0012175", 0, 0)],
            "Test_v2": [("ISIC_0000003", 0, 0), ("ISIC_0015982", 0, 0)],
        },
    )
    train, test = root / "ISIC-2017_Training_Data", root / "ISIC-2017_Test_v2_Data"
    shutil.copy(train / "ISIC_0000001.jpg", test / "ISIC_0000003.jpg")
    shutil.copy(train / "ISIC_0012175.jpg", test / "ISIC_0015982.jpg")
    write.isic2018(tmp_path / "isic2018_task3", {"Test": [("ISIC_0000004", "NV")]})
    shutil.copy(
        train / "ISIC_0000002.jpg",
        tmp_path / "isic2018_task3" / "ISIC2018_Task3_Test_Input" / "ISIC_0000004.jpg",
    )
    _, report, other, _ = check_datasets(tmp_path, NAMES)
    unknown = ("isic2017/ISIC_0000001", "isic2017/ISIC_0000003")
    listed = ("isic2017/ISIC_0012175", "isic2017/ISIC_0015982")
    assert report.duplicates == report.leaking_duplicates == (unknown, listed)
    assert report.ungrouped_duplicates == report.label_conflicts == (unknown,)
    assert report.leaking_groups == {"ISIC_0012175": listed}
    assert (report.images_found, report.groups) == (5, 4)
    assert report.shared == {"isic2018_task3": 1} and other.shared == {"isic2017": 1}
    assert json.loads(json.dumps(report.to_dict()))["duplicates"] == [list(unknown), list(listed)]
