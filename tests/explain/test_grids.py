"""Maps on other grids, and what they mark."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.explain.grids import FINEST, average_onto, enlarge_map, take_fifth
from core.explain.overlay import resize_heatmap

SIDES = st.integers(1, 30)


def draw(seed: int, shape: tuple[int, int]) -> np.ndarray:
    return np.random.default_rng(seed).random(shape).astype(np.float32)


def average_slowly(values: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """Every cell cut into as many as the wanted grid has, then means of whole blocks."""
    fine = np.repeat(np.repeat(values.astype(np.float64), shape[0], axis=0), shape[1], axis=1)
    blocks = fine.reshape(shape[0], values.shape[0], shape[1], values.shape[1])
    return blocks.mean(axis=(1, 3))


@given(st.integers(0, 99), st.tuples(SIDES, SIDES), st.data())
@settings(max_examples=60, deadline=None)
def test_averaging_keeps_the_mean_and_is_that_of_areas(
    seed: int, shape: tuple[int, int], data: st.DataObject
) -> None:
    wanted = data.draw(st.integers(1, shape[0])), data.draw(st.integers(1, shape[1]))
    values = draw(seed, shape)
    found = average_onto(values, wanted)
    assert np.allclose(found, average_slowly(values, wanted)) and found.mean() == pytest.approx(values.mean())
    assert np.array_equal(average_onto(values, shape), values)


def test_a_grid_that_is_finer_is_refused() -> None:
    for shape in ((8, 7), (7, 0)):
        with pytest.raises(ValueError, match="shape must have"):
            average_onto(np.eye(7), shape)


def test_only_a_map_of_pixels_is_averaged_before_it_is_enlarged() -> None:
    coarse, fine = draw(0, (7, 9)), draw(1, (224, 224))
    assert np.allclose(enlarge_map(coarse, (60, 80)), resize_heatmap(coarse, (60, 80)))
    averaged = average_onto(fine, (FINEST, FINEST)).astype(np.float32)
    assert np.array_equal(enlarge_map(fine, (112, 112)), resize_heatmap(averaged, (112, 112)))
    assert enlarge_map(fine, (112, 112)).std() < 0.3 * fine.std()


def test_a_fifth_is_shared_by_the_cells_tied_at_its_limit() -> None:
    """49 cells: a fifth is 9.8. Five stand out, eight are tied behind them and share 4.8."""
    values = np.zeros(49)
    values[:5], values[5:13] = 3, 2
    fifth = take_fifth(values)
    assert (
        fifth[:5].tolist() == [1.0] * 5 and fifth[5:13] == pytest.approx([0.6] * 8) and not fifth[13:].any()
    )


def test_where_less_than_a_fifth_has_a_tenth_of_the_peak_it_is_that() -> None:
    """Of ten cells a fifth is two, but only one is there; with 0.1 behind it the others share a cell."""
    few = np.full(10, 0.09)
    few[3] = 1
    assert take_fifth(few).tolist() == [0.0] * 3 + [1.0] + [0.0] * 6
    few[few < 1] = 0.11
    assert take_fifth(few)[3] == 1 and np.delete(take_fifth(few), 3) == pytest.approx([1 / 9] * 9)


@given(st.integers(0, 99), st.tuples(SIDES, SIDES), st.booleans())
@settings(max_examples=80, deadline=None)
def test_a_fifth_is_a_fifth_and_turns_with_the_map(seed: int, shape: tuple[int, int], ties: bool) -> None:
    values = draw(seed, shape) + 0.5
    values = np.round(values, 1) if ties else values
    fifth = take_fifth(values)
    if np.ptp(values) == 0:
        assert np.isnan(fifth).all()
        return
    assert fifth.sum() == pytest.approx(values.size / 5) and fifth.min() >= 0 and fifth.max() <= 1
    assert np.array_equal(take_fifth(values[::-1, ::-1]), fifth[::-1, ::-1])
    assert values[fifth == 1].min(initial=9) >= values[fifth < 1].max()


@pytest.mark.parametrize("values", [np.zeros((7, 7)), np.ones((7, 7)), np.full((1, 1), 0.3)])
def test_a_map_that_is_the_same_everywhere_marks_nothing(values: np.ndarray) -> None:
    assert np.isnan(take_fifth(values)).all()
