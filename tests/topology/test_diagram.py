"""Diagrams: worked by hand, against giotto-tda and gudhi, and under turns and flips."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import gudhi
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from PIL import Image
from skimage.data import retina

from core.topology.diagram import compute_diagram
from core.topology.grey import compute_grey
from core.types import Diagram

BACKENDS = ("cripser", "giotto")


def in_order(points: np.ndarray) -> np.ndarray:
    """Rows sorted by dimension, birth and death, so that equal sets of points are equal arrays."""
    return points[np.lexsort((points[:, 1], points[:, 0], points[:, 2]))]


def gudhi_points(grey: np.ndarray) -> np.ndarray:
    """(n, 3) of the outside reference; infinite deaths at the maximum, diagonal dropped."""
    cells = gudhi.CubicalComplex(top_dimensional_cells=grey)
    pairs = cells.persistence(homology_coeff_field=2, min_persistence=0)
    points = np.array([(birth, min(death, grey.max()), k) for k, (birth, death) in pairs])
    return in_order(points[points[:, 0] < points[:, 1]])


def assert_same_everywhere(grey: np.ndarray) -> None:
    fast, slow = (compute_diagram(grey, backend) for backend in BACKENDS)
    assert np.array_equal(in_order(fast.points), in_order(slow.points))
    assert np.array_equal(in_order(fast.points), gudhi_points(grey))
    assert np.array_equal(fast.points[fast.essential], slow.points[slow.essential])


@pytest.mark.parametrize("backend", BACKENDS)
def test_two_dark_cells_in_a_corner_touching_and_apart(backend: str):
    """Cells that touch at a corner are one spot; of two apart the later one dies at the pass between."""
    touching = np.array([[0.1, 0.9, 0.9], [0.9, 0.2, 0.9], [0.9, 0.9, 0.9]])
    assert compute_diagram(touching, backend).points.tolist() == [[0.1, 0.9, 0]]
    apart = np.array([[0.1, 0.9, 0.9], [0.9, 0.7, 0.9], [0.9, 0.9, 0.2]])
    diagram = compute_diagram(apart, backend)
    assert diagram.points.tolist() == [[0.1, 0.9, 0], [0.2, 0.7, 0]]
    assert diagram.essential == 0
    assert diagram.of_dimension(0).tolist() == [[0.2, 0.7]]


@pytest.mark.parametrize("backend", BACKENDS)
def test_bright_middle_in_a_dark_ring(backend: str):
    """The loop closes at the ring's brightest cell but corners, which diagonal contact passes by."""
    ring = np.array([[0.8, 0.1, 0.8], [0.3, 0.7, 0.1], [0.8, 0.2, 0.8]])
    diagram = compute_diagram(ring, backend)
    assert diagram.points.tolist() == [[0.1, 0.8, 0], [0.3, 0.7, 1]]
    assert diagram.of_dimension(1).tolist() == [[0.3, 0.7]]


def test_pixels_of_births_and_deaths():
    ring = np.array([[0.8, 0.1, 0.8], [0.3, 0.7, 0.15], [0.8, 0.2, 0.8]])
    diagram = compute_diagram(ring)
    assert diagram.birth_pixels.tolist() == [[0, 1], [1, 0]]
    assert diagram.death_pixels.tolist() == [[0, 0], [1, 1]]
    assert (compute_diagram(ring, "giotto").birth_pixels == -1).all()


@settings(max_examples=25, deadline=None)
@given(
    arrays(np.float64, st.tuples(st.integers(2, 9), st.integers(2, 9)), elements=st.floats(0, 1, width=16))
)
def test_values_at_the_named_pixels_are_birth_and_death(grey: np.ndarray):
    diagram = compute_diagram(grey)
    for pixels, column in ((diagram.birth_pixels, 0), (diagram.death_pixels, 1)):
        assert np.array_equal(grey[pixels[:, 0], pixels[:, 1]], diagram.points[:, column])
    assert (diagram.persistence > 0).all()


@settings(max_examples=25, deadline=None)
@given(
    arrays(np.float64, st.tuples(st.integers(2, 9), st.integers(2, 9)), elements=st.floats(0, 1, width=16)),
    st.sampled_from([1, 2, 3]),
)
def test_turns_and_flips_leave_the_points_as_they_are(grey: np.ndarray, quarters: int):
    points = in_order(compute_diagram(grey).points)
    for changed in (np.rot90(grey, quarters), grey[::-1], grey[:, ::-1]):
        assert np.array_equal(in_order(compute_diagram(changed).points), points)


@settings(max_examples=20, deadline=None)
@given(arrays(np.float64, (6, 7), elements=st.floats(0, 1, width=16), fill=st.nothing()))
def test_giotto_and_gudhi_agree_on_any_picture(grey: np.ndarray):
    if grey.min() < grey.max():
        assert_same_everywhere(grey)


@pytest.mark.parametrize("side", [32, 96])
def test_giotto_and_gudhi_agree_on_a_photograph(side: int):
    grey = compute_grey(retina(), side)
    assert_same_everywhere(grey)
    assert len(compute_diagram(grey).points) > 50


@pytest.mark.realdata
def test_giotto_and_gudhi_agree_on_aptos():
    files = sorted((Path(os.environ["TWINLENS_DATA"]) / "aptos2019" / "train_images").iterdir())[::300]
    assert files
    for file in files:
        assert_same_everywhere(compute_grey(np.asarray(Image.open(file).convert("RGB"))))


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("shape", [(2, 2), (32, 32), (2, 9)])
def test_a_constant_picture_has_no_points(backend: str, shape: tuple[int, int]):
    diagram = compute_diagram(np.full(shape, 0.4), backend)
    assert diagram.points.shape == (0, 3)
    assert diagram.birth_pixels.shape == diagram.death_pixels.shape == (0, 2)
    assert diagram.essential is None
    assert diagram.of_dimension(0).shape == (0, 2)


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_values_that_are_no_number_are_refused(backend: str, bad: float):
    grey = np.full((4, 4), 0.5)
    grey[1, 2] = bad
    with pytest.raises(ValueError, match="finite"):
        compute_diagram(grey, backend)


@pytest.mark.parametrize("shape", [(1, 1), (1, 8), (8, 1), (0, 4), (4,), (3, 3, 3)])
def test_what_is_no_plane_picture_is_refused(shape: tuple[int, ...]):
    with pytest.raises(ValueError, match="2 x 2"):
        compute_diagram(np.zeros(shape))


def test_unknown_backend_is_refused():
    with pytest.raises(ValueError, match="backend"):
        compute_diagram(np.zeros((4, 4)), "ripser")  # type: ignore[arg-type]


def test_input_is_not_changed_and_result_is_repeatable():
    grey = np.random.default_rng(1).random((16, 16))
    kept = grey.copy()
    first, second = compute_diagram(grey), compute_diagram(np.asfortranarray(grey))
    assert np.array_equal(grey, kept)
    assert isinstance(first, Diagram)
    assert np.array_equal(first.points, second.points)
    assert np.array_equal(first.birth_pixels, second.birth_pixels)


def test_the_fast_backend_brings_no_heavy_library_along():
    script = (
        "import sys, numpy as np; from core.topology.spec import TopologySpec\n"
        "from core.topology.diagram import compute_diagram; compute_diagram(np.eye(4))\n"
        "print([m for m in ('torch', 'gtda', 'matplotlib', 'sklearn') if m in sys.modules])"
    )
    root = Path(__file__).resolve().parents[2]
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=root, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
