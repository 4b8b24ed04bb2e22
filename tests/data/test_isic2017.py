from __future__ import annotations

import numpy as np
import pytest

from core.data import isic2017
from core.data.base import load_mask, load_pixels
from core.errors import DataError

PARTS = {
    "Training": [("ISIC_0000001", 1, 0), ("ISIC_0000002", 0, 1), ("ISIC_0012175", 0, 0)],
    "Validation": [("ISIC_0000004", 0, 0)],
    "Test_v2": [("ISIC_0015982", 0, 0), ("ISIC_0000006", 1, 0)],
}


def test_reads_labels_splits_masks_and_metadata(tmp_path, write):
    samples = {s.image_id: s for s in isic2017.read(write.isic2017(tmp_path, PARTS))}
    assert {name: s.label for name, s in samples.items()} == {
        "ISIC_0000001": "mel",
        "ISIC_0000002": "bkl",
        "ISIC_0012175": "nv",
        "ISIC_0000004": "nv",
        "ISIC_0015982": "nv",
        "ISIC_0000006": "mel",
    }
    assert [s.split for s in samples.values()] == ["train"] * 3 + ["val"] + ["test"] * 2
    assert samples["ISIC_0000001"].metadata == {"age": "55", "sex": "female"}
    assert samples["ISIC_0000002"].metadata == {"age": "", "sex": "female"}
    assert load_pixels(samples["ISIC_0000001"]).shape == (6, 8, 3)
    assert load_mask(samples["ISIC_0000001"]).all()


def test_a_published_duplicate_is_one_group_across_parts(tmp_path, write):
    samples = {s.image_id: s for s in isic2017.read(write.isic2017(tmp_path, PARTS))}
    assert samples["ISIC_0012175"].group == samples["ISIC_0015982"].group
    assert samples["ISIC_0000001"].group != samples["ISIC_0000002"].group


def test_one_part_is_enough_and_masks_are_optional(tmp_path, write):
    write.isic2017(tmp_path, {"Test_v2": PARTS["Test_v2"]})
    for mask in (tmp_path / "ISIC-2017_Test_v2_Part1_GroundTruth").iterdir():
        mask.unlink()
    (tmp_path / "ISIC-2017_Test_v2_Part1_GroundTruth").rmdir()
    samples = isic2017.read(tmp_path)
    assert {s.split for s in samples} == {"test"} and {s.mask_location for s in samples} == {None}
    with pytest.raises(DataError, match="no lesion mask"):
        load_mask(samples[0])


def test_metadata_inside_the_image_folder_is_found(tmp_path, write):
    write.isic2017(tmp_path, PARTS)
    name = "ISIC-2017_Training_Data_metadata.csv"
    (tmp_path / name).rename(tmp_path / "ISIC-2017_Training_Data" / name)
    assert isic2017.read(tmp_path)[0].metadata["age"] == "55"


def _drop_image(root):
    (root / "ISIC-2017_Training_Data" / "ISIC_0000002.jpg").unlink()


def _add_image(root):
    (root / "ISIC-2017_Training_Data" / "ISIC_9999999.jpg").write_bytes(b"x")


def _drop_mask(root):
    (root / "ISIC-2017_Training_Part1_GroundTruth" / "ISIC_0000002_segmentation.png").unlink()


def _drop_labels(root):
    (root / "ISIC-2017_Training_Part3_GroundTruth.csv").unlink()


def _replace(old, new):
    def edit(root):
        path = root / "ISIC-2017_Training_Part3_GroundTruth.csv"
        path.write_text(path.read_text().replace(old, new))

    return edit


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (_drop_image, "no image for ISIC_0000002"),
        (_add_image, "no row for ISIC_9999999"),
        (_drop_mask, "ISIC_0000002_segmentation.png: not found"),
        (_drop_labels, "Training_Part3_GroundTruth.csv: not found"),
        (_replace("ISIC_0000001,1.0", "ISIC_0000001,0.5"), "unknown label melanoma = '0.5'"),
        (_replace("ISIC_0000001,1.0,0.0", "ISIC_0000001,1.0,1.0"), "2 diagnoses"),
        (_replace("ISIC_0000001,1.0,0.0", "ISIC_0000001"), "unknown label melanoma = ''"),
        (_replace("seborrheic_keratosis", "keratosis"), "no column seborrheic_keratosis"),
        (_replace("ISIC_0000002", "ISIC_0000001"), "line 3: image_id 'ISIC_0000001' is repeated"),
    ],
)
def test_damage_is_named(tmp_path, write, damage, message):
    write.isic2017(tmp_path, PARTS)
    damage(tmp_path)
    with pytest.raises(DataError, match=message):
        isic2017.read(tmp_path)


def test_mask_threshold_is_127(tmp_path, write):
    write.isic2017(tmp_path, {"Training": [("ISIC_0000001", 0, 0)]})
    path = tmp_path / "ISIC-2017_Training_Part1_GroundTruth" / "ISIC_0000001_segmentation.png"
    write.mask(path, np.array([[0, 127, 128, 255]], dtype=np.uint8))
    assert load_mask(isic2017.read(tmp_path)[0]).tolist() == [[False, False, True, True]]
