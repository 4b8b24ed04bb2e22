"""A small but real pair for chest CT: random weights, exported, gated and saved as a shipped one is.

``python tests/ct_pair.py FOLDER`` builds it for ``TWINLENS_MODELS=FOLDER streamlit run app.py``.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from core.bundle import save_pair  # noqa: E402
from core.card import SCHEMA_VERSION, Card, SourceEntry, SplitEntry  # noqa: E402
from core.intake.synthetic_ct import draw_sample  # noqa: E402
from core.modalities.base import MODALITIES, Preprocessing  # noqa: E402
from core.types import Window  # noqa: E402
from tests.pair_factory import ARCHITECTURES, SIZE, build_entry  # noqa: E402

CT_PAIR = "lung"
THRESHOLDS = {"sensitivity_90": 0.33, "sensitivity_95": 0.2, "youden": 0.4}


def ct_pictures(count: int = 32) -> list[NDArray[np.uint8]]:
    """(128, 128, 3) uint8 each: the drawn slice, shifted and seen through slightly other windows."""
    hounsfield = draw_sample("nodule").hounsfield
    if hounsfield is None:
        raise TypeError("a drawn slice has Hounsfield units")
    rng = np.random.default_rng(0)
    pictures = []
    for _ in range(count):
        moved = np.roll(hounsfield[::4, ::4], rng.integers(-24, 24, 2), (0, 1))
        pictures.append(Window("any", "Any", rng.uniform(-800, 0), rng.uniform(600, 1900)).apply(moved))
    return pictures


def build_ct_models(folder: Path) -> Path:
    """Save the pair under ``folder`` unless it is there already; returns ``folder``."""
    if (folder / CT_PAIR / "card.json").is_file():
        return folder
    folder.mkdir(parents=True, exist_ok=True)
    modality = MODALITIES.get("ct")
    networks, files = {}, {}
    for role in ("teacher", "student"):
        architecture, title, arguments = ARCHITECTURES[role]
        networks[role], contents = build_entry(
            role,
            architecture,
            arguments,
            title=title,
            num_classes=len(modality.classes),
            preprocessing=Preprocessing(height=SIZE, width=SIZE),
            pictures=ct_pictures(),
            thresholds=THRESHOLDS,
        )
        files |= contents
    card = Card(
        schema_version=SCHEMA_VERSION,
        pair=CT_PAIR,
        title="Test pair, lung CT",
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
    save_pair(card, files, folder)
    return folder


if __name__ == "__main__":
    build_ct_models(Path(sys.argv[1]))
