"""Lines of text burned into slices are seen; slices without them are left alone."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pydicom
import pytest
from PIL import Image, ImageDraw, ImageFont

from core.intake.burned_text import TEXT_WARNING, find_burned_text
from core.intake.dicom import read_dicom
from core.intake.raster import read_case
from tests.dicom_factory import ct_bytes

LINES = ("DOE^JOHN 1961-02-03", "Ex: 48213  Se: 3", "HOSPITAL GENERAL", "12/05/2019 14:22", "A. MUSTERMANN")
FOLDER = Path(pydicom.__file__).parent / "data" / "test_files"


def write(picture: Image.Image, number: int, size: int) -> np.ndarray:
    """One of :data:`LINES` in white in one of four places near the border."""
    written = picture.convert("RGB")
    width, height = written.size
    places = [(6, 6), (width // 2, 6), (6, height - 2 * size), (width // 2, height - 2 * size)]
    font = ImageFont.load_default(size)
    ImageDraw.Draw(written).text(places[number % 4], LINES[number % 5], fill=(255, 255, 255), font=font)
    return np.asarray(written)


@pytest.fixture(scope="module")
def soft() -> Image.Image:
    """(512, 512) bright disc without sharp edges, on black."""
    rows, columns = np.mgrid[-1:1:512j, -1:1:512j]
    grey = 200 / (1 + np.exp(40 * (np.hypot(rows, columns) - 0.75)))
    return Image.fromarray(grey.astype(np.uint8))


@pytest.mark.parametrize("size", [12, 14, 16])
@pytest.mark.parametrize("number", range(4))
def test_a_line_near_the_border_is_seen(soft, number, size):
    assert find_burned_text(write(soft, number, size))


def test_nothing_is_seen_without_one(soft):
    assert not find_burned_text(np.asarray(soft.convert("RGB")))
    assert not find_burned_text(np.zeros((100, 100, 3), np.uint8))
    noise = np.random.default_rng(0).integers(0, 256, (300, 300, 1), np.uint8).repeat(3, -1)
    assert not find_burned_text(noise)


def test_text_in_the_middle_is_left_alone(soft):
    drawn = soft.convert("RGB")
    ImageDraw.Draw(drawn).text((200, 250), LINES[0], fill=(255, 255, 255), font=ImageFont.load_default(12))
    assert not find_burned_text(np.asarray(drawn))


def test_the_case_says_so_of_slices_in_either_kind_of_file(soft, save):
    written = write(soft, 0, 12)
    units = (written[..., 0].astype(np.int16) * 8).copy()
    (case,) = read_dicom(ct_bytes(units), title="a.dcm", modality="ct")
    assert TEXT_WARNING in case.warnings
    picture = save(Image.fromarray(written), "PNG")
    assert read_case(picture, title="a.png", modality="ct").warnings == (TEXT_WARNING,)
    assert read_case(save(soft, "PNG"), title="a.png", modality="ct").warnings == ()


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(
    ("name", "seen"),
    [
        ("CT_small.dcm", False),
        ("693_J2KI.dcm", False),
        ("J2K_pixelrep_mismatch.dcm", False),
        ("examples_jpeg2k.dcm", True),
        ("examples_rgb_color.dcm", True),
    ],
)
def test_real_files(name, seen):
    """Slices without text, and ultrasound screens, whose text anyone can read."""
    case = read_dicom((FOLDER / name).read_bytes(), title=name, modality="ct")[0]
    assert (TEXT_WARNING in case.warnings) is seen


@pytest.mark.realdata
@pytest.mark.slow
def test_rates_on_the_half_that_chose_no_bound(data_dir):
    """IQ-OTH/NCCD: 0 of 474 slices warned of, 276 of 285 lines of 10 to 14 pixels seen."""
    files = sorted((data_dir / "iq_othnccd").rglob("*.[jp][pn]g"))
    held = [path for path in files if int(hashlib.sha256(path.name.encode()).hexdigest(), 16) % 2]
    assert held
    false = sum(find_burned_text(np.asarray(Image.open(path).convert("RGB"))) for path in held)
    assert false <= 0.01 * len(held)
    seen = tried = 0
    for size in (10, 12, 14):
        for number, path in enumerate(held[::5]):
            seen += find_burned_text(write(Image.open(path), number, size))
            tried += 1
    assert seen >= 0.9 * tried
