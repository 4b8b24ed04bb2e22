"""IQ-OTH/NCCD: slices of chest computed tomography, normal, benign or malignant; no patients, no split.

Layout: ``Bengin cases/`` (so spelt), ``Malignant cases/`` and ``Normal cases/``, images in each. The slices
come from 110 people; which from whom is not published, so those that look nearly the same are held together:
as a file ``groups.csv`` (``image,group24``; ``image`` is the path within the folder) says, which is not the
publisher's, or, where there is none that names every image, as their perceptual hashes say. Copies that such
a file keeps apart are joined all the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from core.data.base import DATASETS, DataSet, load_pixels
from core.data.near_duplicates import COPY_BOUND, GROUP_BOUND, cluster_hashes, hash_pictures
from core.data.tables import image_files, read_table
from core.errors import DataError
from core.types import Sample

NAME = "iq_othnccd"
FOLDERS = {"benign": "Bengin cases", "malignant": "Malignant cases", "normal": "Normal cases"}
"""Class code to the publisher's folder."""
SUFFIXES = (".jpg", ".jpeg", ".png", ".bmp", ".tif", ".tiff")


def read(folder: Path) -> list[Sample]:
    """Read classes from folders, and groups of slices that look nearly the same.

    Slices of one group may differ in class, as one person's may; they are not disputed.

    Raises:
        DataError: a folder is missing or holds no image, two images have one name, or an image cannot be read
            where groups have to be found.
    """
    samples: dict[str, Sample] = {}
    for label, inner in FOLDERS.items():
        images = image_files([folder / inner], SUFFIXES)
        if not images:
            raise DataError(str(folder / inner), "no images", "Unpack the publisher's download again")
        for name, path in images.items():
            if name in samples:
                raise DataError(
                    str(path), f"{samples[name].location} has the same name", "Restore the publisher's names"
                )
            samples[name] = Sample(image_id=name, source=NAME, location=str(path), label=label, group=name)
    groups = _find_groups(samples, _read_groups(folder / "groups.csv", samples))
    return [
        Sample(
            image_id=name,
            source=NAME,
            location=sample.location,
            label=sample.label,
            group=f"{NAME}_{groups[name]}",
        )
        for name, sample in samples.items()
    ]


def _read_groups(path: Path, samples: Mapping[str, Sample]) -> dict[str, str]:
    """Image id to group; empty where there is no file, or one that does not name every image."""
    if not path.is_file():
        return {}
    rows = read_table(path, ["image", "group24"], key="image")
    listed = {row["image"]: row["group24"] for row in rows}
    groups = {name: listed.get(_inner(sample), "") for name, sample in samples.items()}
    return groups if all(groups.values()) else {}


def _inner(sample: Sample) -> str:
    location = Path(sample.location)
    return f"{location.parent.name}/{location.name}"


def _find_groups(samples: Mapping[str, Sample], listed: Mapping[str, str]) -> dict[str, str]:
    """Image id to its group's first image; listed groups that share copies are joined, others are found."""
    hashes = hash_pictures(map(load_pixels, samples.values()))
    if listed:
        numbers = np.unique([listed[name] for name in samples], return_inverse=True)[1]
        clusters = cluster_hashes(hashes, COPY_BOUND, groups=numbers)
    else:
        clusters = cluster_hashes(hashes, GROUP_BOUND)
    first: dict[int, str] = {}
    return {
        name: first.setdefault(int(cluster), name) for name, cluster in zip(samples, clusters, strict=True)
    }


DATASETS.register(NAME)(
    DataSet(
        name=NAME,
        title="IQ-OTH/NCCD lung cancer dataset",
        modality="ct",
        licence="CC BY 4.0 (believed, unverified)",
        citation=(
            "Alyasriy and AL-Huseiny 2020, The IQ-OTHNCCD lung cancer dataset, Mendeley Data; Kareem et al. "
            "2021, Evaluation of SVM performance in the detection of lung cancer in marked CT scan dataset, "
            "Indonesian Journal of Electrical Engineering and Computer Science 21(3)"
        ),
        folder="iq_othnccd",
        expected={"all": {"benign": 120, "malignant": 561, "normal": 416}},
        shipped_for="training, choosing and reporting",
        read=read,
    )
)
