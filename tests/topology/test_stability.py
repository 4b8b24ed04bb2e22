"""Distances against Hera, and how changes of a photograph move its topology."""

from __future__ import annotations

import math
from itertools import permutations

import gudhi.hera
import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from skimage.data import retina

from core.topology.distances import compute_bottleneck, compute_wasserstein, compute_yardstick
from core.topology.spec import fit_topology_spec
from core.topology.stability import CHANGES, measure_stability


def points(seed: int, count: int) -> np.ndarray:
    return np.sort(np.random.default_rng(seed).random((count, 2)), axis=1)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000), st.integers(0, 12), st.integers(0, 12))
@example(8842, 4, 3)
def test_distances_are_those_of_hera(seed: int, first: int, second: int):
    """gudhi's own ``bottleneck_distance`` is too large in 7 of 4,000 such cases, the example among them."""
    a, b = points(seed, first), points(seed + 1, second)
    assert compute_bottleneck(a, b) == pytest.approx(
        gudhi.hera.bottleneck_distance(a, b, delta=0.0), abs=1e-12
    )
    expected = gudhi.hera.wasserstein_distance(a, b, order=1.0, internal_p=np.inf, delta=1e-9)
    assert compute_wasserstein(a, b) == pytest.approx(expected, rel=1e-6, abs=1e-9)


def test_no_matching_has_a_shorter_longest_move():
    """Every matching of four points and three, diagonal included, one by one."""
    a, b = points(8842, 4), points(8843, 3)

    def longest(matching: tuple[int, ...]) -> float:
        moves = []
        for i, j in enumerate(matching):
            if i < 4 and j < 3:
                moves.append(np.abs(a[i] - b[j]).max())
            elif i < 4 or j < 3:
                moves.append((np.ptp(a[i]) if i < 4 else np.ptp(b[j])) / 2)
        return max(moves)

    assert compute_bottleneck(a, b) == min(longest(matching) for matching in permutations(range(7)))


def test_distances_worked_by_hand():
    """0.1-0.9 moves to 0.15-0.8 (0.1 in death), 0.3-0.5 goes to the diagonal (half of 0.2)."""
    a, b = np.array([[0.1, 0.9], [0.3, 0.5]]), np.array([[0.15, 0.8]])
    assert compute_wasserstein(a, b) == pytest.approx(0.2)
    assert compute_bottleneck(a, b) == pytest.approx(0.1)
    assert compute_bottleneck(a, np.empty((0, 2))) == pytest.approx(0.4)
    assert compute_wasserstein(np.empty((0, 2)), np.empty((0, 2))) == 0
    assert compute_bottleneck(np.empty((0, 2)), np.empty((0, 2))) == 0


@pytest.fixture(scope="module")
def measured() -> dict:
    frame = np.ascontiguousarray(retina()[::6, ::6])
    spec = fit_topology_spec([frame])
    return {found.name: found for found in measure_stability(frame, spec, yardstick=(0.5, 2.0))}


def test_right_angle_turns_and_flips_move_nothing_at_all(measured: dict):
    exact = [found for found in measured.values() if found.exact]
    assert len(exact) == 5
    for found in exact:
        assert found.bottleneck == found.wasserstein == (0.0, 0.0)
        assert found.image_change == 0.0
        assert found.image_cosine == pytest.approx(1)


def test_lighting_does_move_it(measured: dict):
    """ "Lighting-invariant" is not true."""
    for name in ("darker", "brighter", "contrast"):
        assert min(measured[name].wasserstein) > 0.05
        assert measured[name].image_change > 0.2
    assert min(found.image_change for found in measured.values() if not found.exact) > 0


def test_every_change_is_measured_with_sane_values(measured: dict):
    assert list(measured) == [change.name for change in CHANGES]
    for found in measured.values():
        assert all(b <= w + 1e-12 for b, w in zip(found.bottleneck, found.wasserstein, strict=True))
        assert 0 <= found.image_cosine <= 1
        assert found.share_of_yardstick == (found.wasserstein[0] / 0.5, found.wasserstein[1] / 2.0)


def test_a_move_is_no_longer_than_the_largest_change_of_grey():
    """Stability theorem: the bottleneck distance is at most the largest change of any grey value."""
    frame = np.ascontiguousarray(retina()[::6, ::6])
    spec = fit_topology_spec([frame])
    darker = next(change for change in CHANGES if change.name == "darker")
    found = measure_stability(frame, spec, changes=[darker])[0]
    assert max(found.bottleneck) <= 0.2 * spec.diagram(frame).points.max() + 1 / 255


def test_a_constant_frame_has_a_defined_result():
    spec = fit_topology_spec([np.ascontiguousarray(retina()[::12, ::12])])
    for found in measure_stability(np.full((40, 40, 3), 120, dtype=np.uint8), spec):
        assert not math.isnan(sum(found.wasserstein))
        assert found.image_change is None
        assert found.image_cosine is None
        assert found.share_of_yardstick is None


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.name)
def test_changes_keep_the_frame_and_its_kind(change):
    frame = np.random.default_rng(0).integers(0, 256, (50, 70, 3), dtype=np.uint8)
    kept = frame.copy()
    changed = change.apply(frame)
    assert np.array_equal(frame, kept)
    assert changed.dtype == np.uint8
    assert sorted(changed.shape) == [3, 50, 70]
    assert change.words


def test_yardstick_is_the_median_over_pairs():
    spec = fit_topology_spec([np.ascontiguousarray(retina()[::12, ::12])])
    frames = [np.random.default_rng(seed).integers(0, 256, (32, 32, 3), dtype=np.uint8) for seed in range(3)]
    diagrams = [spec.diagram(frame) for frame in frames]
    pairs = [(0, 1), (0, 2), (1, 2)]
    expected = [
        np.median(
            [compute_wasserstein(diagrams[a].of_dimension(k), diagrams[b].of_dimension(k)) for a, b in pairs]
        )
        for k in (0, 1)
    ]
    assert compute_yardstick(diagrams) == pytest.approx(tuple(expected))
    with pytest.raises(ValueError, match="2"):
        compute_yardstick(diagrams[:1])
