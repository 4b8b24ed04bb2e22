"""prepare.py, in NumPy alone, finds the frames and topologies that SciPy and cripser give."""

from __future__ import annotations

import importlib.util
import os
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from scipy import ndimage

from core.bundle import load_pair
from core.data.base import ROOT_VARIABLE, load_pixels, read_samples
from core.intake.samples import list_samples, open_sample
from core.modalities.base import MODALITIES, Preprocessing

ROOT = Path(__file__).resolve().parents[2]
SPEC = load_pair("fundus").network("student").topology
CROPS = ("none", "field_of_view", "body")


@pytest.fixture(scope="module")
def prepare() -> ModuleType:
    spec = importlib.util.spec_from_file_location("prepare", ROOT / "core/portable/files/prepare.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def drawn(seed: int) -> NDArray[np.uint8]:
    """(H, W, 3) uint8 of any size: clouds, discs on a dark ground, few levels, small islands."""
    rng = np.random.default_rng(seed)
    height, width = rng.integers(32, 500, 2)
    clouds = ndimage.gaussian_filter(rng.normal(size=(height, width, 3)), (*[rng.uniform(0, 25)] * 2, 0))
    share = (clouds - clouds.min()) / max(float(np.ptp(clouds)), 1e-9)
    pixels = (share ** rng.uniform(0.5, 4) * rng.uniform(20, 255)).astype(np.uint8)
    if seed % 3 == 0:
        down, right = np.mgrid[:height, :width]
        far = np.hypot(down - height * rng.uniform(0.2, 0.8), right - width * rng.uniform(0.2, 0.8))
        pixels = np.where((far < rng.uniform(0.2, 0.8) * min(height, width))[..., None], pixels, pixels // 20)
    if seed % 5 == 0:
        pixels = pixels // 64 * 64
    return pixels.astype(np.uint8)


def agree(prepare: ModuleType, pixels: NDArray[np.uint8], what: object) -> None:
    height, width = pixels.shape[:2]
    for crop in CROPS:
        box = Preprocessing(height=64, width=64, crop=crop).locate(pixels)
        wanted = (0, 0, height, width) if box is None else (box.top, box.left, box.height, box.width)
        assert prepare.find_frame(pixels, crop) == wanted, (what, crop)
    spec = {"crop": "field_of_view", "topology": SPEC.model_dump()}
    frame, feeds = prepare.cut_and_describe(Image.fromarray(pixels), spec)
    wanted = SPEC.apply(np.asarray(frame))
    assert feeds["topology"].dtype == wanted.dtype and feeds["topology"].shape == wanted.shape
    assert np.abs(feeds["topology"] - wanted).max() <= 1e-6, what


@pytest.mark.parametrize("seed", range(40))
def test_drawn_pictures(prepare: ModuleType, seed: int) -> None:
    agree(prepare, drawn(seed), seed)


@pytest.mark.parametrize("modality", MODALITIES.names())
def test_sample_cases(prepare: ModuleType, modality: str) -> None:
    for name in list_samples(modality):
        agree(prepare, open_sample(modality, name).pixels, name)


@pytest.mark.parametrize("shape", [(32, 190), (190, 32), (15, 90), (2, 2), (256, 256)])
@pytest.mark.parametrize("value", [0, 255])
def test_narrow_and_constant_pictures(prepare: ModuleType, shape: tuple[int, int], value: int) -> None:
    pixels = np.full((*shape, 3), value, np.uint8)
    agree(prepare, pixels, "constant")
    pixels[shape[0] // 2 :] = 255 - value
    agree(prepare, pixels, "halves")


def test_two_regions_of_one_size(prepare: ModuleType) -> None:
    """The first from the top counts, as with SciPy's numbering, though the other's first row begins lower."""
    pixels = np.zeros((192, 192, 3), np.uint8)
    pixels[20:80, 110:170] = pixels[30:90, 10:70] = 255
    agree(prepare, pixels, "twins")


def test_an_unknown_crop_is_refused(prepare: ModuleType) -> None:
    with pytest.raises(ValueError, match="crop 'face' is not known"):
        prepare.find_frame(np.zeros((40, 40, 3), np.uint8), "face")


@pytest.mark.realdata
@pytest.mark.parametrize("dataset", ["aptos2019", "iq_othnccd"])
def test_public_pictures(prepare: ModuleType, dataset: str) -> None:
    samples = read_samples(dataset, Path(os.environ[ROOT_VARIABLE]))
    chosen = samples[:: max(len(samples) // 40, 1)]
    assert len(chosen) >= 40
    for sample in chosen:
        agree(prepare, load_pixels(sample), sample.image_id)
