"""ISIC 2018 challenge, task 3: the seven diagnoses of HAM10000.

Folder, for each of ``Training``, ``Validation``, ``Test`` that is there:
``ISIC2018_Task3_<part>_Input/<id>.jpg`` and ``ISIC2018_Task3_<part>_GroundTruth.csv`` (beside the images'
folder, or in a folder of its own name). ``ISIC2018_Task3_Training_LesionGroupings.csv``, where present,
supplies the lesions of the training part, which is HAM10000 itself; the others have no lesion ids, only the
pairs of :mod:`core.data.same_lesion`.

Where only one part was downloaded there is no published split to honour: its samples carry ``split=None``
and are divided like those of a set without one. ``metadata["part"]`` always names the part.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from core.data.base import DATASETS, DataSet
from core.data.same_lesion import lesion_groups
from core.data.tables import check_match, image_files, missing, one_hot, read_table
from core.types import Sample

NAME = "isic2018_task3"
PARTS: dict[str, Literal["train", "val", "test"]] = {"Training": "train", "Validation": "val", "Test": "test"}
LABELS = {"MEL": "mel", "NV": "nv", "BCC": "bcc", "AKIEC": "akiec", "BKL": "bkl", "DF": "df", "VASC": "vasc"}
GROUPINGS = "ISIC2018_Task3_Training_LesionGroupings.csv"


def read(folder: Path) -> list[Sample]:
    """Read every part that is there, in the order train, val, test.

    Raises:
        DataError: no part is there, a part lacks its labels or images, a label is unknown, or rows and
            images do not match.
    """
    here = [part for part in PARTS if _images(folder, part).is_dir() or _labels(folder, part).is_file()]
    if not here:
        raise missing(_images(folder, "Training"))
    official = len(here) > 1
    return [sample for part in here for sample in _read_part(folder, part, PARTS[part] if official else None)]


def _images(folder: Path, part: str) -> Path:
    return folder / f"ISIC2018_Task3_{part}_Input"


def _labels(folder: Path, part: str) -> Path:
    return _beside(folder, f"ISIC2018_Task3_{part}_GroundTruth.csv")


def _beside(folder: Path, name: str) -> Path:
    """A file of the challenge: in the folder, or in the folder its archive unpacks into."""
    inner = folder / Path(name).stem / name
    return inner if inner.is_file() else folder / name


def _read_part(folder: Path, part: str, split: Literal["train", "val", "test"] | None) -> list[Sample]:
    table = _labels(folder, part)
    rows = read_table(table, ["image", *LABELS], key="image")
    images = image_files([_images(folder, part)])
    check_match(table, [row["image"] for row in rows], images, _images(folder, part))
    groups = _lesions(folder) if part == "Training" else lesion_groups()
    return [
        Sample(
            image_id=row["image"],
            source=NAME,
            location=str(images[row["image"]]),
            label=one_hot(row, LABELS, where=f"{table}, {row['image']}"),
            group=groups.get(row["image"], row["image"]),
            split=split,
            metadata={"part": PARTS[part]},
        )
        for row in rows
    ]


def _lesions(folder: Path) -> dict[str, str]:
    """Image id to lesion id of the training part; empty if the publisher's groupings are not there."""
    path = _beside(folder, GROUPINGS)
    if not path.is_file():
        return {}
    return {row["image"]: row["lesion_id"] for row in read_table(path, ["image", "lesion_id"], key="image")}


DATASETS.register(NAME)(
    DataSet(
        name=NAME,
        title="ISIC 2018 challenge, task 3",
        modality="dermoscopy",
        licence="CC BY-NC 4.0",
        citation=(
            "Codella et al. 2019, Skin lesion analysis toward melanoma detection 2018, arXiv:1902.03368; "
            "Tschandl, Rosendahl, Kittler 2018, The HAM10000 dataset, Scientific Data 5:180161"
        ),
        folder="isic2018_task3",
        expected={
            "train": {"mel": 1113, "nv": 6705, "bcc": 514, "akiec": 327, "bkl": 1099, "df": 115, "vasc": 142},
            "val": {"mel": 21, "nv": 123, "bcc": 15, "akiec": 8, "bkl": 22, "df": 1, "vasc": 3},
            "test": {"mel": 171, "nv": 909, "bcc": 93, "akiec": 43, "bkl": 217, "df": 44, "vasc": 35},
        },
        shipped_for="training, validation and reporting; its training part is HAM10000",
        read=read,
        overlaps=("dermamnist",),
    )
)
