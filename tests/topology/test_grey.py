"""The greyscale grid: area averages by hand, exact under turns, and back to the frame."""

from __future__ import annotations

import numpy as np
import pytest

from core.topology.grey import compute_grey, grid_to_frame


def test_luma_of_pure_colours():
    frame = np.zeros((2, 2, 3), dtype=np.uint8)
    frame[0, 0, 0] = frame[0, 1, 1] = frame[1, 0, 2] = frame[1, 1] = 255
    assert compute_grey(frame, 2) == pytest.approx(np.array([[0.299, 0.587], [0.114, 1.0]]), abs=1e-15)
    frame[1, 1] = 255
    assert compute_grey(frame, 2)[1, 1] == 1.0


def test_pixels_are_shared_by_area():
    """Three columns over two cells: the middle one counts half in each."""
    frame = np.repeat(np.array([[[0], [100], [200]]], dtype=np.uint8), 3, axis=2)
    expected = np.array([(0 + 0.5 * 100) / 1.5, (0.5 * 100 + 200) / 1.5]) / 255
    assert compute_grey(frame, 2) == pytest.approx(np.tile(expected, (2, 1)), abs=1e-15)


def test_whole_blocks_are_means():
    frame = np.random.default_rng(0).integers(0, 256, (64, 96, 3), dtype=np.uint8)
    luma = frame @ np.array([0.299, 0.587, 0.114]) / 255
    means = luma.reshape(32, 2, 32, 3).mean(axis=(1, 3))
    assert compute_grey(frame) == pytest.approx(means, abs=1e-13)


@pytest.mark.parametrize("shape", [(1, 1), (31, 7), (45, 101), (33, 1000)])
def test_a_turned_or_mirrored_frame_gives_the_turned_or_mirrored_grid_exactly(shape: tuple[int, int]):
    frame = np.random.default_rng(3).integers(0, 256, (*shape, 3), dtype=np.uint8)
    grey = compute_grey(frame)
    for quarters in range(4):
        assert np.array_equal(compute_grey(np.rot90(frame, quarters)), np.rot90(grey, quarters))
    assert np.array_equal(compute_grey(frame[::-1]), grey[::-1])
    assert 0 <= grey.min() <= grey.max() <= 1


def test_what_is_no_frame_is_refused():
    with pytest.raises(TypeError, match="uint8"):
        compute_grey(np.zeros((4, 4, 3)))  # type: ignore[arg-type]
    for shape in ((4, 4), (4, 4, 4), (0, 4, 3)):
        with pytest.raises(ValueError, match="frame"):
            compute_grey(np.zeros(shape, dtype=np.uint8))
    with pytest.raises(ValueError, match="side"):
        compute_grey(np.zeros((4, 4, 3), dtype=np.uint8), 0)


def test_cells_map_to_the_pixels_that_they_average():
    box = grid_to_frame((31, 0), side=(32, 32), frame_shape=(64, 48, 3))
    assert (box.top, box.bottom, box.left, box.right) == (62, 64, 0, 1.5)
    assert box.centre == (63, 0.75)
    with pytest.raises(ValueError, match="grid"):
        grid_to_frame((-1, -1), side=(32, 32), frame_shape=(64, 48, 3))
