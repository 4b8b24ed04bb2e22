"""Fitting the check: training pictures fit it, validation pictures set it, halves are kept apart by group."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from core.bundle import Pair, load_pair
from core.errors import BundleError
from core.familiarity.record import FAMILIARITY_NAME
from core.predict import open_familiarity, open_predictor
from core.release.familiarity import fit_familiarity, measure_familiarity, refresh_familiarity
from core.release.kinds import in_choosing_half, list_kinds, split_samples
from core.release.strangers import ALTERATIONS, DRAWINGS, cut_parts, list_everyday
from tests.kind_factory import add_check
from tests.pair_factory import PAIR
from tests.small_world import TEST, TRAIN, VAL


def test_kinds_and_their_aims(complete_models: Path, small_data: Path):
    pair = load_pair(PAIR, complete_models)
    parts = split_samples(pair, small_data)
    assert {part: len(found) for part, found in parts.items()} == {"train": TRAIN, "val": VAL, "test": TEST}
    kinds = {kind.title: kind for kind in list_kinds(pair, small_data, test=parts["test"], images=5)}
    own = kinds["own test images (Dermoscopy)"]
    assert own.aim == "keep" and not own.chosen and len(list(own.load())) == len(own.groups) == TEST
    assert {title for title, kind in kinds.items() if kind.chosen} == {"everyday photographs"}
    assert all(kinds[f"own test images, {title}"].aim == "either" for title in ALTERATIONS)
    for title in DRAWINGS:
        kind = kinds[f"drawn: {title}"]
        first, again = next(kind.load()), next(kind.load())
        assert first.shape == (256, 256, 3) and first.dtype == np.uint8
        assert np.array_equal(first, again) and kind.aim == "refuse"


def test_parts_of_one_photograph_stay_in_one_half():
    files = list_everyday()
    assert {"astronaut", "china", "flower"} <= set(files) and "retina" not in files
    parts = cut_parts(files["china"])
    again = cut_parts(files["china"])
    assert len(parts) == 7 and all(np.array_equal(a, b) for a, b in zip(parts, again, strict=True))
    halves = {name: in_choosing_half(name) for name in files}
    assert 0.2 < np.mean(list(halves.values())) < 0.8


def test_without_a_check_it_says_how_to_fit_one(complete_models: Path, small_data: Path):
    with pytest.raises(BundleError, match="core familiarity melanoma --fit"):
        measure_familiarity(load_pair(PAIR, complete_models), small_data)


@pytest.mark.slow
def test_fitting_changes_the_check_and_nothing_else(complete_models, small_data, tmp_path):
    before = load_pair(PAIR, complete_models)
    copied = add_check(before, tmp_path)
    after = fit_familiarity(copied, small_data, images=20)
    entry, found = after.card.familiarity, open_familiarity(after)
    assert entry is not None and found is not None
    assert set(after.card.files) == {*before.card.files, FAMILIARITY_NAME}
    assert all(after.card.files[name] == digest for name, digest in before.card.files.items())
    assert after.card.model_copy(update={"familiarity": None, "files": {}}) == before.card.model_copy(
        update={"files": {}}
    )
    assert entry.validation.n == VAL and entry.rates[0].refused.n == TEST
    again = measure_familiarity(after, small_data, images=20)
    assert again == entry
    assert refresh_familiarity(after, again).card == after.card


@pytest.mark.slow
def test_test_images_choose_nothing(complete_models, small_data, tmp_path, monkeypatch):
    """Every test image blackened: another rate is reported, the measure and its limit stay."""
    pair: Pair = add_check(load_pair(PAIR, complete_models), tmp_path)
    first = fit_familiarity(pair, small_data, images=20)
    kinds = list_kinds

    def spoiled(*args, **options):
        own, *others = kinds(*args, **options)
        return [type(own)(own.title, own.aim, own.groups, lambda: (p * 0 for p in own.load())), *others]

    monkeypatch.setattr("core.release.familiarity.list_kinds", spoiled)
    second = fit_familiarity(first, small_data, images=20)
    assert second.card.files[FAMILIARITY_NAME] == first.card.files[FAMILIARITY_NAME]
    assert open_predictor(second, "student").entry == open_predictor(first, "student").entry
