"""Focal loss, the plain loss of the melanoma recipes; without focusing it is cross-entropy (MEL4)."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor


def soften_target(target: Tensor, *, num_classes: int, label_smoothing: float = 0.0) -> Tensor:
    """Class indices (N,) int64 to distributions (N, C) float32: 1 - s on the class and s spread evenly."""
    if not 0 <= label_smoothing < 1:
        raise ValueError(f"label_smoothing is {label_smoothing}, it must lie in [0, 1)")
    hard = F.one_hot(target, num_classes).float()
    return hard * (1 - label_smoothing) + label_smoothing / num_classes


def focal_loss(
    logits: Tensor, target: Tensor, *, gamma: float = 2.0, class_weights: Tensor | None = None
) -> Tensor:
    """Mean over the batch of sum over classes of target * -alpha (1 - p)^gamma log p.

    For a hard target this is -alpha_t (1 - p_t)^gamma log p_t, the multi-class softmax form of the paper's
    equation 5. With gamma 0 and no weights it is cross-entropy.

    Args:
        logits: (N, C) float.
        target: (N,) int64 class indices, or (N, C) float distributions over classes (smoothed or mixed).
        gamma: focusing parameter >= 0.
        class_weights: (C,) float alpha of each class; None means 1.

    Returns:
        Scalar. The mean divides by N, not by the weights' sum.

    Raises:
        ValueError: gamma is negative, or the target is neither of the two forms.

    Source: Lin et al. 2017, "Focal Loss for Dense Object Detection", eq. 5.
    """
    if gamma < 0:
        raise ValueError(f"gamma is {gamma}, it must not be negative")
    if target.ndim == 1 and not target.is_floating_point():
        target = F.one_hot(target, logits.shape[1])
    if target.shape != logits.shape:
        raise ValueError(f"target has shape {tuple(target.shape)}, logits {tuple(logits.shape)}")
    log_probs = F.log_softmax(logits, dim=1)
    terms = -target.to(logits.dtype) * log_probs
    if gamma > 0:
        # 1 - p through expm1 keeps its precision near p = 1; the floor keeps the power's gradient finite.
        terms = terms * (-torch.expm1(log_probs)).clamp_min(1e-12) ** gamma
    if class_weights is not None:
        terms = terms * class_weights.to(logits)
    return terms.sum(dim=1).mean()
