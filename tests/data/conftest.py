"""Tiny folders laid out as the publishers lay theirs out."""

from __future__ import annotations

import csv
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

from core.types import Sample


def write_image(path: Path, value: int = 0, size: tuple[int, int] = (8, 6)) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(value)
    Image.fromarray(rng.integers(0, 255, (size[1], size[0], 3), dtype=np.uint8)).save(path)


def write_mask(path: Path, pixels: np.ndarray) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels).save(path)


def write_csv(path: Path, header: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="", encoding="utf-8") as stream:
        csv.writer(stream).writerows([header, *rows])


def write_isic2017(root: Path, parts: Mapping[str, Sequence[tuple[str, int, int]]]) -> Path:
    """Part (as the publisher names it) to (image id, melanoma, seborrhoeic keratosis)."""
    for part, rows in parts.items():
        stem = f"ISIC-2017_{part}"
        write_csv(
            root / f"{stem}_Part3_GroundTruth.csv",
            ["image_id", "melanoma", "seborrheic_keratosis"],
            [(name, float(mel), float(sk)) for name, mel, sk in rows],
        )
        write_csv(
            root / f"{stem}_Data_metadata.csv",
            ["image_id", "age_approximate", "sex"],
            [(name, "unknown" if index else 55, "female") for index, (name, _, _) in enumerate(rows)],
        )
        for name, _, _ in rows:
            write_image(root / f"{stem}_Data" / f"{name}.jpg", int(name[-7:]))
            (root / f"{stem}_Data" / f"{name}_superpixels.png").write_bytes(b"not read")
            write_mask(
                root / f"{stem}_Part1_GroundTruth" / f"{name}_segmentation.png",
                np.full((6, 8), 255, dtype=np.uint8),
            )
    return root


def write_isic2018(root: Path, parts: Mapping[str, Sequence[tuple[str, str]]]) -> Path:
    """Part to (image id, column that is 1)."""
    columns = ["MEL", "NV", "BCC", "AKIEC", "BKL", "DF", "VASC"]
    for part, rows in parts.items():
        write_csv(
            root / f"ISIC2018_Task3_{part}_GroundTruth.csv",
            ["image", *columns],
            [(name, *(float(column == hot) for column in columns)) for name, hot in rows],
        )
        for name, _ in rows:
            write_image(root / f"ISIC2018_Task3_{part}_Input" / f"{name}.jpg", int(name[-7:]))
    return root


def write_ham10000(root: Path, rows: Sequence[tuple[str, str, str]], *, images: Sequence[str]) -> Path:
    """Rows of (lesion id, image id, diagnosis); images are shared between the publisher's two folders."""
    write_csv(
        root / "HAM10000_metadata.csv",
        ["lesion_id", "image_id", "dx", "dx_type", "age", "sex", "localization"],
        [(*row, "histo", "80.0", "male", "unknown") for row in rows],
    )
    for index, name in enumerate(images):
        write_image(root / f"HAM10000_images_part_{1 + index % 2}" / f"{name}.jpg", index)
    return root


@pytest.fixture
def make_sample() -> Callable[..., Sample]:
    def build(image_id: str, label: str = "nv", group: str | None = None, source: str = "made") -> Sample:
        return Sample(
            image_id=image_id, source=source, location="nowhere.jpg", label=label, group=group or image_id
        )

    return build


@pytest.fixture
def write() -> SimpleNamespace:
    """The writers above, as test modules cannot import one another."""
    return SimpleNamespace(
        image=write_image,
        mask=write_mask,
        csv=write_csv,
        isic2017=write_isic2017,
        isic2018=write_isic2018,
        ham10000=write_ham10000,
    )
