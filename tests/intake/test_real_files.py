"""Every format of the public data sets decodes as Pillow decodes it."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from core.errors import QualityError
from core.intake.raster import read_case

pytestmark = [
    pytest.mark.realdata,
]

PATTERNS = [
    "isic2017/ISIC-2017_Training_Data/*.jpg",
    "isic2017/ISIC-2017_Training_Part1_GroundTruth/*.png",
    "isic2018_task3/**/*.jpg",
    "ham10000/**/*.jpg",
    "ph2/**/*.jpg",
    "ph2/**/*.png",
    "aptos2019/train_images/*.jpg",
    "iq_othnccd/*/*.jpg",
    "drive/**/*.jpg",
    "drive/**/*.png",
]


@pytest.mark.parametrize("pattern", PATTERNS)
def test_pixels_equal_pillow(data_dir, pattern):
    files = sorted(data_dir.glob(pattern))
    assert files
    for file in files[:: max(len(files) // 12, 1)]:
        wanted = np.asarray(Image.open(file).convert("RGB"))
        try:
            case = read_case(file.read_bytes(), title=file.name, modality="dermoscopy")
        except QualityError:
            assert len(np.unique(wanted)) == 1
            continue
        assert np.array_equal(case.pixels, wanted), file.name
        assert case.title == file.name
