"""Distance from the training pictures: worked out by hand, and against scikit-learn."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.covariance import LedoitWolf
from sklearn.neighbors import NearestNeighbors

from core.familiarity.mahalanobis import Mahalanobis, fit_mahalanobis
from core.familiarity.neighbours import fit_neighbours


def test_distance_by_hand():
    """Variance 4 along the first axis, 1 along the others; two means on it."""
    measure = Mahalanobis(
        means=np.array([[0, 0, 0], [10, 0, 0]], np.float32),
        basis=np.array([[1, 0, 0]], np.float32),
        variances=np.array([4], np.float32),
        rest=1.0,
    )
    points = np.array([[0, 0, 0], [4, 0, 0], [0, 3, 4], [8, 0, 0], [4, 0, 3]], np.float32)
    assert measure.distance(points) == pytest.approx([0, 2, 5, 1, np.sqrt(4 + 9)])


def test_all_directions_are_the_shrunk_covariance_of_scikit_learn():
    rng = np.random.default_rng(0)
    features = rng.normal(size=(60, 5)) @ rng.normal(size=(5, 5))
    measure = fit_mahalanobis(features, np.zeros(60, int), components=5)
    points = rng.normal(size=(20, 5)) * 3
    reference = LedoitWolf().fit(features).mahalanobis(points)
    assert measure.distance(points) ** 2 == pytest.approx(reference, rel=1e-4)


def test_one_covariance_serves_all_classes():
    rng = np.random.default_rng(1)
    target = np.repeat([0, 3], 200)
    features = rng.normal(size=(400, 4)) + 20 * (target == 3)[:, None]
    measure = fit_mahalanobis(features, target, components=4)
    assert measure.means.shape == (2, 4)
    ends = measure.distance(np.array([[0.0] * 4, [20.0] * 4, [10.0] * 4]))
    assert ends[:2] == pytest.approx([0, 0], abs=0.3) and ends[2] > 15


def test_directions_left_out_share_their_mean_variance():
    rng = np.random.default_rng(2)
    features = rng.normal(size=(5000, 6)) * [10, 1, 1, 1, 1, 1]
    measure = fit_mahalanobis(features, np.zeros(5000, int), components=1)
    assert measure.basis.shape == (1, 6)
    assert (measure.variances[0], measure.rest) == pytest.approx((100, 1), rel=0.1)
    full = fit_mahalanobis(features, np.zeros(5000, int), components=6)
    assert measure.distance(features[:50]) == pytest.approx(full.distance(features[:50]), rel=0.05)


@pytest.mark.parametrize("features", [np.zeros((1, 3)), np.zeros((4, 3))])
def test_what_cannot_be_fitted_is_refused(features):
    with pytest.raises(ValueError, match="features must"):
        fit_mahalanobis(features, np.zeros(len(features), int))


@pytest.mark.parametrize("k", [1, 3])
def test_the_kth_neighbour_is_that_of_scikit_learn(k):
    rng = np.random.default_rng(3)
    bank, points = rng.normal(size=(40, 6)), rng.normal(size=(9, 6))
    found = fit_neighbours(bank, k=k).distance(points)
    unit = [rows / np.linalg.norm(rows, axis=1, keepdims=True) for rows in (bank, points)]
    distances, _ = NearestNeighbors(n_neighbors=k).fit(unit[0]).kneighbors(unit[1])
    assert found == pytest.approx(distances[:, -1], abs=1e-5)


def test_neighbours_by_hand_do_not_see_length():
    bank = np.array([[5.0, 0.0], [0.0, 2.0]])
    measure = fit_neighbours(bank, k=1)
    assert measure.distance(np.array([[0.1, 0.0], [-3.0, 0.0]])) == pytest.approx([0, np.sqrt(2)], abs=1e-6)
    assert fit_neighbours(bank, k=10).k == 2
    assert fit_neighbours(np.eye(30), size=7).bank.shape == (7, 30)
