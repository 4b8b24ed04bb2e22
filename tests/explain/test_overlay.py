from __future__ import annotations

import subprocess
import sys

import matplotlib
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.explain.overlay import render_overlay, resize_heatmap
from core.types import Heatmap

GREY = np.full((8, 12, 3), 100, dtype=np.uint8)


def _heatmap(values: object, peak: float = 2.0) -> Heatmap:
    array = np.asarray(values, dtype=np.float32)
    state = "ok" if array.any() else "no_evidence"
    return Heatmap(array, peak if array.any() else 0.0, "logit", "gradcam", "features_out", "mel", state)


def test_resize_by_hand() -> None:
    """Twice as fine: pixel centres lie a quarter cell from cell centres; edges are held."""
    found = resize_heatmap(np.array([[0.0, 1.0]], dtype=np.float32), (1, 4))
    assert found.tolist() == [[0.0, 0.25, 0.75, 1.0]]
    assert resize_heatmap(np.eye(3, dtype=np.float32), (3, 3)).tolist() == np.eye(3).tolist()


@settings(max_examples=25, deadline=None)
@given(st.integers(1, 9), st.integers(1, 9), st.integers(1, 40), st.integers(1, 40), st.integers(0, 99))
def test_resize_stays_in_range_and_keeps_constants(
    h: int, w: int, height: int, width: int, seed: int
) -> None:
    values = np.random.default_rng(seed).random((h, w), dtype=np.float32)
    found = resize_heatmap(values, (height, width))
    assert found.shape == (height, width) and found.dtype == np.float32
    assert found.min() >= values.min() - 1e-6 and found.max() <= values.max() + 1e-6
    assert np.allclose(resize_heatmap(np.full_like(values, 0.3), (height, width)), 0.3)


def test_orientation_is_kept() -> None:
    values = np.zeros((4, 6), dtype=np.float32)
    values[0, 5] = 1
    found = resize_heatmap(values, (40, 60))
    assert np.unravel_index(found.argmax(), found.shape)[0] < 10
    assert np.unravel_index(found.argmax(), found.shape)[1] >= 50


def test_pixels_by_hand() -> None:
    """Full evidence at half opacity is the mean of image and colour; no evidence is the image."""
    top = np.asarray(matplotlib.colormaps["inferno"](1.0)[:3]) * 255
    values = np.zeros((8, 12), dtype=np.float32)
    values[2, 3] = 1
    found = render_overlay(GREY, _heatmap(values), opacity=0.5)
    assert found[2, 3].tolist() == np.rint(0.5 * 100 + 0.5 * top).astype(int).tolist()
    values[2, 3] = 0
    untouched = np.ones((8, 12), dtype=bool)
    untouched[2, 3] = False
    assert (found[untouched] == 100).all()


def test_a_shared_scale_lowers_the_weaker_map() -> None:
    weak = _heatmap(np.ones((2, 2)), peak=1.0)
    half = _heatmap(np.full((2, 2), 0.5), peak=1.0)
    shared = render_overlay(GREY, weak, opacity=0.8, scale_peak=2.0)
    assert np.array_equal(shared, render_overlay(GREY, half, opacity=0.8))
    assert not np.array_equal(shared, render_overlay(GREY, weak, opacity=0.8))
    assert np.array_equal(
        render_overlay(GREY, weak, opacity=0.8, scale_peak=0.5), render_overlay(GREY, weak, opacity=0.8)
    )


def test_more_evidence_is_never_darker() -> None:
    """Lightness of colour and opacity rise together, so a stronger cell never looks like a weaker one."""
    ramp = np.linspace(0, 1, 256, dtype=np.float32)[None]
    black = np.zeros((1, 256, 3), dtype=np.uint8)
    found = render_overlay(black, _heatmap(ramp), opacity=1.0).astype(float)
    luminance = found[0] @ np.array([0.2126, 0.7152, 0.0722])
    assert (np.diff(luminance) >= -1).all() and luminance[-1] > 200


def test_without_evidence_or_opacity_the_image_is_copied() -> None:
    for found in (
        render_overlay(GREY, _heatmap(np.zeros((2, 2))), opacity=1.0),
        render_overlay(GREY, _heatmap(np.ones((2, 2))), opacity=0.0),
    ):
        assert np.array_equal(found, GREY) and found is not GREY
        assert not np.shares_memory(found, GREY)


@pytest.mark.parametrize(
    ("pixels", "opacity", "scale_peak", "words"),
    [
        (GREY[..., 0], 0.5, None, "pixels"),
        (GREY.astype(float), 0.5, None, "pixels"),
        (GREY, 1.5, None, "opacity"),
        (GREY, float("nan"), None, "opacity"),
        (GREY, 0.5, 0.0, "scale_peak"),
        (GREY, 0.5, float("nan"), "scale_peak"),
    ],
)
def test_wrong_arguments(pixels: np.ndarray, opacity: float, scale_peak: float | None, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        render_overlay(pixels, _heatmap(np.ones((2, 2))), opacity=opacity, scale_peak=scale_peak)


@pytest.mark.parametrize(("shape", "size"), [((2, 2, 1), (4, 4)), ((0, 2), (4, 4)), ((2, 2), (0, 4))])
def test_resize_refuses(shape: tuple[int, ...], size: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="must be"):
        resize_heatmap(np.zeros(shape, dtype=np.float32), size)


def test_importing_it_loads_no_model_library() -> None:
    code = "import sys, core.explain.overlay, core.explain.base; print('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
