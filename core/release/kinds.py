"""Which pictures the check on familiarity is measured on: the pair's own, other sources, other modalities."""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Literal

import numpy as np
from PIL import Image

from core.bundle import Pair
from core.data.base import DATASETS, load_pixels, read_samples, sample_key
from core.modalities.base import MODALITIES
from core.release.external import SPLIT_NAME
from core.release.strangers import ALTERATIONS, DRAWINGS, Pixels, cut_parts, list_everyday
from core.types import Sample

Aim = Literal["keep", "refuse", "either"]
CHOOSING = ("aptos2019", "isic2017")
"""Sets whose pictures help to choose the method for pairs of another modality: the first that is foreign."""
DRAWN = 60
"""Drawings of each sort."""
ALTERED = 100
"""Test images altered in each way, at most."""
_DRIVE = "drive/*/images/*"


@dataclass(frozen=True)
class Kind:
    """Pictures of one kind.

    Attributes:
        title: for a table.
        aim: what is wished for.
        groups: (N,) which pictures belong together: one eye, one lesion, one photograph.
        load: yields the N pictures, (H, W, 3) uint8, in order.
        chosen: whether one half of it, by hash of the group, helps to choose the method.
    """

    title: str
    aim: Aim
    groups: tuple[str, ...]
    load: Callable[[], Iterator[Pixels]]
    chosen: bool = False


def split_samples(pair: Pair, root: Path) -> dict[str, list[Sample]]:
    """The pair's own samples: train, val and test, in the order of their keys.

    Raises:
        DataError: a data set that it was trained on is not in ``root``.
    """
    homes: dict[str, str] = json.loads(pair.read(SPLIT_NAME))
    parts: dict[str, list[Sample]] = {"train": [], "val": [], "test": []}
    for name in sorted({key.partition("/")[0] for key in homes}):
        for sample in sorted(read_samples(name, root), key=sample_key):
            if home := homes.get(sample_key(sample)):
                parts[home].append(sample)
    return parts


def list_kinds(
    pair: Pair, root: Path, *, test: Sequence[Sample], images: int = 150, seed: int = 0
) -> list[Kind]:
    """Every kind there is to measure on; a data set that is not in ``root`` is left out.

    Args:
        pair: whose modality says which kinds are foreign.
        root: folder of the data sets.
        test: the pair's own test samples.
        images: pictures of each data set at most, drawn at random; the pair's test samples are all taken.
        seed: of the draw.
    """
    modality = pair.modality
    kinds = [_of_samples(f"own test images ({modality.title})", "keep", test)]
    own = {key.partition("/")[0] for key in json.loads(pair.read(SPLIT_NAME))}
    chosen = next((name for name in CHOOSING if DATASETS.get(name).modality != modality.name), None)
    for name in sorted(DATASETS.names()):
        dataset = DATASETS.get(name)
        if name in own or not _is_here(root, dataset.folder):
            continue
        aim: Aim = "keep" if dataset.modality == modality.name else "refuse"
        samples = _draw(read_samples(name, root), images, seed)
        title = f"{dataset.title} ({MODALITIES.get(dataset.modality).title})"
        kinds.append(_of_samples(title, aim, samples, chosen=name == chosen))
    if drive := sorted(root.glob(_DRIVE)):
        aim = "keep" if modality.name == "fundus" else "refuse"
        groups = tuple(path.stem for path in drive)
        kinds.append(Kind("DRIVE (Fundus photography)", aim, groups, partial(_open_all, drive)))
    kinds.append(_everyday())
    for number, (title, draw) in enumerate(DRAWINGS.items()):
        load = partial(_draw_all, draw, seed + number)
        kinds.append(Kind(f"drawn: {title}", "refuse", tuple(map(str, range(DRAWN))), load))
    altered = _draw(test, min(images, ALTERED), seed)
    for title, alter in ALTERATIONS.items():
        groups = tuple(sample.group for sample in altered)
        kinds.append(Kind(f"own test images, {title}", "either", groups, partial(_alter_all, alter, altered)))
    return kinds


def in_choosing_half(group: str) -> bool:
    """Whether a group is of the half that helps to choose; the other half is reported on."""
    return zlib.crc32(group.encode()) % 2 == 0


def _is_here(root: Path, folder: str) -> bool:
    path = root / folder
    return path.is_dir() and any(path.iterdir())


def _draw(samples: Sequence[Sample], count: int, seed: int) -> list[Sample]:
    order = np.random.default_rng(seed).permutation(len(samples))[:count]
    return [samples[place] for place in np.sort(order)]


def _of_samples(title: str, aim: Aim, samples: Sequence[Sample], *, chosen: bool = False) -> Kind:
    groups = tuple(sample.group or sample.image_id for sample in samples)
    return Kind(title, aim, groups, lambda: map(load_pixels, samples), chosen)


def _everyday() -> Kind:
    files = list_everyday()
    parts = {name: cut_parts(path) for name, path in files.items()}
    groups = tuple(name for name, cut in parts.items() for _ in cut)
    return Kind("everyday photographs", "refuse", groups, lambda: _flatten(list(parts.values())), chosen=True)


def _flatten(parts: Sequence[Sequence[Pixels]]) -> Iterator[Pixels]:
    return (pixels for cut in parts for pixels in cut)


def _open_all(files: Sequence[Path]) -> Iterator[Pixels]:
    return (np.asarray(Image.open(path).convert("RGB")) for path in files)


def _draw_all(draw: Callable[[np.random.Generator], Pixels], seed: int) -> Iterator[Pixels]:
    rng = np.random.default_rng(seed)
    return (draw(rng) for _ in range(DRAWN))


def _alter_all(
    alter: Callable[[Pixels, np.random.Generator], Pixels], samples: Sequence[Sample]
) -> Iterator[Pixels]:
    rng = np.random.default_rng(0)
    return (alter(load_pixels(sample), rng) for sample in samples)
