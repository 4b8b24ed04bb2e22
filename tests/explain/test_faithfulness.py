"""Deletion and insertion: a second implementation, hand-worked pictures, and what random orders promise."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from core.explain import faithfulness as module
from core.explain.absence import blur_away
from core.explain.faithfulness import (
    CELLS,
    GRID,
    RandomReference,
    fit_to_grid,
    measure_faithfulness,
    measure_reference,
    measure_references,
    order_blocks,
)

SIDE = 2 * GRID
RNG = np.random.default_rng(5)
PICTURE = RNG.random((1, 3, SIDE, SIDE)).astype(np.float32)
ABSENT = blur_away(torch.from_numpy(PICTURE)).numpy()
MAP = RNG.random((7, 7)).astype(np.float32)


def red_share(images: NDArray[np.float32]) -> NDArray[np.float64]:
    """A linear network: a weight for every pixel's red, rising over the picture."""
    weights = np.linspace(0, 1, SIDE * SIDE).reshape(SIDE, SIDE) ** 2
    return (images[:, 0] * weights).mean((1, 2), dtype=np.float64)


def true_map() -> NDArray[np.float32]:
    """What each block adds to :func:`red_share`: the order that no other can beat."""
    weights = np.linspace(0, 1, SIDE * SIDE).reshape(SIDE, SIDE) ** 2
    added = (PICTURE - ABSENT)[0, 0] * weights
    return added.reshape(GRID, 2, GRID, 2).sum((1, 3)).astype(np.float32)


def naive_curves(score, picture, absent, order, counts) -> tuple[list[float], list[float]]:
    """One picture after another, pixel by pixel, ends included: nothing of the module is used."""
    rows, columns = picture.shape[2:]
    side = round(len(order) ** 0.5)
    row_edges = [round(rows * k / side) for k in range(side + 1)]
    column_edges = [round(columns * k / side) for k in range(side + 1)]
    curves: tuple[list[float], list[float]] = ([], [])
    for count in counts:
        chosen = {int(block) for block in order[:count]}
        deleted, inserted = picture.copy(), absent.copy()
        for row, column in itertools.product(range(rows), range(columns)):
            down = sum(edge <= row for edge in row_edges) - 1
            across = sum(edge <= column for edge in column_edges) - 1
            if down * side + across in chosen:
                for channel in range(3):
                    deleted[0, channel, row, column] = absent[0, channel, row, column]
                    inserted[0, channel, row, column] = picture[0, channel, row, column]
        curves[0].append(float(score(deleted)[0]))
        curves[1].append(float(score(inserted)[0]))
    return curves


def naive_area(shares, probs) -> float:
    return sum(
        (after - before) * (high + low) / 2
        for before, after, high, low in zip(shares, shares[1:], probs, probs[1:], strict=False)
    )


@pytest.mark.parametrize("side", [SIDE, 45])
def test_curves_and_areas_are_those_of_a_second_implementation(side: int) -> None:
    picture = RNG.random((1, 3, side, side)).astype(np.float32)
    absent = blur_away(torch.from_numpy(picture)).numpy()

    def score(images: NDArray[np.float32]) -> NDArray[np.float64]:
        return np.tanh(images[:, 1, :, side // 3 :].mean((1, 2), dtype=np.float64)) ** 2

    reference = measure_reference(score, picture)
    found = measure_faithfulness(score, picture, MAP, reference)
    counts = [round(share * GRID * GRID) for share in found.shares]
    assert counts == [0, 4, 10, 20, 39, 69, 98, 127, 157, 176, 186, 192, 196]
    order = order_blocks(MAP, GRID, GRID)
    deletion, insertion = naive_curves(score, picture, absent, order, counts)
    assert found.deletion == pytest.approx(deletion, abs=1e-12)
    assert found.insertion == pytest.approx(insertion, abs=1e-12)
    assert found.deletion_auc == pytest.approx(naive_area(found.shares, deletion), abs=1e-12)
    assert found.insertion_auc == pytest.approx(naive_area(found.shares, insertion), abs=1e-12)
    assert (found.prob_whole, found.prob_absent) == (deletion[0], deletion[-1])


def test_random_curves_are_those_of_a_second_implementation_backwards_too() -> None:
    reference = measure_reference(red_share, PICTURE)
    counts = [round(share * GRID * GRID) for share in reference.shares]
    rng = np.random.default_rng(module._SEED)
    orders = [order_blocks(rng.random((side, side)).astype(np.float32), GRID, GRID) for side in CELLS]
    for index, order in enumerate([*orders, *(order[::-1] for order in orders)]):
        deletion, insertion = naive_curves(red_share, PICTURE, ABSENT, order, counts)
        assert reference.deletion[index] == pytest.approx(deletion, abs=1e-12)
        assert reference.insertion[index] == pytest.approx(insertion, abs=1e-12)


def test_one_block_that_decides_alone_gives_the_area_by_hand() -> None:
    values = np.zeros((GRID, GRID), np.float32)
    values[3, 9] = 1.0
    row, column = 2 * 3, 2 * 9

    def score(images: NDArray[np.float32]) -> NDArray[np.float64]:
        return (images[:, 0, row, column] == PICTURE[0, 0, row, column]).astype(np.float64)

    found = measure_faithfulness(score, PICTURE, values, measure_reference(score, PICTURE))
    assert list(found.deletion) == [1] + 12 * [0] and list(found.insertion) == [0] + 12 * [1]
    assert found.deletion_auc == pytest.approx(4 / 196 / 2)
    assert found.insertion_auc == pytest.approx(1 - 4 / 196 / 2)
    assert found.gap == pytest.approx(1 - 4 / 196)
    assert found.gap > found.random_gaps.max() and found.reach == 1


def test_in_a_linear_network_the_true_order_beats_all_and_its_opposite_loses_to_all() -> None:
    reference = measure_reference(red_share, PICTURE)
    true = measure_faithfulness(red_share, PICTURE, true_map(), reference)
    opposite = measure_faithfulness(red_share, PICTURE, -true_map(), reference)
    assert true.gap > true.random_gaps.max()
    assert true.deletion_auc < true.random_deletion_aucs.min()
    assert true.insertion_auc > true.random_insertion_aucs.max()
    assert opposite.gap < opposite.random_gaps.min()
    assert opposite.gap == pytest.approx(-true.gap, abs=1e-6)


def test_a_constant_answer_has_flat_curves_and_no_gap() -> None:
    def score(images: NDArray[np.float32]) -> NDArray[np.float64]:
        return np.full(len(images), 0.3)

    found = measure_faithfulness(score, PICTURE, MAP, measure_reference(score, PICTURE))
    assert found.reach == 0 and found.gap == 0 and not found.random_gaps.any()
    assert found.deletion_auc == pytest.approx(0.3)


def test_random_gaps_lie_evenly_on_both_sides_of_zero() -> None:
    reference = measure_reference(red_share, PICTURE)
    gaps = np.sort(reference.insertion_aucs - reference.deletion_aucs)
    assert len(gaps) == 2 * len(CELLS) and np.abs(gaps).min() > 0
    assert gaps == pytest.approx(-gaps[::-1], abs=1e-12)


def test_an_order_that_knows_nothing_beats_all_random_ones_about_as_often_as_the_text_says() -> None:
    reference = measure_reference(red_share, PICTURE)
    gaps = reference.insertion_aucs - reference.deletion_aucs
    rng = np.random.default_rng(0)
    drawn = [
        measure_faithfulness(red_share, PICTURE, rng.random((side, side), dtype=np.float32), reference).gap
        for side in CELLS * 30
    ]
    above, below = np.mean(np.array(drawn) > gaps.max()), np.mean(np.array(drawn) < gaps.min())
    assert 0.01 < above < 0.25 and 0.01 < below < 0.25


def test_every_class_has_the_reference_of_its_own_scorer() -> None:
    def both(images: NDArray[np.float32]) -> NDArray[np.float64]:
        return np.stack([red_share(images), 1 - red_share(images)], axis=1)

    red, other = measure_references(both, PICTURE)
    alone = measure_reference(red_share, PICTURE)
    assert np.array_equal(red.deletion, alone.deletion) and np.array_equal(red.insertion, alone.insertion)
    assert other.deletion == pytest.approx(1 - red.deletion)


def test_a_map_is_enlarged_bilinearly_and_made_smaller_by_its_mean() -> None:
    assert fit_to_grid(np.array([[0, 1]], np.float32), 1, 4) == pytest.approx(np.array([[0, 0.25, 0.75, 1]]))
    fine = np.arange(16, dtype=np.float32).reshape(4, 4)
    assert fit_to_grid(fine, 2, 2) == pytest.approx(np.array([[2.5, 4.5], [10.5, 12.5]]))
    assert fit_to_grid(fine[:1], 2, 2) == pytest.approx(np.array([[0.5, 2.5], [0.5, 2.5]]))


def test_blocks_marked_alike_follow_one_smooth_order_that_knows_no_side() -> None:
    flat = order_blocks(np.zeros((7, 7), np.float32), GRID, GRID)
    assert sorted(flat) == list(range(GRID * GRID))
    assert np.array_equal(flat, order_blocks(np.full((3, 3), 0.4, np.float32), GRID, GRID))
    halves = order_blocks(np.repeat([[1.0], [0.1]], 7, axis=0).astype(np.float32), 2, GRID)
    assert set(halves[:GRID]) == set(range(GRID))
    first = flat[: GRID * GRID // 2]
    assert 0.25 < np.mean(first // GRID < GRID // 2) < 0.75
    assert 0.25 < np.mean(first % GRID < GRID // 2) < 0.75


def test_progress_is_told_after_every_batch_and_can_end_it() -> None:
    told: list[float] = []
    reference = measure_reference(red_share, PICTURE, on_progress=told.append)
    assert told[-1] == 1 and told == sorted(told) and len(told) == -(-(2 + 110) // module.BATCH)

    def cancel(share: float) -> None:
        raise InterruptedError

    with pytest.raises(InterruptedError):
        measure_faithfulness(red_share, PICTURE, MAP, reference, on_progress=cancel)


def test_the_ends_are_not_asked_for_again_and_no_batch_is_larger_than_said() -> None:
    sizes: list[int] = []

    def score(images: NDArray[np.float32]) -> NDArray[np.float64]:
        sizes.append(len(images))
        return red_share(images)

    reference = measure_reference(score, PICTURE)
    assert sum(sizes) == 2 + len(CELLS) * 2 * 11
    sizes.clear()
    measure_faithfulness(score, PICTURE, MAP, reference)
    assert sum(sizes) == 22 and max(sizes) == module.BATCH


def test_neither_the_global_generators_nor_the_picture_are_touched() -> None:
    np.random.seed(3)
    torch.manual_seed(3)
    before = np.random.get_state()[1].copy(), torch.random.get_rng_state().clone(), PICTURE.copy()  # type: ignore[index]
    measure_faithfulness(red_share, PICTURE, MAP, measure_reference(red_share, PICTURE))
    assert np.array_equal(np.random.get_state()[1], before[0])  # type: ignore[index]
    assert torch.equal(torch.random.get_rng_state(), before[1]) and np.array_equal(PICTURE, before[2])


@pytest.mark.parametrize(
    ("values", "picture", "words"),
    [
        (np.full((7, 7), np.nan, np.float32), PICTURE, "finite"),
        (np.zeros((1, 7, 7), np.float32), PICTURE, "map"),
        (MAP, PICTURE[0], "one image"),
        (MAP, PICTURE[:, :, :5, :5], "shares differ"),
    ],
)
def test_requests_that_do_not_fit(values, picture, words: str) -> None:
    reference = measure_reference(red_share, PICTURE)
    with pytest.raises(ValueError, match=words):
        measure_faithfulness(red_share, picture, values, reference)


@pytest.mark.parametrize("answer", [np.nan, 1.2, -0.1])
def test_what_is_no_probability_is_refused(answer: float) -> None:
    with pytest.raises(ValueError, match="probability"):
        measure_reference(lambda images: np.full(len(images), answer), PICTURE)


def test_pictures_of_any_size_have_symmetric_shares() -> None:
    for height, width in ((224, 224), (64, 64), (5, 9), (3, 3), (31, 200)):
        picture = RNG.random((1, 3, height, width)).astype(np.float32)
        reference = measure_reference(lambda images: images.mean((1, 2, 3), dtype=np.float64), picture)
        assert isinstance(reference, RandomReference)
        assert reference.shares == pytest.approx(1 - reference.shares[::-1])
        assert reference.shares[0] == 0 and (np.diff(reference.shares) > 0).all()
