"""dvc.yaml on a made-up data set: all of it once, then nothing, then only what a change reaches."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from PIL import Image

from core.data.splits import SPLIT_NAMES
from tests.small_world import DATASET, write_isic2018

ROOT = Path(__file__).resolve().parents[2]
STAGES = ("ingest", "split", "train_teacher", "distil", "evaluate", "export")


@pytest.fixture
def workshop(tmp_path: Path) -> Path:
    """A folder with the pipeline's files, the code by link, and made-up data."""
    folder = tmp_path / "workshop"
    folder.mkdir()
    for name in ("dvc.yaml", "params.yaml", ".dvcignore"):
        shutil.copy(ROOT / name, folder / name)
    (folder / ".dvc").mkdir()
    shutil.copy(ROOT / ".dvc" / "config", folder / ".dvc" / "config")
    (folder / "core").symlink_to(ROOT / "core")
    for part, first, count in (("Training", 0, 66), ("Validation", 66, 24), ("Test", 90, 30)):
        write_isic2018(folder / "data", first=first, count=count, part=part)
    set_params(folder, "data.datasets", f'["{DATASET}"]')
    return folder


def set_params(folder: Path, key: str, value: object) -> None:
    params = yaml.safe_load((folder / "params.yaml").read_text())
    section, name = key.split(".")
    params[section][name] = value
    (folder / "params.yaml").write_text(yaml.safe_dump(params))


def reproduce(folder: Path, *target: str) -> list[str]:
    """Run ``dvc repro`` in an environment without git; the stages that ran."""
    place = Path(sys.executable).parent
    done = subprocess.run(
        [place / "dvc", "repro", *target],
        cwd=folder,
        env={
            **os.environ,
            "PATH": f"{place}:{os.environ['PATH']}",
            "TWINLENS_DATA": str(folder / "data"),
            "GIT_CEILING_DIRECTORIES": str(folder),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    ran = re.findall(r"^Running stage '(\w+)'", done.stdout, re.MULTILINE)
    skipped = re.findall(r"^Stage '(\w+)' didn't change, skipping", done.stdout, re.MULTILINE)
    assert [stage for stage in STAGES if stage in {*ran, *skipped}] == list(STAGES[: len(ran) + len(skipped)])
    return ran


def stamps(folder: Path) -> dict[str, int]:
    """Every file that came out, but what ``ingest`` writes each time, with the time of its last change."""
    made = folder / "runs" / "pipeline"
    own = {made / "manifest.json", *(made / "recipe").iterdir()}
    return {
        str(path): path.stat().st_mtime_ns for path in made.rglob("*") if path.is_file() and path not in own
    }


@pytest.mark.slow
def test_what_changed_runs_again_and_nothing_else(workshop):
    made = workshop / "runs" / "pipeline"
    assert reproduce(workshop) == list(STAGES)
    rows = (made / "split.csv").read_text().splitlines()
    assert len(rows) == 121 and {row.split(",")[1] for row in rows[1:]} == set(SPLIT_NAMES)
    figures = json.loads((made / "metrics.json").read_text())
    assert figures[DATASET]["n"] == 30
    assert 0 <= figures[DATASET]["student"]["roc_auc"]["low"] <= 1
    assert {"student.onnx", "example.py"} <= {path.name for path in (made / "export").iterdir()}
    student = json.loads((made / "mel5-fast" / "student" / "result.json").read_text())
    divided = json.loads((made / "models" / "mel5-fast" / "card.json").read_text())["split"]
    assert student["asked"]["split_sha256"] == divided["sha256"]

    before = stamps(workshop)
    assert reproduce(workshop) == ["ingest"]
    assert stamps(workshop) == before

    set_params(workshop, "distil.temperature", 3.0)
    assert reproduce(workshop) == ["ingest", "distil", "evaluate", "export"]
    after = stamps(workshop)
    teacher = {path for path in before if "/mel5-fast/teacher/" in path}
    assert teacher and all(before[path] == after[path] for path in teacher)
    again = json.loads((made / "mel5-fast" / "student" / "result.json").read_text())
    assert again["asked"]["recipe"]["distill"]["temperature"] == 3.0
    assert again["weights_sha256"] != student["weights_sha256"]

    before = (made / "split.csv").read_text().splitlines()
    picture = next((workshop / "data").rglob("ISIC_9000007.jpg"))
    Image.open(picture).transpose(Image.Transpose.FLIP_LEFT_RIGHT).save(picture)
    assert reproduce(workshop, "split") == ["ingest", "split"]
    changed = set(before) ^ set((made / "split.csv").read_text().splitlines())
    assert len(changed) == 2 and all("ISIC_9000007" in row for row in changed)


def test_the_smoke_run_is_the_default():
    params = yaml.safe_load((ROOT / "params.yaml").read_text())
    assert params["preset"].endswith("-fast")


def test_nothing_is_told_and_no_store_is_named():
    config = (ROOT / ".dvc" / "config").read_text()
    assert "analytics = false" in config and "check_update = false" in config and "remote" not in config
