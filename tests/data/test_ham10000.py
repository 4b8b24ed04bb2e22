from __future__ import annotations

import pytest

from core.data import ham10000
from core.data.base import load_pixels
from core.errors import DataError

ROWS = [("HAM_1", "ISIC_1", "mel"), ("HAM_1", "ISIC_2", "mel"), ("HAM_2", "ISIC_3", "vasc")]


def test_reads_the_rows_whose_images_are_there(tmp_path, write):
    samples = ham10000.read(write.ham10000(tmp_path, ROWS, images=["ISIC_1", "ISIC_3"]))
    assert [(s.image_id, s.label, s.group) for s in samples] == [
        ("ISIC_1", "mel", "HAM_1"),
        ("ISIC_3", "vasc", "HAM_2"),
    ]
    assert samples[0].metadata == {"age": "80", "sex": "male", "site": "", "confirmed_by": "histo"}
    assert load_pixels(samples[1]).shape == (6, 8, 3)


def test_metadata_alone_has_every_row(tmp_path, write):
    write.ham10000(tmp_path, ROWS, images=[])
    assert [s.group for s in ham10000.read_metadata(tmp_path)] == ["HAM_1", "HAM_1", "HAM_2"]
    with pytest.raises(DataError, match="HAM10000_images: not found"):
        ham10000.read(tmp_path)


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([("HAM_1", "ISIC_1", "scc")], "ISIC_1: unknown dx 'scc'"),
        ([("", "ISIC_1", "mel")], "ISIC_1: no lesion_id"),
        ([("HAM_1", "ISIC_9", "mel")], "no row for ISIC_1"),
        ([("HAM_1", "", "mel")], "image_id is empty"),
    ],
)
def test_damage_is_named(tmp_path, write, rows, message):
    with pytest.raises(DataError, match=message):
        ham10000.read(write.ham10000(tmp_path, rows, images=["ISIC_1"]))


def test_no_metadata(tmp_path, write):
    write.ham10000(tmp_path, ROWS, images=["ISIC_1"])
    (tmp_path / "HAM10000_metadata.csv").unlink()
    with pytest.raises(DataError, match=r"HAM10000_metadata\.csv: not found"):
        ham10000.read(tmp_path)
