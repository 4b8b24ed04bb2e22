"""What a first page imports must not bring a model library along: it appears before one is loaded."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LIGHT = (
    "core.types",
    "core.card",
    "core.bundle",
    "core.predict",
    "core.latency",
    "core.modalities.base",
    "core.modalities.dermoscopy",
    "core.intake.raster",
    "core.intake.uploads",
    "core.intake.dicom",
    "core.intake.synthetic",
    "core.intake.quality",
    "core.explain.overlay",
    "core.figures",
    "core.figures.probabilities",
    "core.figures.saliency",
    "core.cli",
)
HEAVY = (
    "pydicom",
    "torch",
    "torchvision",
    "timm",
    "lightning",
    "gtda",
    "captum",
    "pytorch_grad_cam",
    "torchmetrics",
)
SCRIPT = """
import importlib, json, sys
light, heavy = json.loads(sys.argv[1])
for name in light:
    importlib.import_module(name)
    print(json.dumps([name, [module for module in heavy if module in sys.modules]]))
"""


def test_light_rooms_bring_no_model_library_along():
    """One process imports them all in turn, so the first that is at fault is the first that shows."""
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, json.dumps([LIGHT, HEAVY])],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found = [json.loads(line) for line in done.stdout.splitlines()]
    assert [name for name, _ in found] == list(LIGHT)
    assert [(name, loaded) for name, loaded in found if loaded] == []
