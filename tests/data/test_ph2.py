from __future__ import annotations

import numpy as np
import pytest

from core.data import ph2
from core.data.base import load_mask, load_pixels
from core.errors import DataError

DIAGNOSES = {"IMD002": 1, "IMD003": 0, "IMD058": 2}


def write_flat(root, write, diagnoses):
    write.csv(root / "PH2_dataset.csv", ["image_name", "diagnosis"], list(diagnoses.items()))
    for index, name in enumerate(diagnoses):
        write.image(root / "images" / f"{name}.jpg", index)
        write.mask(root / "lesion_masks" / f"{name}.png", np.eye(6, 8, dtype=np.uint8) * 255)
    return root


def write_published(root, write, codes):
    home = root / "PH2Dataset"
    lines = ["|| Name || Histological Diagnosis || Clinical Diagnosis || Asymmetry ||"]
    for index, (name, code) in enumerate(codes.items()):
        case = home / "PH2 Dataset images" / name
        write.image(case / f"{name}_Dermoscopic_Image" / f"{name}.bmp", index)
        write.mask(case / f"{name}_lesion" / f"{name}_lesion.bmp", np.eye(6, 8, dtype=np.uint8) * 255)
        lines.append(f"|| {name} ||                    ||         {code} || 0 || T || AT ||")
    (home / "PH2_dataset.txt").write_text("\n".join([*lines, "", "Legend || 0 - Common Nevus"]))
    return root


def test_both_layouts_give_the_same_samples(tmp_path, write):
    words = {name: ph2.CLINICAL[str(code)] for name, code in DIAGNOSES.items()}
    flat = ph2.read(write_flat(tmp_path / "flat", write, words))
    published = ph2.read(write_published(tmp_path / "published", write, DIAGNOSES))
    for samples in (flat, published):
        assert [(s.image_id, s.label, s.split) for s in samples] == [
            ("IMD002", "nv", "test"),
            ("IMD003", "nv", "test"),
            ("IMD058", "mel", "test"),
        ]
        assert samples[0].metadata == {"diagnosis": "atypical_nevus"}
        assert load_pixels(samples[2]).shape == (6, 8, 3)
        assert load_mask(samples[2]).sum() == 6


def test_unknown_diagnosis_and_missing_files_are_named(tmp_path, write):
    with pytest.raises(DataError, match=r"unknown diagnosis, IMD002: '7'"):
        ph2.read(write_published(tmp_path / "a", write, {"IMD002": 7}))
    root = write_flat(tmp_path / "b", write, {"IMD002": "melanoma"})
    (root / "lesion_masks" / "IMD002.png").unlink()
    with pytest.raises(DataError, match="no image for IMD002"):
        ph2.read(root)
    (tmp_path / "c").mkdir()
    with pytest.raises(DataError, match=r"PH2_dataset\.txt: not found"):
        ph2.read(tmp_path / "c")
