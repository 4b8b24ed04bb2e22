"""PH2: 200 dermoscopy images of naevi and melanomas with lesion masks; external test only, never trained on.

Two layouts are read:

- the publisher's, in the folder or in its sub-folder ``PH2Dataset``: ``PH2_dataset.txt`` (columns between
  ``||``: name, histological diagnosis, clinical diagnosis 0 common naevus, 1 atypical naevus, 2 melanoma) and
  ``PH2 Dataset images/<id>/<id>_Dermoscopic_Image/<id>.bmp`` with ``<id>_lesion/<id>_lesion.bmp`` beside it;
- a flat copy: ``PH2_dataset.csv`` (``image_name,diagnosis``), ``images/<id>.jpg``, ``lesion_masks/<id>.png``.
"""

from __future__ import annotations

from pathlib import Path

from core.data.base import DATASETS, DataSet
from core.data.tables import check_match, image_files, missing, read_table
from core.errors import DataError
from core.types import Sample

NAME = "ph2"
LABELS = {"common_nevus": "nv", "atypical_nevus": "nv", "melanoma": "mel"}
CLINICAL = {"0": "common_nevus", "1": "atypical_nevus", "2": "melanoma"}


def read(folder: Path) -> list[Sample]:
    """Read whichever layout is there; the diagnosis as published is in ``metadata``.

    Raises:
        DataError: neither layout is there, a diagnosis is unknown, or rows and images do not match.
    """
    for base in (folder, folder / "PH2Dataset"):
        if (base / "PH2_dataset.txt").is_file():
            return _read_published(base)
    if (folder / "PH2_dataset.csv").is_file():
        return _read_flat(folder)
    raise missing(folder / "PH2_dataset.txt")


def _read_flat(folder: Path) -> list[Sample]:
    table = folder / "PH2_dataset.csv"
    rows = read_table(table, ["image_name", "diagnosis"], key="image_name")
    diagnoses = {row["image_name"]: row["diagnosis"] for row in rows}
    images = image_files([folder / "images"], (".jpg", ".bmp", ".png"))
    masks = image_files([folder / "lesion_masks"], (".png", ".bmp"))
    return _samples(table, diagnoses, images, masks)


def _read_published(folder: Path) -> list[Sample]:
    table = folder / "PH2_dataset.txt"
    home = folder / "PH2 Dataset images"
    if not home.is_dir():
        raise missing(home)
    diagnoses: dict[str, str] = {}
    for line in table.read_text(encoding="utf-8", errors="replace").splitlines():
        cells = [cell.strip() for cell in line.split("||")]
        if len(cells) > 3 and cells[1].startswith("IMD"):
            diagnoses[cells[1]] = CLINICAL.get(cells[3], cells[3])
    if not diagnoses:
        raise DataError(str(table), "no rows of the form || IMD003 || ... ||", "Restore the publisher's file")
    cases = sorted(path.name for path in home.iterdir() if path.is_dir())
    images = {name: home / name / f"{name}_Dermoscopic_Image" / f"{name}.bmp" for name in cases}
    masks = {name: home / name / f"{name}_lesion" / f"{name}_lesion.bmp" for name in cases}
    for path in (*images.values(), *masks.values()):
        if not path.is_file():
            raise missing(path)
    return _samples(table, diagnoses, images, masks)


def _samples(
    table: Path, diagnoses: dict[str, str], images: dict[str, Path], masks: dict[str, Path]
) -> list[Sample]:
    check_match(table, diagnoses, images, table.parent)
    check_match(table, diagnoses, masks, table.parent / "lesion_masks")
    unknown = [f"{name}: {found!r}" for name, found in diagnoses.items() if found not in LABELS]
    if unknown:
        raise DataError(
            str(table), f"unknown diagnosis, {unknown[0]}", f"Expected one of {', '.join(LABELS)}"
        )
    return [
        Sample(
            image_id=name,
            source=NAME,
            location=str(images[name]),
            label=LABELS[diagnosis],
            group=name,
            split="test",
            metadata={"diagnosis": diagnosis},
            mask_location=str(masks[name]),
        )
        for name, diagnosis in diagnoses.items()
    ]


DATASETS.register(NAME)(
    DataSet(
        name=NAME,
        title="PH2",
        modality="dermoscopy",
        licence="research and education only, no redistribution",
        citation=(
            "Mendonça et al. 2013, PH2: a dermoscopic image database for research and benchmarking, "
            "IEEE EMBC, 5437-5440"
        ),
        folder="ph2",
        expected={"test": {"nv": 160, "mel": 40}},
        shipped_for="external test only",
        read=read,
    )
)
