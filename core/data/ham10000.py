"""HAM10000: 10,015 dermoscopy images of 7,470 lesions, seven diagnoses; images of one lesion are one group.

Folder: ``HAM10000_metadata.csv`` (the repository also serves it as ``HAM10000_metadata``), and the images as
``<id>.jpg`` in ``HAM10000_images_part_1`` and ``HAM10000_images_part_2`` or together in ``HAM10000_images``.
"""

from __future__ import annotations

from pathlib import Path

from core.data.base import DATASETS, DataSet
from core.data.tables import check_rows, image_files, known, missing, read_table
from core.errors import DataError
from core.types import Sample

NAME = "ham10000"
TABLES = ("HAM10000_metadata.csv", "HAM10000_metadata")
FOLDERS = ("HAM10000_images", "HAM10000_images_part_1", "HAM10000_images_part_2")
LABELS = ("mel", "nv", "bcc", "akiec", "bkl", "df", "vasc")
COLUMNS = ("lesion_id", "image_id", "dx", "dx_type", "age", "sex", "localization")


def read(folder: Path) -> list[Sample]:
    """Read every row whose image is there; the two halves may have been downloaded one without the other.

    Rows without image show in the audit as images missing from the publisher's count.

    Raises:
        DataError: no metadata, no folder of images, no image at all, an unknown diagnosis, or an image
            without row.
    """
    folders = [folder / name for name in FOLDERS if (folder / name).is_dir()]
    if not folders:
        raise missing(folder / FOLDERS[0])
    images = image_files(folders)
    rows = read_metadata(folder)
    check_rows(_table(folder), [row.image_id for row in rows], images, folders[0])
    if not images:
        raise DataError(str(folders[0]), "no .jpg images", "Unpack the publisher's images there")
    return [row for row in rows if row.image_id in images]


def read_metadata(folder: Path) -> list[Sample]:
    """Read every row of the metadata, image or not: enough to divide the full set by lesion.

    ``location`` is where the image is, or for one that is not there, where it would be.

    Raises:
        DataError: no metadata, a column or lesion id is missing, or a diagnosis is unknown.
    """
    table = _table(folder)
    images = image_files(folder / name for name in FOLDERS if (folder / name).is_dir())
    samples = []
    for row in read_table(table, COLUMNS, key="image_id"):
        image_id, label = row["image_id"], row["dx"]
        if label not in LABELS or not row["lesion_id"]:
            problem = (
                "no lesion_id"
                if label in LABELS
                else f"unknown dx {label!r}, one of {', '.join(LABELS)} expected"
            )
            raise DataError(f"{table}, {image_id}", problem, "Restore the publisher's file")
        samples.append(
            Sample(
                image_id=image_id,
                source=NAME,
                location=str(images.get(image_id, folder / FOLDERS[0] / f"{image_id}.jpg")),
                label=label,
                group=row["lesion_id"],
                metadata={
                    "age": known(row["age"]).removesuffix(".0"),
                    "sex": known(row["sex"]),
                    "site": known(row["localization"]),
                    "confirmed_by": known(row["dx_type"]),
                },
            )
        )
    return samples


def _table(folder: Path) -> Path:
    for name in TABLES:
        if (folder / name).is_file():
            return folder / name
    raise missing(folder / TABLES[0])


DATASETS.register(NAME)(
    DataSet(
        name=NAME,
        title="HAM10000",
        modality="dermoscopy",
        licence="CC BY-NC 4.0",
        citation="Tschandl, Rosendahl, Kittler 2018, The HAM10000 dataset, Scientific Data 5:180161",
        folder="ham10000",
        expected={
            "all": {"mel": 1113, "nv": 6705, "bcc": 514, "akiec": 327, "bkl": 1099, "df": 115, "vasc": 142}
        },
        shipped_for="training, validation and reporting, divided by lesion",
        read=read,
        overlaps=("dermamnist",),
    )
)
