from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from core.data.base import data_root, load_pixels, locate, part_of, read_samples
from core.data.isic2017 import DATASETS
from core.errors import DataError
from core.types import Sample


def sample(location: object, **more: object) -> Sample:
    return Sample(image_id="a", source="made", location=str(location), label="nv", group="a", **more)


def test_data_root_follows_the_environment(monkeypatch, tmp_path):
    monkeypatch.setenv("TWINLENS_DATA", str(tmp_path))
    assert data_root() == tmp_path
    monkeypatch.setenv("TWINLENS_DATA", " ")
    assert data_root() is None
    monkeypatch.delenv("TWINLENS_DATA")
    assert data_root() is None
    monkeypatch.setenv("TWINLENS_DATA", str(tmp_path / "gone"))
    with pytest.raises(DataError, match="no such folder"):
        data_root()


def test_a_set_is_found_below_the_root_or_at_it(tmp_path, write):
    parts = {"Test_v2": [("ISIC_0000001", 1, 0)]}
    write.isic2017(tmp_path / "all" / "isic2017", parts)
    write.isic2017(tmp_path / "alone", parts)
    assert locate(DATASETS.get("isic2017"), tmp_path / "all") == tmp_path / "all" / "isic2017"
    assert [len(read_samples("isic2017", tmp_path / name)) for name in ("all", "alone")] == [1, 1]


@pytest.mark.parametrize("mode", ["L", "P", "RGBA", "CMYK"])
def test_every_mode_becomes_rgb(tmp_path, mode):
    path = tmp_path / ("a.tif" if mode == "CMYK" else "a.png")
    Image.new("RGB", (5, 4), (204, 204, 204)).convert(mode).save(path)
    pixels = load_pixels(sample(path))
    assert pixels.shape == (4, 5, 3) and pixels.dtype == np.uint8
    assert abs(pixels.astype(int) - 204).max() <= 1


def test_unreadable_images_are_named(tmp_path):
    (tmp_path / "a.jpg").write_bytes(b"not an image")
    for path in (tmp_path / "a.jpg", tmp_path / "gone.jpg"):
        with pytest.raises(DataError, match=path.name):
            load_pixels(sample(path))


def test_gray_array_items_become_rgb_and_foreign_ones_are_refused(tmp_path):
    path = tmp_path / "a.npz"
    np.savez(path, gray=np.full((2, 4, 5), 7, dtype=np.uint8), real=np.zeros((2, 4, 5)))
    assert load_pixels(sample(f"{path}#gray/1")).tolist() == np.full((4, 5, 3), 7).tolist()
    with pytest.raises(DataError, match="an 8-bit"):
        load_pixels(sample(f"{path}#real/0"))
    with pytest.raises(DataError, match="cannot be read"):
        load_pixels(sample(f"{path}#absent/0"))


def test_part_is_the_split_else_the_published_part_else_all():
    assert part_of(sample("x", split="val", metadata={"part": "test"})) == "val"
    assert part_of(sample("x", metadata={"part": "test"})) == "test"
    assert part_of(sample("x")) == "all"
