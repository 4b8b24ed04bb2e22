"""The small pair turned into one for fundus photographs: made-up grades, for what only grades have."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.special import softmax

from core.bundle import PREDICTIONS_NAME, Pair, load_pair, save_pair
from core.modalities.base import MODALITIES
from tests.pair_factory import PAIR

DATASET = "aptos2019"
NAME = "fundus"
VAL, TEST = 150, 400
SHARES = (0.5, 0.1, 0.27, 0.05, 0.08)
NOISE = {"teacher": 0.7, "student": 0.9, "control": 1.2}


def build_graded_models(complete_models: Path, folder: Path) -> Pair:
    """Save under ``folder`` a pair with the networks of the small pair and made-up predictions.

    Grades are read off a latent severity with noise, so that neighbouring grades are confused most.
    """
    base, modality = load_pair(PAIR, complete_models), MODALITIES.get(NAME)
    rng = np.random.default_rng(0)
    n = VAL + TEST
    grade = rng.choice(5, n, p=SHARES)
    tables = []
    for role, noise in NOISE.items():
        seen = grade + rng.normal(0, noise, n)
        probs = softmax(-1.5 * (seen[:, None] - np.arange(5)) ** 2, axis=1)
        columns = {f"prob_{code}": probs[:, place] for place, code in enumerate(modality.classes)}
        tables.append(
            pd.DataFrame(
                {
                    "dataset": DATASET,
                    "split": np.where(np.arange(n) < VAL, "val", "test"),
                    "image_id": [f"eye_{number}" for number in range(n)],
                    "group": [f"group_{number // 2}" for number in range(n)],
                    "target": np.array(modality.classes)[grade],
                    "role": role,
                    **columns,
                    "positive_prob": probs[:, 2:].sum(axis=1),
                }
            )
        )
    buffer = io.BytesIO()
    pd.concat(tables, ignore_index=True).to_parquet(buffer, index=False)
    card = base.card.model_copy(
        update={
            "pair": NAME,
            "title": "Grades, for tests",
            "modality": NAME,
            "classes": modality.classes,
            "positives": modality.positives,
            "reports": {},
        }
    )
    files = {name: base.read(name) for name in base.card.files} | {PREDICTIONS_NAME: buffer.getvalue()}
    return save_pair(card, files, folder)
