from __future__ import annotations

import math

import numpy as np
import pytest

from core.metrics.flip_rate import TURNS, answer_turns, find_flips, flip_rate


def test_hand_worked_share():
    answers = np.zeros((4, 5, 3))
    answers[:, :, 0] = 1
    answers[2, 1] = [0, 1, 0]  # changes under 180 degrees
    answers[1, 3] = [0, 0, 1]  # under 90
    answers[3, 3] = [0, 1, 0]  # and under 270: still one case
    answers[1, 4] = [0.6, 0.4, 0]  # less sure, same class
    assert find_flips(answers).tolist() == [False, True, False, True, False]
    assert flip_rate(answers) == pytest.approx(0.4)


def test_same_change_in_all_views_is_none():
    answers = np.tile(np.eye(3)[None], (4, 1, 1))
    assert flip_rate(answers) == 0


def test_no_cases_have_no_rate():
    assert math.isnan(flip_rate(np.zeros((4, 0, 3))))


def test_answers_are_to_exact_turns_of_the_right_images():
    images = np.random.default_rng(0).integers(0, 256, (5, 3, 4, 4), dtype=np.uint8)
    seen = []

    def answer(pixels, rows):
        seen.append(rows)
        return pixels[:, :, 0, 0]

    found = answer_turns(answer, images, batch_size=2)
    corners = {
        0: (0, 0),
        90: (0, 3),
        180: (3, 3),
        270: (3, 0),
    }  # what anticlockwise turns bring to the top left
    for place, degrees in enumerate(TURNS):
        row, column = corners[degrees]
        np.testing.assert_allclose(found[place], images[:, :, row, column] / 255, rtol=1e-6)
    assert np.concatenate(seen).tolist() == [*range(5)] * 4


@pytest.mark.parametrize("shape", [(2, 3, 4, 5), (0, 3, 4, 4), (3, 4, 4)])
def test_odd_images_are_refused(shape):
    with pytest.raises(ValueError, match="images"):
        answer_turns(lambda pixels, rows: pixels, np.zeros(shape, np.uint8))


def test_answers_of_another_shape_are_refused():
    with pytest.raises(ValueError, match="answers"):
        find_flips(np.zeros((3, 2, 2)))
