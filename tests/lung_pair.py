"""A small but real lung pair with a second student, bigger and slower than its teacher; random weights.

``python tests/lung_pair.py FOLDER`` builds it for ``TWINLENS_MODELS=FOLDER streamlit run app.py``.
"""

from __future__ import annotations

import io
import sys
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import softmax

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from core.bundle import PREDICTIONS_NAME, save_pair  # noqa: E402
from core.card import SCHEMA_VERSION, Card, SourceEntry, SplitEntry  # noqa: E402
from core.modalities.base import MODALITIES, Preprocessing  # noqa: E402
from core.release.refresh import refresh_reports  # noqa: E402
from tests.pair_factory import SIZE, build_entry, sample_pixels  # noqa: E402

LUNG_PAIR = "lung"
LUNG_DATASET = "iq_othnccd"
NETWORKS = {
    "teacher": ("tf_efficientnet_lite0", "EfficientNet-Lite0", 1.7),
    "student": ("mobilenetv3_small_100", "MobileNetV3-Small", 1.6),
    "second_student": ("resnet18", "ResNet-18", 1.6),
}
"""Role to architecture, title, and how well its made-up predictions tell the classes apart."""

SKILLS = {role: skill for role, (_, _, skill) in NETWORKS.items()} | {"control": 1.2}
VAL, TEST = 60, 180
"""Held-out cases of each split, two to a group."""


def slice_pixels(seed: int) -> NDArray[np.uint8]:
    """(96, 96, 3) uint8 without colour."""
    return np.repeat(sample_pixels(seed).mean(axis=2, keepdims=True).astype(np.uint8), 3, axis=2)


def make_predictions(classes: tuple[str, ...], positives: tuple[str, ...]) -> pd.DataFrame:
    """Made-up probabilities of all four roles; what is hard for one is hard for the others too."""
    rng = np.random.default_rng(0)
    n = VAL + TEST
    target = np.arange(n) // 2 % len(classes)
    shared = rng.normal(size=(n, len(classes)))
    tables = []
    for role, skill in SKILLS.items():
        logits = shared + 0.4 * rng.normal(size=shared.shape)
        logits[np.arange(n), target] += skill
        probs = softmax(logits, axis=1)
        tables.append(
            pd.DataFrame(
                {
                    "dataset": LUNG_DATASET,
                    "split": np.where(np.arange(n) < VAL, "val", "test"),
                    "image_id": [f"slice_{number:03d}" for number in range(n)],
                    "group": [f"group_{number // 2:03d}" for number in range(n)],
                    "target": np.array(classes)[target],
                    "role": role,
                    **{f"prob_{code}": probs[:, place] for place, code in enumerate(classes)},
                    "positive_prob": probs[:, np.isin(classes, positives)].sum(axis=1),
                }
            )
        )
    return pd.concat(tables, ignore_index=True)


def build_lung_models(folder: Path) -> Path:
    """Save the pair under ``folder`` unless it is there already; returns ``folder``."""
    if (folder / LUNG_PAIR / "card.json").is_file():
        return folder
    folder.mkdir(parents=True, exist_ok=True)
    modality = MODALITIES.get("ct")
    networks, files = {}, {}
    for role, (architecture, title, _) in NETWORKS.items():
        networks[role], contents = build_entry(
            role,
            architecture,
            {},
            title=title,
            num_classes=len(modality.classes),
            preprocessing=Preprocessing(height=SIZE, width=SIZE),
            pictures=[slice_pixels(seed) for seed in range(32)],
            thresholds={"sensitivity_90": 0.3, "sensitivity_95": 0.2, "youden": 0.35},
        )
        files |= contents
    networks["control"] = networks["student"].model_copy(update={"weights": None, "onnx": None})
    buffer = io.BytesIO()
    make_predictions(modality.classes, modality.positives).to_parquet(buffer, index=False)
    card = Card(
        schema_version=SCHEMA_VERSION,
        pair=LUNG_PAIR,
        title="Test pair, lung",
        summary="Random weights, for tests only.",
        modality="ct",
        classes=modality.classes,
        positives=modality.positives,
        operating_point="sensitivity_90",
        networks=networks,
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
    refresh_reports(save_pair(card, {**files, PREDICTIONS_NAME: buffer.getvalue()}, folder))
    return folder


if __name__ == "__main__":
    build_lung_models(Path(sys.argv[1]))
