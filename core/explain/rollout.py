"""Attention rollout, for no class, and gradient-weighted rollout, for one: hook-free, for transformers only.

**Rollout** (Abnar & Zuidema 2020, "Quantifying Attention Flow in Transformers", section 3). What token i of
block l takes from every token of block l - 1 is its attention, averaged over heads, and itself, which the
residual connection carries past the attention, half and half; the blocks are then multiplied:

    A~_l = 0.5 mean_h(A_l) + 0.5 I          R_l = A~_l R_{l-1},  R_0 = I

The paper reads off the row of the class token. Here no class token answers: the logits are made of the mean
of the patch tokens, so the map is the mean over query tokens of R, what each patch hands on to that mean. A
class token that takes part in the blocks is followed, but is no patch and is not drawn.

*Relative to an even share.* Rows of R sum to 1, and half of every token stays with itself in every block, so
the map is an even share with a relief on it: after a few blocks the relief is slight. Drawn from zero it is
bright everywhere; stretched to its own range, noise would look like a finding. The map kept here is what a
patch received beyond an even share, in even shares: M = max(r / mean(r) - 1, 0). Patches at or below an even
share are 0, the order of those above is kept, ``peak`` says how far the most attended patch is above an even
share (0.2: one fifth), whatever the number of patches, and an even map is ``"no_evidence"``.

**Gradient-weighted rollout** (Chefer et al. 2021, "Generic Attention-model Explainability for Interpreting
Bi-Modal and Encoder-Decoder Transformers", eq. 5 and 6). Attention counts by what it does for the class
logit y:

    A-_l = mean_h((dy/dA_l * A_l)+)         R_l = R_{l-1} + A-_l R_{l-1},  R_0 = I

The identity, which says that every token is relevant to itself whatever the class, is taken off at the end,
so that without positive relevance the map is empty. The map is Z = h w times the sum over query tokens:
its mean over cells is the sum over all pairs of patches, so that, as with Grad-CAM, the scale does not depend
on how many patches there are. Since the logit is made of a mean, each gradient holds a factor 1/Z, products
of blocks are small, and the map is close to the sum of A- over blocks.

Both are computed in float64, where the order of the sums does not show.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from core.explain.base import BACKWARD, make_heatmap, register_explainer
from core.explain.subject import OnProgress, Subject
from core.networks.base import Network
from core.types import Heatmap

ROLLOUT_UNIT = "even shares above an even share"
RELEVANCE_UNIT = "logit, by way of attention"
EVEN = 1e-5
"""An excess that float32 attention can show by rounding alone."""


def roll_out(attentions: Sequence[Tensor]) -> Tensor:
    """Joint attention of all blocks on the input's tokens.

    Args:
        attentions: one (heads, N, N) a block, in order, rows summing to 1; at least one block.

    Returns:
        (N, N) float64, rows summing to 1.

    Raises:
        ValueError: there is no block, or the blocks' matrices differ in N.
    """
    identity = _check_blocks(attentions)
    joint = identity
    for attention in attentions:
        joint = (0.5 * attention.double().mean(0) + 0.5 * identity) @ joint
    return joint


def accumulate_relevance(attentions: Sequence[Tensor], gradients: Sequence[Tensor]) -> Tensor:
    """Relevance of every token for every token by way of attention, without the identity.

    Args:
        attentions: one (heads, N, N) a block, in order.
        gradients: of the class logit with respect to each of them, the same shapes.

    Returns:
        (N, N) float64, at least 0.

    Raises:
        ValueError: there is no block, or the blocks' matrices differ in N.
    """
    identity = _check_blocks(attentions)
    joint = identity
    for attention, gradient in zip(attentions, gradients, strict=True):
        weighed = (gradient.double() * attention.double()).clamp(min=0).mean(0)
        joint = joint + weighed @ joint
    return joint - identity


def compute_rollout(network: Network, x: Tensor) -> Tensor:
    """What each patch received beyond an even share, (h, w) float64, at least 0; see the module's text.

    Args:
        network: with self-attention, in eval mode; may be shared between threads.
        x: (1, 3, H, W) float RGB in [0, 1].
    """
    with torch.inference_mode():
        features, attentions = network.forward_rollout(x)
        patches = _take_patches(roll_out([attention[0] for attention in attentions]), features)
        received = patches.mean(0)
        excess = received / received.mean() - 1
        excess = excess.masked_fill(excess <= EVEN, 0.0)
    return excess.reshape(features.shape[2:])


def compute_gradient_rollout(
    network: Network, x: Tensor, class_index: int, topology: Tensor | None = None
) -> Tensor:
    """What each patch did for a class by way of attention, (h, w) float64, at least 0.

    The matrices are part of the graph from the image to the logit; ``torch.autograd.grad`` asks for their
    gradients only, so that of no weight is computed or kept. Works inside ``torch.no_grad`` and
    ``torch.inference_mode`` too.

    Args:
        network, x, topology: as in :class:`core.explain.subject.Subject`.
        class_index: which logit, from 0.
    """
    with torch.inference_mode(mode=False), torch.enable_grad():
        image = x.detach().clone().requires_grad_(True)
        features, attentions = network.forward_rollout(image)
        logit = network.forward_head(features, topology)[0, class_index]
        gradients = torch.autograd.grad(logit, attentions)
        relevance = accumulate_relevance(
            [attention[0].detach() for attention in attentions], [gradient[0] for gradient in gradients]
        )
        cells = features.shape[2] * features.shape[3]
        return cells * _take_patches(relevance, features).sum(0).reshape(features.shape[2:])


@register_explainer("rollout", needs="self_attention", class_specific=False)
def explain_rollout(subject: Subject, class_index: int, class_code: str, on_progress: OnProgress) -> Heatmap:
    """Attention rollout: the same map for every class; ``class_code`` is for the record only.

    Args, raises: as :class:`core.explain.base.ExplainFunction`.

    Returns:
        A heat map at the patches' resolution; ``peak`` in even shares above an even share.
    """
    received = compute_rollout(subject.network, subject.x)
    return _record(subject.network, received, ROLLOUT_UNIT, "rollout", class_code)


@register_explainer("gradient_rollout", needs="self_attention", passes=BACKWARD)
def explain_gradient_rollout(
    subject: Subject, class_index: int, class_code: str, on_progress: OnProgress
) -> Heatmap:
    """Gradient-weighted attention rollout of one class.

    Args, raises: as :class:`core.explain.base.ExplainFunction`.

    Returns:
        A heat map at the patches' resolution; ``peak`` in units of the logit, by way of attention.
    """
    relevance = compute_gradient_rollout(subject.network, subject.x, class_index, subject.topology)
    return _record(subject.network, relevance, RELEVANCE_UNIT, "gradient_rollout", class_code)


def _record(network: Network, raw: Tensor, unit: str, method: str, class_code: str) -> Heatmap:
    return make_heatmap(
        raw.float().cpu().numpy(),
        unit=unit,
        method=method,
        layer=f"attention of all blocks, to {network.cam_layer}",
        class_code=class_code,
    )


def _check_blocks(attentions: Sequence[Tensor]) -> Tensor:
    """The identity that the blocks' matrices start from."""
    if not attentions:
        raise ValueError("attentions must hold at least one block")
    tokens = attentions[0].shape[-1]
    for attention in attentions:
        if attention.ndim != 3 or attention.shape[1:] != (tokens, tokens):
            raise ValueError(
                f"attentions must be (heads, {tokens}, {tokens}) a block, not {tuple(attention.shape)}"
            )
    return torch.eye(tokens, dtype=torch.float64, device=attentions[0].device)


def _take_patches(joint: Tensor, features: Tensor) -> Tensor:
    """Rows and columns of the patches: tokens before them, such as a class token, come first."""
    prefix = joint.shape[0] - features.shape[2] * features.shape[3]
    if prefix < 0:
        raise ValueError(f"attentions of {joint.shape[0]} tokens do not cover a map {features.shape[2:]}")
    return joint[prefix:, prefix:]
