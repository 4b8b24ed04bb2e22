"""What "the picture without this part" means: the same place, so blurred that no finding can be made out.

Grey or black patches are themselves something to see, and no picture of training had any (Fong & Vedaldi
2017, "Interpretable Explanations of Black Boxes by Meaningful Perturbation", section 4.3). The blur keeps the
colour and the light of the place and takes its detail.
"""

from __future__ import annotations

import math

import torch
import torch.nn.functional as functional
from torch import Tensor

BLUR_SHARE = 1 / 8
"""Standard deviation of the Gaussian, as a share of the longer side."""
_REACH = 2.5
_ROUNDING = 1e-5
"""A difference that is rounding; one step of 8 bits is 4e-3."""


def blur_away(x: Tensor, *, share: float = BLUR_SHARE) -> Tensor:
    """The whole picture without detail.

    Args:
        x: (N, 3, H, W) float in [0, 1].
        share: standard deviation of the Gaussian, as a share of the longer side, above 0.

    Returns:
        The same shape, convolved with a Gaussian of standard deviation ``share * max(H, W)`` cut off at
        2.5 of them, borders mirrored; no value leaves the range of its picture. Even areas stay exactly as
        they are, so that what rounding makes of them is no detail.
    """
    sigma = share * max(x.shape[2:])
    with torch.inference_mode(mode=False), torch.no_grad():
        blurred = x.detach().clone()
        for axis in (2, 3):
            reach = min(math.ceil(_REACH * sigma), x.shape[axis] - 1)
            offsets = torch.arange(-reach, reach + 1, dtype=x.dtype, device=x.device)
            kernel = torch.exp(-0.5 * (offsets / sigma) ** 2)
            kernel = kernel / kernel.sum()
            padding = (0, 0, reach, reach) if axis == 2 else (reach, reach, 0, 0)
            shape = (1, 1, -1, 1) if axis == 2 else (1, 1, 1, -1)
            padded = functional.pad(blurred, padding, mode="reflect")
            weight = kernel.view(shape).repeat(blurred.shape[1], 1, 1, 1)
            blurred = functional.conv2d(padded, weight, groups=blurred.shape[1])
        return torch.where((blurred - x.detach()).abs() < _ROUNDING, x.detach(), blurred)
