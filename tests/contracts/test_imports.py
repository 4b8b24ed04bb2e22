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
    "mlflow",
    "wandb",
    "dvc",
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


SLOW_TO_IMPORT = (
    *HEAVY,
    "scipy.stats",
    "scipy.ndimage",
    "scipy.spatial",
    "scipy.optimize",
    "sklearn",
    "skimage",
    "pandas",
    "pyarrow",
    "matplotlib",
    "cripser",
)
APP = """
import ast, json, pathlib, sys
for node in ast.parse(pathlib.Path("app.py").read_text()).body:
    if isinstance(node, (ast.Import, ast.ImportFrom)):
        exec(compile(ast.Module([node], []), "app.py", "exec"))
print(json.dumps(sorted(name for name in json.loads(sys.argv[1]) if name in sys.modules)))
print(json.dumps("core.ui.frame" in sys.modules))
"""


def test_the_first_page_waits_for_no_library_that_only_later_sections_need():
    """What ``app.py`` imports; the networks themselves are opened by a thread beside the page."""
    done = subprocess.run(
        [sys.executable, "-c", APP, json.dumps(SLOW_TO_IMPORT)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    loaded, there = (json.loads(line) for line in done.stdout.splitlines())
    assert there and loaded == []


SERVED_WITHOUT_TRAINING = ("core.portable.folder", "core.release.int8", "core.release.latency_report")
TRAINING_ONLY = ("onnxscript", "lightning", "openvino")
WITHOUT = """
import importlib, json, sys
names, missing = json.loads(sys.argv[1])
sys.modules.update(dict.fromkeys(missing))
for name in names:
    importlib.import_module(name)
"""


def test_what_the_app_s_environment_offers_needs_nothing_of_training():
    """requirements.txt has no exporter: a folder, 8 bits and times must do without it."""
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT, json.dumps([SERVED_WITHOUT_TRAINING, TRAINING_ONLY])],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
