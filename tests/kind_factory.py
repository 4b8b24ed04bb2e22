"""The small pair with a check on the kind of picture, fitted to the blobs that it was made with."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core.bundle import Pair, save_pair
from core.card import FamiliarityEntry, FamiliarityRate, IntervalEntry
from core.familiarity.mahalanobis import fit_mahalanobis
from core.familiarity.record import FAMILIARITY_NAME, calibrate
from core.predict import open_predictor
from tests.pair_factory import sample_pixels


def foreign_pixels(size: int = 96) -> NDArray[np.uint8]:
    """(size, size, 3) uint8: green above, blue below."""
    picture = np.zeros((size, size, 3), np.uint8)
    picture[: size // 2, :, 1] = picture[size // 2 :, :, 2] = 255
    return picture


def add_check(pair: Pair, models: Path) -> Pair:
    """Save the pair again under ``models`` with the check."""
    predictor = open_predictor(pair, "student")
    features = predictor.compute_features(sample_pixels(seed) for seed in range(80))
    detector = fit_mahalanobis(features[:60], np.zeros(60, int), components=8)
    found = calibrate(detector, features[60:], refused=0)
    rate = IntervalEntry(value=0.5, low=0.4, high=0.6, level=0.95, n=20, method="Wilson")
    entry = FamiliarityEntry(
        file=FAMILIARITY_NAME,
        method=found.method,
        features=features.shape[1],
        threshold=found.threshold,
        fitted_on="blobs",
        chosen_on="blobs",
        candidates={},
        validation=rate.model_copy(update={"value": 0.0, "low": 0.0}),
        rates=(FamiliarityRate(kind="stripes", aim="refuse", chosen=False, refused=rate),),
    )
    files = {name: pair.read(name) for name in pair.card.files} | {FAMILIARITY_NAME: found.dump()}
    return save_pair(pair.card.model_copy(update={"familiarity": entry}), files, models)
