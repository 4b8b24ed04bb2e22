"""Blurring a picture away."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy import ndimage

from core.explain.absence import BLUR_SHARE, blur_away


@pytest.mark.parametrize(("share", "radius"), [(BLUR_SHARE, 20), (1 / 16, 10)])
def test_equals_scipy(share: float, radius: int) -> None:
    x = torch.rand(2, 3, 48, 64, generator=torch.Generator().manual_seed(0))
    sigma = share * 64
    expected = ndimage.gaussian_filter(
        x.numpy().astype(np.float64), (0, 0, sigma, sigma), mode="mirror", radius=(0, 0, radius, radius)
    )
    assert blur_away(x, share=share).numpy() == pytest.approx(expected, abs=2e-5)


def test_an_even_picture_stays_and_detail_goes() -> None:
    even = torch.full((1, 3, 32, 40), 0.25)
    assert torch.equal(blur_away(even), even), "not even rounding may look like detail"
    spot = torch.zeros(1, 3, 64, 64)
    spot[..., 30:34, 30:34] = 1
    assert float(blur_away(spot).max()) < 0.05 and not blur_away(spot).requires_grad


def test_works_in_every_mode_and_leaves_its_input() -> None:
    x = torch.rand(1, 3, 20, 20)
    kept = x.clone()
    with torch.inference_mode():
        inside = blur_away(x.clone())
    assert torch.equal(inside, blur_away(x)) and torch.equal(x, kept)
