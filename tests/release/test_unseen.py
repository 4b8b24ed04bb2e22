"""Which images a pair may be judged by: what it saw never, draws by label and group, sets in order."""

from __future__ import annotations

from collections import Counter

import pytest

from core.bundle import load_pair
from core.card import SourceEntry
from core.errors import ConfigError, DataError
from core.release.unseen import choose_unseen, draw_stratified, list_unseen_sets
from core.types import Sample
from tests.pair_factory import PAIR
from tests.small_world import DATASET, TRAIN, VAL


@pytest.fixture
def complete_pair(complete_models):
    return load_pair(PAIR, complete_models)


def many(labels: str) -> list[Sample]:
    return [Sample(f"i{place:03d}", "set", "", label, f"g{place}") for place, label in enumerate(labels)]


def test_what_was_trained_or_tuned_on_never_appears(complete_pair, small_data):
    chosen = choose_unseen(complete_pair, dataset=DATASET, root=small_data)
    numbers = sorted(int(sample.image_id[-2:]) for sample in chosen)
    assert numbers == list(range(TRAIN + VAL, 36))
    assert choose_unseen(complete_pair, dataset=DATASET, root=small_data, split="all") == chosen
    with pytest.raises(ConfigError, match="no such split"):
        choose_unseen(complete_pair, dataset=DATASET, root=small_data, split="train")
    with pytest.raises(DataError):
        choose_unseen(complete_pair, dataset="ph2", root=small_data)


def test_a_pair_of_classes_without_order_may_be_judged_too(complete_pair, small_data):
    assert complete_pair.modality.scale != "ordinal"
    assert choose_unseen(complete_pair, dataset=DATASET, root=small_data)


def test_sets_are_the_pairs_own_and_the_external_ones_largest_first(complete_pair):
    entry = SourceEntry(
        name="ph2", title="", used_for="external reporting", n=100, licence="", citation="none"
    )
    used = entry.model_copy(update={"name": "ham10000", "used_for": "training"})
    card = complete_pair.card.model_copy(update={"sources": (entry, used)})
    assert list_unseen_sets(type(complete_pair)(card, complete_pair.folder)) == ("ph2", DATASET)


@pytest.mark.parametrize("count", [5, 10, 20])
def test_labels_are_drawn_by_their_share(count):
    samples = many("a" * 60 + "b" * 30 + "c" * 10)
    drawn = Counter(sample.label for sample in draw_stratified(samples, count, seed=4))
    for label, share in {"a": 0.6, "b": 0.3, "c": 0.1}.items():
        assert abs(drawn[label] - share * count) < 1


def test_a_shorter_draw_opens_a_longer_one_and_seeds_differ():
    samples = many("ab" * 40)
    long = draw_stratified(samples, 30, seed=1)
    assert draw_stratified(samples, 12, seed=1) == long[:12]
    assert draw_stratified(samples[::-1], 30, seed=1) == long
    assert draw_stratified(samples, 30, seed=2) != long
    assert len({sample.image_id for sample in draw_stratified(samples, 500, seed=0)}) == 80


def test_one_image_of_a_lesion_at_most():
    samples = [Sample(f"i{n}", "set", "", "ab"[n % 2], f"lesion{n // 4}") for n in range(40)]
    drawn = draw_stratified(samples, 40, seed=0)
    assert len(drawn) == len({sample.group for sample in drawn}) == 10
