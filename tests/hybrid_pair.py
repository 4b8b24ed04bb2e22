"""The small pair with a transformer for a teacher: its student has no attention to follow."""

from __future__ import annotations

from pathlib import Path

from core.bundle import Pair, save_pair
from tests.pair_factory import OPERATING_POINTS, SIZE, build_entry, sample_pixels

HYBRID = {"width": 32, "depth": 2, "heads": 2, "grid": 4, "layer_scale": 1.0}


def build_hybrid_pair(pair: Pair, folder: Path) -> Pair:
    """Save ``pair`` under ``folder`` with a hybrid of convolutions and attention, of random weights."""
    student = pair.network("student")
    teacher, files = build_entry(
        "teacher",
        "hybrid_vit",
        HYBRID,
        title="Small hybrid",
        num_classes=len(pair.card.classes),
        preprocessing=student.preprocessing.model_copy(update={"height": SIZE, "width": SIZE}),
        pictures=[sample_pixels(seed) for seed in range(8)],
        thresholds=OPERATING_POINTS["teacher"],
    )
    files |= {name: pair.read(name) for name in (student.weights, student.onnx) if name}
    card = pair.card.model_copy(update={"networks": {"teacher": teacher, "student": student}})
    return save_pair(card, files, folder)
