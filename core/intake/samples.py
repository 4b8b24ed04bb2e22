"""The sample cases that each modality's pages offer: drawings, and a photograph from an installed package.

The fundus photograph is ``retina.jpg`` of scikit-image, read from where the package is installed; nothing is
downloaded, and no network here was trained on it. Its altered copies show what the quality gate refuses. The
slices of computed tomography are drawings (:mod:`core.intake.synthetic_ct`).
"""

from __future__ import annotations

import importlib.util
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from core.errors import DataError
from core.intake import synthetic, synthetic_ct
from core.intake.raster import read_case
from core.types import Case

DRAWN = Path(__file__).resolve().parents[2] / "assets" / "samples"
"""Drawings of :mod:`core.intake.synthetic` that are kept: of the first sample, ``NAME.png`` and
``NAME.mask.png``."""

RETINA_SOURCE = (
    "A real photograph of a healthy left eye by Mikael Häggström (2014), released under CC0 1.0, read from "
    "the scikit-image package installed with this application; no network here was trained on it."
)


@dataclass(frozen=True)
class CaseSample:
    """A sample case that pages offer.

    Attributes:
        title: equals the title of the case.
        label: for a button, short.
        load: makes the case; DataError when what it is made from is missing.
    """

    title: str
    label: str
    load: Callable[[], Case]


def list_samples(modality: str) -> Mapping[str, CaseSample]:
    """Name to sample of a modality, the default first; empty for a modality that has none."""
    return _SAMPLES.get(modality, MappingProxyType({}))


def open_sample(modality: str, name: str) -> Case:
    """Make one sample case.

    Raises:
        KeyError: the modality has no such sample.
        DataError: the package that the photograph comes with is not installed as expected.
    """
    return list_samples(modality)[name].load()


def open_first_sample(modality: str) -> Case:
    """Make the default sample of a modality, which timings are taken on.

    Raises:
        DataError: it has none.
    """
    for name in list_samples(modality):
        return open_sample(modality, name)
    raise DataError(modality, "this kind of image has no sample case", "Name an image of your own")


def read_retina() -> Case:
    """The photograph of a healthy left eye, (1411, 1411, 3)."""
    spec = importlib.util.find_spec("skimage")
    folders = spec.submodule_search_locations if spec and spec.submodule_search_locations else []
    for folder in folders:
        path = Path(folder) / "data" / "retina.jpg"
        if path.is_file():
            case = read_case(path.read_bytes(), title="retina.jpg", modality="fundus")
            return replace(case, title="Photograph: healthy left eye", source=RETINA_SOURCE)
    raise DataError(
        "retina.jpg", "it should come with the scikit-image package", "Install the requirements again"
    )


def _altered(title: str, note: str, alter: Callable[[NDArray[np.uint8]], NDArray[np.uint8]]) -> Case:
    case = read_retina()
    pixels = np.ascontiguousarray(alter(case.pixels))
    pixels.flags.writeable = False
    return replace(case, case_id=uuid.uuid4().hex, pixels=pixels, title=title, notes=(*case.notes, note))


def _load_dark() -> Case:
    return _altered(
        "Altered photograph: too dark",
        "Altered by this application: darkened to a fifth of its light.",
        lambda pixels: np.rint(pixels * 0.2).astype(np.uint8),
    )


def _load_blurred() -> Case:
    from scipy import ndimage  # here, so that a first page does not wait for it

    def blur(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
        sigma = 0.02 * pixels.shape[0]
        return np.rint(ndimage.gaussian_filter(pixels.astype(np.float32), (sigma, sigma, 0))).astype(np.uint8)

    return _altered(
        "Altered photograph: blurred",
        "Altered by this application: blurred by a Gaussian of 2 % of its width.",
        blur,
    )


def _load_cut() -> Case:
    return _altered(
        "Altered photograph: cut off",
        "Altered by this application: the left half was cut away.",
        lambda pixels: pixels[:, pixels.shape[1] // 2 :],
    )


def _load_foreign() -> Case:
    drawn = synthetic.draw_sample("regular")
    return replace(drawn, modality="fundus", title="Generated: a mole, not an eye")


def _drawing(name: str) -> CaseSample:
    title = synthetic.SAMPLES[name].title
    return CaseSample(title, title.removeprefix("Generated: ").capitalize(), lambda: _open_drawing(name))


def _open_drawing(name: str) -> Case:
    """The drawing as it is kept in :data:`DRAWN`, where it is: a first page need not wait for the brush."""
    picture, mask = DRAWN / f"{name}.png", DRAWN / f"{name}.mask.png"
    if not (picture.is_file() and mask.is_file()):
        return synthetic.draw_sample(name)
    with Image.open(picture) as opened, Image.open(mask) as lesion:
        return synthetic.build_case(
            np.asarray(opened.convert("RGB")),
            np.asarray(lesion.convert("1")),
            title=synthetic.SAMPLES[name].title,
        )


def _slice(name: str) -> CaseSample:
    sample = synthetic_ct.SAMPLES[name]
    return CaseSample(sample.title, sample.label, lambda: synthetic_ct.draw_sample(name))


_SAMPLES: Mapping[str, Mapping[str, CaseSample]] = MappingProxyType(
    {
        "dermoscopy": MappingProxyType({name: _drawing(name) for name in synthetic.SAMPLES}),
        "ct": MappingProxyType({name: _slice(name) for name in synthetic_ct.SAMPLES}),
        "fundus": MappingProxyType(
            {
                "healthy": CaseSample("Photograph: healthy left eye", "Healthy left eye", read_retina),
                "dark": CaseSample("Altered photograph: too dark", "Too dark", _load_dark),
                "blurred": CaseSample("Altered photograph: blurred", "Blurred", _load_blurred),
                "cut": CaseSample("Altered photograph: cut off", "Cut off", _load_cut),
                "foreign": CaseSample("Generated: a mole, not an eye", "Not an eye", _load_foreign),
            }
        ),
    }
)
