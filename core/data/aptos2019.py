"""APTOS 2019: fundus photographs with grades 0-4 of diabetic retinopathy; the labelled part has no split.

Layout: ``train.csv`` (``id_code,diagnosis``) and ``train_images/<id_code>.png`` (or ``.jpg``). Some were
released several times, some of those with different grades. A file ``groups.csv``
(``id_code,dup_group,label_conflict``) beside the table, which is not the publisher's, may say which; without
it, copies are files with identical bytes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path

from core.data.base import DATASETS, DataSet
from core.data.tables import check_match, image_files, read_table
from core.errors import DataError
from core.types import Sample

NAME = "aptos2019"
GRADES = ("no_dr", "mild", "moderate", "severe", "proliferative")
"""Class codes; the place is the published grade."""


def read(folder: Path) -> list[Sample]:
    """Read grades, images and groups of copies; a group whose copies differ in grade is disputed.

    Raises:
        DataError: a file is missing, a grade is not 0 to 4, or rows and images do not match.
    """
    table = folder / "train.csv"
    rows = read_table(table, ["id_code", "diagnosis"], key="id_code")
    grades = {row["id_code"]: row["diagnosis"] for row in rows}
    unknown = [f"{name}: {grade!r}" for name, grade in grades.items() if grade not in {*"01234"}]
    if unknown:
        raise DataError(str(table), f"unknown grade, {unknown[0]}", "Expected a whole number from 0 to 4")
    images = image_files([folder / "train_images"], (".png", ".jpg", ".jpeg"))
    check_match(table, grades, images, folder / "train_images")
    groups = _read_groups(folder / "groups.csv", images)
    found: dict[str, set[str]] = {}
    for name, grade in grades.items():
        found.setdefault(groups[name][0], set()).add(grade)
    return [
        Sample(
            image_id=name,
            source=NAME,
            location=str(images[name]),
            label=GRADES[int(grade)],
            group=f"{NAME}_{groups[name][0]}",
            disputed=groups[name][1] or len(found[groups[name][0]]) > 1,
        )
        for name, grade in grades.items()
    ]


def _read_groups(path: Path, images: Mapping[str, Path]) -> dict[str, tuple[str, bool]]:
    """Image id to its group, and whether a copy outside this folder is known to have another grade."""
    if not path.is_file():
        return {name: (group, False) for name, group in _find_copies(images).items()}
    rows = read_table(path, ["id_code", "dup_group", "label_conflict"], key="id_code")
    groups = {row["id_code"]: (row["dup_group"], row["label_conflict"] == "1") for row in rows}
    absent = sorted(set(images) - set(groups))
    if absent:
        raise DataError(
            str(path), f"no row for {absent[0]}", "Delete the file; copies are then found by their bytes"
        )
    return groups


def _find_copies(images: Mapping[str, Path]) -> dict[str, str]:
    """Image id to the id of the first image with the same bytes; only files of one size are read."""
    by_size: dict[int, list[str]] = {}
    for name, path in images.items():
        by_size.setdefault(path.stat().st_size, []).append(name)
    groups: dict[str, str] = {}
    for names in by_size.values():
        first: dict[str, str] = {}
        for name in names:
            if len(names) == 1:
                groups[name] = name
                continue
            digest = hashlib.sha256(images[name].read_bytes()).hexdigest()
            groups[name] = first.setdefault(digest, name)
    return groups


DATASETS.register(NAME)(
    DataSet(
        name=NAME,
        title="APTOS 2019 Blindness Detection",
        modality="fundus",
        licence="Kaggle competition rules: research, no redistribution",
        citation=(
            "Karthik, Maggie, Dane 2019, APTOS 2019 Blindness Detection, Asia Pacific Tele-Ophthalmology "
            "Society and Kaggle"
        ),
        folder="aptos2019",
        expected={"all": dict(zip(GRADES, (1805, 370, 999, 193, 295), strict=True))},
        shipped_for="training, choosing and reporting",
        read=read,
    )
)
