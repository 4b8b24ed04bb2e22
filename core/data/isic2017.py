"""ISIC 2017 challenge, task 3: melanoma, seborrhoeic keratosis and naevus, with the official split and masks.

Folder, as the archives unpack side by side, for each of ``Training``, ``Validation`` and ``Test_v2``:
``ISIC-2017_<part>_Data/<id>.jpg``, ``ISIC-2017_<part>_Part1_GroundTruth/<id>_segmentation.png``,
``ISIC-2017_<part>_Part3_GroundTruth.csv`` and ``ISIC-2017_<part>_Data_metadata.csv`` (beside the images or
in their folder). A part may be absent as a whole.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from core.data.base import DATASETS, DataSet
from core.data.same_lesion import lesion_groups
from core.data.tables import check_match, image_files, known, missing, one_hot, read_table
from core.errors import DataError
from core.types import Sample

NAME = "isic2017"
PARTS: dict[str, Literal["train", "val", "test"]] = {
    "Training": "train",
    "Validation": "val",
    "Test_v2": "test",
}
LABELS = {"melanoma": "mel", "seborrheic_keratosis": "bkl"}
REST = "nv"
"""What a row is that is neither: the challenge has three diagnoses."""


def read(folder: Path) -> list[Sample]:
    """Read every part that is there, in the order train, val, test.

    Raises:
        DataError: no part is there, a part lacks its labels or images, a label is unknown, or rows and
            images do not match.
    """
    here = [part for part in PARTS if _images(folder, part).is_dir() or _labels(folder, part).is_file()]
    if not here:
        raise missing(_images(folder, "Training"))
    return [sample for part in here for sample in _read_part(folder, part)]


def _images(folder: Path, part: str) -> Path:
    return folder / f"ISIC-2017_{part}_Data"


def _labels(folder: Path, part: str) -> Path:
    return folder / f"ISIC-2017_{part}_Part3_GroundTruth.csv"


def _read_part(folder: Path, part: str) -> list[Sample]:
    table = _labels(folder, part)
    rows = read_table(table, ["image_id", *LABELS], key="image_id")
    images = image_files([_images(folder, part)])
    check_match(table, [row["image_id"] for row in rows], images, _images(folder, part))
    metadata = _metadata(folder, part)
    masks = _masks(folder, part)
    groups = lesion_groups()
    samples = []
    for row in rows:
        image_id = row["image_id"]
        mask = masks.get(f"{image_id}_segmentation")
        if masks and mask is None:
            raise missing(folder / f"ISIC-2017_{part}_Part1_GroundTruth" / f"{image_id}_segmentation.png")
        samples.append(
            Sample(
                image_id=image_id,
                source=NAME,
                location=str(images[image_id]),
                label=one_hot(row, LABELS, where=f"{table}, {image_id}", default=REST),
                group=groups.get(image_id, image_id),
                split=PARTS[part],
                metadata=metadata.get(image_id, {"age": "", "sex": ""}),
                mask_location=None if mask is None else str(mask),
            )
        )
    return samples


def _metadata(folder: Path, part: str) -> dict[str, dict[str, str]]:
    """Image id to age and sex; empty if the publisher's metadata file is not there."""
    name = f"ISIC-2017_{part}_Data_metadata.csv"
    for path in (folder / name, _images(folder, part) / name):
        if path.is_file():
            rows = read_table(path, ["image_id", "age_approximate", "sex"], key="image_id")
            return {
                row["image_id"]: {"age": known(row["age_approximate"]), "sex": known(row["sex"])}
                for row in rows
            }
    return {}


def _masks(folder: Path, part: str) -> dict[str, Path]:
    """Stem to path of the lesion masks; empty if the masks were not downloaded."""
    masks = folder / f"ISIC-2017_{part}_Part1_GroundTruth"
    if not masks.is_dir():
        return {}
    found = image_files([masks], (".png",))
    if not found:
        raise DataError(str(masks), "the folder of masks is empty", "Unpack the publisher's masks again")
    return found


DATASETS.register(NAME)(
    DataSet(
        name=NAME,
        title="ISIC 2017 challenge, task 3",
        modality="dermoscopy",
        licence="CC0 (believed, unverified)",
        citation=(
            "Codella et al. 2018, Skin lesion analysis toward melanoma detection: a challenge at the 2017 "
            "International Symposium on Biomedical Imaging, arXiv:1710.05006"
        ),
        folder="isic2017",
        expected={
            "train": {"mel": 374, "bkl": 254, "nv": 1372},
            "val": {"mel": 30, "bkl": 42, "nv": 78},
            "test": {"mel": 117, "bkl": 90, "nv": 393},
        },
        shipped_for="training and validation on the official parts; its test part for reporting only",
        read=read,
    )
)
