from __future__ import annotations

import numpy as np
import pytest
import torch

from core.data.batches import EpochBatches, OrderedBatches, generator_for, load_images, load_targets
from core.modalities.base import Preprocessing
from core.types import Sample


def sample(name: str, label: str = "mel") -> Sample:
    return Sample(name, "made", name, label, name)


def batches(count: int = 10, size: int = 4, seed: int = 0, epoch: int = 0) -> list[list[int]]:
    return [rows.tolist() for _, rows in EpochBatches(count, size, seed, lambda: epoch)]


def test_an_epoch_visits_each_row_at_most_once_and_leaves_out_the_incomplete_batch():
    found = batches()
    rows = [row for batch in found for row in batch]
    assert [len(batch) for batch in found] == [4, 4]
    assert len(set(rows)) == 8
    assert set(rows) <= set(range(10))


def test_order_depends_on_seed_and_epoch_alone():
    torch.manual_seed(1)
    first = batches(epoch=3)
    torch.manual_seed(2)
    assert batches(epoch=3) == first
    assert batches(epoch=4) != first
    assert batches(epoch=3, seed=1) != first


def test_epoch_is_asked_at_each_iteration():
    epoch = 0
    loader = EpochBatches(10, 4, 0, lambda: epoch)
    first = [rows.tolist() for _, rows in loader]
    epoch = 1
    assert [rows.tolist() for _, rows in loader] == batches(epoch=1) != first


def test_few_rows_are_one_batch():
    assert [sorted(batch) for batch in batches(count=3, size=8)] == [[0, 1, 2]]
    assert len(EpochBatches(3, 8, 0, lambda: 0)) == 1


def test_ordered_batches_leave_nothing_out():
    loader = OrderedBatches(5, 2)
    assert [(number, rows.tolist()) for number, rows in loader] == [(0, [0, 1]), (1, [2, 3]), (2, [4])]
    assert len(loader) == 3


def test_generator_key_is_stable_across_machines():
    # SHA-256 of "7/order/2": first eight bytes, halved. Guards runs that are resumed on another machine.
    import hashlib

    expected = int(hashlib.sha256(b"7/order/2").hexdigest()[:16], 16) // 2
    assert generator_for(7, "order", 2).initial_seed() == expected


def test_images_are_those_of_serving():
    pixels = {
        name: np.random.default_rng(seed).integers(0, 256, (20, 30, 3), dtype=np.uint8)
        for seed, name in enumerate("ab")
    }
    preprocessing = Preprocessing(height=32, width=48)
    told = []
    images = load_images(
        [sample("a"), sample("b")],
        preprocessing,
        load=lambda s: pixels[s.location],
        on_image=lambda done, total: told.append((done, total)),
    )
    assert told == [(1, 2), (2, 2)]
    assert images.dtype == torch.uint8
    for row, name in enumerate("ab"):
        served = preprocessing.apply(pixels[name])
        np.testing.assert_array_equal(
            images[row : row + 1].numpy().astype(np.float32) / np.float32(255), served
        )


def test_targets_follow_the_order_of_classes():
    targets = load_targets([sample("a", "nv"), sample("b", "mel")], ("mel", "nv"))
    assert targets.tolist() == [1, 0]
    with pytest.raises(ValueError, match="'xyz' of c"):
        load_targets([sample("c", "xyz")], ("mel", "nv"))


@pytest.mark.parametrize(("count", "size"), [(0, 4), (4, 0)])
def test_refuses_nothing_to_do(count, size):
    with pytest.raises(ValueError, match="must be positive"):
        EpochBatches(count, size, 0, lambda: 0)


def test_weighted_rows_are_drawn_with_replacement_in_proportion_and_from_seed_and_epoch_alone():
    weights = torch.tensor([0.0, 1.0, 3.0], dtype=torch.float64).repeat_interleave(1000)

    def draw(seed: int, epoch: int) -> list[int]:
        drawn = EpochBatches(3000, 100, seed, lambda: epoch, weights=weights)
        return [row for _, rows in drawn for row in rows.tolist()]

    first = draw(0, 0)
    assert len(first) == 3000
    assert len(set(first)) < 2000
    assert min(first) >= 1000
    assert sum(row >= 2000 for row in first) / 3000 == pytest.approx(0.75, abs=0.03)
    assert first == draw(0, 0)
    assert first != draw(0, 1)
    assert first != draw(1, 0)


def test_weights_of_another_length_are_refused():
    with pytest.raises(ValueError, match="weights"):
        EpochBatches(3, 2, 0, lambda: 0, weights=torch.ones(2))
