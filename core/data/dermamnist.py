"""DermaMNIST: HAM10000 at 28 x 28 pixels as one array file, with MedMNIST's own split.

File: ``dermamnist.npz`` with ``train_images`` (N, 28, 28, 3) uint8, ``train_labels`` (N, 1), and the same for
``val`` and ``test``. The publisher's split is not by lesion, and the file names no lesion: near-duplicates
cross it, and nothing here can repair that.
"""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any, Literal

import numpy as np

from core.data.base import DATASETS, DataSet
from core.data.tables import missing
from core.errors import DataError
from core.types import Sample

NAME = "dermamnist"
FILE = "dermamnist.npz"
CLASSES = ("akiec", "bcc", "bkl", "df", "mel", "nv", "vasc")
"""MedMNIST's order: label 0 is akiec."""
PARTS: tuple[Literal["train", "val", "test"], ...] = ("train", "val", "test")


def read(folder: Path) -> list[Sample]:
    """Read labels and the places of images; pixels are loaded one by one.

    Raises:
        DataError: no file, an array is missing or of the wrong shape, or a label is not one of the seven.
    """
    path = folder / FILE
    if not path.is_file():
        raise missing(path)
    try:
        with np.load(path, allow_pickle=False) as content:
            return [sample for part in PARTS for sample in _read_part(path, content, part)]
    except (zipfile.BadZipFile, ValueError, OSError) as error:
        raise DataError(
            str(path), f"not an array file ({error})", "Download the publisher's file again"
        ) from error


def _read_part(path: Path, content: Any, part: Literal["train", "val", "test"]) -> list[Sample]:
    names = (f"{part}_images", f"{part}_labels")
    absent = [name for name in names if name not in content]
    if absent:
        raise DataError(str(path), f"no array {', '.join(absent)}", "Download the publisher's file again")
    images, labels = (content[name] for name in names)
    if images.ndim != 4 or images.shape[3] != 3 or labels.size != len(images):
        raise DataError(
            f"{path}, {part}",
            f"images {images.shape} and labels {labels.shape}, (N, H, W, 3) and (N, 1) were expected",
            "Download the publisher's file again",
        )
    flat = labels.reshape(-1)
    wrong = sorted({int(code) for code in flat if not 0 <= code < len(CLASSES)})
    if wrong:
        raise DataError(
            f"{path}, {part}", f"unknown labels {wrong}, 0 to 6 were expected", "Download it again"
        )
    return [
        Sample(
            image_id=f"{NAME}_{part}_{index:05d}",
            source=NAME,
            location=f"{path}#{part}_images/{index}",
            label=CLASSES[int(code)],
            group=f"{NAME}_{part}_{index:05d}",
            split=part,
        )
        for index, code in enumerate(flat)
    ]


DATASETS.register(NAME)(
    DataSet(
        name=NAME,
        title="DermaMNIST",
        modality="dermoscopy",
        licence="CC BY-NC 4.0",
        citation="Yang et al. 2023, MedMNIST v2, Scientific Data 10:41; images: HAM10000 (Tschandl 2018)",
        folder="medmnist",
        expected={
            "train": {"akiec": 228, "bcc": 359, "bkl": 769, "df": 80, "mel": 779, "nv": 4693, "vasc": 99},
            "val": {"akiec": 33, "bcc": 52, "bkl": 110, "df": 12, "mel": 111, "nv": 671, "vasc": 14},
            "test": {"akiec": 66, "bcc": 103, "bkl": 220, "df": 23, "mel": 223, "nv": 1341, "vasc": 29},
        },
        shipped_for="small experiments; its split is not by lesion, so its test figures are optimistic",
        read=read,
        overlaps=("ham10000", "isic2018_task3"),
    )
)
