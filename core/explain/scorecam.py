"""ScoreCAM without hooks or gradients: a channel counts by what the network says of the picture behind it.

Source: Wang et al. 2020, "Score-CAM: Score-Weighted Visual Explanations for Convolutional Neural Networks",
eq. 3 to 6. Every feature map A_k, enlarged to the picture's size and scaled to [0, 1], is laid over the
picture as a mask H_k, and with y_k the class logit of x * H_k

    w = softmax(y_1, ..., y_K)          L = relu(sum_k w_k A_k)

*Which channels.* One pass a channel is the price, and a network here has 576 to 14,000. The
:data:`CHANNELS` that vary most over the cells are taken, since a channel that is the same everywhere masks
nothing; Li et al. 2023, "FIMF score-CAM: Fast score-CAM based on local multi-feature integration", and others
leave weak channels out likewise. With fewer channels than that the method is the paper's own. The mask hides
by darkening, as in the paper: what is black is taken as absent, which no picture of training was.

Weights depend on how far apart the logits of a network are, so values mean nothing beyond the map: it is
:data:`core.types.RELATIVE`.
"""

from __future__ import annotations

import torch
import torch.nn.functional as functional
from torch import Tensor

from core.explain.base import make_heatmap, register_explainer
from core.explain.passes import Passes, choose_batch
from core.explain.subject import OnProgress, Subject
from core.types import RELATIVE, Heatmap

CHANNELS = 64


def choose_channels(features: Tensor, count: int = CHANNELS) -> Tensor:
    """Numbers of the channels that vary most over the cells, rising.

    Args:
        features: (1, C, h, w) float.
        count: of channels at most; ties go to the lower number.
    """
    spread = features[0].flatten(1).double().var(dim=1, correction=0)
    order = torch.argsort(spread, descending=True, stable=True)
    return order[:count].sort().values


def build_masks(maps: Tensor, size: tuple[int, int]) -> Tensor:
    """Feature maps (K, h, w) as masks (K, 1, H, W) in [0, 1]; a map that is the same everywhere is 0."""
    masks = functional.interpolate(maps[:, None], size=size, mode="bilinear", align_corners=False)
    low, high = masks.amin((2, 3), keepdim=True), masks.amax((2, 3), keepdim=True)
    return torch.where(high > low, (masks - low) / (high - low).clamp(min=1e-12), torch.zeros_like(masks))


def weigh_channels(run: Passes, x: Tensor, maps: Tensor, *, batch: int) -> Tensor:
    """The weights w, (K,), summing to 1.

    Args:
        run: asked for K pictures.
        x: (1, 3, H, W) float.
        maps: (K, h, w) of the chosen channels.
        batch: pictures at once.
    """
    logits = [run(x * build_masks(part, (x.shape[2], x.shape[3]))) for part in maps.split(batch)]
    return torch.cat(logits).double().softmax(dim=0)


@register_explainer("scorecam", passes=CHANNELS)
def explain_scorecam(subject: Subject, class_index: int, class_code: str, on_progress: OnProgress) -> Heatmap:
    """ScoreCAM of one class at the network's last feature map; see the module's text.

    Args, raises: as :class:`core.explain.base.ExplainFunction`.

    Returns:
        A heat map at the feature map's own resolution; ``peak`` is :data:`core.types.RELATIVE`.
    """
    with torch.inference_mode(mode=False), torch.no_grad():
        maps = subject.features[0, choose_channels(subject.features)]
        run = Passes(
            subject,
            class_index,
            total=len(maps),
            method="scorecam",
            class_code=class_code,
            on_progress=on_progress,
        )
        weights = weigh_channels(run, subject.x, maps, batch=choose_batch(subject.network, gradients=False))
        run.finish()
        raw = (weights[:, None, None] * maps.double()).sum(dim=0).relu()
    return make_heatmap(
        raw.float().cpu().numpy(),
        unit=RELATIVE,
        method="scorecam",
        layer=subject.network.cam_layer,
        class_code=class_code,
    )
