"""A small but real fundus pair: cropped, CBAM and a topological branch in its student, random weights.

``python tests/fundus_pair.py FOLDER`` builds it for ``TWINLENS_MODELS=FOLDER streamlit run app.py``.
"""

from __future__ import annotations

import io
import sys
from pathlib import Path

import numpy as np
import skimage.data
from numpy.typing import NDArray

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from core.bundle import PREDICTIONS_NAME, save_pair  # noqa: E402
from core.card import SCHEMA_VERSION, Card, SourceEntry, SplitEntry  # noqa: E402
from core.modalities.base import MODALITIES, Preprocessing  # noqa: E402
from core.predict import open_predictor  # noqa: E402
from core.release.scoring import join_tables, tabulate  # noqa: E402
from core.topology.spec import fit_topology_spec  # noqa: E402
from core.types import Sample  # noqa: E402
from tests.pair_factory import SIZE, build_entry  # noqa: E402

FUNDUS_PAIR = "fundus"
ATTENTIVE = {
    "backbone": {"architecture": "mobilenetv3_small_100", "arguments": {}},
    "attention": "cbam",
    "gate_start": None,
    "topology_inputs": 1024,
}
HELD_OUT = 60
"""Held-out cases of each split; their targets are the student's own answers with every third one moved."""


def fundus_pixels(seed: int, size: int = 160) -> NDArray[np.uint8]:
    """(size, size * 4 // 3, 3) uint8: part of a real retina, turned, with spots, on a dark surround."""
    rng = np.random.default_rng(seed)
    retina = np.rot90(skimage.data.retina(), int(rng.integers(4)))[::8, ::8]
    side = retina.shape[0]
    spots = retina.astype(np.float32) * rng.uniform(0.7, 1.1)
    rows, columns = np.mgrid[:side, :side]
    for _ in range(int(rng.integers(0, 12))):
        centre = rng.uniform(0.3, 0.7, 2) * side
        spots -= 90 * np.exp(-((rows - centre[0]) ** 2 + (columns - centre[1]) ** 2) / 8)[..., None]
    picture = np.zeros((size, size * 4 // 3, 3), np.uint8)
    top, left = (size - min(side, size)) // 2, (picture.shape[1] - min(side, size)) // 2
    cut = np.clip(spots, 0, 255).astype(np.uint8)[:size, :size]
    picture[top : top + cut.shape[0], left : left + cut.shape[1]] = cut
    return picture


def build_fundus_models(folder: Path) -> Path:
    """Save the pair under ``folder`` unless it is there already; returns ``folder``."""
    if (folder / FUNDUS_PAIR / "card.json").is_file():
        return folder
    folder.mkdir(parents=True, exist_ok=True)
    modality = MODALITIES.get("fundus")
    preprocessing = Preprocessing(height=SIZE, width=SIZE, crop="field_of_view")
    pictures = [fundus_pixels(seed) for seed in range(32)]
    spec = fit_topology_spec(preprocessing.frame(picture) for picture in pictures)
    options = {"num_classes": 5, "preprocessing": preprocessing, "pictures": pictures}
    thresholds = {"sensitivity_90": 0.55, "sensitivity_95": 0.45, "youden": 0.6}
    teacher, files = build_entry(
        "teacher", "resnet18", {}, title="ResNet-18", thresholds=thresholds, **options
    )
    student, more = build_entry(
        "student",
        "attentive",
        ATTENTIVE,
        title="MobileNetV3-Small with CBAM and topology",
        thresholds=thresholds,
        topology=spec,
        **options,
    )
    card = Card(
        schema_version=SCHEMA_VERSION,
        pair=FUNDUS_PAIR,
        title="Test pair, fundus",
        summary="Random weights, for tests only.",
        modality="fundus",
        classes=modality.classes,
        positives=modality.positives,
        operating_point="sensitivity_90",
        networks={"teacher": teacher, "student": student},
        split=SplitEntry(method="none", seed=0, counts={}, sha256="0" * 64),
        sources=(
            SourceEntry(
                name="none", title="No images", used_for="nothing", n=0, licence="none", citation="none"
            ),
        ),
        reports={},
        intended_use="Tests of this application.",
        limits=("The weights are random: every result is meaningless.",),
        versions={},
        files={},
    )
    pair = save_pair(card, {**files, **more}, folder)
    tables = []
    for split, first in (("val", 0), ("test", HELD_OUT)):
        held = [fundus_pixels(first + number) for number in range(HELD_OUT)]
        answers = {role: open_predictor(pair, role).compute_probs(held) for role in ("teacher", "student")}
        grades = answers["student"].argmax(axis=1)
        grades[::3] = (grades[::3] + 1) % 5
        samples = [
            Sample(f"eye{first + n:03d}", "aptos2019", "", modality.classes[grade], f"eye{first + n:03d}")
            for n, grade in enumerate(grades)
        ]
        tables += [
            tabulate(
                samples, probs, role=role, split=split, classes=modality.classes, positives=modality.positives
            )
            for role, probs in answers.items()
        ]
    buffer = io.BytesIO()
    join_tables(tables).to_parquet(buffer, index=False)
    save_pair(card, {**files, **more, PREDICTIONS_NAME: buffer.getvalue()}, folder)
    return folder


if __name__ == "__main__":
    build_fundus_models(Path(sys.argv[1]))
