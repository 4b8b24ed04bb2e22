"""Memory: the application's hardly grows, a decoder's stays below its limit, and its end is survived."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from core.intake.limits import DEFAULT_LIMITS
from core.intake.uploads import read_uploads
from tests.hostile.base import dicom
from tests.hostile.corpus import CORPUS
from tests.hostile.promises import check_refusal

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="limits of address space hold on Linux alone")

ROOT = Path(__file__).parents[2]
MEGABYTE = 2**20
BOMBS = (
    "PNG bomb of 400 million pixels",
    "TIFF bomb of 144 million pixels",
    "run lengths of 256 million pixels",
    "JPEG 2000 of 81 million pixels, said so",
    "20,000 rows and columns",
)


@pytest.mark.slow
def test_the_whole_corpus_below_a_ceiling():
    code = "import runpy; runpy.run_module('tests.intake.hostile_child')"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=500, check=False
    )
    assert done.returncode == 0, done.stderr[-2_000:]
    told = json.loads(done.stdout)
    assert set(told["outcomes"]) == {file.name for file in CORPUS}
    assert told["grown"] < 100 * MEGABYTE, told["grown"] / MEGABYTE
    assert 10 * MEGABYTE < told["largest_child"] < DEFAULT_LIMITS.memory_bytes
    assert done.stderr == ""


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_that_its_header_does_not_betray_ends_its_process_only(name):
    """With the check of the header off, the ceiling of the child is what is left."""
    blind = replace(DEFAULT_LIMITS, max_pixels=10**12, memory_bytes=600 * MEGABYTE)
    file = next(one for one in CORPUS if one.name == name)
    files = [("first.dcm", dicom()), (file.title, file.build()), ("last.dcm", dicom())]
    batch = read_uploads(files, modality="ct", limits=blind)
    assert sorted(case.title for case in batch.cases) == ["first.dcm", "last.dcm"]
    (refusal,) = batch.refused
    check_refusal(refusal, file.title)
    assert "allowed" not in refusal.problem or "far too many" in refusal.problem
