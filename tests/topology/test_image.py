"""Persistence images: one worked by hand, and giotto-tda's on the same grid."""

from __future__ import annotations

from math import exp
from typing import Any

import numpy as np
import pytest
from skimage.data import retina

from core.topology.diagram import compute_diagram
from core.topology.grey import compute_grey
from core.topology.image import compute_persistence_image

GRID: dict[str, Any] = {"birth_range": (0.0, 1.0), "persistence_range": (0.0, 0.5), "bins": 6}


def test_one_point_worked_by_hand():
    """Cells start every 0.2 and every 0.1; (0.45, 0.77) has persistence 0.32, so it lies in cells 2 and 3.

    The weight there is 0.35, a cell's area 0.02. A Gaussian of half a cell reaches two cells (cut at 4 sigma)
    with weights exp(-2 k^2), normalised.
    """
    image = compute_persistence_image(np.array([[0.45, 0.77]]), sigma=(0.1, 0.05), **GRID)
    kernel = np.array([exp(-2.0 * k * k) for k in (-2, -1, 0, 1, 2)])
    kernel /= kernel.sum()
    expected = np.zeros((6, 6))
    expected[0:5, 0:5] = np.outer(kernel, kernel) * 0.35 / 0.02
    assert image == pytest.approx(expected, rel=1e-9)
    assert np.unravel_index(image.argmax(), image.shape) == (2, 2)


def test_rows_are_falling_persistence_and_columns_rising_birth():
    image = compute_persistence_image(np.array([[0.95, 1.0]]), sigma=(0.01, 0.005), **GRID)
    assert image[5, 4] == pytest.approx(0.05 / 0.02)
    assert np.count_nonzero(image) == 1


@pytest.mark.parametrize("sigma", [0.03, 0.1])
def test_giotto_gives_the_same_on_the_same_grid(sigma: float):
    from gtda.diagrams import PersistenceImage

    diagram = compute_diagram(compute_grey(retina()), "giotto")
    for dimension in (0, 1):
        pairs = diagram.of_dimension(dimension)
        triples = np.column_stack([pairs, np.full(len(pairs), dimension)])[None]
        lifetimes = pairs[:, 1] - pairs[:, 0]
        low, high = lifetimes.min(), lifetimes.max()
        half = (high - low) / 31 / 2
        theirs = PersistenceImage(sigma=sigma, n_bins=32, weight_function=lambda p, half=half: p + half)
        ours = compute_persistence_image(
            pairs,
            birth_range=(pairs[:, 0].min(), pairs[:, 0].max()),
            persistence_range=(low, high),
            bins=32,
            sigma=(sigma, sigma),
        )
        assert ours == pytest.approx(theirs.fit_transform(triples)[0, 0], rel=1e-9, abs=1e-9)
        assert ours.max() > 0


def test_points_outside_the_grid_count_at_its_border():
    far = compute_persistence_image(np.array([[-3.0, 5.0]]), sigma=(0.1, 0.1), **GRID)
    corner = compute_persistence_image(np.array([[0.0, 0.5]]), sigma=(0.1, 0.1), **GRID)
    assert np.array_equal(far, corner)
    assert far.sum() > 0


def test_points_add_up_and_their_order_does_not_matter():
    points = np.random.default_rng(0).random((20, 2))
    points.sort(axis=1)
    one_by_one = sum(compute_persistence_image(p[None], sigma=(0.1, 0.1), **GRID) for p in points)
    assert compute_persistence_image(points[::-1], sigma=(0.1, 0.1), **GRID) == pytest.approx(one_by_one)


def test_nothing_gives_an_empty_picture():
    assert not compute_persistence_image(np.empty((0, 2)), sigma=(0.1, 0.1), **GRID).any()
    assert not compute_persistence_image(np.array([[0.3, 0.3]]), sigma=(0.1, 0.1), **GRID).any()


@pytest.mark.parametrize(
    "wrong",
    [{"bins": 1}, {"sigma": (0.0, 0.1)}, {"birth_range": (1.0, 1.0)}, {"persistence_range": (0.5, 0.0)}],
)
def test_what_is_no_grid_is_refused(wrong: dict[str, Any]):
    with pytest.raises(ValueError, match="must"):
        compute_persistence_image(np.array([[0.1, 0.2]]), **{**GRID, "sigma": (0.1, 0.1), **wrong})


@pytest.mark.parametrize("bad", [[0.1, np.inf], [np.nan, 0.4], [0.5, 0.4]])
def test_points_that_are_none_are_refused(bad: list[float]):
    with pytest.raises(ValueError, match="points"):
        compute_persistence_image(np.array([bad]), sigma=(0.1, 0.1), **GRID)
