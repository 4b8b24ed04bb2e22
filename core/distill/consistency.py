"""Rotation consistency: a network should answer alike however a photograph was turned (DR9)."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor


def rotation_consistency(logits: Tensor, turned_logits: Tensor) -> Tensor:
    """Symmetric Kullback-Leibler divergence, (KL(p ‖ q) + KL(q ‖ p)) / 2, averaged over the batch.

    Of the same unit as cross-entropy, so that DR9's weight keeps its meaning, and gradients flow into both
    answers: neither view is the truth.

    Args:
        logits: (N, C) float, of the images.
        turned_logits: (N, C) float, of the same images turned.

    Returns:
        Scalar >= 0; 0 where both answers are the same.

    Raises:
        ValueError: the shapes differ.

    Source: DR9; the divergence is Jeffreys' (1946, "An invariant form for the prior probability"), halved.
    """
    if logits.shape != turned_logits.shape:
        raise ValueError(
            f"turned_logits has shape {tuple(turned_logits.shape)}, logits {tuple(logits.shape)}"
        )
    one, other = F.log_softmax(logits, dim=1), F.log_softmax(turned_logits, dim=1)
    return ((one.exp() - other.exp()) * (one - other)).sum(dim=1).mean() / 2


def turn_images(images: Tensor, quarters: Tensor) -> Tensor:
    """Turn each square image (N, C, H, H) anticlockwise by its number of right angles (N,) int64, exactly.

    Raises:
        ValueError: the images are not square.
    """
    if images.shape[2] != images.shape[3]:
        raise ValueError(f"images must be square, they are {images.shape[2]} x {images.shape[3]}")
    turned = images.clone()
    for quarter in (1, 2, 3):
        rows = (quarters % 4 == quarter).to(images.device)
        if bool(rows.any()):
            turned[rows] = torch.rot90(images[rows], quarter, (2, 3))
    return turned
