"""Evidence of single pixels, added up over blocks: what of it can be read, in units of the logit.

Gradients with respect to neighbouring pixels have opposite signs more often than not, and a map of single
pixels is a speckle in which nobody can read anything (Smilkov et al. 2017, "SmoothGrad", section 2). What
such values mean is their sum over a place. Here they are added over colours and over square blocks, with
their signs, so that what cancels within a block is gone; only then is the evidence for the class, the
positive part, kept. With Z blocks and attributions a_p that add up to what the picture has and the absent
picture lacks, sum_p a_p = y(x) - y(absent), a block's value is

    M_b = Z sum_{p in b} a_p,   hence   mean_b(M_b) = y(x) - y(absent):

the mean over blocks, before the positive part is taken, is the part of the logit that comes from what is to
be seen in the picture. This is the scale of :mod:`core.explain.gradcam`, where the mean over cells is the
part of the logit that comes from the image, and it does not depend on the number of blocks.
"""

from __future__ import annotations

import math

from torch import Tensor

COARSE = 12
"""Least number of blocks along the longer side for sums of gradients: 14 x 14 in a picture of 224 x 224. In
finer blocks what is left of the speckle leads: the order of the blocks is then hardly that of what matters to
the answer when places are taken away."""
FINE = 24
"""The same for values that are one over larger areas anyway, so that their borders stay."""


def choose_side(height: int, width: int, *, blocks: int) -> int:
    """Side of a block in pixels: the largest power of 2 that divides both sides of the picture and leaves at
    least ``blocks`` blocks along the longer one; 1 if there is none."""
    largest = max(1, max(height, width) // blocks)
    return math.gcd(1 << (largest.bit_length() - 1), height, width)


def add_up_blocks(attributions: Tensor) -> Tensor:
    """Signed evidence of every block in units of the logit.

    Args:
        attributions: (C, H, W) float, share of every value of the picture in the logit.

    Returns:
        (h, w) float64, Z times the sum over the colours and pixels of each of Z blocks, ``COARSE`` of them.
    """
    return attributions[0].numel() * _average(attributions.detach().double().sum(dim=0), COARSE)


def average_blocks(values: Tensor) -> Tensor:
    """Mean of (H, W) float values over each of ``FINE`` blocks: (h, w) float64."""
    return _average(values.detach().double(), FINE)


def _average(pixels: Tensor, blocks: int) -> Tensor:
    side = choose_side(*pixels.shape, blocks=blocks)
    rows, columns = pixels.shape[0] // side, pixels.shape[1] // side
    return pixels.reshape(rows, side, columns, side).mean(dim=(1, 3))
