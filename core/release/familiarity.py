"""Fitting a pair's check on familiarity, and measuring what it refuses.

The measure is fitted on training pictures, its threshold on validation pictures. Which of the two measures a
pair gets is decided on one half of the pictures of two other kinds; every rate reported is of the other
half, or of kinds that had no part in it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core.bundle import Pair
from core.card import FamiliarityEntry, FamiliarityRate, IntervalEntry
from core.data.base import load_pixels
from core.errors import BundleError, DataError
from core.evaluation.intervals import proportion_interval
from core.familiarity.mahalanobis import fit_mahalanobis
from core.familiarity.neighbours import fit_neighbours
from core.familiarity.record import FAMILIARITY_NAME, Familiarity, calibrate
from core.predict import Predictor, open_familiarity, open_predictor
from core.release.kinds import Kind, in_choosing_half, list_kinds, split_samples
from core.release.refresh import rewrite_pair
from core.types import FamiliarityMethod, Interval, Sample

REFUSED = 0.01
"""Share of the validation pictures that may be refused."""
FITTED = 1500
"""Training pictures at most."""

Features = NDArray[np.float32]
OnStep = Callable[[str], None]


def fit_familiarity(
    pair: Pair, root: Path, *, images: int = 150, seed: int = 0, on_step: OnStep = lambda step: None
) -> Pair:
    """Fit the check to the student's features, measure it, and write both into the pair.

    Args:
        pair: as loaded; its card and one file are replaced.
        root: folder of the data sets.
        images: pictures of every other data set at most.
        seed: of every draw.
        on_step: told what is being done.

    Raises:
        DataError: a data set that the pair was trained on is missing, or no pictures for fitting are there.
        BundleError: the pair is damaged, or cannot be written.
    """
    parts = split_samples(pair, root)
    if len(parts["train"]) < 2 or not parts["val"]:
        raise DataError(
            pair.card.pair, "no training or no validation pictures were found", "Name the data sets' folder"
        )
    predictor = open_predictor(pair, "student")
    train = _draw(parts["train"], FITTED, seed)
    on_step(f"features of {len(train)} training and {len(parts['val'])} validation pictures")
    features, validation = (_of_samples(predictor, samples) for samples in (train, parts["val"]))
    target = np.array([pair.card.classes.index(sample.label) for sample in train])
    found: dict[FamiliarityMethod, Familiarity] = {
        "mahalanobis": calibrate(fit_mahalanobis(features, target), validation, refused=REFUSED),
        "neighbours": calibrate(fit_neighbours(features, seed=seed), validation, refused=REFUSED),
    }
    kinds = list_kinds(pair, root, test=parts["test"], images=images, seed=seed)
    seen = _features_of(predictor, kinds, on_step)
    candidates = {method: _score(familiarity, kinds, seen) for method, familiarity in found.items()}
    best = max(found, key=lambda method: candidates[method].value)
    chosen = ", ".join(kind.title for kind in kinds if kind.chosen)
    groups = [sample.group for sample in parts["val"]]
    refused = proportion_interval(found[best].refuses(validation), np.ones(len(groups), bool), groups)
    entry = FamiliarityEntry(
        file=FAMILIARITY_NAME,
        method=best,
        features=features.shape[1],
        threshold=found[best].threshold,
        fitted_on=f"student's features of {len(train)} training images",
        chosen_on=f"threshold: validation split, n = {len(groups)}; method: half of {chosen}",
        candidates={method: IntervalEntry.of(interval) for method, interval in candidates.items()},
        validation=IntervalEntry.of(refused),
        rates=_rate(found[best], kinds, seen),
    )
    card = pair.card.model_copy(update={"familiarity": entry})
    return rewrite_pair(pair, card, {FAMILIARITY_NAME: found[best].dump()})


def measure_familiarity(
    pair: Pair, root: Path, *, images: int = 150, seed: int = 0, on_step: OnStep = lambda step: None
) -> FamiliarityEntry:
    """The card's entry with its rates measured anew; the threshold stays what it is.

    Raises:
        BundleError: the pair has no such check.
        DataError: a data set that the pair was trained on is missing.
    """
    entry, familiarity = pair.card.familiarity, open_familiarity(pair)
    if entry is None or familiarity is None:
        raise BundleError(
            pair.card.pair,
            "it has no check on familiarity",
            f"Fit one: python -m core familiarity {pair.card.pair} --fit",
        )
    predictor = open_predictor(pair, "student")
    kinds = list_kinds(pair, root, test=split_samples(pair, root)["test"], images=images, seed=seed)
    seen = _features_of(predictor, kinds, on_step)
    return entry.model_copy(update={"rates": _rate(familiarity, kinds, seen)})


def refresh_familiarity(pair: Pair, entry: FamiliarityEntry) -> Pair:
    """Write the card again with an entry that :func:`measure_familiarity` gave."""
    return rewrite_pair(pair, pair.card.model_copy(update={"familiarity": entry}), {})


def _of_samples(predictor: Predictor, samples: Sequence[Sample]) -> Features:
    return predictor.compute_features(map(load_pixels, samples))


def _draw(samples: Sequence[Sample], count: int, seed: int) -> list[Sample]:
    order = np.random.default_rng(seed).permutation(len(samples))[:count]
    return [samples[place] for place in np.sort(order)]


def _features_of(predictor: Predictor, kinds: Sequence[Kind], on_step: OnStep) -> dict[str, Features]:
    found = {}
    for kind in kinds:
        on_step(f"{kind.title}: {len(kind.groups)} pictures")
        found[kind.title] = predictor.compute_features(kind.load())
    return found


def _score(familiarity: Familiarity, kinds: Sequence[Kind], seen: Mapping[str, Features]) -> Interval:
    """Share refused of the pictures kept for choosing."""
    chosen = [kind for kind in kinds if kind.chosen]
    halves = [np.array([in_choosing_half(group) for group in kind.groups]) for kind in chosen]
    refused = np.concatenate(
        [familiarity.refuses(seen[kind.title])[half] for kind, half in zip(chosen, halves, strict=True)]
    )
    groups = [
        f"{kind.title}/{group}"
        for kind, half in zip(chosen, halves, strict=True)
        for group, inside in zip(kind.groups, half, strict=True)
        if inside
    ]
    return proportion_interval(refused, np.ones(len(refused), bool), groups)


def _rate(
    familiarity: Familiarity, kinds: Sequence[Kind], seen: Mapping[str, Features]
) -> tuple[FamiliarityRate, ...]:
    rates = []
    for kind in kinds:
        groups = np.array(kind.groups)
        reported = np.array([not (kind.chosen and in_choosing_half(group)) for group in kind.groups], bool)
        interval = proportion_interval(familiarity.refuses(seen[kind.title]), reported, groups)
        rates.append(
            FamiliarityRate(
                kind=kind.title, aim=kind.aim, chosen=kind.chosen, refused=IntervalEntry.of(interval)
            )
        )
    return tuple(rates)
