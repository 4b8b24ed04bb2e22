from __future__ import annotations

import os
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from core.data import iq_othnccd
from core.data.base import read_samples
from core.data.cohort import build_cohort
from core.errors import DataError

REAL = Path(os.environ.get("TWINLENS_DATA", "nowhere"))


def slice_of(person: int, shift: int = 0) -> np.ndarray:
    """A smooth grey picture, the same for the same person but for a little brightness."""
    rng = np.random.default_rng(person)
    coarse = Image.fromarray(rng.integers(40, 200, (24, 24), dtype=np.uint8))
    return np.asarray(coarse.resize((96, 96), Image.Resampling.BICUBIC)) // 2 + 60 + shift


def write_set(root: Path) -> Path:
    """Persons 0 and 1 have two slices each; person 1's carry two classes. One more for each class."""
    pictures = {
        "Bengin cases/Bengin case (1).jpg": slice_of(0),
        "Bengin cases/Bengin case (2).png": slice_of(0, 9),
        "Malignant cases/Malignant case (1).jpg": slice_of(1),
        "Malignant cases/Malignant case (2).jpg": slice_of(2),
        "Normal cases/Normal case (1).jpg": slice_of(1, 9),
        "Normal cases/Normal case (2).jpg": slice_of(3),
    }
    for name, pixels in pictures.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(pixels.astype(np.uint8)).save(root / name)
    (root / "Bengin cases" / "notes.txt").write_text("not an image")
    return root


def test_reads_the_publishers_layout_and_finds_groups_over_classes(tmp_path):
    samples = {s.image_id: s for s in iq_othnccd.read(write_set(tmp_path))}
    assert {name: s.label for name, s in samples.items()} == {
        "Bengin case (1)": "benign",
        "Bengin case (2)": "benign",
        "Malignant case (1)": "malignant",
        "Malignant case (2)": "malignant",
        "Normal case (1)": "normal",
        "Normal case (2)": "normal",
    }
    assert not any(s.disputed or s.split for s in samples.values())
    assert samples["Bengin case (1)"].group == samples["Bengin case (2)"].group
    assert samples["Malignant case (1)"].group == samples["Normal case (1)"].group
    assert len({s.group for s in samples.values()}) == 4


def test_a_groups_file_that_names_every_image_is_believed_but_for_copies_it_parts(tmp_path, write):
    write_set(tmp_path)
    images = [f"{path.parent.name}/{path.name}" for path in sorted(tmp_path.glob("*cases/*case*"))]
    header = ["image", "group20", "group24"]
    write.csv(tmp_path / "groups.csv", header, [(name, n, n // 3) for n, name in enumerate(images)])
    samples = iq_othnccd.read(tmp_path)
    assert len({s.group for s in samples}) == 1  # the second half holds a copy of a slice of the first
    (tmp_path / "Normal cases/Normal case (1).jpg").write_bytes(
        (tmp_path / "Normal cases/Normal case (2).jpg").read_bytes()
    )
    samples = iq_othnccd.read(tmp_path)
    first, second = (samples[n].group for n in (0, 3))
    assert [s.group for s in samples] == [first] * 3 + [second] * 3 and first != second
    write.csv(tmp_path / "groups.csv", header, [(name, 0, 0) for name in images[1:]])
    assert len({s.group for s in iq_othnccd.read(tmp_path)}) == 4


def test_what_is_not_laid_out_so_is_named(tmp_path):
    write_set(tmp_path)
    twice = tmp_path / "Normal cases" / "Bengin case (1).jpg"
    twice.write_bytes((tmp_path / "Normal cases" / "Normal case (1).jpg").read_bytes())
    with pytest.raises(DataError, match="has the same name"):
        iq_othnccd.read(tmp_path)
    for path in (tmp_path / "Normal cases").iterdir():
        path.unlink()
    with pytest.raises(DataError, match="no images"):
        iq_othnccd.read(tmp_path)
    (tmp_path / "Normal cases").rmdir()
    with pytest.raises(DataError, match="Normal cases: not found"):
        iq_othnccd.read(tmp_path)


@pytest.mark.realdata
def test_the_real_set_is_divided_by_group():
    samples = read_samples("iq_othnccd", REAL)
    assert Counter(s.label for s in samples) == {"benign": 102, "malignant": 477, "normal": 354}
    assert len({s.group for s in samples}) == 126
    for seed in range(5):
        cohort = build_cohort(["iq_othnccd"], REAL, fractions=(0.65, 0.15, 0.2), seed=seed)
        assert min(cohort.split.counts["test"].values()) >= 12
        homes: dict[str, set[str]] = {}
        for name, part in cohort.samples.items():
            for sample in part:
                homes.setdefault(sample.group, set()).add(name)
        assert all(len(names) == 1 for names in homes.values())
