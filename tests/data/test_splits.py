from __future__ import annotations

import hashlib
import random
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.data.splits import SPLIT_NAMES, divide, record_split, split_by_group
from core.errors import DataError
from core.types import Sample


def sample(image_id: str, label: str, group: str) -> Sample:
    return Sample(image_id=image_id, source="made", location="x.jpg", label=label, group=group)


def many(n: int, positives: int, per_group: int = 1) -> list[Sample]:
    return [sample(f"i{i:04d}", "mel" if i < positives else "nv", f"g{i // per_group}") for i in range(n)]


def test_single_groups_meet_every_quota_exactly():
    split = split_by_group(many(200, 40), seed=3)
    assert split.counts == {
        "train": {"mel": 28, "nv": 112},
        "val": {"mel": 6, "nv": 24},
        "test": {"mel": 6, "nv": 24},
    }
    assert split.prevalence(["mel"]) == {"train": 0.2, "val": 0.2, "test": 0.2}


def test_hash_is_of_the_sorted_assignment():
    split = record_split(
        [(sample("b", "nv", "2"), "test"), (sample("a", "mel", "1"), "train")], seed=0, method="by hand"
    )
    assert split.sha256 == hashlib.sha256(b"made/a\ttrain\nmade/b\ttest\n").hexdigest()
    assert list(split.assignment) == ["made/a", "made/b"]


def test_same_seed_same_split_in_any_order_and_another_seed_another():
    samples = many(100, 20, per_group=2)
    shuffled = random.Random(0).sample(samples, len(samples))
    first = split_by_group(samples, seed=1)
    assert split_by_group(shuffled, seed=1) == first
    assert split_by_group(samples, seed=2).sha256 != first.sha256


def test_the_split_of_a_seed_never_changes():
    """Hashes on shipped cards depend on the order: SHA-256 of ``seed/group``, and nothing else."""
    order = sorted("abcd", key=lambda g: hashlib.sha256(f"0/{g}".encode()).hexdigest())
    result = divide([sample(g, "nv", g) for g in "abcd"], {"train": 0.5, "val": 0.25, "test": 0.25}, seed=0)
    assert [result[g] for g in order] == ["train", "train", "val", "test"]


def test_mixed_group_goes_where_its_classes_are_needed():
    samples = [sample("a", "mel", "big"), sample("b", "mel", "big"), sample("c", "nv", "big")]
    samples += [sample(f"n{i}", "nv", f"n{i}") for i in range(7)]
    result = divide(samples, {"train": 0.8, "val": 0.2}, seed=0)
    assert result["big"] == "train"
    assert Counter(result[s.group] for s in samples) == {"train": 8, "val": 2}


def test_a_leak_and_a_repeated_key_are_refused():
    with pytest.raises(DataError, match="g: this group lies in train and in val"):
        record_split([(sample("a", "nv", "g"), "train"), (sample("b", "nv", "g"), "val")], seed=0, method="")
    with pytest.raises(DataError, match="two samples have this id"):
        record_split([(sample("a", "nv", "g"), "train"), (sample("a", "nv", "h"), "val")], seed=0, method="")
    with pytest.raises(DataError, match="no samples"):
        split_by_group([], seed=0)


@pytest.mark.parametrize("fractions", [(0.5, 0.2, 0.2), (1.2, -0.1, -0.1)])
def test_shares_must_sum_to_one(fractions):
    with pytest.raises(ValueError, match="sum to 1"):
        split_by_group(many(10, 2), fractions=fractions, seed=0)


def test_a_share_of_zero_gets_nothing():
    split = split_by_group(many(20, 4), fractions=(0.5, 0.5, 0.0), seed=0)
    assert split.counts["test"] == {} and "test" not in split.prevalence(["mel"])


@settings(max_examples=60, deadline=None)
@given(
    members=st.lists(st.tuples(st.integers(0, 30), st.sampled_from("abc")), min_size=1, max_size=120),
    seed=st.integers(0, 5),
)
def test_no_group_ever_crosses_and_nobody_is_lost(members, seed):
    samples = [sample(f"i{i}", label, f"g{group}") for i, (group, label) in enumerate(members)]
    split = split_by_group(samples, seed=seed)
    homes: dict[str, set[str]] = {}
    for s in samples:
        homes.setdefault(s.group, set()).add(split.assignment[f"made/{s.image_id}"])
    assert all(len(home) == 1 for home in homes.values())
    assert sum(sum(split.counts[name].values()) for name in SPLIT_NAMES) == len(samples)
