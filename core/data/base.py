"""The data-set record, its registry, and how one sample's pixels and lesion mask are loaded.

A reader is one file: it registers a :class:`DataSet` whose ``read`` takes the folder that the publisher's
download unpacks into and returns every labelled image as a :class:`core.types.Sample`.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from core.errors import DataError
from core.registry import Registry
from core.types import Sample

ROOT_VARIABLE = "TWINLENS_DATA"
MASK_THRESHOLD = 127
"""Published masks are 8-bit and, where they were resized or stored lossy, not quite 0 and 255."""


@dataclass(frozen=True)
class DataSet:
    """A public data set.

    Attributes:
        name: registry name, also :attr:`core.types.Sample.source` of its samples.
        title: for headings and cards.
        modality: name in the modality registry; labels are class codes of that modality.
        licence: of the data, in words; uncertain ones say so.
        citation: the paper to cite.
        folder: default sub-folder of the folder that ``TWINLENS_DATA`` names.
        expected: the publisher's full counts, part (``"train"``, ``"val"``, ``"test"``, or ``"all"`` for a
            set without parts) to class code to number of images.
        shipped_for: what the set may be used for here, one clause.
        read: folder to samples, in a fixed order.
        overlaps: sets that hold some of the same images under ids that cannot be matched; never to be used
            together.
    """

    name: str
    title: str
    modality: str
    licence: str
    citation: str
    folder: str
    expected: Mapping[str, Mapping[str, int]]
    shipped_for: str
    read: Callable[[Path], list[Sample]]
    overlaps: tuple[str, ...] = ()

    @property
    def expected_total(self) -> int:
        """Number of images the publisher released."""
        return sum(sum(classes.values()) for classes in self.expected.values())


DATASETS: Registry[DataSet] = Registry("data set", "core.data")


def data_root() -> Path | None:
    """Folder that holds every data set, from the variable ``TWINLENS_DATA``; None if it is not set.

    Raises:
        DataError: the variable names something that is not a folder.
    """
    value = os.environ.get(ROOT_VARIABLE, "").strip()
    if not value:
        return None
    root = Path(value).expanduser()
    if not root.is_dir():
        raise DataError(f"{ROOT_VARIABLE}={value}", "no such folder", "Set it to the folder of the data sets")
    return root


def locate(dataset: DataSet, root: Path) -> Path:
    """Folder of one data set: its own sub-folder of ``root`` if there is one, else ``root`` itself.

    Raises:
        DataError: ``root`` is not a folder.
    """
    if not root.is_dir():
        raise DataError(
            str(root), "no such folder", f"Name the folder that {dataset.title} was unpacked into"
        )
    inner = root / dataset.folder
    return inner if inner.is_dir() else root


def read_samples(name: str, root: Path) -> list[Sample]:
    """Read one data set by name.

    Args:
        name: in the data-set registry.
        root: the set's own folder, or the folder that holds every set.

    Raises:
        ConfigError: no data set of that name.
        DataError: the folder is not laid out as the publisher lays it out.
    """
    dataset = DATASETS.get(name)
    return dataset.read(locate(dataset, root))


def sample_key(sample: Sample) -> str:
    """``"source/image_id"``, the name of a sample in a split's assignment."""
    return f"{sample.source}/{sample.image_id}"


def part_of(sample: Sample) -> str:
    """Publisher's part that a sample was released in: ``train``, ``val``, ``test``, or ``all``."""
    return sample.split or sample.metadata.get("part") or "all"


def count_labels(samples: Sequence[Sample]) -> dict[str, dict[str, int]]:
    """Part to class code to number of samples, in order of first appearance."""
    counts: dict[str, dict[str, int]] = {}
    for sample in samples:
        classes = counts.setdefault(part_of(sample), {})
        classes[sample.label] = classes.get(sample.label, 0) + 1
    return counts


def load_pixels(sample: Sample) -> NDArray[np.uint8]:
    """Load one image as (H, W, 3) uint8 sRGB, as stored: EXIF orientation is not applied, as masks fit that.

    ``sample.location`` is an image file, or ``file.npz#array/index`` for an item of an array file.

    Raises:
        DataError: the file is missing or cannot be read as an image.
    """
    file, mark, item = sample.location.partition("#")
    if mark:
        array, _, index = item.rpartition("/")
        return _rgb(_array(file, array)[int(index)], sample.location)
    return _open(file, "RGB")


def load_mask(sample: Sample) -> NDArray[np.bool_]:
    """Load the lesion mask as (H, W) bool, True inside the lesion (8-bit value above 127).

    Raises:
        DataError: the sample has no published mask, or the file is missing or unreadable.
    """
    if sample.mask_location is None:
        raise DataError(sample_key(sample), "no lesion mask is published", "Choose a data set with masks")
    return _open(sample.mask_location, "L") > MASK_THRESHOLD


def _open(file: str, mode: str) -> NDArray[np.uint8]:
    try:
        with Image.open(file) as image:
            return np.asarray(image.convert(mode))
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise DataError(
            file, f"cannot be read as an image ({error})", "Restore the file from the publisher's download"
        ) from error


@lru_cache(maxsize=3)
def _array(file: str, name: str) -> NDArray[np.uint8]:
    try:
        with np.load(file, allow_pickle=False) as content:
            return np.asarray(content[name])
    except (OSError, ValueError, KeyError) as error:
        raise DataError(
            f"{file}#{name}", f"cannot be read ({error})", "Restore the file from the publisher's download"
        ) from error


def _rgb(item: NDArray[np.uint8], where: str) -> NDArray[np.uint8]:
    if item.ndim == 2:
        item = np.repeat(item[..., None], 3, axis=2)
    if item.ndim != 3 or item.shape[2] != 3 or item.dtype != np.uint8:
        raise DataError(
            where,
            f"shape {item.shape} and type {item.dtype}, an 8-bit (H, W) or (H, W, 3) image was expected",
            "Restore the file from the publisher's download",
        )
    return item
