from __future__ import annotations

import numpy as np
import pytest

from core.data import dermamnist
from core.data.base import load_pixels
from core.errors import DataError


def arrays(n: int = 3, **changes: np.ndarray) -> dict[str, np.ndarray]:
    content = {}
    for shift, part in enumerate(("train", "val", "test")):
        content[f"{part}_images"] = np.arange(n * 28 * 28 * 3, dtype=np.uint64).reshape(n, 28, 28, 3) % 251
        content[f"{part}_images"] = content[f"{part}_images"].astype(np.uint8)
        content[f"{part}_labels"] = (np.arange(n, dtype=np.uint8)[:, None] + shift * 2) % 7
    return content | changes


def test_class_order_split_and_pixels(tmp_path):
    content = arrays()
    np.savez(tmp_path / "dermamnist.npz", **content)
    samples = dermamnist.read(tmp_path)
    assert [s.label for s in samples] == ["akiec", "bcc", "bkl", "bkl", "df", "mel", "mel", "nv", "vasc"]
    assert [s.split for s in samples] == ["train"] * 3 + ["val"] * 3 + ["test"] * 3
    np.testing.assert_array_equal(load_pixels(samples[4]), content["val_images"][1])


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"val_labels": np.full((3, 1), 7, dtype=np.uint8)}, "val: unknown labels"),
        ({"test_labels": np.zeros((2, 1), dtype=np.uint8)}, "images .* and labels"),
        ({"train_images": np.zeros((3, 28, 28), dtype=np.uint8)}, "images .* and labels"),
        ({"train_labels": np.array([object()] * 3)}, "not an array file"),
    ],
)
def test_damage_is_named(tmp_path, changes, message):
    np.savez(tmp_path / "dermamnist.npz", **arrays(**changes))
    with pytest.raises(DataError, match=message):
        dermamnist.read(tmp_path)


def test_missing_file_missing_array_and_foreign_bytes(tmp_path):
    with pytest.raises(DataError, match="not found"):
        dermamnist.read(tmp_path)
    content = arrays()
    del content["val_labels"]
    np.savez(tmp_path / "dermamnist.npz", **content)
    with pytest.raises(DataError, match="no array val_labels"):
        dermamnist.read(tmp_path)
    (tmp_path / "dermamnist.npz").write_bytes(b"PK\x03\x04 cut short")
    with pytest.raises(DataError, match="not an array file"):
        dermamnist.read(tmp_path)
