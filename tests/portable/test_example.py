"""example.py gives what the application gives, with nothing installed but what its README names."""

from __future__ import annotations

import io
import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from core.bundle import list_pairs, load_pair
from core.intake.raster import read_case
from core.intake.samples import open_first_sample
from core.predict import open_predictor, predict_case
from tests.intake.conftest import png_bytes
from tests.portable.conftest import Exports

ALONE = """
import importlib.abc, runpy, sys
ALLOWED = {"onnxruntime", "numpy", "PIL", "google", "flatbuffers", "prepare", *sys.stdlib_module_names}
class OnlyThese(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] not in ALLOWED:
            raise ModuleNotFoundError(f"{name} is not installed here")
sys.meta_path.insert(0, OnlyThese())
folder, *sys.argv[1:] = sys.argv[1:]
sys.path.insert(0, folder)
runpy.run_path(folder + "/example.py", run_name="__main__")
"""
"""Runs the example where any import but of the three packages (and what they bring) fails."""


def run(folder: Path, *arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-I", "-B", "-c", ALONE, str(folder), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def as_bytes(pixels: NDArray[np.uint8], kind: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, kind, **options)
    return buffer.getvalue()


def pictures(modality: str) -> dict[str, bytes]:
    """Files that differ in kind, size, orientation and colours, all of one sample."""
    pixels = open_first_sample(modality).pixels
    turned = Image.Exif()
    turned[0x0112] = 6
    alpha = np.dstack([pixels, np.linspace(0, 255, pixels[..., 0].size).reshape(pixels.shape[:2])])
    palette = Image.fromarray(pixels[:300, :400]).quantize(64)
    buffer = io.BytesIO()
    palette.save(buffer, "PNG")
    return {
        "plain.png": as_bytes(pixels, "PNG"),
        "oblong.png": as_bytes(pixels[: pixels.shape[0] // 3, 5:], "PNG"),
        "small.png": as_bytes(pixels[::7, ::9], "PNG"),
        "photo.jpg": as_bytes(pixels, "JPEG", quality=83, exif=turned),
        "grey.png": as_bytes(pixels[..., 1], "PNG"),
        "opacity.png": as_bytes(alpha.astype(np.uint8), "PNG"),
        "palette.png": buffer.getvalue(),
    }


@pytest.mark.parametrize("name", list_pairs())
def test_the_example_answers_as_the_application_does(name: str, exported: Exports, tmp_path: Path) -> None:
    pair = load_pair(name)
    files = pictures(pair.card.modality)
    for file, content in files.items():
        (tmp_path / file).write_bytes(content)
    done = run(exported(name), *(tmp_path / file for file in files))
    assert (done.returncode, done.stderr) == (0, "")
    found = {Path(entry["file"]).name: entry for entry in map(json.loads, done.stdout.splitlines())}
    assert set(found) == set(files)
    predictor = open_predictor(pair, "student")
    for file, content in files.items():
        wanted = predict_case(predictor, read_case(content, title=file, modality=pair.card.modality))
        assert tuple(found[file]["probs"]) == pair.card.classes
        assert list(found[file]["probs"].values()) == pytest.approx(wanted.probs, abs=1e-6)
        assert found[file]["positive_prob"] == pytest.approx(wanted.positive_prob, abs=1e-6)
        assert found[file]["flagged"] == wanted.flagged


@pytest.mark.parametrize("name", list_pairs())
def test_the_self_test_passes_and_can_fail(name: str, exported: Exports, tmp_path: Path) -> None:
    folder = exported(name)
    assert run(folder, "--selftest").returncode == 0
    altered = tmp_path / "altered"
    shutil.copytree(folder, altered)
    known = json.loads((altered / "selftest.json").read_text())
    known["cases"][-1]["probs"][0] += 2 * known["tolerance"]
    (altered / "selftest.json").write_text(json.dumps(known))
    failed = run(altered, "--selftest")
    assert failed.returncode == 1 and "probability: 2.0e-04, 1e-04 is allowed" in failed.stdout


@pytest.mark.parametrize("colour_type", [0, 2])
def test_deep_pictures_are_refused_and_not_clipped(
    colour_type: int, exported: Exports, tmp_path: Path
) -> None:
    """16-bit grey, which Pillow would clip, and 16-bit colour, of which it would keep the high bytes."""
    file = tmp_path / "deep.png"
    values = np.arange(64 * 64, dtype=np.uint16).reshape(64, 64, 1) * 16
    file.write_bytes(png_bytes(np.repeat(values, 3 if colour_type else 1, axis=2), colour_type))
    done = run(exported("melanoma"), file)
    assert done.returncode == 1 and "more than 8 bits a channel" in done.stderr and done.stdout == ""


def test_the_example_is_short_and_imports_three_packages(exported: Exports) -> None:
    text = (exported("melanoma") / "example.py").read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 40
    assert not (exported("melanoma") / "prepare.py").exists()
    blocked = run(exported("fundus"), "--selftest", "x")
    assert blocked.returncode == 1  # two names of files that do not exist, not the self-test
